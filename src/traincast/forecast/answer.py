"""When a run will end: what its log shows, fused with what was predicted before it."""

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone

import msgspec

from traincast import units
from traincast.answers import ForecastAnswer, Part
from traincast.estimate import Estimate, log_estimate
from traincast.findings import Finding, finding
from traincast.forecast.calibration import calibration
from traincast.forecast.deadline import parse_deadline
from traincast.forecast.evidence import findings as evidence_findings
from traincast.forecast.expected import (
    declared_intervals,
    doubt,
    expected_seconds,
    told_interval,
)
from traincast.forecast.habits import habits
from traincast.forecast.learner import LEARNS_SIGMA, slower
from traincast.forecast.project import Projection, project
from traincast.forecast.schedule import fitted, levelled, parse_schedule, to_come
from traincast.forecast.spread import signs
from traincast.phases import Anatomy, anatomy, event_marks
from traincast.phases.first import holds_start, reach
from traincast.phases.plan import Plan, required, steps_done
from traincast.runlog import RunLog, Series
from traincast.stats.fusion import fuse
from traincast.stats.intervals import half_width, probability_within, t4_quantile
from traincast.workload import Workload

READY_WIDTH = 0.1
"""half-width of the interval, as a share of the remaining time, from which a forecast can be relied on"""
NORMAL_TO_T4 = 1.6449 / 2.1318
"""t_4 with this share of a normal's sigma has the same 90 % interval"""


def forecast(
    log: RunLog,
    series: Series | None,
    *,
    steps: int | None = None,
    workload: Workload | None = None,
    prior: tuple[float, float] | None = None,
    level: float = 0.9,
    deadline: str | None = None,
    now: float | None = None,
    schedule: str | None = None,
) -> ForecastAnswer:
    """The remaining time of the run in `log`, whose canonical intervals are `series`.

    `prior` is (mean, sigma) of log seconds per step as predicted; `now` (Unix seconds) makes the forecast count
    from there and not from the last line; `schedule` says how the work of a step changes (`0:1,1000:2`). Raises
    PlanUnknownError where nobody says how long the run is meant to be.
    """
    plan = required(log, steps=steps, workload=workload)
    elapsed = elapsed_seconds(log, series)
    stages = parse_schedule(schedule) if schedule is not None else None
    pace = fitted(series, stages) if stages is not None and series is not None and series.last else None
    if stages is not None and pace is not None and series is not None:
        series = levelled(series, stages, pace)
    found = anatomy(series, event_marks(log)) if series is not None else None
    notes = [*log.findings, *evidence_findings(log, found)]
    done = steps_done(log)
    left = max(0, plan.steps - done) if plan.steps is not None else None
    if left == 0 or (log.finished and plan.source != "--steps"):
        left, projection = 0, None
        done = done or plan.steps or 0  # a log of closing lines alone has no step line to count
        notes.append(finding("run-over", steps=str(done)))
    elif plan.steps is None:
        projection = _until(plan.seconds or 0.0, elapsed or 0.0)
    else:
        work = None
        if stages is not None and pace is not None:
            work = to_come(stages, pace, log.points[-1].step, left or 0)
        projection, weight, more = fused(found, log, left or 0, prior, workload, work=work)
        notes += more
        if elapsed is not None and projection is not None:
            elapsed += steps_unseen(log, series, done) * projection.base
        return _answer(log, plan, done, elapsed, projection, level, deadline, now, notes, weight)
    return _answer(log, plan, done, elapsed, projection or OVER, level, deadline, now, notes, None)


OVER = Projection(seconds=0.0, sigma=0.0, base=0.0, base_sigma=0.0, lines=0, parts=[])


def _until(budget: float, elapsed: float) -> Projection:
    """A run that is limited by time, not by steps."""
    seconds = max(0.0, budget - elapsed)
    return Projection(
        seconds=seconds, sigma=0.005, base=0.0, base_sigma=0.0, lines=0, parts=[Part(name="training", seconds=seconds)]
    )


