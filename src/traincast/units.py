"""Quantities and text: the one place where a float becomes a string and a string a float."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from traincast.errors import UsageError
from traincast.estimate import Estimate

PREFIXES = ((1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
COUNTS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))
DURATION_UNITS = {
    "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "sec": 1.0, "secs": 1.0, "second": 1.0, "seconds": 1.0,
    "m": 60.0, "min": 60.0, "mins": 60.0, "minute": 60.0, "minutes": 60.0,
    "h": 3600.0, "hr": 3600.0, "hrs": 3600.0, "hour": 3600.0, "hours": 3600.0,
    "d": 86400.0, "day": 86400.0, "days": 86400.0,
}  # fmt: skip
COUNT_TEXT = re.compile(r"([+-]?(?:[0-9][0-9_,]*(?:\.[0-9]*)?|\.[0-9]+)(?:e[+-]?[0-9]+)?)\s*([kmgbt]?)", re.IGNORECASE)
DURATION_PART = re.compile(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*([a-zµ]+)\s*,?", re.IGNORECASE)

SPOKEN: ContextVar[str] = ContextVar("spoken", default="en")
"""language that numbers are written in: `speaking` sets it"""
FRENCH_UNITS = {
    "TiB": "Tio", "GiB": "Gio", "MiB": "Mio", "KiB": "Kio", " B": " o", " d": " j", " to ": " à ",
    "no interval": "sans intervalle", "B": "\u202fMd", "M": "\u202fM", "k": "\u202fk", "T": "\u202f000\u202fMd",
}  # fmt: skip


@contextmanager
def speaking(lang: str) -> Iterator[None]:
    """Numbers inside are written as `lang` (`en` or `fr`) writes them."""
    token = SPOKEN.set(lang)
    try:
        yield
    finally:
        SPOKEN.reset(token)


def said(unit: str) -> str:
    """A unit or joining word in the language that is spoken."""
    return FRENCH_UNITS.get(unit, unit) if SPOKEN.get() == "fr" else unit


def localised(text: str) -> str:
    """Numbers of an English text in the language that is spoken: 1,234.5 GiB is 1 234,5 Gio in French."""
    if SPOKEN.get() != "fr":
        return text
    text = re.sub(r"(?<=\d)\.(?=\d)", ",", re.sub(r"(?<=\d),(?=\d{3})", "\u202f", text))
    return re.sub(r"(?<=\d )d(?= |$)", "j", re.sub(r"(?<=\d )([TGMKk]i?)B\b", r"\1o", text))


def digits(value: float, significant: int = 3) -> str:
    """`value` with `significant` digits and no exponent between 1e-4 and 1e9."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    magnitude = int(f"{value:.{significant - 1}e}".rpartition("e")[2])  # after rounding: 9.996 has the width of 10.0
    if not -5 <= magnitude < 9:
        return localised(f"{value:.{significant - 1}e}")
    return localised(f"{value:,.{max(0, significant - 1 - magnitude)}f}")


def whole(value: float) -> str:
    """`value` as a whole number in groups of three: 524,288."""
    return localised(f"{round(value):,}")


def number(value: object) -> str:
    """A count with all its digits: 524288, which French writes in groups of three; anything else as it is."""
    if SPOKEN.get() == "en" or not isinstance(value, int) or isinstance(value, bool):
        return str(value)
    return localised(f"{value:,}")


def plural(unit: str) -> str:
    """Several of what a log counts: steps, batches."""
    return unit + ("es" if unit.endswith(("s", "x", "z", "sh", "tch")) else "s")


def duration(seconds: float) -> str:
    """Text for a time span: 350 us, 12.3 ms, 3.85 s, 4 min 05 s, 6 h 25 min, 9 d 22 h."""
    size = abs(seconds)
    if size < 0.9995e-3:  # above it three digits round up to the next unit
        return f"{digits(seconds * 1e6)} us"
    if size < 0.9995:
        return f"{digits(seconds * 1e3)} ms"
    if size < 120:
        return f"{digits(seconds)} s"
    whole = round(size)
    sign = "-" if seconds < 0 else ""
    if whole < 3600:
        return f"{sign}{whole // 60} min {whole % 60:02d} s"
    minutes = round(size / 60)
    if minutes < 48 * 60:
        return f"{sign}{minutes // 60} h {minutes % 60:02d} min"
    hours = round(size / 3600)
    day = said(" d")
    return f"{sign}{hours // 24}{day} {hours % 24:02d} h" if hours < 24 * 1000 else f"{sign}{digits(size / 86400)}{day}"


