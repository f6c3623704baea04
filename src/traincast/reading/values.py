"""Text of a log to numbers in SI units. `None` is text that is no finite, sensible number."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable

SUFFIXES = {"": 1.0, "k": 1e3, "m": 1e6, "b": 1e9, "g": 1e9, "t": 1e12}
NUMBER = re.compile(r"\s*([-+]?[\d,]*\.?\d+(?:[eE][-+]?\d+)?)\s*([kKmMbBgGtT]?)")
SECONDS = {
    "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "sec": 1.0, "secs": 1.0, "seconds": 1.0,
    "m": 60.0, "min": 60.0, "minutes": 60.0, "h": 3600.0, "hours": 3600.0, "d": 86400.0, "days": 86400.0,
}  # fmt: skip
DAYS = re.compile(r"\s*(\d{1,7}) days?,?\s*")
UNIT_PART = re.compile(
    r"\s*(\d{1,15}(?:\.\d{1,12})?)\s?(days?|d|hours?|h|minutes?|mins?|m|seconds?|secs?|s|ms|us)(?![a-z])"
)
PART_SECONDS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6}
LARGEST = 1e18
"""beyond it a number in a log is damage: 1e18 tokens, bytes or seconds do not occur"""


def number(text: str) -> float | None:
    """The number in `text`: `1,078,793`, `37.3k`, `1e-4`; thousands commas and the suffixes k, M, B, T are
    understood."""
    try:
        value = float(text)
    except ValueError:
        match = NUMBER.match(text)
        if match is None or len(match[1]) > 40:
            return None
        try:
            value = float(match[1].replace(",", "")) * SUFFIXES[match[2].lower()]
        except ValueError:
            return None
    return value if math.isfinite(value) and abs(value) <= LARGEST else None


def whole(text: str) -> int | None:
    """The count in `text`, or `None`; `05742` and `1,000` are understood."""
    if len(text) > 18:
        return None
    value = number(text)
    return None if value is None or value != int(value) else int(value)


def clock_span(text: str) -> float | None:
    """Seconds of `0:59:59`, `23:59`, `1 day, 2:03:04`, `9 days, 21:39:00`; `None` where it is none."""
    days = DAYS.match(text)
    rest = text[days.end() :] if days else text.strip()
    total = float(days[1]) * 86400.0 if days else 0.0
    parts = rest.strip().split(":")
    if not 2 <= len(parts) <= 4:
        return None
    try:
        figures = [float(part) for part in parts]
    except ValueError:
        return None
    if any(not 0 <= figure < 1e7 for figure in figures):
        return None
    scales = (86400.0, 3600.0, 60.0, 1.0)[-len(figures) :]
    return total + sum(figure * scale for figure, scale in zip(figures, scales, strict=True))


def time_span(text: str) -> float | None:
    """Seconds of a duration as trainers write it: a clock span, `49m 19s`, `4m41.035s`, `1966.51m`, `11.6s`, `3.5`."""
    if ":" in text:
        return clock_span(text)
    total, position = 0.0, 0
    while match := UNIT_PART.match(text, position):
        unit = match[2]
        total += float(match[1]) * PART_SECONDS.get(unit, PART_SECONDS.get(unit[0], 1.0))
        position = match.end()
    if position:
        return total
    value = number(text)
    return value if value is not None and value >= 0 else None


def scaled(texts: Iterable[str], factor: float) -> list[float | None]:
    """Numbers of a column times `factor`; the usual case of plain digits is taken at C speed."""
    texts = texts if isinstance(texts, (list, tuple)) else list(texts)
    try:
        values = list(map(float, texts))
    except ValueError:
        return [None if (value := number(text)) is None else value * factor for text in texts]
    if not all(map(math.isfinite, values)):
        return [value * factor if math.isfinite(value) else None for value in values]
    return list(values) if factor == 1.0 else [value * factor for value in values]


def counts(texts: Iterable[str]) -> list[int | None]:
    """Counters of a column."""
    texts = texts if isinstance(texts, (list, tuple)) else list(texts)
    try:
        if max(map(len, texts), default=0) <= 15:
            return list(map(int, texts))
    except ValueError:
        pass
    return [whole(text) for text in texts]


def spans(texts: Iterable[str]) -> list[float | None]:
    """Durations of a column, seconds."""
    return [time_span(text) for text in texts]


def reader(unit: str) -> Callable[[Iterable[str]], list[float | None]]:
    """How a column of `unit` becomes seconds: a unit of time, or `text` for any way of writing a duration."""
    if unit == "text":
        return spans
    factor = SECONDS[unit]
    return lambda texts: scaled(texts, factor)
