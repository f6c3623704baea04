"""How long the run is meant to be: from an option, the log's header, or its epochs."""

from __future__ import annotations

import msgspec

from traincast import units
from traincast.errors import PlanUnknownError
from traincast.phrases import phrase
from traincast.runlog import RunLog
from traincast.workload import Workload


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Steps of the whole run, or its seconds where it is limited by time."""

    steps: int | None = None
    """in the log's own unit"""
    seconds: float | None = None
    source: str
    """where it was read"""


def steps_done(log: RunLog) -> int:
    """Steps that are over after the last line; 0 where there is none."""
    return max(0, log.points[-1].step + 1 - log.counts_from) if log.points else 0


def _from_epochs(log: RunLog) -> int | None:
    """Epochs times steps of an epoch."""
    facts = log.facts
    if facts.epochs_planned is None:
        return None
    if log.unit == "epoch":
        return round(facts.epochs_planned)
    if facts.steps_per_epoch is not None:
        return round(facts.epochs_planned * facts.steps_per_epoch)
    return None


def _from_workload(log: RunLog, workload: Workload | None) -> int | None:
    """Steps, or tokens over tokens of a step, of a workload file."""
    if workload is None:
        return None
    if workload.steps is not None:
        return workload.steps
    tokens = log.facts.tokens_per_step
    return round(workload.tokens / tokens) if workload.tokens and tokens else None


def planned(log: RunLog, *, steps: int | None = None, workload: Workload | None = None) -> Plan | None:
    """What the run is meant to take: the option first, then the log, then the workload; None if nobody says."""
    sources = (
        (steps, "--steps"),
        (log.facts.steps_planned, "log"),
        (_from_epochs(log), "epochs of the log"),
        (_from_workload(log, workload), "workload"),
    )
    for number, source in sources:
        if number is not None and number > 0:
            return Plan(steps=number, source=source)
    if log.facts.seconds_planned:
        return Plan(seconds=log.facts.seconds_planned, source="time budget of the log")
    if log.finished and log.points:
        return Plan(steps=steps_done(log), source="the log says that the run is over")
    return None


def required(log: RunLog, *, steps: int | None = None, workload: Workload | None = None) -> Plan:
    """`planned`, or PlanUnknownError."""
    plan = planned(log, steps=steps, workload=workload)
    if plan is None:
        name = log.source or phrase("the log")
        raise PlanUnknownError(
            "{name} does not say how many {units} the run is meant to take",
            name=name,
            units=phrase(units.plural(log.unit)),
        )
    return plan
