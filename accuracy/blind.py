"""Measured runs that no fit has seen, through the product: `python -m accuracy.blind` writes docs/accuracy-blind.md."""

from __future__ import annotations

import io
import json
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import numpy as np

from accuracy import rivals
from accuracy.calibrate import kept
from accuracy.facts import Run, evidence, runs
from accuracy.report import table
from accuracy.scores import regime
from accuracy.unseen import FIRST, SECOND, everything, impossible
from traincast.calibrate.fit import Evidence
from traincast.cost.shape import Array
from traincast.predict.batch import answer_lines

TARGET = Path(__file__).parent.parent / "docs" / "accuracy-blind.md"
LEVEL = 0.9
UNTOLD = ("precision", "attention", "compile", "recompute", "zero")


class Scored(msgspec.Struct, frozen=True, kw_only=True):
    """What the product says of a run, beside what was measured."""

    run: Run
    value: float | None
    """seconds of a step; `None` where it is said not to fit"""
    low: float | None = None
    high: float | None = None
    verdict: str = "unknown"
    """of memory"""
    peak_bytes: float | None = None

    @property
    def error(self) -> float:
        """Log of predicted over measured; NaN where there is no time."""
        return float(np.log(self.value / self.run.seconds)) if self.value else float("nan")

    @property
    def inside(self) -> bool:
        """Whether the interval holds what was measured."""
        return self.low is not None and self.high is not None and self.low <= self.run.seconds <= self.high


def line(one: Run) -> dict[str, Any]:
    """What `predict --batch` is given for a run."""
    keys = {key: value for key, value in msgspec.structs.asdict(one.workload).items() if value is not None}
    return {"id": one.id, "on": f"{one.machine.accelerator.name}x{one.machine.n_devices}"} | keys


def answered(blind: list[Run]) -> list[Scored]:
    """What `predict --batch` answers for `blind`, in order."""
    with TemporaryDirectory() as folder:
        asked = Path(folder) / "blind.jsonl"
        asked.write_text("".join(json.dumps(line(one)) + "\n" for one in blind), encoding="utf-8")
        stream = io.BytesIO()
        answer_lines(str(asked), stream, level=LEVEL)
    documents = [json.loads(text) for text in stream.getvalue().splitlines()]
    return [scored(one, document) for one, document in zip(blind, documents, strict=True)]


def scored(one: Run, document: dict[str, Any]) -> Scored:
    """A run beside its document."""
    assert document["id"] == one.id, document
    found, memory = document["step_time"] or {}, document["memory"]
    return Scored(
        run=one, value=found.get("value"), low=found.get("low"), high=found.get("high"), verdict=memory["verdict"],
        peak_bytes=(memory["peak_bytes"] or {}).get("value"),
    )  # fmt: skip


def groups(known: Evidence) -> dict[str, Array]:
    """Group -> rows: those of docs/accuracy.md, adapters apart."""
    everything = np.arange(len(known.y))
    adapted = known.c.lora > 0
    plain = {name: mask[~adapted[mask]] for name, mask in regime(known, everything).items()}
    return {"all": everything, **plain, "fine-tunes with adapters": everything[adapted]}


def usual_mfu(known: Evidence) -> Array:
    """Log seconds at the MFU that is best (median of logs) on the rows of the calibration, one and several apart."""
    measured = runs()
    fitted, keep = evidence(measured), kept(measured)
    offset = (fitted.y - np.log(rivals.ideal_seconds(fitted)))[keep]
    single = fitted.c.P[keep] == 1
    away = np.where(known.c.P == 1, np.median(offset[single]), np.median(offset[~single]))
    return np.asarray(np.log(rivals.ideal_seconds(known)) + away)


def scores_table(known: Evidence, found: list[Scored]) -> str:
    """Scores by group."""
    lines = []
    for name, group in groups(known).items():
        here = [found[i] for i in group]
        timed = [one for one in here if one.value]
        if not timed:
            continue
        error = np.array([one.error for one in timed])
        size = 100 * np.abs(np.expm1(error))
        width = np.array([np.log((one.high or np.inf) / (one.value or 1.0)) for one in timed])
        lines.append(
            [
                name, str(len(here)), str(len({one.run.source for one in here})), str(len(here) - len(timed)),
                f"{np.median(size):.1f} %", f"{np.quantile(size, 0.9):.0f} %", f"{np.median(error):+.3f}",
                f"{100 * np.mean([one.inside for one in timed]):.0f} %", f"x/÷{np.exp(np.median(width)):.2f}",
                f"{by_source(timed):.1f} %",
            ]
        )  # fmt: skip
    head = ["group", "rows", "sources", "said not to fit", "median", "90th pct", "bias (log)", "coverage", "half-width"]
    return table([*head, "median of sources"], lines)


