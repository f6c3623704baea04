"""What an evaluation will cost before the first one is seen: from its batches, the first iteration, or by habit."""

from __future__ import annotations

import math
from itertools import pairwise

from traincast.forecast.habits import habits
from traincast.phases import Anatomy
from traincast.phases.told import usual
from traincast.runlog import RunLog
from traincast.stats.robust import median
from traincast.workload import Workload

HABIT = 0.04
"""time of an evaluation over that of the steps between two: median of 30 public logs of 20 formats (.002 to 1.6)"""
HABIT_SPREAD = 2.1
"""log half-width of that at 90 % (26 public logs of 16 formats: .005 to .33 of the steps between two)"""
USUAL = 50
"""plain steps that an evaluation takes: median of the same logs (1 to 1500)"""
FORWARD = 0.31
"""a forward pass over forward and backward of the same micro-batch (measured: .30 to .33)"""
ROOM = 1.5
"""what an eager first iteration takes beyond a step is at most this many times the forward passes (public logs: 1.3)"""


def declared_intervals(log: RunLog, found: Anatomy, workload: Workload | None = None) -> dict[str, int]:
    """Kind of pause -> steps between two, as log, workload or the trainer's default tell it."""
    kinds = {
        "evaluation": evaluation_interval(log, found, workload),
        "checkpoint": log.facts.checkpoint_interval
        or (workload.checkpoint_interval if workload else None)
        or by_strategy(log, "save"),
    }
    apart = {kind: every for kind, (every, _) in told_apart(log, found).items()}
    return apart | {kind: steps for kind, steps in kinds.items() if steps}


def told_apart(log: RunLog, found: Anatomy) -> dict[str, tuple[int, float]]:
    """Kind of pause -> steps between two and seconds of one, where the log tells how long each took and the times of
    its steps leave them out; kinds that come unevenly are left out."""
    if found.series.pauses_inside:
        return {}
    answer = {}
    for kind in ("evaluation", "checkpoint"):
        mine = [event for event in log.events if event.kind == kind and event.step is not None]
        took = [event.seconds for event in mine if event.seconds is not None]
        steps = sorted({event.step for event in mine if event.step is not None})
        every = usual(steps) or (min(b - a for a, b in pairwise(steps)) if len(steps) == 2 else by_epoch(log))
        if took and every:
            answer[kind] = every, median(took)
    return answer


def by_epoch(log: RunLog) -> int | None:
    """Steps of an epoch, in the unit of the log."""
    return 1 if log.unit == "epoch" else log.facts.steps_per_epoch


def evaluation_interval(log: RunLog, found: Anatomy, workload: Workload | None = None) -> int | None:
    """Steps between two evaluations; an epoch where nothing else is told."""
    return told_interval(log, found, workload) or epoch(log)


def told_interval(log: RunLog, found: Anatomy, workload: Workload | None = None) -> int | None:
    """Steps between two evaluations as log, workload or the trainer's default tell them."""
    told = log.facts.eval_interval or (workload.eval_interval if workload else None)
    return told or by_strategy(log, "eval") or by_default(log, found)


def by_strategy(log: RunLog, kind: str) -> int | None:
    """Steps between evaluations ("eval") or checkpoints ("save") of a trainer that tells when to count them.

    The Trainer of Hugging Face has a number of steps even where it does neither.
    """
    settings = log.facts.other
    steps, strategy = settings.get(f"{kind}_steps", ""), settings.get(f"{kind}_strategy", "")
    return int(steps) or None if steps.isdecimal() and strategy.lower() == "steps" else None


