"""Reinforcement learning before the learner begins: what a step will take that learns besides collecting."""

from __future__ import annotations

import math

from traincast.forecast.expected import FORWARD
from traincast.forecast.spread import since
from traincast.phases import Anatomy
from traincast.phases.speeds import LEAST
from traincast.runlog import RunLog
from traincast.stats.intervals import t4_quantile

LEARNS = 1 + 1 / FORWARD
"""a step that collects and learns over one that collects, where both take turns at one model: a forward pass for the
action, a forward and a backward pass for the update"""
LEARNS_SIGMA = math.log(LEARNS) / t4_quantile(0.95)
"""scale of its log error: at 90 % down to a learner beside the collectors, which takes no time of its own"""


def slower(found: Anatomy, log: RunLog, step: int) -> float | None:
    """Factor from the mean step up to counter `step` to those to come, where most of them only collected experience.

    By the lines that learn, where there are any; None where those are the more, or as many as a change of speed takes
    to be seen, and where the log does not tell.
    """
    begins = log.facts.other.get("learns_from")
    if begins is None:
        return None
    if not begins.isdecimal() or step < int(begins):
        return LEARNS
    mine = since(found)
    learning = [i for i in mine if found.series.last[i] >= int(begins)]
    if len(learning) >= min(LEAST, len(mine) - len(learning)):
        return None
    steps = sum(found.series.steps[i] for i in learning)
    seconds = math.fsum(found.series.seconds[i] for i in learning)
    return seconds / steps / found.base if steps else LEARNS