def count(value: float) -> str:
    """Text for a count: 950, 40.6M, 3.15B."""
    for scale, letter in COUNTS:
        if abs(value) >= scale:
            return f"{digits(value / scale)}{said(letter)}"
    return digits(value) if value != int(value) else f"{int(value)}"


def flops(rate: float) -> str:
    """Text for FLOP/s: 58.3 TFLOPS."""
    for scale, letter in PREFIXES:
        if rate >= scale:
            return f"{digits(rate / scale)} {letter}FLOPS"
    return f"{digits(rate)} FLOPS"


def work(flop: float) -> str:
    """Text for FLOP: 142 TFLOP."""
    return flops(flop).removesuffix("S")


def memory(size: float) -> str:
    """Text for bytes in binary units: 9.45 GiB."""
    for scale, letter in ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if abs(size) >= scale:
            return f"{digits(size / scale)} {said(letter)}"
    return f"{digits(size)}{said(' B')}"


def rate(value: float, unit: str) -> str:
    """Text for a rate: 58.3 TFLOPS, 21.4 GB/s (decimal, as links are listed), 350 samples/s."""
    if unit == "FLOP/s":
        return flops(value)
    if unit == "byte/s":
        for scale, letter in ((1e12, "TB/s"), (1e9, "GB/s"), (1e6, "MB/s"), (1e3, "kB/s")):
            if value >= scale:
                return localised(f"{digits(value / scale)} {letter}")
        return f"{digits(value)}{said(' B')}/s"
    return f"{digits(value)} {unit}"


def frequency(hertz: float) -> str:
    """Text for a clock: 2.60 GHz."""
    return f"{digits(hertz / 1e9)} GHz"


def power(watts: float) -> str:
    """Text for a power: 200 W."""
    return f"{digits(watts)} W"


def percent(fraction: float, significant: int = 3) -> str:
    """Text for a fraction: 67.8 %."""
    return f"{digits(fraction * 100, significant)} %"


def level(probability: float) -> str:
    """Text for the level of an interval: 90 %, 99.5 %."""
    return localised(f"{probability * 100:g} %")


def interval(estimate: Estimate) -> str:
    """Text for the interval of a time: 3.10 s to 4.92 s (90 %)."""
    if estimate.low is None or estimate.high is None:
        return said("no interval")
    show = duration if estimate.unit == "s" else digits
    return f"{show(estimate.low)}{said(' to ')}{show(estimate.high)} ({level(estimate.level)})"


def parse_duration(text: str) -> float:
    """Seconds of `90`, `90s`, `1h30m`, `6.5 hours`, `1 day, 2:03:04`, `0:59:59`; raises UsageError."""
    rest, total, told = text.strip(), 0.0, False
    while match := DURATION_PART.match(rest):
        unit = match[2].lower()
        if unit not in DURATION_UNITS:
            raise UsageError("{text!r} is not a duration", hint="write 90s, 1h30m, 2:03:04 or 6.5 hours", text=text)
        total += float(match[1]) * DURATION_UNITS[unit]
        rest, told = rest[match.end() :], True
    rest = rest.strip()
    if clock := re.fullmatch(r"(?:(\d+):)?(\d+):(\d+(?:\.\d*)?)", rest):
        return total + int(clock[1] or 0) * 3600 + int(clock[2]) * 60 + float(clock[3])
    if not rest and told:
        return total
    if not told and re.fullmatch(r"\d+(?:\.\d*)?", rest):
        return float(rest)
    raise UsageError("{text!r} is not a duration", hint="write 90s, 1h30m, 2:03:04 or 6.5 hours", text=text)


def parse_count(text: str) -> float:
    """The number in `350`, `1_000`, `3e9`, `300B`, `1.5 T`, `16k`; raises UsageError."""
    match = COUNT_TEXT.fullmatch(text.strip())
    if match is None:
        raise UsageError("{text!r} is not a number", hint="write 350, 3e9, 16k or 300B", text=text)
    scale = {letter.lower(): size for size, letter in (*COUNTS, (1e9, "G"))}
    return float(match[1].replace("_", "").replace(",", "")) * scale.get((match[2] or "").lower(), 1.0)