def by_default(log: RunLog, found: Anatomy) -> int | None:
    """The interval that the trainer takes unless told otherwise; None where an evaluation came at another step."""
    every, series = habits(log.dialect).eval_interval, found.series
    if every is None:
        return None
    seen = [i for i, name in found.names.items() if name == "evaluation"]
    fits = all(series.last[i] // every > (series.last[i] - series.steps[i] - 1) // every for i in seen)
    return every if fits else None


def epoch(log: RunLog) -> int | None:
    """Steps of an epoch, after which most trainers evaluate or save; None where the log counts something else."""
    return log.facts.steps_per_epoch if log.unit != "epoch" else None


def expected_seconds(log: RunLog, found: Anatomy, workload: Workload | None = None) -> dict[str, float]:
    """Kind of pause -> seconds of one that has not been seen yet; nothing where it cannot be told.

    Where the run began with an evaluation: what the first iteration took beyond a step, at most batches x splits x
    forward share x micro-step (with ROOM where nothing was compiled); where those are not told, all of it if nothing
    was compiled, at most by habit if something may have been. Else see `unseen`.
    """
    if apart := told_apart(log, found):
        return {kind: seconds for kind, (_, seconds) in apart.items()}
    first = first_evaluation(log, found)
    if first is None:
        return unseen(log, found, workload)
    batches = log.facts.eval_batches or (workload.eval_batches if workload else None)
    batches = batches or habits(log.dialect).eval_batches
    splits = (workload.eval_splits if workload else None) or habits(log.dialect).eval_splits
    micro_steps = accumulation(log, workload)
    eager = log.facts.compile is False
    if batches and micro_steps:
        forward = batches * splits * FORWARD * found.base / micro_steps
        return {"evaluation": min(first, forward * ROOM if eager else forward)}
    if eager:
        return {"evaluation": first}
    every = told_interval(log, found, workload)
    return {"evaluation": min(first, by_habit(every) * found.base)} if every else {}


def by_habit(every: int) -> float:
    """Steps that an evaluation takes as long as, by habit, where one comes every so many."""
    return min(HABIT * every, USUAL)


def unseen(log: RunLog, found: Anatomy, workload: Workload | None = None) -> dict[str, float]:
    """Kind of pause -> seconds where nothing of one was seen: by its batches where the dialect tells their size.

    Else by habit where the interval or the size of an epoch is declared; nothing where pauses are not on the clock, or
    where one was due and nothing was seen of it.
    """
    if log.clock_kind == "training" or not found.series.pauses_inside or was_due(log, found, workload):
        return {}
    steps = steps_alike(log)
    if steps is None and (every := evaluation_interval(log, found, workload)):
        steps = by_habit(every)
    return {} if steps is None else {"evaluation": steps * found.base}


def doubt(log: RunLog, found: Anatomy, each: float, workload: Workload | None = None) -> tuple[float, float]:
    """Factors down and up between which 90 % of evaluations lie that are expected to take `each` seconds.

    1 where more than habit tells it; where the run began with one, it took no longer than the first iteration.
    """
    first = first_evaluation(log, found)
    batches = log.facts.eval_batches or (workload.eval_batches if workload else None)
    if first is None:
        by_more = steps_alike(log) is not None or bool(told_apart(log, found))
    else:
        by_more = log.facts.compile is False or bool(batches and accumulation(log, workload))
    if by_more or each <= 0:
        return 1.0, 1.0
    factor = math.exp(HABIT_SPREAD)
    return 1 / factor, factor if first is None else max(1.0, min(factor, first / each))


def accumulation(log: RunLog, workload: Workload | None) -> int | None:
    """Micro-steps of a step."""
    return log.facts.grad_accum or (workload.grad_accum if workload else None)


def was_due(log: RunLog, found: Anatomy, workload: Workload | None = None) -> bool:
    """Whether an evaluation was printed, or should have been by the declared interval, in the steps that were seen."""
    every, series = evaluation_interval(log, found, workload), found.series
    if "evaluation" in found.names.values():
        return True
    first, newest = series.last[0] - series.steps[0], series.last[-1] - series.steps[-1]
    if habits(log.dialect).at_the_end == "due" and first <= 0 and not (began(log) and first >= log.counts_from):
        return True  # they evaluate before the first step too, and that one was timed, or nothing was printed of it
    return every is not None and every > 0 and newest // every > max(0, first) // every


def steps_alike(log: RunLog) -> float | None:
    """How many steps take as long as the forward passes of one evaluation; None where its batches are not told."""
    facts = log.facts
    if not facts.eval_batches:
        return None
    trainer = habits(log.dialect)
    if trainer.whole_steps:
        return facts.eval_batches * FORWARD
    if trainer.eval_batches and facts.grad_accum:  # its batches are micro-batches of the training
        return facts.eval_batches * trainer.eval_splits * FORWARD / facts.grad_accum
    own = facts.other.get("eval_batch", "")
    if own.isdecimal() and facts.micro_batch:
        return facts.eval_batches * FORWARD * int(own) / (facts.micro_batch * (facts.grad_accum or 1))
    return None


def began(log: RunLog) -> bool:
    """Whether an evaluation was printed before the first step."""
    return any(event.kind == "evaluation" and event.step is None for event in log.events)


def first_evaluation(log: RunLog, found: Anatomy) -> float | None:
    """What the first iteration took beyond a step, where an evaluation was printed before it and it was timed.

    Lines that are timed as they arrive tell no time of the first.
    """
    series = found.series
    if not (began(log) and found.warmup and series.last[0] - series.steps[0] < log.counts_from):
        return None
    excess = series.seconds[0] - found.base * series.steps[0]
    return excess if excess > 0 else None