def by_source(timed: list[Scored]) -> float:
    """Median over sources of the median error of a source, per cent: a long table counts as much as one run."""
    sources: dict[str, list[float]] = {}
    for one in timed:
        sources.setdefault(one.run.source, []).append(100 * abs(float(np.expm1(one.error))))
    return median(median(sizes) for sizes in sources.values())


def rivals_table(known: Evidence, found: list[Scored]) -> str:
    """Median and 90th percentile of the error of each rule, on the rows that have a time."""
    rules = {
        "traincast": known.y + np.array([one.error for one in found]),
        "usual constant MFU": usual_mfu(known),
        "MFU 0.40": rivals.constant_mfu(known, rivals.POPULAR_MFU),
        "6ND / peak": rivals.six_n(known),
        "roofline": rivals.roofline(known),
    }
    has = ~np.isnan(rules["traincast"])
    lines = []
    for name, group in groups(known).items():
        if has[group].any():
            errors = [100 * np.abs(np.expm1((mu - known.y)[group[has[group]]])) for mu in rules.values()]
            lines.append([name, *(f"{np.median(e):.1f} / {np.quantile(e, 0.9):.0f}" for e in errors)])
    return table(["group, median / 90th pct, %", *rules], lines)


def memory_table(found: list[Scored]) -> str:
    """Peaks against those that sources print, and verdicts of runs that ran."""
    pairs = [
        (one.peak_bytes / float(one.run.row["peak_memory_bytes"]), one)
        for one in found
        if one.peak_bytes and one.run.row["peak_memory_bytes"]
    ]
    ratio = np.array([value for value, _ in pairs])
    size = 100 * np.abs(ratio - 1)
    verdicts = [sum(one.verdict == name for one in found) for name in ("fits", "tight", "no")]
    head = ["rows that print a peak", "median", "90th pct", "bias (log)", "of all rows: fits", "tight", "does not fit"]
    cells = [f"{np.median(size):.0f} %", f"{np.quantile(size, 0.9):.0f} %", f"{np.median(np.log(ratio)):+.2f}"]
    return table(head, [[str(len(pairs)), *cells, *map(str, verdicts)]])


def rows_table(found: list[Scored]) -> str:
    """Every row, the worst first; those without a time before them."""
    order = sorted(found, key=lambda one: -abs(one.error) if one.value else -np.inf)
    lines = [
        [
            one.run.id, one.run.source, one.run.model,
            f"{one.run.machine.n_devices} x {one.run.machine.accelerator.name}", f"{one.run.seconds:.3g} s",
            f"{one.value:.3g} s" if one.value else "-", f"{100 * np.expm1(one.error):+.0f} %" if one.value else "-",
            "yes" if one.inside else "no", one.verdict, untold(one.run),
        ]
        for one in order
    ]  # fmt: skip
    head = ["row", "source", "model", "device", "measured", "predicted", "error", "in the interval", "memory"]
    return table([*head, "not told"], lines)


def untold(one: Run) -> str:
    """What a source does not say."""
    several = one.machine.n_devices > 1
    return ", ".join(key for key in UNTOLD if getattr(one.workload, key) is None and (several or key != "zero"))


def page() -> str:
    """The whole page: the set that nothing rests on first."""
    sets = {"second": everything(SECOND), "first": everything(FIRST)}
    told = [one for runs_ in sets.values() for one in runs_]
    away = impossible(told)
    kept_ = {name: [one for one in runs_ if one.id not in away] for name, runs_ in sets.items()}
    known = {name: evidence(runs_) for name, runs_ in kept_.items()}
    found = {name: answered(runs_) for name, runs_ in kept_.items()}
    devices, sources = {one.row["accelerator"] for one in told}, {one.source for one in told}
    parts = [
        INTRODUCTION.format(rows=len(told), devices=len(devices), sources=len(sources), away=len(away)),
        "## The second set",
        SECOND_SET.format(rows=len(kept_["second"])),
        scores_table(known["second"], found["second"]),
        RULES,
        rivals_table(known["second"], found["second"]),
        "## The first set",
        FIRST_SET,
        scores_table(known["first"], found["first"]),
        RULES,
        rivals_table(known["first"], found["first"]),
        MENDED,
        "## Memory, both sets",
        memory_table(found["second"] + found["first"]),
        CAUSES,
        "## Every row of the second set",
        rows_table(found["second"]),
        "## Every row of the first set",
        rows_table(found["first"]),
        "## Rows that contradict themselves",
        table(["row", "why"], [[name, why] for name, why in away.items()]),
    ]
    return "\n\n".join(parts) + "\n"


