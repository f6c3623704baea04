"""What the forecast says beside the time: findings about speed, stalls, starts and clocks."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from traincast import units
from traincast.errors import UnreadableError
from traincast.findings import Finding, finding
from traincast.forecast.expected import told_apart
from traincast.forecast.habits import habits
from traincast.forecast.project import is_singular
from traincast.phases import Anatomy
from traincast.phases.first import holds_start
from traincast.phases.listing import STALL
from traincast.phases.notes import change_findings, first_finding, start_findings
from traincast.phrases import phrase
from traincast.runlog import RunLog

INDUCED = "induced"
"""name of a format that was found out from the log itself"""
GUESS = 0.4
"""confidence below which no forecast rests on an induced format: a counter without a name, in fewer than ten lines"""


def required_evidence(log: RunLog) -> None:
    """Raises UnreadableError where it is a mere guess which figure of an unknown format counts the steps."""
    if log.dialect == INDUCED and log.points and log.confidence < GUESS:
        raise UnreadableError(
            "{source}: its few lines do not tell which figure counts the steps",
            hint="wait for ten lines of training, or name the format with --dialect",
            source=log.source or phrase("the log"),
        )


def findings(log: RunLog, found: Anatomy | None) -> Iterator[Finding]:
    """What weakens or explains a forecast from `log`."""
    if found is None:
        if log.points and all(note.code != "no-timing" for note in log.findings):
            yield finding("no-timing")
        return
    yield from speed_findings(found)
    if holds_start(found.series, log.counts_from):
        yield first_finding(found.series, log.unit)
    if leaves_pauses_out(log, found):
        yield finding("training-clock", basis=found.series.basis)
    yield from start_findings(found)
    if found.verdict == "no steady state":
        yield finding("no-steady-state", intervals=str(len(found.rates)))


def leaves_pauses_out(log: RunLog, found: Anatomy) -> bool:
    """Whether evaluations are printed but not in the times: a training clock, or no line that is longer for one."""
    if "evaluation" in told_apart(log, found):
        return False
    if log.clock_kind == "training":
        return True
    if habits(log.dialect).timed and _every_step(log):
        return False
    named = [one for one in found.pauses if found.names.get(one.index) == "evaluation"]
    return bool(named) and not found.series.pauses_inside and max(one.seconds for one in named) < found.base


def _every_step(log: RunLog) -> bool:
    """Whether each step has its line, so that no evaluation falls between two."""
    gaps = [b.step - a.step for a, b in pairwise(log.points) if b.step > a.step]
    return bool(gaps) and sum(gap == 1 for gap in gaps) > 0.9 * len(gaps)


def speed_findings(found: Anatomy) -> Iterator[Finding]:
    """Changes of speed and stalls."""
    yield from change_findings(found)
    for pause in found.stray:
        if pause.seconds > STALL * found.base and is_singular(pause, found):
            yield finding("stall", step=str(pause.step), seconds=units.duration(pause.seconds))
