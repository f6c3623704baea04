"""Figures in a line of text: value or range, magnitude, unit, and how firmly it is said.

A measure knows its dimension (time, token rate, percent, ...); what it is a measure of is told by `naming`.
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
MOST_MEASURES = 60
"""in one line; more is a table of data"""


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """What stands behind a number."""

    dimension: str
    factor: float = 1.0
    """of a printed number, to the SI unit"""
    per: str = ""
    """`step`, `micro-step`, `device`, `epoch`, or nothing"""
    end: int = 0


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


def octets(letter: str) -> str:
    """Pattern of bytes in French; terabytes keep their capital: `2 to 3 s` has none."""
    return "(?-i:To)" if letter == "t" else f"{letter}o"


@cache
def unit_table() -> tuple[tuple[str, float, str, re.Pattern[str]], ...]:
    """(dimension, factor, per, pattern) in the order they are tried."""
    table = vocabulary()
    counted = {name: any_of(words) for name, words in table["counted"].items()}
    per = table["per"]
    slash = rf"(?:\s?/\s?|\s{any_of(per['words'])}\s|\s[ld]'|-per-)"
    device = rf"(?:{slash}{any_of(per['device'])}s?)"
    rows: list[tuple[str, float, str, str]] = []

    def row(dimension: str, factor: float, pattern: str, of: str = "") -> None:
        rows.append((dimension, factor, of, pattern + r"(?![\w/])"))

    for span, seconds in (("second", 1.0), ("minute", 60.0), ("hour", 3600.0), ("day", 86400.0)):
        time = any_of(per[span])
        for name, dimension in (("tokens", "token_rate"), ("samples", "sample_rate"), ("steps", "step_rate")):
            noun = counted[name]
            for letter, scale in (("k", 1e3), ("m(?=tok)", 1e6), ("", 1.0)):
                row(dimension, scale / seconds, rf"{letter}{noun}{slash}{time}{device}", "device")
                row(dimension, scale / seconds, rf"{letter}{noun}{device}{slash}{time}", "device")
                row(dimension, scale / seconds, rf"{letter}{noun}{slash}{time}")
        row("token_rate", 1 / seconds, rf"t/{time}") if span == "second" else None
    row("token_rate", 1.0, r"tps")
    row("token_rate", 1e3, r"ktps")
    row("gpu_hours", 1.0, r"(?:gpu|[ahv]\d+|tpu|device)[- ]?(?:hours?|heures?|h)")
    row("gpu_hours", 1.0, r"(?:heures?|h)[- ]gpu")
    for exponent, letter in enumerate(("k", "m", "g", "t", "p", "e"), start=1):
        scale = 10.0 ** (3 * exponent)
        step = rf"(?:{slash}{any_of(per['step'])})"
        row("flop", scale, rf"{letter}flops?{step}", "step")
        row("flops", scale, rf"{letter}flops?(?:/s(?:ec)?|\s?(?:per|par) seconde?)?{device}", "device")
        row("flops", scale, rf"{letter}flops?(?:/s(?:ec)?|\s?(?:per|par) seconde?)?")
    for exponent, letter in enumerate(("k", "m", "g", "t"), start=1):
        for pattern, base in ((rf"{letter}ib|{letter}io", 1024.0), (rf"{letter}b|{octets(letter)}", 1000.0)):
            row("byte_rate", base**exponent, rf"(?:{pattern})(?:/|\s?(?:per|par)\s?)s(?:ec(?:onde?)?)?")
            row("bytes", base**exponent, rf"(?:{pattern})")
        row("bit_rate", 1000.0**exponent, rf"{letter}bit/s|{letter}bps")
    row("energy", 3.6e6, r"kwh")
    row("energy", 3.6e9, r"mwh")
    row("power", 1e3, r"kw")
    row("power", 1.0, r"w(?:atts?)?")
    money = r"(?:€|\$|usd|eur|dollars?|euros?|£)"
    row("money_rate", 1.0, rf"{money}\s?(?:/|per|par|a|an|de l'|l')\s?(?:gpu[- ]?)?(?:h|hr|hour|heure)(?:[/ ]?gpu)?")
    row("money", 1.0, money)
    row("percent", 0.01, r"(?:%|percent|per cent|pour ?cent|pourcents?)")
    for entry in table["time"]:
        words = any_of(entry["words"])
        row("time", entry["seconds"], rf"{words}{slash}{any_of(per['micro_step'])}", "micro-step")
        row("time", entry["seconds"], rf"{words}{slash}{any_of(per['step'])}", "step")
        row("time", entry["seconds"], rf"{words}{slash}(?:epoch|époque|token|sample|image|séquence|sequence)", "other")
        row("time", entry["seconds"], words)
    token_share = rf"{counted['tokens']}{slash}"
    row("tokens", 1.0, rf"{token_share}{any_of(per['micro_step'])}", "micro-step")
    row("tokens", 1.0, rf"{token_share}{any_of(per['step'])}", "step")
    row("tokens", 1.0, rf"{token_share}(?:param(?:eter|ètre)?)", "other")
    row("tokens", 1.0, rf"{token_share}(?:sequence|séquence|sample|example|exemple|document|échantillon)s?", "sequence")
    row("samples", 1.0, rf"{counted['samples']}{slash}{any_of(per['step'])}", "step")
    row("samples", 1.0, rf"{counted['samples']}{slash}{any_of(per['device'])}", "device")
    for name, noun in counted.items():
        row(name, 1.0, noun)
    return tuple((d, f, p, re.compile(r"[-\s]?" + pattern, re.IGNORECASE)) for d, f, p, pattern in rows)


@cache
def first_letters() -> frozenset[str]:
    """Characters a unit can begin with: a cheap test before the table is tried."""
    return frozenset("abcdefghijklmnopqrstuvwxyzéèàâçîôµ%€$£-(")


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


WHOLE = frozenset({"tokens", "steps", "samples", "params", "devices", "layers", "heads", "token_rate", "bare", "dims"})


def unit_at(text: str, at: int) -> Unit | None:
    """The unit that starts at `at` of `text` (a space or hyphen may come first), the longest that fits."""
    tail = text[at : at + 2].strip().lower()
    if not tail or tail[0] not in first_letters():
        return None
    best: Unit | None = None
    for dimension, factor, per, pattern in unit_table():
        found = pattern.match(text, at)
        if found and (best is None or found.end() > best.end) and text[found.end() : found.end() + 1] != "=":
            best = Unit(dimension=dimension, factor=factor, per=per, end=found.end())
    return best
