"""Times on lines of their own, in logs that tell each figure of a step on another line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from traincast.reading.draft import FLOAT, SPAN, context, quoted
from traincast.reading.fields import Column, Shape, figures
from traincast.reading.roles import LEAST_RISE, WHOLE_TIME, Reading, readings_of, step_seconds_unit, unit_of

FEWER = 0.1
"""share of the lines of the counter by which those of a time may be more or fewer"""
LONGEST = 1e8
"""a figure beyond it is a date"""
LIKELY = 0.5
"""how likely the label and unit of a figure must make it a time"""
SURE = 0.6
"""confidence of a counter and a time that stand on different lines, in many steps"""


def add_times(found: Reading, others: Sequence[Shape]) -> None:
    """Give `found`, which tells no time, that of another line of each step."""
    count = len(found.shape.lines)
    whole = found.counter.step[0].lower().split(" ")[-1]
    choices = [
        (whole in label.lower(), sure, part)
        for shape in others
        if shape is not found.shape and abs(len(shape.lines) - count) <= max(1, FEWER * count)
        for sure, label, part in parts(shape, count)
    ]
    if choices:
        found.below = [max(choices)[-1]]
        many = min(1.0, len(set(found.counter.values)) / 10)
        found.confidence = max(found.confidence, round(SURE * (0.8 + 0.2 * many), 3))


def parts(shape: Shape, count: int) -> Iterator[tuple[float, str, str]]:
    """Each figure of `shape` that is a time: how likely it is, its label, and the part of the dialect file that reads
    it."""
    for name, column in shape.columns.items():
        if column.kind == "stamp" or column.after_slash or sum(map(bool, column.texts)) < (1 - FEWER) * count:
            continue
        if max((value for value in column.values if value is not None), default=0.0) > LONGEST:
            continue
        unit = unit_of(column, name[0])
        if rises(column) and WHOLE_TIME.search(name[0]) and (unit or column.kind == "span"):
            yield 1.0, name[0], detail(shape, name, "elapsed", unit or 1.0)
        for role, scale, prior in readings_of(column, name[0]):
            if role == "step-time" and prior >= LIKELY:
                yield prior, name[0], detail(shape, name, role, scale)


def rises(column: Column) -> bool:
    """Whether a figure grows from line to line as a time since the start does."""
    known = [value for value in column.values if value is not None]
    if not known or any(a > b for a, b in pairwise(known)):
        return False
    return known[-1] - known[0] >= LEAST_RISE * known[-1] > 0


def detail(shape: Shape, name: tuple[str, int], role: str, scale: float) -> str:
    """The part of a dialect file that reads the figure `name` of the lines of `shape`."""
    line = next(line for line in reversed(shape.lines) if any(one.label == name[0] for one in figures(line)))
    one = [one for one in figures(line) if one.label == name[0]][name[1] if name[1] else 0]
    lead = context(line, one, 0)
    words = re.findall(r"[A-Za-z_]{3,}", line[: one.start]) or ["s"]
    span = one.kind == "span"
    unit = "text" if span else step_seconds_unit(scale)
    return "\n".join(
        [
            "[[detail]]",
            f"marker = {quoted(max(words, key=len))}",
            f"pattern = '''{lead}(?P<time>{SPAN if span else FLOAT})'''",
            f'meaning = {{ time = {{ is = "{role}", unit = "{unit}" }} }}',
            "",
        ]
    )
