"""What one log says: true speed, phases, re-based MFU."""

from __future__ import annotations

import math
from collections.abc import Iterator

from traincast import units
from traincast.answers import MfuAnswer, RunAnswer, StepsAnswer
from traincast.estimate import Estimate
from traincast.findings import Finding, finding
from traincast.machine import Accelerator
from traincast.phases import Anatomy, anatomy, event_marks, periods, phases
from traincast.phases.first import UNSEEN, holds_start, reach
from traincast.phases.notes import change_findings, first_finding, start_findings
from traincast.phases.plan import planned
from traincast.runlog import RunLog, Series
from traincast.stats.intervals import t4_quantile
from traincast.stats.robust import effective_count, hidden_by_rounding, lag_correlation, mad, median

COARSE = 50
"""clock ticks; shorter intervals are summed, not ranked"""
FEW = 3
"""steady intervals below which a median follows each of them, an odd one too"""
APART = 0.05
"""relative difference of typical step and mean from which both are told: 33 of 224 public logs differ by as much"""
TRAINING_PRECISIONS = ("bf16", "fp16", "tf32", "fp32")
"""what a run without a printed precision may use on a device, most likely first"""


def summary(
    log: RunLog,
    series: Series | None,
    *,
    pace: Series | None = None,
    device: Accelerator | None = None,
    n_devices: int | None = None,
    steps: int | None = None,
    level: float = 0.9,
) -> RunAnswer:
    """What `log` says; `device` (of the log, or named by the user) re-bases its MFU.

    `pace` are the printed step times of a log that also has a clock: they tell the step alone, the clock all of it.
    """
    found = anatomy(series, event_marks(log)) if series is not None else None
    step_time = steady_time(log, series, found, level) if series is not None and found is not None else None
    if pace is not None and series is not None and pace.basis != series.basis:
        alone = anatomy(pace, event_marks(log))
        step_time = steady_time(log, pace, alone, level) if alone is not None else step_time
    mfu, notes = rebased(log, found, step_time, device, n_devices)
    plan = planned(log, steps=steps)
    losses = [point.loss for point in log.points if point.loss is not None]
    if found is None and log.points and all(note.code != "no-timing" for note in log.findings):
        notes.append(finding("no-timing"))
    mean = mean_seconds(log, series)
    if found is not None:
        notes += [*change_findings(found), *start_findings(found), *doubts(log, found, step_time, mean)]
    return RunAnswer(
        source=log.source,
        dialect=log.dialect,
        confidence=log.confidence,
        runner_up=log.runner_up,
        lines=log.lines,
        bytes=log.bytes,
        unread_lines=log.unread_lines,
        steps=StepsAnswer(
            first=log.points[0].step if log.points else None,
            last=log.points[-1].step if log.points else None,
            seen=len(log.points),
            planned=plan.steps if plan and plan.source != "the log says that the run is over" else None,
            unit=log.unit,
        ),
        step_time=step_time,
        mean_step_seconds=mean,
        steady_from_step=steady_from(log, found),
        tokens_per_second=throughput(log, step_time, "tokens"),
        samples_per_second=throughput(log, step_time, "samples"),
        mfu=mfu,
        phases=phases(log, found) if found else [],
        period=periods(log, found, level) if found else {},
        elapsed_seconds=elapsed_seconds(log, series),
        starts=1 + max((point.start for point in log.points), default=0),
        losses={"first": losses[0], "last": losses[-1]} if losses else {},
        finished=log.finished,
        findings=[*log.findings, *notes],
    )


