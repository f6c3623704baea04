"""The answer at one moment of a live run: the forecast from its last line, brought to the present."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from traincast import units
from traincast.answers import ForecastAnswer, RunAnswer, Upcoming, WatchAnswer
from traincast.errors import PlanUnknownError
from traincast.estimate import Estimate
from traincast.findings import Finding, finding
from traincast.forecast import forecast
from traincast.live.question import Question, device_called
from traincast.live.stamps import GRAIN
from traincast.phases import untangle
from traincast.phases.plan import steps_done
from traincast.plugins import problems
from traincast.reading.series import pace, series
from traincast.runlog import RunLog, Series
from traincast.summary import summary

PATIENCE = 3.0
"""times the longest wait so far after which a run is quiet"""
LEAST_QUIET = 60.0
"""s; no shorter silence is worth a word"""
FEW = 2
"""step lines after which a log that tells no times is told so"""
UNLIKELY = 0.1
"""chance of making a deadline below which it is said"""
OF_ARRIVALS = frozenset({"clock-coarse", "time-disagrees"})
"""findings about a clock that is this program's own"""
PRINTED = ("step", "interval")
"""spans of printed times that tell the step alone"""
NO_PLACE = "time-of-day"
"""a clock whose zero does not matter: the times of arrival count"""


def waiting(source: str, *, now: float, findings: list[Finding] | None = None) -> WatchAnswer:
    """The answer before anything is known."""
    return WatchAnswer(
        source=source, steps_done=0, steps_total=None, remaining=None, total=None, finish_at=None, at=iso(now),
        state="waiting", phase="start-up", findings=findings or [],
    )  # fmt: skip


def answered(log: RunLog, asked: Question, *, now: float, last: float | None) -> WatchAnswer:
    """What is known at `now` of the run in `log`, whose last step line arrived at `last`; Unix seconds."""
    log = untangle(log)[0]
    found = series(log) if log.points else None
    if any(one.code == "arrival-times" for one in log.findings) or (log.clock_resolution or 1.0) <= GRAIN:
        log.findings = [one for one in log.findings if one.code not in OF_ARRIVALS]
    last = now if last is None else min(last, now)
    device = asked.device or (device_called(log.facts.device) if log.facts.device else None)
    alone = pace(log) if found is not None and log.span in PRINTED else None
    shown = summary(
        log, found, pace=alone, device=device, n_devices=asked.n_devices, steps=asked.steps, level=asked.level
    )
    told = told_forecast(log, found, asked, last)
    silence = now - last
    wait = longest_wait(found)
    over = told.remaining is not None and told.remaining.value == 0
    quiet = not over and wait is not None and silence > max(LEAST_QUIET, PATIENCE * wait)
    remaining = brought_forward(told.remaining, silence, usual_wait(found))
    answer = WatchAnswer(
        **{name: getattr(told, name) for name in ForecastAnswer.__struct_fields__ if name != "schema"},
        at=iso(now),
        state="over" if over else "waiting" if not log.points else "quiet" if quiet else "running",
        lines=log.lines,
        dialect=log.dialect,
        phase=phase(log, shown, over=over, quiet=quiet),
        mfu=shown.mfu,
        next_evaluation=None if over else upcoming(log, shown, silence),
    )
    answer.remaining = remaining
    answer.finish_at = finish(now, remaining)
    more = extra(answer, asked, now, silence, wait)
    answer.findings = [*merged(early(log, told.findings), early(log, shown.findings), more), *problems()]
    return answer


def told_forecast(log: RunLog, found: Series | None, asked: Question, last: float) -> ForecastAnswer:
    """The forecast from the last line; without an end where no plan is known."""
    seconds = None if asked.deadline is None else asked.deadline - last
    placeless = msgspec.structs.replace(log, clock_kind=NO_PLACE) if log.clock_kind == "wall" else log
    try:
        return forecast(
            placeless, found, steps=asked.steps, workload=asked.workload, prior=asked.prior, level=asked.level,
            now=last, schedule=asked.schedule, deadline=None if seconds is None or seconds <= 0 else f"{seconds:.3f}s",
        )  # fmt: skip
    except PlanUnknownError:
        shown = [*log.findings, finding("plan-unknown", units=units.plural(log.unit))] if log.points else log.findings
        return ForecastAnswer(
            source=log.source, steps_done=steps_done(log), steps_total=None, unit=log.unit, remaining=None, total=None,
            finish_at=None, findings=shown,
        )  # fmt: skip


