"""From a step to a run: first iteration, evaluations, checkpoints, total."""

from __future__ import annotations

import math
from functools import cache, lru_cache
from statistics import NormalDist

from traincast.answers import FirstIteration, Part
from traincast.cost import first
from traincast.cost.stack import stack
from traincast.estimate import Estimate
from traincast.workload import Workload

START_UP = (6.0, 0.5)
"""seconds of imports and device context before the first step, and log sd (assumed)"""
DISK = 1.0e9
"""bytes/s at which a checkpoint is written (assumed)"""
CHECKPOINT_BYTES = 12.0
"""bytes a parameter of a checkpoint: fp32 weights and Adam's two moments"""


def micro_steps(w: Workload) -> float:
    """Micro-steps of a step."""
    if w.grad_accum:
        return float(w.grad_accum)
    if w.global_batch and w.micro_batch:
        return max(1.0, w.global_batch / (w.micro_batch * (w.dp or 1)))
    return 1.0


def evaluation_batches(w: Workload) -> int:
    """Forward-only micro-batches of one evaluation, all splits."""
    if not w.eval_batches:
        return 0
    return w.eval_batches * (w.eval_splits or (2 if "nanogpt" in (w.framework or "").lower() else 1))


def evaluation_seconds(w: Workload, step: float) -> float:
    """Seconds of one evaluation, from those of a step."""
    return evaluation_batches(w) * first.FORWARD_SHARE * step / micro_steps(w)


def evaluations(w: Workload, steps: int) -> int:
    """Evaluations of a run: before the first step, then every `eval_interval` steps, the last step included."""
    return steps // w.eval_interval + 1 if w.eval_interval and w.eval_batches else 0


@cache
def gaussian_half_width(level: float) -> float:
    """Standard deviations to each side that hold a share `level` of a Gaussian."""
    return NormalDist().inv_cdf(0.5 + level / 2)


def compile_time(w: Workload) -> tuple[float, float]:
    """(median seconds that the first step takes longer, log sd)."""
    return set_up(w.framework, w.compile, w.n_layer or 12)


@lru_cache(maxsize=4096)
def set_up(framework: str | None, told: bool | None, layers: int) -> tuple[float, float]:
    """(median seconds, log sd) of compilation or, in eager mode, of what the first step takes longer."""
    usual = stack(framework)
    compiled = told if told is not None else usual.compile > 0.5
    if usual.name == "jax":
        return first.XLA_COLD
    if not compiled:
        return first.EAGER_EXTRA
    # between a warm and a cold cache, which is not known before the run
    return float(first.compile_seconds(layers)), 0.6


def first_iteration(w: Workload, step: float, half_width: float, level: float) -> FirstIteration:
    """Compilation, the evaluation before the first step, the step; they add up."""
    setup, sd = compile_time(w)
    evaluation = evaluation_seconds(w, step)
    seconds = setup + evaluation + step
    spread = setup * (math.exp(sd * gaussian_half_width(level)) - 1)
    run = (evaluation + step) * math.expm1(min(half_width, 50.0))
    up = math.hypot(spread, run)
    down = math.hypot(setup * (1 - math.exp(-sd * 1.5)), (evaluation + step) * -math.expm1(-half_width))
    parts = [
        Part(name="compile", seconds=setup),
        Part(name="evaluation", seconds=evaluation),
        Part(name="step", seconds=step),
    ]
    return FirstIteration(
        seconds=Estimate(value=seconds, low=max(seconds - down, 0.0), high=seconds + up, level=level), parts=parts
    )


def checkpoint_seconds(w: Workload, parameters: float) -> float:
    """Seconds that writing one checkpoint blocks the run."""
    return CHECKPOINT_BYTES * parameters / DISK / max(1, w.dp or 1 if (w.zero or 0) >= 3 else 1)


def total_parts(w: Workload, steps: int, step: float, parameters: float) -> list[Part]:
    """Seconds of the whole run by part."""
    evaluation = evaluation_seconds(w, step)
    saves = steps // w.checkpoint_interval if w.checkpoint_interval else 0
    return [
        Part(name="training", seconds=steps * step),
        Part(name="evaluation", seconds=evaluations(w, steps) * evaluation),
        Part(name="checkpoint", seconds=saves * checkpoint_seconds(w, parameters)),
        Part(name="start-up", seconds=START_UP[0] + compile_time(w)[0]),
    ]


def total(parts: list[Part], half_width: float, level: float) -> Estimate:
    """The sum of `parts`; training and evaluation share the uncertainty of the step, start-up has a factor of 3."""
    fixed = parts[-1].seconds
    work = sum(part.seconds for part in parts[:-1])
    return Estimate(
        value=work + fixed, low=work * math.exp(-half_width) + fixed / 3,
        high=work * math.exp(min(half_width, 50.0)) + 3 * fixed, level=level,
    )  # fmt: skip
