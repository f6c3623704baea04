"""Printed rates of steps to seconds a step, and what the mean rate of a closed bar tells of its whole seconds."""

from __future__ import annotations

import re
from collections.abc import Sequence

from traincast.reading.dialect import Meaning
from traincast.reading.values import number, time_span

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
LONG = 20.0
"""seconds of a bar from which on its whole seconds tell its mean to 2.5 %"""
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


def finer(
    values: Sequence[float | None], texts: Sequence[str], whole: Sequence[str], sizes: Sequence[str]
) -> list[float | None]:
    """Seconds per step that closed bars print (`values`, as `texts`), by the whole seconds of the bars where these
    tell more: `1873s 2s/step` over 1000 steps is 1.873 s a step. They must not contradict each other."""
    found: list[float | None] = []
    for value, text, seconds, size in zip(values, texts, whole, sizes, strict=True):
        total, count, shown = time_span(seconds), number(size), RATE_TEXT.match(text)
        if value and total and count and shown and total >= LONG and (figure := number(shown[1])):
            half = value / figure * 0.5 * 10.0 ** -len(shown[1].partition(".")[2])
            mean = total / count
            if half / value > 0.5 / total and abs(mean - value) <= half + 0.5 / count:
                value = mean
        found.append(value)
    return found
