"""From a cleaned line to its measures."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from traincast.audit.measures import (
    LETTERS,
    MOST_MEASURES,
    START,
    WHOLE,
    Measure,
    before_pattern,
    half_digit,
    joint_pattern,
    magnitude_pattern,
    number,
)
from traincast.audit.spelled import Unit, unit_at
from traincast.audit.words import any_of, compiled, vocabulary

CLOCK = re.compile(r"(?:(\d{1,2}) (?:days?|jours?),? )?(?<![\d:])(\d{1,3}):([0-5]\d):([0-5]\d(?:\.\d+)?)(?![\d:])")
HOURS = r"(?<![\w.,])(\d{1,4})\s?h\s?"
MINUTES = r"(?!\d)(?:\s?(?:min|mn|m)\b)?(?!\s?m?s\b)"
GLUED = re.compile(HOURS + r"([0-5]\d)" + MINUTES, re.IGNORECASE)
OVERFULL = re.compile(HOURS + r"[6-9]\d" + MINUTES, re.IGNORECASE)
"""`3h70`: 3 h 70 min, or 3.70 h"""
PLUS_MINUS = re.compile(r"\s?(?:±|\+/-|\+-)\s?(\d+(?:[.,]\d+)?)")
AFTER_ABOUT = re.compile(r"\s?(?:\(?approx\.?\)?|or so|environ|à peu près|roughly)(?!\w)", re.IGNORECASE)
BARE = Unit(dimension="bare")
Range = tuple[float, float]
SHARING = frozenset({"time", "token_rate", "percent", "flops"})
SMALLER = {86400.0: 3600.0, 3600.0: 60.0, 60.0: 1.0}


class End:
    """One end of a range while it is read."""

    def __init__(self, text: str, raw: str, at: int) -> None:
        self.raw = raw
        mark = magnitude_pattern().match(text, at)
        self.letter = next((name for name, found in mark.groupdict().items() if found), "") if mark else ""
        self.at = mark.end() if mark else at
        self.unit = unit_at(text, self.at)
        if self.unit is None and self.letter and text[at : at + 1].isspace() and len(text[at : self.at].strip()) == 1:
            self.letter, self.at = "", at  # a lone letter is no magnitude: `12 T`
        self.end = self.unit.end if self.unit else self.at


def scan(line: str, lang: str) -> list[Measure]:
    """All measures of a cleaned line, in order."""
    found: list[Measure] = []
    position = 0
    for measure in sorted([*clocks(line), *numbers(line, lang)], key=lambda m: (m.start, -m.end)):
        if measure.start >= position:
            found.append(measure)
            position = measure.end
        if len(found) >= MOST_MEASURES:
            break
    return joined_times(shared_units(found, line), line)


def clocks(line: str) -> Iterator[Measure]:
    """`6:25:10`, `1 day, 2:03:04` and `6h30`."""
    for match in CLOCK.finditer(line):
        days, hours, minutes, seconds = match.groups()
        total = int(days or 0) * 86400 + int(hours) * 3600 + int(minutes) * 60 + float(seconds)
        yield Measure(start=match.start(), end=match.end(), text=match[0], low=total, high=total, dimension="clock")
    for match in GLUED.finditer(line):
        total = int(match[1]) * 3600.0 + int(match[2]) * 60.0
        about = bool(before_pattern("approximate").search(line[: match.start()]))
        rounding = 30 / total if total else 0.0
        yield Measure(
            start=match.start(), end=match.end(), text=match[0], low=total, high=total, dimension="time",
            about=about, rounding=rounding,
        )  # fmt: skip


def overfull(line: str) -> list[str]:
    """Durations of more than 59 minutes beside their hours, as they are written: nobody can say how long they are."""
    return [match[0].strip() for match in OVERFULL.finditer(line)]


def numbers(line: str, lang: str) -> Iterator[Measure]:
    """Plain figures and ranges."""
    position = 0
    while match := START.search(line, position):
        measure = one(line, match, lang)
        if measure is None:
            position = match.end()
            continue
        yield measure
        position = max(measure.end, match.end())


def one(line: str, match: re.Match[str], lang: str) -> Measure | None:
    """The measure that starts at `match`; None where it is part of a date or a name."""
    raw = match[0]
    negative = raw.startswith("-")
    first = End(line, raw.lstrip("-"), match.end())
    second, end = second_end(line, match, first)
    unit = (second.unit if second else None) or first.unit
    if raw.lstrip("-")[0] in "$€£":
        after = unit_at(line, end)
        rate = re.match(r"\s?(?:/|per|par|an?)\s?(?:gpu[- ]?)?(?:h|hr|hour|heure)\b", line[end:], re.IGNORECASE)
        unit = Unit(dimension="money_rate" if rate else "money", end=end) if not after or rate else after
        end += rate.end() if rate else 0
    elif unit is None and (re.match(r"[A-Za-z_]|-[A-Za-z]|[-/.]\d", line[end:]) or raw.endswith(".")):
        return None
    return measured(line, match.start(), end, (first, second), unit, lang, negative)


def second_end(line: str, match: re.Match[str], first: End) -> tuple[End | None, int]:
    """The upper end of a range and where it stops, or (None, end of the single figure)."""
    joint = joint_pattern().match(line, first.end)
    if joint is None:
        return None, first.end
    words = vocabulary()["range"]
    opening = compiled(rf"(?<!\w){any_of(words['openings'])}\s?$").search(line[: match.start()].rstrip("~≈ ") + " ")
    if joint["joint"].lower() in words["word_joints_need_opening"] and not opening:
        return None, first.end
    if joint["joint"] == "-" and re.match(r"-\d", line[joint.end() :]):
        return None, first.end  # a date
    second = End(line, joint["number"], joint.end())
    mixed = first.unit and second.unit and first.unit.dimension != second.unit.dimension
    if mixed or (first.unit and not second.unit) or re.match(r"[:/]\d", line[joint.end() :]):
        return None, first.end
    if joint["joint"].isalpha() and not first.unit and not second.unit and not opening:
        return None, first.end  # `from step 3 to 4`: two counters
    return second, second.end


def measured(
    line: str, start: int, end: int, ends: tuple[End, End | None], unit: Unit | None, lang: str, negative: bool
) -> Measure | None:
    """Values in SI with what is said about their sureness."""
    first, second = ends
    dimension = unit.dimension if unit else "bare"
    whole = dimension in WHOLE
    values = [valued(one, lang, whole) for one in ends if one is not None]
    scales = [LETTERS.get(one.letter, 1.0) for one in ends if one is not None]
    factors = [(one.unit or unit).factor if (one.unit or unit) else 1.0 for one in ends if one is not None]  # type: ignore[union-attr]
    if second is not None and not first.letter and not first.unit and values[0] < values[1]:
        scales[0] = scales[1]
    if second is not None and first.letter and not second.letter:
        scales[1] = scales[0]
    sized = [value * scale * factor for value, scale, factor in zip(values, scales, factors, strict=True)]
    if not all(0 <= value < 1e30 for value in sized) or (second is not None and sized[0] > sized[1]):
        return None
    sign = -1.0 if negative else 1.0
    low: float | None = sign * sized[0]
    high: float | None = sign * sized[-1]
    spread = spread_of(line, first, unit, (values[0], scales[0])) if second is None else None
    if spread is not None:
        low, high, unit, end = spread
        dimension = unit.dimension
    before = line[:start]
    if before_pattern("at_most").search(before) and second is None:
        low = None
    elif before_pattern("at_least").search(before) and second is None:
        high = None
    roundings = [
        half_digit(one.raw, value, bool(one.letter), whole)
        for one, value in zip([e for e in ends if e is not None], values, strict=True)
    ]
    return Measure(
        start=start,
        end=end,
        text=line[start:end].strip(),
        low=low,
        high=high,
        dimension=dimension,
        per=unit.per if unit else "",
        about=bool(
            before_pattern("approximate").search(before) or AFTER_ABOUT.match(line, end) or "~" in line[start:end]
        ),
        scale=scales[-1] * factors[-1],
        rounding=min(max(roundings), 0.25),
    )


def spread_of(line: str, first: End, unit: Unit | None, printed: Range) -> tuple[float, float, Unit, int] | None:
    """(low, high) in SI of `3.84 ± 0.05 s`, `3.84 s ± 50 ms` or `100 ms ± 2 %`, its unit and where it ends.

    `printed` is the number and its magnitude. None where no spread is told.
    """
    inside = PLUS_MINUS.match(line, first.at)
    told = inside or PLUS_MINUS.match(line, first.end)
    if told is None:
        return None
    after = unit_at(line, told.end())
    mine = unit or after or BARE
    theirs = after or mine
    middle, width = printed[0] * printed[1] * mine.factor, float(told[1].replace(",", "."))
    if theirs.dimension == "percent" != mine.dimension:
        width *= middle * theirs.factor
    else:
        width *= theirs.factor * (printed[1] if inside else 1.0)
    kept = theirs if theirs.dimension == mine.dimension and theirs.per else mine
    return middle - width, middle + width, kept, after.end if after else told.end()


def valued(one: End, lang: str, whole: bool) -> float:
    """The number of one end, without its magnitude."""
    try:
        return number(one.raw, lang, whole=whole and not one.letter)
    except ValueError:
        return float("inf")


def shared_units(found: list[Measure], line: str) -> list[Measure]:
    """`150 et 200 ms`: the first figure has the unit of the second."""
    given = list(found)
    for i in range(len(given) - 2, -1, -1):
        bare, next_one = given[i], given[i + 1]
        between = line[bare.end : next_one.start].strip().lower()
        if (
            bare.dimension == "bare"
            and next_one.dimension in SHARING
            and between in ("et", "and", "ou", "or", ",", "/")
        ):
            scale, low, high = next_one.scale, bare.low, bare.high
            given[i] = msgspec.structs.replace(
                bare,
                text=line[bare.start : next_one.end],
                low=None if low is None else low * scale,
                high=None if high is None else high * scale,
                dimension=next_one.dimension,
                per=next_one.per,
                scale=scale,
                about=bare.about or next_one.about,
            )
    return given


def joined_times(found: list[Measure], line: str) -> list[Measure]:
    """`6 h 25 min` and `4 min 05 s` as one measure each."""
    merged: list[Measure] = []
    for measure in found:
        last = merged[-1] if merged else None
        if last is not None and continues(last, measure, line):
            assert last.low is not None
            assert measure.low is not None
            total = last.low + measure.low
            merged[-1] = Measure(
                start=last.start, end=measure.end, text=line[last.start : measure.end], low=total, high=total,
                dimension="time", per=measure.per, about=last.about or measure.about,
                rounding=measure.rounding * measure.low / total if total else 0.0,
            )  # fmt: skip
        else:
            merged.append(measure)
    return merged


def continues(last: Measure, measure: Measure, line: str) -> bool:
    """Whether `measure` is the smaller part of the duration that `last` begins."""
    if last.dimension != "time" or measure.dimension != "time" or last.per or last.low is None or measure.low is None:
        return False
    if last.low != last.high or measure.low != measure.high or not last.low or measure.low >= min(last.low, 86400):
        return False
    between = line[last.end : measure.start].strip().lower()
    unit = max((size for size in SMALLER if re.search(letter_of(size), last.text)), default=0.0)
    return between in ("", ",", "et", "and") and unit > 0 and measure.low < unit and last.low >= unit


def letter_of(size: float) -> str:
    """Pattern of the unit of `size` seconds at the end of a duration's text."""
    return {86400.0: r"(?i)\d\s?(?:d|j)\w*$", 3600.0: r"(?i)\d\s?h\w*$", 60.0: r"(?i)\d\s?m(?:in|n)?\w*\.?$"}[size]