def steady_time(log: RunLog, series: Series, found: Anatomy, level: float) -> Estimate:
    """Steady seconds per step: the median of the rates after warm-up; of fewer than three the mean of their steps.

    Where the clock is too coarse to rank intervals, the mean of the regular ones. The interval is that of a mean
    of correlated values: it says how well the past is known, not what comes. Fewer than three are taken to scatter; a
    first interval alone may be a start-up as far as `reach` goes.
    """
    start = found.series.last[found.warmup] - found.series.steps[found.warmup] if found.warmup else None
    keep = [i for i, last in enumerate(series.last) if start is None or last > start or series.start[i]]
    rates = [series.seconds[i] / series.steps[i] for i in keep]
    middle = median(rates)
    if len(keep) < FEW:
        middle = math.fsum(series.seconds[i] for i in keep) / sum(series.steps[i] for i in keep)
    alone = printed_alone(log, series, keep)
    spread = mad(alone, middle)
    ticks = series.resolution or 0.0
    if series.basis != "total" and median([series.seconds[i] for i in keep]) < COARSE * ticks:
        middle = found.base
        spread = max(spread, ticks / median([float(series.steps[i]) for i in keep]))
    if len(rates) < FEW and series.basis != "total":
        spread = max(spread, UNSEEN * middle / math.sqrt(max(1.0, len(log.points) / len(rates))))
    count = effective_count(len(rates), lag_correlation(alone))
    hidden = hidden_by_rounding(alone) if series.basis.startswith("printed") else 0.0
    error = max(1.2533 * spread / math.sqrt(count), max(hidden, 1e-4) * middle)  # a median's: sqrt(pi/2) of a mean's
    half = error * t4_quantile(0.5 + level / 2)
    if series.basis == "total":  # the elapsed time of one line is rounded
        half = max(half, ticks / series.steps[0])
    low = max(0.0, middle - half)
    if is_first(log, series):
        low = min(low, middle * math.exp(-reach(series)[0] * t4_quantile(0.5 + level / 2) / t4_quantile(0.95)))
    return Estimate(value=middle, low=low, high=middle + half, level=level)


def printed_alone(log: RunLog, series: Series, keep: list[int]) -> list[float]:
    """Times of the printed steps themselves, without the typical ones that stand for those between; else the rates."""
    printed = [point.step_seconds for point in log.points if point.step_seconds is not None]
    if series.basis == "printed-step" and len(printed) == len(series.steps):
        return [printed[i] for i in keep]
    return [series.seconds[i] / series.steps[i] for i in keep]


def is_first(log: RunLog, series: Series) -> bool:
    """Whether the first interval of a run is all that is timed of it."""
    return series.basis != "total" and holds_start(series, log.counts_from)


def doubts(log: RunLog, found: Anatomy, step_time: Estimate | None, mean: float | None) -> Iterator[Finding]:
    """That the step time rests on few lines; that a mean of the same steps tells another."""
    steady = [rate for rate, warm in zip(found.rates, found.warm, strict=True) if not warm]
    if is_first(log, found.series):
        yield first_finding(found.series, log.unit)
    elif len(steady) < FEW and found.series.basis != "total":
        yield finding("few-steps", number=str(len(steady)), unit=log.unit)
    own = mean if log.facts.mean_step_seconds is not None else found.base
    typical = step_time.value if step_time else 0.0
    if own and typical > 0 and abs(own / typical - 1) > APART:
        yield finding("mean-apart", unit=log.unit, typical=units.duration(typical), mean=units.duration(own))


def mean_seconds(log: RunLog, series: Series | None) -> float | None:
    """Seconds per step over all of the log, pauses and warm-up inside; the log's own count where it gives one."""
    if log.facts.mean_step_seconds is not None:
        return log.facts.mean_step_seconds
    if series is None or not series.steps:
        return None
    return math.fsum(series.seconds) / sum(series.steps)


def steady_from(log: RunLog, found: Anatomy | None) -> int | None:
    """Counter of the first steady step; None where nothing is steady."""
    if found is None or found.verdict == "no steady state" or is_first(log, found.series):
        return None
    if not found.warmup:
        return log.points[0].step if log.points else None
    return found.series.last[found.warmup - 1] + 1


def elapsed_seconds(log: RunLog, series: Series | None) -> float | None:
    """Seconds the log covers: by its clock, by its closing line, or the sum of its intervals."""
    clocks = [point.clock for point in log.points if point.clock is not None]
    clocks += [event.clock for event in log.events if event.clock is not None]
    if len(clocks) > 1 and log.clock_kind in ("wall", "time-of-day") and max(clocks) > min(clocks):
        return max(clocks) - min([*clocks, *led_in(log, series)])
    if log.facts.total_seconds is not None:
        return log.facts.total_seconds
    if clocks and log.clock_kind in ("elapsed", "training"):
        return max(clocks) if min(clocks) >= 0 else max(clocks) - min(clocks)  # what remains counts up to zero
    return math.fsum(series.seconds) if series is not None else None


