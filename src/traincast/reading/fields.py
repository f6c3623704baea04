"""Lines of an unknown log to named figures: what stands before a number is its label, what stands after it its unit.

Lines that begin alike (the same first labels) are one shape, whatever optional figures follow.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence

import msgspec

from traincast.reading.clocks import STAMP, Clock
from traincast.reading.values import number, time_span

TOKEN = re.compile(
    rf"(?P<stamp>(?<![\w.])(?<!\d:){STAMP})"
    r"|(?P<span>(?<![\w:.])(?:\d+ days?, )?\d{1,6}:\d\d(?::\d\d)?(?:\.\d+)?(?![\w:]))"
    r"|(?P<words>(?<![\w.])(?:\d{1,6}h ?)?\d{1,6}m ?\d{1,2}(?:\.\d{1,6})?s(?!\w))"
    r"|(?P<number>(?<![\w.])[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?(?:[eE][-+]?\d+)?"
    r"|(?<![\w.])[-+]?(?:nan|NaN|inf)z?(?!\w))"
)
UNIT = re.compile(
    r'"?\s{0,2}\(?((?:ms|us|s|secs?)/[a-z]+|(?:it|iters?|steps?|batch(?:es)?|updates?)/(?:s(?:ec)?|min)'
    r"|[kKM]?\s?(?:tok(?:en)?s?|tks|samples?|images?|examples?|words|img)/s(?:ec(?:ond)?)?"
    r"|milliseconds|microseconds|seconds|minutes|hours|mins?|secs?|ms|us|[smh]|%)(?![\w/])(?!\s{0,2}[:=])"
)
MAGNITUDE = re.compile(r"[kKMGBT](?!\w)")
"""a letter behind a figure, which is no word of the next label"""
OF = re.compile(r"\s*/\s*|\s+(?:out )?of\s+")
"""what stands between a count and its total"""
WORDS = re.compile(r"[A-Za-z_][A-Za-z_]*(?:[./][A-Za-z_]+)*")
COST = re.compile(r"(?:^|(?:train(?:ing)?|avg|average|mean|total|current)[ _])costs?$", re.IGNORECASE)
"""label of what is minimised: where no unit stands behind it, a cost is a loss"""
DURATION = re.compile(r"elapsed|remain|left|\beta\b|duration|took|cost")
"""words in front of a time that is none of a clock"""
RANK = re.compile(r"^\s{0,4}\[(?:rank|default)\s?\d{1,5}\]:?\s?")
BARE = re.compile(r"^\s{0,4}(?:\[\s?(\d{1,5})\]:?|(\d{1,4}): )\s?")
"""numbers that stand first: ranks where they fall back all the time, else an epoch or a counter"""
FALLS = 0.02
"""share of lines on which they must fall back"""
NOISE = re.compile(r"[^\x00-\x7f]+|[=#>~.-]{4,}")
STRAY = 0.02
"""share of values with a fraction in a column of integers: other lines that begin alike"""
LINE = 2000
"""characters of a line that are looked at"""
FIGURES = 60
"""figures of a line that are looked at"""
Kind = str  # "stamp", "span", "number"


class Figure(msgspec.Struct):
    """One number of a line."""

    label: str
    kind: Kind
    text: str
    unit: str
    start: int
    end: int
    slash: bool = False
    """whether another number follows after a slash, or `of`: a count of a total"""
    after_slash: bool = False


class Column(msgspec.Struct):
    """One figure over all lines of a shape."""

    label: str
    kind: Kind
    unit: str
    values: list[float | None]
    """numbers as printed, in `unit`"""
    texts: list[str]
    slash: bool = False
    after_slash: bool = False
    whole: bool = True
    """whether its values are written as integers, but for a stray line"""
    fractions: int = 0
    """values that are not"""


class Shape(msgspec.Struct):
    """Lines that begin alike."""

    key: tuple[str, ...]
    lines: list[str]
    columns: dict[tuple[str, int], Column]


def figures(line: str) -> list[Figure]:
    """The numbers of a line with their labels and units."""
    found: list[Figure] = []
    at = 0
    for match in TOKEN.finditer(line, 0, LINE):
        kind = {"words": "span"}.get(match.lastgroup or "", match.lastgroup or "number")
        between = line[at : match.start()]
        words = WORDS.findall(between)
        lasts = bool(found) or (words and DURATION.search(" ".join(words[-3:]).lower()))
        if kind == "stamp" and lasts and not any(c in match[0] for c in "-/ T"):
            kind = "span"
        unit = UNIT.match(line, match.end())
        after_slash = bool(found) and OF.fullmatch(between) is not None
        if after_slash:
            found[-1].slash = True
        label = found[-1].label + "/" if after_slash else " ".join(words[-3:]).lower()[-40:]
        found.append(
            Figure(
                label, kind, match[0], unit[1].strip() if unit else "", match.start(), match.end(), False, after_slash
            )
        )
        at = unit.end(1) if unit else mark.end() if (mark := MAGNITUDE.match(line, match.end())) else match.end()
        if len(found) >= FIGURES:
            break
    return found


def shapes(lines: Iterable[str], *, least: int = 3) -> list[Shape]:
    """Shapes that occur on at least `least` lines, the most frequent first."""
    found: dict[tuple[str, ...], Shape] = {}
    lines = list(lines)
    ranks = are_ranks(lines)
    for raw in lines:
        line = RANK.sub("", raw[:LINE])
        line = BARE.sub("", line) if ranks else line
        numbers = figures(line)
        plain = [one for one in numbers if one.kind != "stamp"]
        if not plain:
            continue
        key = tuple(one.label for one in plain[:2])
        if key not in found:
            if len(found) > 3000:
                continue
            found[key] = Shape(key, [], {})
        shape = found[key]
        add(shape, line, numbers)
    for shape in found.values():
        level(shape)
    return sorted((shape for shape in found.values() if len(shape.lines) >= least), key=lambda one: -len(one.lines))


def are_ranks(lines: Iterable[str]) -> bool:
    """Whether the numbers that stand before lines are those of processes."""
    firsts = [int(match[1] or match[2]) for line in lines if (match := BARE.match(line))]
    falls = sum(b < a for a, b in itertools.pairwise(firsts))
    return falls > FALLS * len(firsts) + 1 or len(set(firsts)) == 1


def add(shape: Shape, line: str, numbers: list[Figure]) -> None:
    """Add a line to its shape."""
    row = len(shape.lines)
    shape.lines.append(line)
    seen: dict[str, int] = {}
    for one in numbers:
        place = seen.get(one.label, 0)
        seen[one.label] = place + 1
        name = (one.label, place)
        column = shape.columns.get(name)
        if column is None:
            column = shape.columns[name] = Column(one.label, one.kind, one.unit, [], [])
        column.values.extend([None] * (row - len(column.values)))
        column.texts.extend([""] * (row - len(column.texts)))
        value = time_span(one.text) if one.kind == "span" else number(one.text) if one.kind == "number" else 0.0
        column.values.append(value)
        column.texts.append(one.text)
        column.kind = one.kind if one.kind == "span" else column.kind
        column.slash, column.after_slash = column.slash or one.slash, one.after_slash
        column.unit = column.unit or one.unit
        integer = one.kind == "number" and (one.text.replace(",", "").lstrip("+-").isdigit() or "n" in one.text)
        column.fractions += not integer


def part(shape: Shape, name: tuple[str, int]) -> Shape:
    """The lines of a shape that have the figure `name`."""
    return only(shape, [bool(text) for text in shape.columns[name].texts])


def only(shape: Shape, keep: Sequence[bool]) -> Shape:
    """The lines of a shape that are to be kept."""
    found = Shape(shape.key, [], {})
    for line, kept in zip(shape.lines, keep, strict=True):
        if kept:
            add(found, line, figures(line))
    level(found)
    return found


def level(shape: Shape) -> None:
    """Make all columns as long as the shape has lines."""
    for column in shape.columns.values():
        missing = len(shape.lines) - len(column.values)
        column.values.extend([None] * missing)
        column.texts.extend([""] * missing)
        column.whole = column.fractions <= STRAY * sum(map(bool, column.texts))


def stamps(column: Column) -> tuple[list[float | None], Clock]:
    """Seconds of a column of stamps."""
    clock = Clock()
    return [clock.seconds(text) if text else None for text in column.texts], clock