def fused(
    found: Anatomy | None,
    log: RunLog,
    left: int,
    prior: tuple[float, float] | None,
    workload: Workload | None,
    *,
    work: tuple[float, float] | None = None,
) -> tuple[Projection | None, float | None, list[Finding]]:
    """The projection of the log with the prior weighed in, the weight of the prior, and what to say about it."""
    step = log.points[-1].step if log.points else log.counts_from - 1
    shown = evidence(found, log, workload, step, left, work=work) if found else None
    if prior is None:
        return shown, (0.0 if shown else None), []
    if shown is None:
        more = announced(log, workload, math.exp(prior[0]), left)
        return _prior_alone(prior, left, more), 1.0, [finding("prior-only")]
    below = shown.base_down is not None and prior[0] < math.log(shown.base)
    sigma = shown.base_down if below and shown.base_down is not None else shown.base_sigma
    posterior = fuse(prior, (math.log(shown.base), sigma))
    if posterior.conflict:
        ratio = shown.base / math.exp(prior[0])
        return (
            shown,
            0.0,
            [
                finding(
                    "prior-conflict",
                    seen=units.duration(shown.base),
                    expected=units.duration(math.exp(prior[0])),
                    ratio=units.digits(ratio),
                )
            ],
        )
    base = math.exp(posterior.mu)
    parts = [
        Part(name=part.name, seconds=part.seconds * base / shown.base if part.name == "training" else part.seconds)
        for part in shown.parts
    ]
    if shown.base_down is not None and all(part.name != "evaluation" for part in parts):
        parts += announced(log, workload, base, left)
    share = posterior.sigma / sigma
    projection = Projection(
        seconds=math.fsum(part.seconds for part in parts),
        sigma=(shown.sigma if shown.base_down is None else sigma) * share,
        down=None if shown.down is None or shown.base_down is not None else shown.down * share,
        base=base,
        base_sigma=posterior.sigma,
        lines=shown.lines,
        parts=parts,
    )
    return projection, posterior.prior_weight, []


def evidence(
    found: Anatomy,
    log: RunLog,
    workload: Workload | None,
    step: int,
    left: int,
    *,
    work: tuple[float, float] | None = None,
) -> Projection:
    """What the log alone leads one to expect of the next `left` steps after counter `step`.

    `work` is what a schedule makes of them: so many steps like the newest, give or take a log error.
    """
    amount, error = work or (float(left), 0.0)
    factor = slower(found, log, step)
    if factor is not None and not holds_start(found.series, log.counts_from):
        return _plain(found.base * factor, LEARNS_SIGMA, amount, len(found.rates))
    projection = project(
        found,
        step=step,
        remaining=left,
        work=amount,
        declared=declared_intervals(log, found, workload),
        expected=expected_seconds(log, found, workload),
        closing=habits(log.dialect).at_the_end == "due",
        by_epoch=log.counts_from > 0 and told_interval(log, found, workload) is None,
        last_evaluation=habits(log.dialect).at_the_end == "always"
        and step + left + 1 - log.counts_from == log.facts.steps_planned,
    )
    if holds_start(found.series, log.counts_from):
        down, up = (half / t4_quantile(0.95) for half in reach(found.series))
        return msgspec.structs.replace(projection, sigma=up, base_sigma=up, down=down, base_down=down)
    sigma = math.hypot(calibration().sigma(signs(found, log, step, left)), error)
    down, up = doubts(projection, log, found, workload)
    if not (down or up):
        return msgspec.structs.replace(projection, sigma=sigma)
    return msgspec.structs.replace(projection, sigma=math.hypot(sigma, up), down=math.hypot(sigma, down))


def doubts(
    projection: Projection, log: RunLog, found: Anatomy, workload: Workload | None = None
) -> tuple[float, float]:
    """Scales (log, down and up) that evaluations of a cost by habit add in squares: they may cost less, or far more."""
    each = expected_seconds(log, found, workload).get("evaluation", 0.0)
    down, up = doubt(log, found, each, workload) if projection.guessed else (1.0, 1.0)
    share = projection.guessed / projection.seconds if projection.guessed else 0.0
    ends = -math.log1p(share * (down - 1)), math.log1p(share * (up - 1))
    return ends[0] / t4_quantile(0.95), ends[1] / t4_quantile(0.95)


def _prior_alone(prior: tuple[float, float], left: int, more: list[Part]) -> Projection:
    """The forecast before the first step; `more` is what comes beside the steps."""
    plain = _plain(math.exp(prior[0]), prior[1] * NORMAL_TO_T4, left, 0)
    parts = [*plain.parts, *more]
    return msgspec.structs.replace(plain, seconds=math.fsum(part.seconds for part in parts), parts=parts)


def announced(log: RunLog, workload: Workload | None, base: float, left: int) -> list[Part]:
    """Evaluations that `workload` announces for the next `left` steps of `base` seconds, as a prediction has them."""
    every = log.facts.eval_interval or (workload.eval_interval if workload else None)
    if workload is None or not every or not workload.eval_batches:
        return []
    from traincast.predict.plan import evaluation_seconds  # a forecast without a prediction need not load it

    done = steps_done(log)
    count = (done + left) // every - done // every + (done == 0)
    return [Part(name="evaluation", seconds=count * evaluation_seconds(workload, base))]


def _plain(base: float, sigma: float, left: float, lines: int) -> Projection:
    """`left` steps of `base` seconds and nothing else."""
    seconds = base * left
    parts = [Part(name="training", seconds=seconds)]
    return Projection(seconds=seconds, sigma=sigma, base=base, base_sigma=sigma, lines=lines, parts=parts)


