"""Time stamps of log lines to seconds.

Stamps with a date are seconds since 1970 on the log's own local time; without a year or without a date they are
seconds on a clock that only differences of can be used, unwrapped at midnight and at the turn of the year. Kinds are
never mixed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Literal

Kind = Literal["wall", "no-year", "time-of-day", "unix"]

MONTHS = {
    name: i + 1
    for i, name in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"])
}
TIME = r"(\d{1,2}):(\d\d)(?::(\d\d(?:[.,]\d{1,9})?))?"
FORMS: tuple[tuple[Kind, re.Pattern[str], tuple[int, ...]], ...] = (
    # kind, pattern, and the groups of year, month, day, hour, minute, second (0: not there)
    ("wall", re.compile(rf"(\d{{4}})[-/.](\d\d?)[-/.](\d\d?)[T _,-]{TIME}"), (1, 2, 3, 4, 5, 6)),
    ("wall", re.compile(rf"(\d\d?)[-/.](\d\d?)[-/.](\d{{4}})[T _-]{TIME}"), (3, 1, 2, 4, 5, 6)),
    ("wall", re.compile(rf"(\d\d)[-/.](\d\d?)[-/.](\d\d?)[T _-]{TIME}"), (1, 2, 3, 4, 5, 6)),
    ("wall", re.compile(rf"(?:[A-Z][a-z]{{2}},? )?([A-Z][a-z]{{2}}) +(\d\d?) {TIME} (\d{{4}})"), (6, 1, 2, 3, 4, 5)),
    ("no-year", re.compile(rf"(?:[A-Z][a-z]{{2}},? )?([A-Z][a-z]{{2}}) +(\d\d?),? {TIME}"), (0, 1, 2, 3, 4, 5)),
    ("no-year", re.compile(rf"(\d\d)(\d\d) {TIME}"), (0, 1, 2, 3, 4, 5)),
    ("no-year", re.compile(rf"(\d\d?)[-/](\d\d?)[T _-]{TIME}"), (0, 1, 2, 3, 4, 5)),
    ("time-of-day", re.compile(TIME), (0, 0, 0, 1, 2, 3)),
)
UNIX = re.compile(r"\d{10}(?:\.\d+)?|\d{13}(?!\d)")
STAMP = (
    r"(?:\d{4}[-/.]\d\d?[-/.]\d\d?[T _,-]|\d\d?[-/.]\d\d?[-/.](?:\d{4}|\d\d)[T _-]|[IWEF]?\d{4} |"
    r"(?:[A-Z][a-z]{2},? )?[A-Z][a-z]{2} +\d\d?,? |\d\d?[-/]\d\d?[T _-])?\d{1,2}:\d\d:\d\d(?:[.,]\d{1,9})?"
)
"""a pattern of any stamp with seconds, for a prefix that a logger or a shell put before the line"""
LEAP_YEAR = 1972
"""stands for the unknown year of stamps such as `I0229 08:54:44`"""


@lru_cache(maxsize=4096)
def day_start(year: int, month: int, day: int) -> float:
    """Seconds from 1970 to the start of a day; ValueError where there is no such day."""
    return (date(year, month, day) - date(1970, 1, 1)).days * 86400.0


def resolution_of(text: str) -> float:
    """Smallest step the stamp can show, seconds."""
    fraction = re.search(r":\d\d[.,](\d{1,9})", text) or re.fullmatch(r"\d{10}\.(\d+)", text.strip())
    if fraction:
        return float(10.0 ** -len(fraction[1]))
    if re.fullmatch(r"\d{13}", text.strip()):
        return 1e-3
    return 1.0 if text.count(":") != 1 else 60.0


def stamp_form(text: str) -> tuple[Kind, Callable[[str], float | None]] | None:
    """The kind of the stamp in `text` and a function from others of its form to seconds; `None` where it is none."""
    text = text.strip("[](){}<> ")
    if UNIX.fullmatch(text):
        scale = 1e-3 if len(text) == 13 else 1.0
        return "unix", lambda stamp: _unix(stamp, scale)
    for kind, pattern, order in FORMS:
        match = pattern.search(text)
        if match is None:
            continue
        form = _month_first(match, order)
        read = _reader(pattern, form)
        if read(text) is not None:
            return kind, read
        if match[0] == text:  # of this form, but no such day or hour
            return None
    return None


def _month_first(match: re.Match[str], order: tuple[int, ...]) -> tuple[int, ...]:
    """`order`, with month and day exchanged where the stamp `23/05/2024` can only be read so."""
    month, day = order[1], order[2]
    if month and match[month].isdigit() and int(match[month]) > 12:
        return (order[0], day, month, *order[3:])
    return order


def _unix(text: str, scale: float) -> float | None:
    try:
        return float(text.strip("[](){}<> ")) * scale
    except ValueError:
        return None


def _reader(pattern: re.Pattern[str], order: tuple[int, ...]) -> Callable[[str], float | None]:
    """A function from a stamp to seconds."""
    year_at, month_at, day_at, hour_at, minute_at, second_at = order

    def read(text: str) -> float | None:
        match = pattern.search(text)
        if match is None:
            return None
        seconds = (match[second_at] or "0").replace(",", ".")
        try:
            start = 0.0
            if month_at:
                year = int(match[year_at]) if year_at else LEAP_YEAR
                month = MONTHS.get(match[month_at].lower()) or int(match[month_at])
                start = day_start(year + 2000 if year < 100 else year, month, int(match[day_at]))
            return start + int(match[hour_at]) * 3600 + int(match[minute_at]) * 60 + float(seconds)
        except ValueError:
            return None

    return read


class Clock:
    """Reads the stamps of one log, in order, on one unwrapped clock."""

    def __init__(self) -> None:
        self.kind: Kind | None = None
        self.resolution: float | None = None
        self._read: Callable[[str], float | None] | None = None
        self._offset = 0.0
        self._last: float | None = None

    def seconds(self, text: str) -> float | None:
        """Seconds of the stamp `text`; `None` where it is not of the form of the first one."""
        if self._read is None:
            form = stamp_form(text)
            if form is None:
                return None
            self.kind, self._read = form
        value = self._read(text)
        if value is None:
            return None
        resolution = resolution_of(text)
        self.resolution = resolution if self.resolution is None else min(resolution, self.resolution)
        return self._unwrapped(value)

    def _unwrapped(self, value: float) -> float:
        """`value` moved past the midnights and new years seen so far."""
        wrap = {"time-of-day": 86400.0, "no-year": 366 * 86400.0}.get(self.kind or "")
        if wrap is None:
            return value
        value += self._offset
        if self._last is not None and value < self._last - wrap / 2:
            self._offset += wrap
            value += wrap
        self._last = value
        return value
