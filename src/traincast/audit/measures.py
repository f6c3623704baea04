"""Figures in a line of text: value or range, magnitude, and how firmly it is said.

A measure knows its dimension (`spelled`); what it is a measure of is told by `naming`.
"""

from __future__ import annotations

import re
from functools import cache

import msgspec

from traincast.audit.words import any_of, compiled, vocabulary

NUMBER = (
    r"(?:\d{1,3}(?:[ ,]\d{3})+(?:\.\d+)?(?![\d])|\d{1,3}(?:[ .]\d{3}){2,}(?:,\d+)?(?!\d)|\d{1,3}(?: \d{3})+,\d+"
    r"|\d{1,3}(?:_\d{3})+|\d+(?:[.,]\d+)?(?:[eE][+-]?\d{1,3})?|[.,]\d+)"
)
START = re.compile(r"(?<![\w.,/])(?<![\w]-)(?:(?<=\s)-|(?<=[(:=|])-|^-)?(?:\$ ?|€ ?|£ ?)?" + NUMBER)
LETTERS = {"k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
WHOLE = frozenset({"tokens", "steps", "samples", "params", "devices", "layers", "heads", "token_rate", "bare", "dims"})
"""dimensions of what is counted: `524,288` of them is no decimal"""
MOST_MEASURES = 60
"""in one line; more is a table of data"""


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """One figure or range in a line."""

    start: int
    end: int
    text: str
    low: float | None
    """SI units; `None` where only an upper limit is said"""
    high: float | None
    """SI units; `None` where only a lower limit is said"""
    dimension: str
    """`bare` where no unit is near"""
    per: str = ""
    about: bool = False
    """said with "about", "~" or the like"""
    scale: float = 1.0
    """what the printed number was multiplied by"""
    rounding: float = 0.0
    """half a unit of the last printed digit, relative"""


@cache
def magnitude_pattern() -> re.Pattern[str]:
    """A magnitude behind a number: `1.5M`, `40 millions de`; single letters keep their case."""
    groups = []
    for letter, words in vocabulary()["magnitude"].items():
        single = [w for w in words if len(w) == 1]
        longer = [w for w in words if len(w) > 1]
        groups.append(f"(?P<{letter}>\\s?(?:{'|'.join(single)})(?![\\w/])|\\s?(?i:{any_of(longer)})(?!\\w))")
    return re.compile("(?:" + "|".join(groups) + r")(?:\s+(?:de|d'|of)(?=\s|\w))?")


@cache
def joint_pattern() -> re.Pattern[str]:
    """What joins the two ends of a range, with the second number."""
    words = any_of(vocabulary()["range"]["joints"])
    return re.compile(rf"\s?(?P<joint>{words})\s?(?:[~≈]\s?)?(?P<number>(?:\$|€)?{NUMBER})", re.IGNORECASE)


@cache
def before_pattern(name: str) -> re.Pattern[str]:
    """Words of `[name] before` that end just before a number."""
    words = any_of(vocabulary()[name]["before"])
    return compiled(rf"(?:^|[\s(\[|:;,=\"'])({words})\s?$")


def number(text: str, lang: str, *, whole: bool) -> float:
    """The value of a printed number; `whole` says that it counts things, so that `524,288` is no decimal."""
    text = text.lstrip("$€£ ").replace("_", "")
    plain = text.replace(" ", "")
    if plain.count(",") > 1 or (
        plain.count(",") == 1 and plain.count(".") == 1 and plain.index(",") < plain.index(".")
    ):
        return float(plain.replace(",", ""))
    if plain.count(".") > 1 or (plain.count(",") == 1 and plain.count(".") == 1):
        return float(plain.replace(".", "").replace(",", "."))
    if "," in plain:
        head, tail = plain.split(",")
        grouped = len(tail) == 3 and head not in ("", "0") and len(head) <= 3 and " " not in text
        return float(head + tail) if grouped and (whole or lang != "fr") else float(f"{head or 0}.{tail}")
    return float(plain)


def half_digit(text: str, value: float, magnitude: bool, whole: bool) -> float:
    """Half a unit of the last printed digit over the value: how far rounding may have moved it."""
    plain = text.lstrip("$€£ ").replace(" ", "").replace("_", "")
    exponent = "e" in plain.lower()
    if not value or (whole and not magnitude and not exponent):
        return 0.0
    plain = re.split("[eE]", plain)[0]
    match = re.search(r"[.,](\d+)$", plain)
    decimals = len(match[1]) if match and not (whole and len(match[1]) == 3) else 0
    digits_value = abs(float(re.sub(r"[^\d]", "", plain) or 0) / 10**decimals)
    return 0.5 * 10.0**-decimals / digits_value if digits_value else 0.0