INTRODUCTION = """# Runs that no fit has seen

Written by `make accuracy`. {rows} measured runs on {devices} devices from {sources} sources, none of which is a source
of the calibration, are given to `traincast predict --batch` as their sources tell them, with what ships. They were
written down before any of them was predicted; none is in a fit, and none was dropped for its error. {away} contradict
themselves and are not scored. What a source does not say is not told.

Errors are of the time of an optimizer step. Rows that are said not to fit in memory have no time; as they all ran,
each is a fault. The usual constant MFU is the best one of the rows of the calibration, one device and several apart.
Rows of one source are alike; the last column takes the median of each source first."""
SECOND_SET = """Nothing rests on these {rows} runs: they were scored once, after all that the first set told was mended,
and what ships was not changed by them. More of their sources are rough: rounded figures, packed samples, a variant of
the device that is not named."""
FIRST_SET = """These runs told that intervals were too narrow and that the time of Python was missing in Megatron-LM.
Both were mended by them, so that they are a test no more: what they say is in the width of the intervals since."""
RULES = "Rules that people use, on the rows that have a time:"


MENDED = """## Before anything was mended

The figures of 2026-11-24, when the rows were scored for the first time:

| group | rows | median | 90th pct | bias (log) | coverage |
| --- | ---: | ---: | ---: | ---: | ---: |
| all | 128 | 21.1 % | 59 % | -0.182 | 76 % |
| one device | 41 | 20.0 % | 65 % | -0.094 | 71 % |
| compiled decoders | 22 | 14.0 % | 56 % | -0.080 | 77 % |
| several devices, dense | 48 | 18.4 % | 56 % | -0.107 | 77 % |
| several devices, MoE | 6 | 10.5 % | 25 % | -0.113 | 100 % |
| fine-tunes with adapters | 33 | 24.5 % | 39 % | -0.281 | 76 % |

Three things changed since, so that these rows are blind for them no more: a pipeline of two stages with one
micro-step waits for all of it (v9meg-06, -41 % before); sharded frozen weights below adapters are gathered
(fsdpqlora-05, -90 %, and 06, -74 %); and attention of a800p-01 was read off a command that the memory which the same
page prints contradicts (+59 %). No constant was fitted or moved."""

CAUSES = """## Causes of the largest misses

- **Short layers of Megatron** (v9meg-01 and 02, all of mi355x, perhaps pax-01): Python takes 3 to 4 ms to issue a
  layer forward and backward, which long layers hide. The calibration has no Megatron run with short layers, and 0.1 to
  0.2 ms are assumed.
- **Adapters** (vectorlm, fsdpqlora, -10 to -40 %): peft adds a dozen element-wise passes over what goes in and comes
  out of each adapted matrix. They are not counted; one device's rows of the calibration have the same bias (-0.15) when
  their source is left out.
- **A slow link** (fsdpqlora-05 to 08): what sharding adds over replicas says 3 to 4 GB/s between two RTX 3090; two
  RTX 4090 hid most of it.
- **A slow machine** (a5000x4-01): 94 s for a quarter of a second of work.
- **Compilation on MPS** (m3max-02): slower than none, as its source says.
- **Emulated bf16** (t4-01): a T4 without hardware for it was faster than is assumed.
- **Packed samples** (v9nemo-05 and 06, perhaps): tokens of a packed sequence look at their own sample alone.
- **Losses of PyTorch 2.0** (l2c-01, perhaps): logits in 32 bits, not fused by the compiler of its year.
- **32 bits by default** (3090ti-01, perhaps): the source does not tell its precision, and 16 bits are assumed.
- **Not found**: a6000-01 and 03, 5070ti-04, m4pro-01, l2c-03."""


def main() -> None:
    """Print and write."""
    text = page()
    TARGET.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
