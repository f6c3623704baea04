"""What a run's anatomy says to its user: changes of speed and starts."""

from __future__ import annotations

import math
from collections.abc import Iterator

from traincast import units
from traincast.findings import Finding, finding
from traincast.phases.first import reach
from traincast.phases.parts import Anatomy
from traincast.runlog import Series


def change_findings(found: Anatomy) -> Iterator[Finding]:
    """Each lasting change of speed, with its step."""
    for one in found.changes:
        place = found.series.last[one.index] - found.series.steps[one.index] + 1
        yield finding(
            "slowdown" if one.ratio > 1 else "speed-up",
            score=f"{one.score:.0f}",
            step=str(place),
            before=units.duration(one.before),
            after=units.duration(one.after),
        )


def start_findings(found: Anatomy) -> Iterator[Finding]:
    """That the run was started more than once, and where it last went on."""
    starts = sorted(set(found.series.start))
    if len(starts) > 1:
        place = next(i for i, start in enumerate(found.series.start) if start == starts[-1])
        step = found.series.last[place] - found.series.steps[place] + 1
        yield finding("resumed", starts=str(len(starts)), step=str(step))


def first_finding(series: Series, unit: str) -> Finding:
    """That what is timed of a run is its beginning, start-up and all."""
    return finding(
        "first-interval",
        unit=unit,
        time=units.duration(series.seconds[0]),
        ratio=units.digits(math.exp(reach(series)[0])),
    )
