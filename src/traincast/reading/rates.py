"""Printed rates of steps to seconds a step, and what the mean rate of a closed bar tells of its whole seconds."""

from __future__ import annotations

import re

from traincast.reading.dialect import Meaning
from traincast.reading.values import number

STEP_RATE = {
    "it/s": 1.0,
    "s/it": -1.0,
    "ms/it": -1e-3,
    "us/it": -1e-6,
    "it/ms": 1e3,
    "it/min": 1 / 60,
    "min/it": -60.0,
    "it/h": 1 / 3600,
}
"""factor to steps a second; negative: seconds a step"""
TOO_COARSE = 0.25
"""seconds; the error of whole ones in the mean is .29"""
RATE_TEXT = re.compile(r"([\d.,]+)\s*([kKM]?)\s*(\S+)?")


def step_rate(text: str, meaning: Meaning) -> float | None:
    """Seconds a step of `1.64it/s` or `9.73s/it`, or of a bare number in `meaning.unit`."""
    match = RATE_TEXT.match(text.strip())
    if match is None:
        return None
    value = number(match[1] + match[2])
    factor = STEP_RATE.get((match[3] or meaning.unit or "it/s").strip())
    if value is None or factor is None or value <= 0:
        return None
    return -value * factor if factor < 0 else 1.0 / (value * factor)


def bar_seconds(seconds: float, size: float | None, rate: str) -> float:
    """Seconds of a bar of `size` units that prints `seconds`, cut to whole ones, and `rate`, its mean.

    tqdm prints the mean of all units when it closes a bar, smoothed ones before; a rate that does not fit the whole
    seconds, or is too coarse to tell more than they do, is left aside.
    """
    each, match = step_rate(rate, Meaning(is_="bar-rate")), RATE_TEXT.match(rate.strip())
    if not size or each is None or match is None:
        return seconds
    decimals = len(match[1].partition(".")[2])
    unsure = size * each * 0.5 * 10.0**-decimals / (number(match[1]) or 1.0)
    exact = size * each
    fits = seconds - unsure <= exact <= seconds + 1 + unsure
    return exact if fits and unsure < TOO_COARSE else seconds
