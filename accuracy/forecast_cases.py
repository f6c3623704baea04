"""Finished logs, and the forecasts that would have been made at many moments of each: what fit and backtest rest on."""

from __future__ import annotations

import csv
import math
import sys
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

import msgspec

from traincast.backtest.moments import LEAST_SEEN, head, told_pauses, unusable
from traincast.errors import TraincastError
from traincast.forecast.answer import doubts, evidence
from traincast.forecast.learner import slower
from traincast.forecast.spread import Signs, signs
from traincast.phases import anatomy, event_marks
from traincast.reading import read_logs
from traincast.reading.series import series
from traincast.runlog import RunLog, Series
from traincast.scorecard import Left
from traincast.stats.intervals import t4_quantile

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared" / "logs"
OWN = ROOT / "tests" / "logs"
SHARES = (0.01, 0.02, 0.05, 0.1, 0.15, 0.25, 0.35, 0.5, 0.65, 0.75)
LINES = (5, 10, 20, 50)


class Run(msgspec.Struct, kw_only=True):
    """A log that can be replayed."""

    family: str
    log: RunLog
    series: Series


class Case(msgspec.Struct, kw_only=True):
    """One forecast and its error."""

    family: str
    source: str
    moment: str
    signs: Signs
    error: float
    """log(true / forecast)"""
    down: float = 0.0
    """half-width (log) that evaluations by habit add below, in squares"""
    up: float = 0.0
    """the same above"""

    def holds(self, log_half: float) -> bool:
        """Whether the interval of half-width exp(`log_half`) about the forecast, and that doubt, holds the truth."""
        half = math.exp(log_half)
        return -math.hypot(half, self.down) <= self.error <= math.hypot(half, self.up)


def families(*, own: bool) -> dict[Path, str]:
    """Log -> family, of the public logs and, if asked, the project's own."""
    found: dict[Path, str] = {}
    manifest = SHARED / "MANIFEST.csv"
    if manifest.exists():
        with manifest.open(encoding="utf-8", newline="") as rows:
            found |= {SHARED / row["file"]: row["format"] for row in csv.DictReader(rows)}
    mine = dict.fromkeys(sorted(OWN.rglob("*.log")), "own") if own else {}
    return found | mine


def runs(*, own: bool = True) -> tuple[list[Run], list[Left]]:
    """Logs that can be replayed, and the others with the reason. Some of the project's own run on a disturbed CPU."""
    usable: list[Run] = []
    left: list[Left] = []
    for path, family in families(own=own).items():
        try:
            logs = read_logs(path)
        except TraincastError as error:
            left.append(Left(source=path.name, family=family, reason=str(error).replace(str(path), path.name)))
            continue
        for log in logs:
            log.source = path.name
            intervals = series(log)
            reason = unusable(log, intervals)
            if reason is None and intervals is not None:
                usable.append(Run(family=family, log=log, series=intervals))
            else:
                left.append(Left(source=path.name, family=family, reason=reason or ""))
    return usable, left


def moments(run: Run) -> dict[str, int]:
    """Moment -> intervals seen."""
    done = list(accumulate(run.series.steps))
    found = {f"{share:.0%}": next(i for i, k in enumerate(done) if k >= share * done[-1]) + 1 for share in SHARES}
    return found | {f"{lines} lines": lines for lines in LINES}


def cases(run: Run) -> Iterator[Case]:
    """The forecasts of one log."""
    intervals = run.series
    for name, count in moments(run).items():
        if count < LEAST_SEEN or len(intervals.last) - count < LEAST_SEEN:
            continue
        later = [seconds for at, seconds in told_pauses(run.log, intervals) if at > intervals.last[count - 1]]
        truth = math.fsum(intervals.seconds[count:]) + math.fsum(later)
        if truth <= 0:
            continue
        seen = head(intervals, count)
        step, left = seen.last[-1], sum(intervals.steps[count:])
        marks = {kind: [k for k in steps if k <= step] for kind, steps in event_marks(run.log).items()}
        found = anatomy(seen, marks)
        assert found is not None
        if slower(found, run.log, step) is not None:
            continue
        past = [event for event in run.log.events if event.step is None or event.step <= step]
        forecast = evidence(found, msgspec.structs.replace(run.log, events=past), None, step, left)
        down, up = (scale * t4_quantile(0.95) for scale in doubts(forecast, run.log, found))
        yield Case(
            family=run.family,
            source=run.log.source,
            moment=name,
            signs=signs(found, run.log, step, left),
            error=math.log(truth / forecast.seconds),
            down=down,
            up=up,
        )


def main() -> None:
    """Names the logs that are left out, with the reason."""
    for one in runs()[1]:
        sys.stdout.write(f"{one.family}/{one.source}: {one.reason}\n")


if __name__ == "__main__":
    main()
