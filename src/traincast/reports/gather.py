"""All answers about one run, gathered for a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from traincast.answers import (
    AuditAnswer,
    CoursePoint,
    FanPoint,
    ForecastAnswer,
    PredictAnswer,
    ReportAnswer,
    RunAnswer,
)
from traincast.audit.logs import log_workload
from traincast.audit.notes import unique
from traincast.audit.stated import tokens_per_step
from traincast.errors import PlanUnknownError, TraincastError
from traincast.explain import explain
from traincast.machine import Machine
from traincast.reports.wording import translator
from traincast.runlog import RunLog, Series
from traincast.workload import Workload

MOST_POINTS = 400
"""of a chart"""
MOMENTS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""shares of a finished run at which the forecast is made again"""
LEAST_INTERVALS = 4


def gather(
    source: str | Path,
    *,
    date: str,
    workload: Workload | Mapping[str, object] | str | Path | None = None,
    on: str | None = None,
    claims: str | Path | None = None,
    steps: int | None = None,
    level: float = 0.9,
    dialect: str | None = None,
    lang: str = "en",
    keys: Mapping[str, Any] | None = None,
) -> ReportAnswer:
    """The report on the last run in `source`; what cannot be told is left out. Raises UnreadableError, UsageError."""
    from traincast.probing.machines import machine
    from traincast.reading import read_logs
    from traincast.reading.series import pace, series
    from traincast.summary import summary

    _ = translator(lang)
    logs = read_logs(source, dialect=dialect)
    log = next((one for one in reversed(logs) if one.points), logs[-1])
    given = stated_workload(workload, keys or {})
    known = log_workload(log, given)
    on_machine = machine(on) if on else machine_of(log)
    intervals = series(log)
    device = on_machine.accelerator if on_machine else None
    told = summary(
        log, intervals, pace=pace(log), device=device, n_devices=on_machine.n_devices if on_machine else None,
        steps=steps, level=level,
    )  # fmt: skip
    tokens = tokens_per_step(known, on_machine.n_devices if on_machine else None)
    if told.tokens_per_second is None and told.step_time is not None and tokens:
        told.tokens_per_second = told.step_time.inverse(tokens, unit="tokens/s")
    expected = prediction(known, on_machine, steps or told.steps.planned, level)
    ahead = forecast_of(log, intervals, steps, level)
    audited = audit_of(claims, known, on_machine, told, lang) if claims is not None else None
    return ReportAnswer(
        title=_("Pasted log") if str(source) == "-" else _("Training run {source}").format(source=Path(source).name),
        lang=lang,
        date=date,
        source=log.source,
        run=told,
        forecast=ahead,
        predict=expected,
        audit=audited,
        explanation=explain(
            log, intervals, told, workload=known, machine=on_machine, expected=expected,
            predict=lambda w, m: prediction(w, m, None, level), lang=lang,
        ),
        course=course(intervals),
        fan=fan(log, intervals, steps, level),
        findings=unique([*told.findings, *(ahead.findings if ahead else []), *(expected.findings if expected else [])]),
        sources=sources(expected),
    )  # fmt: skip


def stated_workload(
    source: Workload | Mapping[str, object] | str | Path | None, keys: Mapping[str, Any]
) -> Workload | None:
    """The workload that was given; None where none was."""
    if source is None and all(value is None for value in keys.values()):
        return None
    from traincast.workloads.resolve import resolve

    return resolve(source, **keys)[0]


def machine_of(log: RunLog) -> Machine | None:
    """The machine that the log names, where it is known which."""
    from traincast.audit.ask import machine_of as named

    return named(log)


def prediction(workload: Workload, machine: Machine | None, steps: int | None, level: float) -> PredictAnswer | None:
    """The prediction; None where workload or machine do not suffice for a step time."""
    if machine is None:
        return None
    from traincast.predict import predict
    from traincast.workloads.resolve import resolve

    try:
        answer = predict(resolve(workload)[0], machine, steps=steps, level=level)
    except TraincastError:
        return None
    return answer if answer.step_time is not None or answer.memory.verdict == "no" else None


