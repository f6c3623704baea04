"""Which figure of an unknown shape of line counts the steps, through all epochs."""

from __future__ import annotations

import itertools
import re
from statistics import median

import msgspec

from traincast.reading.fields import Column, Shape
from traincast.reading.titles import LABEL

COUNTER = re.compile(
    r"(?:^|[ _/.])(?:global_?step|steps?|iters?|iterations?|it|updates?|up|num_updates|batch|batches|epochs?|ep|round"
    r"|training_iteration)$"
)
NOT_COUNTER = re.compile(
    r"samples|tokens|seen|memory|mem|sen|loss|lr|seed|size|rank|gpu|pid|port|time|eta|elapsed|line|version|memallocated"
)
EPOCH = re.compile(r"(?:^|[ _])ep(?:och)?s?$")
STEPS = re.compile(r"(?:^|[ _])(?:global_?)?(?:steps?|iter(?:ation)?s?)$")
"""labels that make counters of two lines, where a plan stands behind them"""


class Counter(msgspec.Struct):
    """The figure that counts, through all epochs."""

    step: tuple[str, int]
    total: tuple[str, int] | None
    epoch: tuple[str, int] | None
    epochs: tuple[str, int] | None
    """how many epochs there are to be"""
    values: list[int]
    rows: list[int]
    score: float
    """how well it counts: the highest is taken; no unit"""


def counter(shape: Shape) -> Counter | None:
    """The figure that counts; `None` where none does."""
    best: Counter | None = None
    for name, column in shape.columns.items():
        if not column.whole or column.kind != "number" or column.after_slash or column.unit == "%" or name[0] == LABEL:
            continue
        found = counted(shape, name, column)
        if found is not None and (best is None or found.score > best.score):
            best = found
    return best


def counted(shape: Shape, name: tuple[str, int], column: Column) -> Counter | None:
    """`column` as a counter, with its score."""
    rows = [i for i, value in enumerate(column.values) if value is not None and 0 <= value < 1e9]
    total = total_of(shape, name)
    few = total is not None and STEPS.search(name[0]) is not None
    if len(rows) < 3 - few or len(rows) < 0.6 * len(shape.lines):
        return None
    values = [int(column.values[i] or 0) for i in rows]
    epoch = first_epoch(shape, rows, name) if total else None
    falls = sum(b < a for a, b in itertools.pairwise(values))
    rises = sum(b > a for a, b in itertools.pairwise(values))
    if falls:
        epoch, flat = flattened(shape, rows, values, total, name[0])
        if epoch is None and (falls > 0.02 * len(values) + 1 or falls >= rises):
            return None
        values = flat
        falls, rises = (
            sum(b < a for a, b in itertools.pairwise(values)),
            sum(b > a for a, b in itertools.pairwise(values)),
        )
    if rises < 2 - (few and len(values) == 2) or rises < 0.5 * (len(set(values)) - 1) or rises < 3 * falls:
        return None
    gaps = [b - a for a, b in itertools.pairwise(values) if b > a]
    even = sum(gap == median(gaps) for gap in gaps) / len(gaps)
    distinct = len(set(values)) / len(values)
    label = name[0]
    score = (
        even
        + 0.5 * distinct
        + 2 * bool(COUNTER.search(label))
        - 2 * bool(NOT_COUNTER.search(label))
        + 0.7 * (total is not None)
    )
    score -= 1.5 * (distinct < 0.05 and len(values) > 60)
    score -= 0.6 * (EPOCH.search(label) is not None) + (median(gaps) > 1e5)
    epochs = total_of(shape, epoch) if epoch and epoch[0] != name[0] else None
    return Counter(name, total, epoch, epochs, values, rows, score)


def total_of(shape: Shape, name: tuple[str, int]) -> tuple[str, int] | None:
    """The figure behind the slash (or `of`) after the figure `name`."""
    if not shape.columns[name].slash:
        return None
    return next((other for other, one in shape.columns.items() if one.after_slash and other[0] == name[0] + "/"), None)


def first_epoch(shape: Shape, rows: list[int], name: tuple[str, int]) -> tuple[str, int] | None:
    """The epoch, of more than one, that all lines of the counter `name` are in: its total is that of an epoch alone.
    An epoch of a number that is not told may be one of several."""
    for other, column in shape.columns.items():
        if other[0] == name[0] or not EPOCH.search(other[0]) or column.after_slash or not column.whole:
            continue
        total = total_of(shape, other) if column.slash else None
        if total is None:
            if len({column.values[i] for i in rows}) == 1 and column.values[rows[0]] is not None:
                return other  # of how many is not told, but it has batches of its own
            continue
        numbers, sizes = ({values[i] for i in rows} for values in (column.values, shape.columns[total].values))
        if len(numbers) == len(sizes) == 1 and (sizes.pop() or 0) > 1 and numbers <= {0.0, 1.0}:
            return other
    return None


def flattened(
    shape: Shape, rows: list[int], values: list[int], total: tuple[str, int] | None, label: str
) -> tuple[tuple[str, int] | None, list[int]]:
    """Batches of epochs as one counter, if another figure goes up where this one falls back."""
    falls = [i for i in range(1, len(values)) if values[i] < values[i - 1]]
    for name, column in shape.columns.items():
        if not column.whole or column.after_slash or ("epoch" not in name[0] and name[1] + len(name[0]) > 12):
            continue
        numbers = [column.values[i] for i in rows]
        if None in numbers:
            continue
        steps = sum((numbers[i] or 0) > (numbers[i - 1] or 0) for i in falls)
        if name[0] == LABEL and not (total or COUNTER.search(label)):
            continue
        if steps < 0.7 * len(falls) or sum(b < a for a, b in itertools.pairwise(numbers)):  # type: ignore[operator]
            continue
        sizes = shape.columns[total].values if total else [None] * len(shape.lines)
        flat, offset = [], 0
        for i, value in enumerate(values):
            if i and value < values[i - 1]:
                offset += int(sizes[rows[i - 1]] or values[i - 1] + 1)
            flat.append(value + offset)
        return name, flat
    return None, values
