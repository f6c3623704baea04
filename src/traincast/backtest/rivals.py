"""How others estimate the time of a step from the intervals seen so far: what the forecast is measured against."""

from __future__ import annotations

import math
from collections.abc import Callable

from traincast.runlog import Series
from traincast.stats.robust import median

SMOOTHING = 0.3
"""tqdm's default weight of the newest interval"""


def cumulative(seen: Series) -> float:
    """s/step: all time over all steps since the first line (LLaMA-Factory, fastprogress, most scripts)."""
    return math.fsum(seen.seconds) / sum(seen.steps)


def _without(seen: Series, steps: int) -> float:
    """s/step without the first `steps` steps; with them where nothing else is left."""
    skipped, place = 0, 0
    while place < len(seen.steps) and skipped < steps:
        skipped += seen.steps[place]
        place += 1
    if place >= len(seen.steps):
        return cumulative(seen)
    return math.fsum(seen.seconds[place:]) / sum(seen.steps[place:])


def keras(seen: Series) -> float:
    """s/step without the first interval (Keras progress bar, tf_keras `time_after_first_step`)."""
    return _without(seen, 1)


def nanochat(seen: Series) -> float:
    """s/step without the first ten steps (nanochat's eta, modded-nanogpt's old timer)."""
    return _without(seen, 10)


def tqdm(seen: Series) -> float:
    """s/step by tqdm's exponential averages of seconds and steps, which the Hugging Face trainer shows too."""
    seconds = steps = 0.0
    for took, count in zip(seen.seconds, seen.steps, strict=True):
        seconds = SMOOTHING * took + (1 - SMOOTHING) * seconds
        steps = SMOOTHING * count + (1 - SMOOTHING) * steps
    return seconds / steps


def last(seen: Series) -> float:
    """s/step of the newest interval."""
    return seen.seconds[-1] / seen.steps[-1]


def middle(seen: Series) -> float:
    """s/step: the median of the intervals."""
    return median([took / count for took, count in zip(seen.seconds, seen.steps, strict=True)])


RIVALS: dict[str, Callable[[Series], float]] = {
    "cumulative mean": cumulative,
    "drop 1 (Keras)": keras,
    "drop 10 (nanochat)": nanochat,
    "tqdm (Hugging Face)": tqdm,
    "median": middle,
    "last value": last,
}
