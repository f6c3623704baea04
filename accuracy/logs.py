"""Reads every public log and compares with its truth: `python -m accuracy.logs [--none] [--bad] [TEXT...]`.

Like is compared with like: FORMATS.md says in which formats the truth is a mean with pauses and in which a steady
median. `--none` reads with all dialects switched off, by induction alone; `--bad` shows only lines that are off; TEXT
picks files by a part of their names.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import NamedTuple

from traincast.answers import RunAnswer
from traincast.errors import TraincastError
from traincast.reading import read_logs
from traincast.reading.series import pace, series
from traincast.runlog import RunLog
from traincast.summary import summary

LOGS = Path(__file__).parent.parent.parent / "shared" / "logs"
NEAR = 0.03
NEAR_INDUCED = 0.05
SURE = 0.8
MEANS = (
    "mlflow-metric-file", "hf-", "llamafactory", "sb3-", "catboost", "fastai", "keras", "mxnet-gluon", "torch7",
    "paddle", "mlperf",
    "slurm", "modded-nanogpt", "tqdm", "maskrcnn", "no-timing", "yolov5", "detectron2-metrics-json",
    "torch-examples-meter", "gluonnlp-log",
)  # fmt: skip
"""formats whose truth is a mean with pauses (FORMATS.md, "How to read the truth columns" and each format's Truth
line)"""
PRINTED_MEANS = ("paddle",)
"""formats whose truth is the mean of the printed times, which leave validation out"""
EXPLAINING = ("few-steps", "mean-apart", "clock-went-back", "resumed", "slowdown", "speed-up", "no-steady-state")
"""findings that tell why a step time may be another than that of the truth"""
NOT_IN_FILE = "no time column"
"""words of a note: the truth comes from another file of the run, so that "no timing" is the right answer"""
SHORT_NAMES = {"nanogpt-stdout": {"nanogpt"}, "documentation-samples": {"flair", "torchtune"}}
"""folders whose dialects have names of their own"""


class Case(NamedTuple):
    """One file with its truth and what was read."""

    file: str
    format: str
    dialect: str
    confidence: float
    steps: int | None
    step_time: float | None
    truth: float | None
    error: float | None
    findings: str
    crash: str = ""
    explained: str = ""
    """findings that tell why the step time may be another than that of the truth"""

    @property
    def right_dialect(self) -> bool:
        """Whether the dialect is that of the folder."""
        return self.dialect in SHORT_NAMES.get(self.format, {self.format})


def manifest() -> list[dict[str, str]]:
    """Rows of MANIFEST.csv."""
    with (LOGS / "MANIFEST.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def answers(path: Path, dialect: str | None) -> list[tuple[RunLog, RunAnswer]]:
    """What is read in each run of a file."""
    return [(log, summary(log, series(log), pace=pace(log))) for log in read_logs(path, dialect=dialect)]


def chosen(runs: list[tuple[RunLog, RunAnswer]], steps: str) -> tuple[RunLog, RunAnswer]:
    """The run that the truth speaks of: the one that reached its number of steps, else the longest."""
    for log, answer in runs:
        if steps and answer.steps.last is not None and abs(answer.steps.last + 1 - log.counts_from - float(steps)) <= 1:
            return log, answer
    return max(runs, key=lambda run: len(run[0].points))


def value(log: RunLog, answer: RunAnswer, kind: str) -> float | None:
    """Mean or steady step time, as the truth of the format is."""
    steady = answer.step_time.value if answer.step_time else None
    mean = answer.mean_step_seconds
    if kind in PRINTED_MEANS and (printed := pace(log)) is not None:
        return sum(printed.seconds) / sum(printed.steps)
    return (mean or steady) if kind.startswith(MEANS) else (steady or mean)


def case(row: dict[str, str], dialect: str | None) -> Case:
    """One file read and compared."""
    told = row["true_mean_step_time_s"] and NOT_IN_FILE not in row["notes"]
    truth = float(row["true_mean_step_time_s"]) if told else None
    try:
        runs = answers(LOGS / row["file"], dialect)
        if not runs:
            return Case(row["file"], row["format"], "-", 0.0, None, None, truth, None, "no-steps")
    except TraincastError as error:
        return Case(row["file"], row["format"], "-", 0.0, None, None, truth, None, f"refused: {error}"[:60])
    except Exception as error:  # a crash is what this table must show
        return Case(
            row["file"], row["format"], "-", 0.0, None, None, truth, None, "", f"{type(error).__name__}: {error}"[:60]
        )
    log, answer = chosen(runs, row["steps_in_file"])
    seconds = value(log, answer, row["format"])
    error_ = seconds / truth - 1 if truth and seconds else None
    codes = ",".join(found.code for found in answer.findings if found.severity != "info") or "-"
    explained = ",".join(found.code for found in answer.findings if found.code in EXPLAINING)
    return Case(
        row["file"], row["format"], log.dialect, log.confidence, answer.steps.last, seconds, truth, error_, codes,
        explained=explained,
    )  # fmt: skip


def show(one: Case, near: float) -> str:
    """One line of the table; behind the arrow of a miss, the findings that tell why."""
    number = "-" if one.step_time is None else f"{one.step_time:.6g}"
    truth = "-" if one.truth is None else f"{one.truth:.6g}"
    error = "-" if one.error is None else f"{one.error:+.1%}"
    steps = "-" if one.steps is None else str(one.steps)
    mark = "" if one.right_dialect else " (dialect)"
    words = (one.crash or one.findings) + mark
    if one.error is not None and abs(one.error) > near:
        words += f" <- {one.explained}" if one.explained else " <- NOT EXPLAINED"
    return f"{one.file[:58]:58} {one.dialect:26} {steps:>10} {number:>12} {truth:>12} {error:>8} {words}"


def is_bad(one: Case, near: float, *, induced: bool) -> bool:
    """Whether a line is off."""
    wrong_time = one.truth is not None and (one.error is None or abs(one.error) > near)
    return bool(one.crash) or wrong_time or (not induced and not one.right_dialect)


def rates(cases: list[Case], near: float, *, induced: bool) -> list[str]:
    """Closing lines."""
    timed = [one for one in cases if one.truth is not None]
    good = [one for one in timed if one.error is not None and abs(one.error) <= near]
    lines = [f"{len(cases)} files, {sum(bool(one.crash) for one in cases)} crashes"]
    if not induced:
        right = sum(one.right_dialect for one in cases)
        lines.append(f"right dialect: {right} of {len(cases)} ({right / max(1, len(cases)):.1%})")
    lines.append(f"within {near:.0%}: {len(good)} of {len(timed)} with a truth ({len(good) / max(1, len(timed)):.1%})")
    if not induced:
        missed = [one for one in timed if one not in good]
        told = sum(bool(one.explained) for one in missed)
        lines.append(f"explained by a finding: {told} of the {len(missed)} others")
        counts = [f"{code} {sum(code in one.explained.split(',') for one in cases)}" for code in EXPLAINING]
        lines.append("files with such a finding: " + ", ".join(counts))
    if induced:
        wrong = [one for one in timed if one.confidence > SURE and one.error is not None and abs(one.error) > near]
        sure = [one for one in cases if one.confidence > SURE and one.step_time is not None]
        share = len(wrong) / max(1, len(timed))
        lines.append(
            f"wrong with confidence above {SURE}: {len(wrong)} of {len(timed)} ({share:.1%}); {len(sure)} sure"
        )
    return lines


def main(arguments: list[str]) -> int:
    """Print the table; 1 where a file crashed."""
    if not LOGS.exists():
        sys.stdout.write("public logs are not beside this checkout\n")
        return 0
    induced, bad = "--none" in arguments, "--bad" in arguments
    texts = [text for text in arguments if not text.startswith("--")]
    near = NEAR_INDUCED if induced else NEAR
    cases = []
    for row in manifest():
        if texts and not any(text in row["file"] for text in texts):
            continue
        one = case(row, "none" if induced else None)
        cases.append(one)
        if not bad or is_bad(one, near, induced=induced):
            sys.stdout.write(show(one, near) + "\n")
    sys.stdout.write("\n".join(rates(cases, near, induced=induced)) + "\n")
    return int(any(one.crash for one in cases))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
