"""The first iteration split into evaluation, compilation and one normal step.

t_first = compilation + evaluation batches x forward share x micro-step + step (whatever else is inside the logged value
is in the first term). Bands of compile times: `cost.first`, from measured first iterations.
"""

from __future__ import annotations

import math
from typing import Literal

from traincast import units
from traincast.answers import RunAnswer
from traincast.cost.first import COMPILE_COLD, COMPILE_WARM, FORWARD_SHARE
from traincast.estimate import Estimate
from traincast.explanation import FirstSplit, TimedShare
from traincast.runlog import RunLog, Series
from traincast.wording import translator
from traincast.workload import Workload

Cache = Literal["cold", "warm", "between", "eager", "unknown"]
FORWARD_RANGE = (0.30, 0.33)
"""forward over forward + backward, as measured"""
BAND = 1.645
"""standard deviations of a 90 % band"""
SPLITS = 2
"""nanoGPT evaluates on train and validation data; `eval_batches` counts one of them"""


def first_split(
    log: RunLog, series: Series | None, told: RunAnswer, workload: Workload | None, *, lang: str = "en"
) -> FirstSplit | None:
    """Where the first iteration of `log` went; None where the log tells no steady step."""
    if told.step_time is None:
        return None
    step = told.step_time
    seconds = first_seconds(log, series)
    split = FirstSplit(
        seconds=seconds,
        start_up_seconds=next((phase.seconds for phase in told.phases if phase.kind == "start-up"), None),
        stable_from=told.steady_from_step,
        ignore_steps=ignored(log, told),
    )
    if seconds is None or seconds < 1.3 * step.value:
        return split
    evaluation = evaluation_share(log, workload, step, lang)
    inside = evaluation.seconds if evaluation else None
    rest = rest_estimate(seconds, step, inside)
    compiled = workload.compile if workload and workload.compile is not None else log.facts.compile
    compiled = compiled or any(event.kind == "compile" for event in log.events)
    _ = translator(lang)
    split.cache = cache_state(rest, bool(compiled))
    split.parts = [
        TimedShare(name="compilation" if compiled else "set-up", seconds=rest, evidence=cache_words(split.cache, lang)),
        *([evaluation] if evaluation else []),
        TimedShare(name="step", seconds=step, evidence=_("the steady step time of this log")),
    ]
    return split


def first_seconds(log: RunLog, series: Series | None) -> float | None:
    """Seconds of the first iteration as printed, or the first interval where it covers one step."""
    first = log.points[0] if log.points else None
    if first is not None and first.step_seconds is not None and log.span in ("step", "interval"):
        return first.step_seconds if first.step <= log.counts_from else None
    if series is not None and series.steps and series.steps[0] == 1:
        return series.seconds[0]
    return None


def ignored(log: RunLog, told: RunAnswer) -> int | None:
    """How many steps at the start are slower than the rest."""
    if told.steady_from_step is None or not log.points:
        return None
    return max(0, told.steady_from_step - log.points[0].step)


def evaluation_share(log: RunLog, workload: Workload | None, step: Estimate, lang: str) -> TimedShare | None:
    """The evaluation inside the first iteration, from its number of forward-only batches; None where there is none."""
    _ = translator(lang)
    batches = log.facts.eval_batches or (workload.eval_batches if workload else None)
    micro_steps = log.facts.grad_accum or (workload.grad_accum if workload else None) or 1
    first = log.points[0].step if log.points else 0
    early = any(event.kind == "evaluation" and (event.step is None or event.step <= first) for event in log.events)
    if not batches or not early or log.span != "step":
        return None
    splits = (workload.eval_splits if workload else None) or SPLITS
    forwards = batches * splits

    def seconds(share: float, whole: float) -> float:
        return forwards * share * whole / micro_steps

    value = seconds(FORWARD_SHARE, step.value)
    low, high = seconds(FORWARD_RANGE[0], step.low or step.value), seconds(FORWARD_RANGE[1], step.high or step.value)
    text = _("{forwards} forward batches x {share} x {step} / {micro} micro-steps").format(
        forwards=units.whole(forwards),
        share=units.digits(FORWARD_SHARE, 2),
        step=units.duration(step.value),
        micro=micro_steps,
    )
    return TimedShare(
        name="evaluation", seconds=Estimate(value=value, low=low, high=high, level=step.level), evidence=text
    )


def rest_estimate(seconds: float, step: Estimate, evaluation: Estimate | None) -> Estimate:
    """What is left of the first iteration when step and evaluation are taken out."""

    def left(step_seconds: float, evaluated: float) -> float:
        return max(0.0, seconds - step_seconds - evaluated)

    inside = evaluation or Estimate(value=0.0, low=0.0, high=0.0)
    return Estimate(
        value=left(step.value, inside.value),
        low=left(step.high or step.value, inside.high or inside.value),
        high=left(step.low or step.value, inside.low or inside.value),
        level=step.level,
    )


def band(measured: tuple[float, float]) -> tuple[float, float]:
    """The 90 % band of a log-normal (median, log sd)."""
    median, sd = measured
    return median * math.exp(-BAND * sd), median * math.exp(BAND * sd)


def cache_state(rest: Estimate, compiled: bool) -> Cache:
    """Whether the time fits a cold or a warm compile cache, or no compilation at all."""
    cold, warm = band(COMPILE_COLD), band(COMPILE_WARM)
    if not compiled:
        return "eager" if rest.value < cold[0] else "unknown"
    if rest.value > warm[1]:
        return "cold"
    return "warm" if rest.value < cold[0] else "between"


def cache_words(state: Cache, lang: str) -> str:
    """What the state of the cache says."""
    _ = translator(lang)
    cold, warm = (tuple(units.duration(x) for x in band(m)) for m in (COMPILE_COLD, COMPILE_WARM))
    texts = {
        "cold": _(
            "fits a compilation with an empty cache ({low} to {high}): it does not come back, and is "
            "no sign of slow steps"
        ),
        "warm": _(
            "fits a warm or partly filled compile cache ({warm_low} to {warm_high}), below the band "
            "of an empty one ({low} to {high}): no sign of slow steps"
        ),
        "between": _(
            "both a warm compile cache ({warm_low} to {warm_high}) and an empty one ({low} to {high}) "
            "may take that long: no sign of slow steps"
        ),
        "eager": _("device context, kernel tuning and first allocations: it does not come back"),
        "unknown": _(
            "longer than the first step of a run without compilation usually takes: compilation, "
            "data loading or a cold disk"
        ),
    }
    return texts[state].format(low=cold[0], high=cold[1], warm_low=warm[0], warm_high=warm[1])