def brought_forward(remaining: Estimate | None, silence: float, wait: float | None) -> Estimate | None:
    """The remaining time less what has passed since the last line, but no more than a line usually takes."""
    if remaining is None or wait is None or remaining.value == 0:
        return remaining
    passed = min(silence, wait)
    value, low, high = (
        None if x is None else max(0.0, x - passed) for x in (remaining.value, remaining.low, remaining.high)
    )
    return Estimate(value=value or 0.0, low=low, high=high, level=remaining.level, unit=remaining.unit)


def usual_wait(found: Series | None) -> float | None:
    """Seconds between the last two lines; `None` before the second."""
    return found.seconds[-1] if found is not None and found.seconds else None


def longest_wait(found: Series | None) -> float | None:
    """The longest time between two lines so far, the first one apart where there are others."""
    if found is None or not found.seconds:
        return None
    return max(found.seconds[1:] or found.seconds)


def phase(log: RunLog, shown: RunAnswer, *, over: bool, quiet: bool) -> str:
    """What the run is in."""
    if over:
        return "over"
    if quiet:
        return "quiet"
    if not log.points:
        return "start-up"
    last = log.points[-1].step
    for event in reversed(log.events[-3:]):
        if event.kind in ("evaluation", "checkpoint") and event.step == last and event.line == log.lines:
            return event.kind
    held = [one for one in shown.phases if one.first_step is not None and one.kind not in ("pause", "stall")]
    reached = [one for one in held if one.last_step is not None and one.last_step >= last]
    return reached[-1].kind if reached else "warm-up" if shown.steady_from_step is None else "steady"


def upcoming(log: RunLog, shown: RunAnswer, silence: float) -> Upcoming | None:
    """The next evaluation, where its period is found or declared."""
    period = shown.period.get("evaluation")
    every = period.every if period is not None else log.facts.eval_interval
    if not every or not log.points:
        return None
    last = log.points[-1].step
    step = (last // every + 1) * every
    seconds = None if shown.step_time is None else max(0.0, (step - last) * shown.step_time.value - silence)
    return Upcoming(step=step, seconds=seconds)


def extra(answer: WatchAnswer, asked: Question, now: float, silence: float, wait: float | None) -> list[Finding]:
    """Findings that only a live run has."""
    found = []
    if answer.state == "quiet" and wait is not None:
        found.append(finding("quiet", unit=answer.unit, silence=units.duration(silence), usual=units.duration(wait)))
    if asked.deadline is not None and answer.state != "over":
        shown = clock_text(asked.deadline)
        if now >= asked.deadline:
            answer.probability_by_deadline = 0.0
            found.append(finding("deadline-missed", deadline=shown))
        elif (chance := answer.probability_by_deadline) is not None and chance < UNLIKELY and answer.ready:
            found.append(finding("deadline-unlikely", deadline=shown, chance=units.percent(round(chance, 3))))
    return found


def early(log: RunLog, findings: list[Finding]) -> list[Finding]:
    """`findings` without the complaint that there are no times, as long as too few lines are there to have any."""
    return [one for one in findings if one.code != "no-timing" or len(log.points) > FEW]


def merged(*lists: list[Finding]) -> list[Finding]:
    """Findings of several lists, each once."""
    found: dict[tuple[str, str], Finding] = {}
    for one in (one for some in lists for one in some):
        found.setdefault((one.code, one.values.get("step", "")), one)
    return list(found.values())


def iso(at: float) -> str:
    """Unix seconds as ISO 8601 in local time."""
    return datetime.fromtimestamp(at).astimezone().isoformat(timespec="milliseconds")


def finish(now: float, remaining: Estimate | None) -> str | None:
    """When the run ends."""
    if remaining is None or not remaining.value < 1e10:
        return None
    return (datetime.fromtimestamp(now).astimezone() + timedelta(seconds=remaining.value)).isoformat(timespec="seconds")


def clock_text(at: float) -> str:
    """Unix seconds for people: `18:00`, with the date where it is not today's."""
    moment = datetime.fromtimestamp(at).astimezone()
    return f"{moment:%H:%M}" if moment.date() == datetime.now().date() else f"{moment:%Y-%m-%d %H:%M}"