def forecast_of(log: RunLog, intervals: Series | None, steps: int | None, level: float) -> ForecastAnswer | None:
    """The forecast; None where no plan is known."""
    from traincast.forecast import forecast

    try:
        return forecast(log, intervals, steps=steps, level=level)
    except PlanUnknownError:
        return None


def audit_of(
    claims: str | Path, workload: Workload, machine: Machine | None, told: RunAnswer, lang: str
) -> AuditAnswer:
    """The audit of a note about this run: against physics, against itself, and against what the log shows."""
    from traincast.audit import audit
    from traincast.audit.ask import opened, prediction
    from traincast.catalog.lookup import accelerator

    texts, _logs = opened(claims, None)
    seen = told.step_time.value if told.step_time else None
    return audit(
        texts, lookup=accelerator, workload=workload, machine=machine, predict=prediction, seen=seen, lang=lang,
    )  # fmt: skip


def course(intervals: Series | None) -> list[CoursePoint]:
    """The step times in order; of long runs the slowest and the middle interval of each stretch."""
    if intervals is None:
        return []
    points, elapsed = [], 0.0
    for last, steps, seconds in zip(intervals.last, intervals.steps, intervals.seconds, strict=True):
        elapsed += seconds
        points.append(CoursePoint(step=last, elapsed=elapsed, step_seconds=seconds / steps))
    return thinned(points)


def thinned(points: Sequence[CoursePoint]) -> list[CoursePoint]:
    """At most about MOST_POINTS of `points`."""
    if len(points) <= MOST_POINTS:
        return list(points)
    size = -(-len(points) * 2 // MOST_POINTS)
    kept = []
    for i in range(0, len(points), size):
        stretch = sorted(points[i : i + size], key=lambda point: point.step_seconds)
        chosen = {id(point): point for point in (stretch[len(stretch) // 2], stretch[-1])}
        kept += sorted(chosen.values(), key=lambda point: point.step)
    return kept


def fan(log: RunLog, intervals: Series | None, steps: int | None, level: float) -> list[FanPoint]:
    """The total as it was forecast when only a share of the log was there."""
    from traincast.forecast import forecast

    if intervals is None or len(intervals.seconds) < 2 * LEAST_INTERVALS:
        return []
    found = []
    for share in MOMENTS:
        count = round(share * len(intervals.seconds))
        if count < LEAST_INTERVALS:
            continue
        part = first_intervals(intervals, count)
        try:
            answer = forecast(until(log, part.last[-1]), part, steps=steps or planned(log), level=level)
        except TraincastError:
            return []
        if answer.total is not None:
            found.append(FanPoint(step=part.last[-1], total=answer.total))
    return found


def planned(log: RunLog) -> int | None:
    """Steps of the run: as planned, or as it ended."""
    if log.facts.steps_planned:
        return log.facts.steps_planned
    return log.points[-1].step + 1 - log.counts_from if log.finished and log.points else None


def first_intervals(intervals: Series, count: int) -> Series:
    """The first `count` intervals."""
    return Series(
        last=intervals.last[:count], steps=intervals.steps[:count], seconds=intervals.seconds[:count],
        start=intervals.start[:count], pauses_inside=intervals.pauses_inside, basis=intervals.basis,
        resolution=intervals.resolution,
    )  # fmt: skip


def until(log: RunLog, step: int) -> RunLog:
    """The log as it was when `step` was its last line."""
    import msgspec

    return msgspec.structs.replace(
        log,
        points=[point for point in log.points if point.step <= step],
        events=[event for event in log.events if event.step is None or event.step < step],
        finished=False,
    )


def sources(expected: PredictAnswer | None) -> list[str]:
    """Where constants were read."""
    return list(expected.sources) if expected else []
