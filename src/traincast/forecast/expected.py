"""What an evaluation will cost before the first one is seen: from its batches, or from the first iteration."""

from __future__ import annotations

from collections.abc import Mapping

from traincast.phases import Anatomy
from traincast.runlog import RunLog
from traincast.workload import Workload

EVALUATES_AT_THE_END = ("nanogpt", "nanochat")
"""dialects that count from 0 and evaluate once more when the plan is reached: train.py of karpathy/nanoGPT at
iter_num == max_iters, base_train.py of karpathy/nanochat at the last step"""
FORWARD = 0.31
"""a forward pass over forward and backward of the same micro-batch (measured: .30 to .33)"""
ROOM = 1.5
"""what an eager first iteration takes beyond a step is at most this many times the forward passes (public logs: 1.3)"""
SPLITS: Mapping[str, int] = {"nanogpt": 2}
"""data splits that one evaluation runs over: nanoGPT's estimate_loss takes train and val; others one"""


def declared_intervals(log: RunLog, workload: Workload | None = None) -> dict[str, int]:
    """Kind of pause -> steps between two, as log or workload declare it."""
    found = {
        "evaluation": log.facts.eval_interval or (workload.eval_interval if workload else None),
        "checkpoint": log.facts.checkpoint_interval or (workload.checkpoint_interval if workload else None),
    }
    return {kind: steps for kind, steps in found.items() if steps}


def expected_seconds(log: RunLog, found: Anatomy, workload: Workload | None = None) -> dict[str, float]:
    """Kind of pause -> seconds of one that has not been seen yet; nothing where it cannot be told.

    Only where the run began with an evaluation: what the first iteration took beyond a step, at most batches x splits x
    forward share x micro-step (with ROOM where nothing was compiled); where those are not told, all of it if nothing
    was compiled.
    """
    first = first_evaluation(log, found)
    if first is None:
        return {}
    batches = log.facts.eval_batches or (workload.eval_batches if workload else None)
    splits = (workload.eval_splits if workload else None) or SPLITS.get(log.dialect, 1)
    accumulation = log.facts.grad_accum or (workload.grad_accum if workload else None)
    eager = log.facts.compile is False
    if batches and accumulation:
        forward = batches * splits * FORWARD * found.base / accumulation
        return {"evaluation": min(first, forward * ROOM if eager else forward)}
    return {"evaluation": first} if eager else {}


def first_evaluation(log: RunLog, found: Anatomy) -> float | None:
    """What the first iteration took beyond a step, where an evaluation was printed before it."""
    began = any(event.kind == "evaluation" and event.step is None for event in log.events)
    if not (began and found.warmup):
        return None
    excess = found.series.seconds[0] - found.base * found.series.steps[0]
    return excess if excess > 0 else None
