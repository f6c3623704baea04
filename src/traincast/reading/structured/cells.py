"""Cells and JSON values to numbers. Whatever is no finite, sensible number is `None`."""

from __future__ import annotations

import math
from typing import Any

import msgspec

from traincast.reading.values import LARGEST, time_span

Row = dict[str, Any]
DEEPEST = 200
"""levels of nesting that a document may have; trackers write fewer than 20"""


def real(value: object) -> float | None:
    """`value` as a finite number: JSON numbers and numbers in strings."""
    if isinstance(value, str):
        value = from_text(value)
    if isinstance(value, (int, float)) and -LARGEST <= value <= LARGEST and not isinstance(value, bool):
        return float(value)
    return None


def from_text(text: str) -> float | None:
    """The number that all of `text` is, commas for thousands allowed; `number` would take the year of a date."""
    if len(text) > 64 or "_" in text:
        return None
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return float(text.replace(",", "")) if "," in text else None
    except ValueError:
        return None


def whole(value: object) -> int | None:
    """`value` as a count, not negative."""
    figure = real(value)
    return int(figure) if figure is not None and figure >= 0 and figure == math.floor(figure) else None


def span(value: object) -> float | None:
    """`value` as a duration in seconds: a number, or text such as `1 day, 0:08:23` and `49m 19s`."""
    figure = real(value)
    if figure is None and isinstance(value, str) and len(value) <= 64:
        figure = time_span(value.strip())
    return figure if figure is not None and figure >= 0 else None


def document(text: str | bytes) -> Any:
    """The JSON document `text`, NaN and Infinity allowed; raises ValueError where it is damaged or absurdly deep."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        import json  # slower, and takes the NaN that Python writers leave

        try:
            return json.loads(text)
        except RecursionError as error:
            raise ValueError("nested too deep") from error


def flat(row: Row, prefix: str = "", depth: int = 3) -> Row:
    """`row` with the keys of inner objects joined by slashes."""
    found: Row = {}
    for key, value in row.items():
        if isinstance(value, dict) and depth:
            found.update(flat(value, f"{prefix}{key}/", depth - 1))
        else:
            found[prefix + str(key)] = value
    return found
