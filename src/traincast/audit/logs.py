"""Figures that a training log prints, as claims: what its trainer says of speed and MFU."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from traincast.audit.claims import UNITS, Figure
from traincast.reading.series import series
from traincast.runlog import Facts, RunLog
from traincast.stats.robust import median
from traincast.summary import summary
from traincast.workload import Workload

LEAST_POINTS = 3
SHARE_OF_LINES = 0.3
"""share of lines that are steps, above which a text is a log and not a note that quotes one"""
MANY_POINTS = 20
"""so many steps of a known format make a log, whatever stands between them"""
MANY_LINES = 200
"""lines of a text of a known format that is not called a note: output of a job, not prose"""
NOTES = (".md", ".markdown", ".rst")
"""endings of files that are notes, unless nearly all their lines are steps"""
ROUNDING = 0.02
"""relative; printed rates are means over other stretches than printed times"""
FACTS = {
    "params": "params_total", "seq_len": "seq_len", "micro_batch": "micro_batch", "grad_accum": "grad_accum",
    "n_devices": "n_devices", "precision": "precision", "compile": "compile", "steps_planned": "steps",
}  # fmt: skip
"""fact of a log -> field of a workload"""


def is_log(log: RunLog) -> bool:
    """Whether what was read as `log` is a training log rather than prose that quotes one."""
    points, lines = len(log.points), max(log.lines, 1)
    if points < LEAST_POINTS:
        return False
    if points >= SHARE_OF_LINES * lines:
        return True
    known = log.dialect != "unknown" and not log.source.lower().endswith(NOTES)
    return known and (points >= MANY_POINTS or lines >= MANY_LINES)


def log_figures(log: RunLog) -> list[Figure]:
    """Steady step time, throughput and MFU as the log prints them; `where` is the log."""
    return list(figures(log))


def figures(log: RunLog) -> Iterator[Figure]:
    """One figure for each quantity that is printed."""
    told = summary(log, series(log))
    if told.step_time is not None:
        yield figure(log, "step_time", told.step_time.value)
    rates = steady([point.rate for point in log.points])
    name = {"tokens": "tokens_per_second", "samples": "samples_per_second"}.get(log.rate_unit or "")
    if rates and name:
        yield figure(log, name, median(rates))
    fractions = steady([point.mfu for point in log.points])
    measured = [value for value in fractions if value >= 0]
    if measured:
        yield figure(log, "mfu", median(measured))
    if any(point.mfu is not None and point.mfu < 0 for point in log.points):
        yield figure(log, "mfu", -1.0)
    if log.facts.tokens_per_step:
        yield figure(log, "tokens_per_step", log.facts.tokens_per_step)


def steady(values: list[float | None]) -> list[float]:
    """The printed values of the later nine tenths, in their unit."""
    told = [value for value in values if value is not None]
    return told[len(told) // 10 :]


def figure(log: RunLog, quantity: str, value: float) -> Figure:
    """A figure of a log."""
    return Figure(
        text=f"{quantity} {value:.6g}", where=log.source, line=0, quantity=quantity, low=value, high=value,
        unit=UNITS[quantity], rounding=ROUNDING,
    )  # fmt: skip


def log_workload(log: RunLog, workload: Workload | None) -> Workload:
    """`workload` with what the log tells where it is silent."""
    known = workload or Workload()
    facts: Facts = log.facts
    changes = {
        field: getattr(facts, fact)
        for fact, field in FACTS.items()
        if getattr(known, field) is None and getattr(facts, fact) is not None
    }
    if known.global_batch is None and known.micro_batch is None:
        length = known.seq_len or facts.seq_len
        if facts.samples_per_step:
            changes["global_batch"] = round(facts.samples_per_step)
        elif facts.tokens_per_step and length:
            changes["global_batch"] = round(facts.tokens_per_step / length)
    return msgspec.structs.replace(known, **changes)