def elapsed_seconds(log: RunLog, series: Series | None) -> float | None:
    """Seconds from the first to the last stamp of the log; without a clock what the closing line tells, else the sum
    of its intervals."""
    clocks = [clock for clock in (log.points[0].clock, log.points[-1].clock) if clock is not None] if log.points else []
    if len(clocks) == 2 and clocks[1] >= clocks[0]:
        from_zero = log.clock_kind in ("elapsed", "training") and clocks[0] >= 0
        if from_zero or clocks[1] > clocks[0]:
            return clocks[1] if from_zero else clocks[1] - clocks[0]
    told = log.facts.total_seconds if log.finished or series is None else None
    if told is not None or series is None:
        return told
    return math.fsum(series.seconds) + (0.0 if series.pauses_inside else pauses_told(log))


def pauses_told(log: RunLog) -> float:
    """Seconds of all evaluations and checkpoints whose time the log tells."""
    return math.fsum(event.seconds or 0.0 for event in log.events if event.kind in ("evaluation", "checkpoint"))


def steps_unseen(log: RunLog, series: Series | None, done: int) -> int:
    """Steps that were taken before the time that `elapsed_seconds` covers: before the first line or a resume."""
    if not log.points or (log.clock_kind in ("elapsed", "training") and log.points[-1].clock is not None):
        return 0
    if log.clock_kind in ("wall", "time-of-day") and log.points[0].clock is not None:
        return max(0, log.points[0].step + 1 - log.counts_from)
    return max(0, done - sum(series.steps)) if series is not None else 0


def _answer(
    log: RunLog,
    plan: Plan,
    done: int,
    elapsed: float | None,
    projection: Projection | None,
    level: float,
    deadline: str | None,
    now: float | None,
    notes: list[Finding],
    weight: float | None,
) -> ForecastAnswer:
    """The document."""
    at = moment(log, now)
    remaining = _remaining(log, projection, level, now)
    probability = None
    if deadline is not None:
        seconds = parse_deadline(deadline, at=at)
        if projection is not None and remaining is not None:
            below = projection.down is not None and seconds < remaining.value
            sigma = projection.down if below and projection.down is not None else projection.sigma
            probability = probability_within(seconds, remaining.value, sigma)
    return ForecastAnswer(
        source=log.source,
        steps_done=done,
        steps_total=plan.steps,
        unit=log.unit,
        remaining=remaining,
        total=_shifted(remaining, elapsed),
        finish_at=(at + timedelta(seconds=remaining.value)).isoformat(timespec="seconds")
        if at is not None and remaining is not None and remaining.value < 1e10
        else None,
        parts=projection.parts if projection else [],
        step_time=between(projection.base, min(projection.base_sigma, projection.sigma), projection.base_down, level)
        if projection and projection.base
        else None,
        probability_by_deadline=probability,
        prior_weight=weight,
        ready=remaining is not None and _is_ready(remaining),
        findings=notes,
    )


def _remaining(log: RunLog, projection: Projection | None, level: float, now: float | None) -> Estimate | None:
    """The time still to come; less what has passed since the last line where it is followed live."""
    if projection is None:
        return None
    if projection.seconds == 0:
        return Estimate(value=0.0, low=0.0, high=0.0, level=level)
    whole = between(projection.seconds, projection.sigma, projection.down, level)
    last = log.points[-1].clock if log.points and log.clock_kind == "wall" else None
    passed = max(0.0, now - last) if now is not None and last is not None else 0.0
    return _shifted(whole, -passed) if passed else whole


def between(value: float, sigma: float, down: float | None, level: float) -> Estimate:
    """`value` with its interval, t_4 of scale `sigma`, below it of scale `down` where that is another."""
    whole = log_estimate(value, half_width(sigma, level), level=level)
    low = whole.low if down is None else log_estimate(value, half_width(down, level), level=level).low
    return msgspec.structs.replace(whole, low=low)


def _shifted(estimate: Estimate | None, seconds: float | None) -> Estimate | None:
    """`estimate` plus `seconds`, never below 0."""
    if estimate is None or seconds is None:
        return None
    low, high = (None if end is None else max(0.0, end + seconds) for end in (estimate.low, estimate.high))
    return Estimate(
        value=max(0.0, estimate.value + seconds), low=low, high=high, level=estimate.level, unit=estimate.unit
    )


def _is_ready(remaining: Estimate) -> bool:
    """Whether the interval is narrow enough to rely on."""
    width = remaining.relative_width
    return remaining.value == 0 or (width is not None and width <= 2 * READY_WIDTH)


def moment(log: RunLog, now: float | None) -> datetime | None:
    """When the remaining time starts: now, or the last line; None where the log has no date."""
    if now is not None:
        return datetime.fromtimestamp(now, tz=timezone.utc)
    if log.clock_kind == "wall" and log.points and log.points[-1].clock is not None:
        return datetime.fromtimestamp(log.points[-1].clock, tz=timezone.utc)
    return None