def led_in(log: RunLog, series: Series | None) -> list[float]:
    """Clock at which the interval before the first line began, where the series holds one."""
    first = log.points[0] if log.points else None
    if series is None or not series.last or first is None or first.clock is None or series.last[0] != first.step:
        return []
    return [first.clock - series.seconds[0]]


def throughput(log: RunLog, step_time: Estimate | None, unit: str) -> Estimate | None:
    """Tokens or samples per second over all devices: from the batch, or as printed."""
    per_step = log.facts.tokens_per_step if unit == "tokens" else log.facts.samples_per_step
    if step_time is not None and step_time.value > 0 and per_step:
        return step_time.inverse(per_step, unit=f"{unit}/s")
    rates = [point.rate for point in log.points if point.rate is not None]
    if log.rate_unit != unit or not rates:
        return None
    level = step_time.level if step_time else 0.9
    return Estimate(value=median(rates[len(rates) // 10 :]), level=level, unit=f"{unit}/s")


def rebased(
    log: RunLog,
    found: Anatomy | None,
    step_time: Estimate | None,
    device: Accelerator | None,
    n_devices: int | None,
) -> tuple[MfuAnswer | None, list[Finding]]:
    """The printed MFU on the peak of the card that ran it; from parameters and speed where none is printed."""
    printed = steady_mfu(log, found)
    peak = peak_flops(log, device)
    if printed is None:
        return computed(log, step_time, device, peak, n_devices), []
    ours = log.mfu_peak
    known = ours is not None and peak is not None
    answer = MfuAnswer(
        printed=printed,
        printed_peak_flops=ours,
        device=device.name if device else log.facts.device,
        rebased=printed * ours / peak if ours is not None and peak is not None else None,
        convention=log.mfu_convention,
    )
    if not known:
        return answer, [finding("mfu-peak-unknown")] if device is None else []
    assert device is not None
    assert peak is not None
    assert ours is not None
    assert answer.rebased is not None
    if abs(ours / peak - 1) < 0.01:
        return answer, []
    note = finding(
        "mfu-rebased",
        printed_peak=units.flops(ours),
        device=device.title,
        peak=units.flops(peak),
        rebased=units.percent(answer.rebased),
    )
    return answer, [note]


def steady_mfu(log: RunLog, found: Anatomy | None) -> float | None:
    """Median of the printed MFU after warm-up, a fraction."""
    first = found.series.last[found.warmup] if found and found.warmup < len(found.series.last) else 0
    values = [point.mfu for point in log.points if point.mfu is not None]
    steady = [point.mfu for point in log.points if point.mfu is not None and point.step >= first]
    return median(steady or values) if values else None


def peak_flops(log: RunLog, device: Accelerator | None) -> float | None:
    """Dense FLOP/s of one device at the precision of the run."""
    if device is None:
        return None
    if log.facts.precision:
        return device.peak(log.facts.precision)
    return next((peak for name in TRAINING_PRECISIONS if (peak := device.peak(name)) is not None), None)


def computed(
    log: RunLog,
    step_time: Estimate | None,
    device: Accelerator | None,
    peak: float | None,
    n_devices: int | None,
) -> MfuAnswer | None:
    """MFU by 6N FLOP a token (Kaplan 2020; attention left out), where parameters and batch are known."""
    params, tokens = log.facts.params, log.facts.tokens_per_step
    if not (params and tokens and peak and device and step_time and step_time.value):
        return None
    devices = n_devices or log.facts.n_devices or 1
    return MfuAnswer(
        printed=None,
        printed_peak_flops=None,
        device=device.name,
        rebased=6 * params * tokens / step_time.value / (peak * devices),
        convention="kaplan",
    )
