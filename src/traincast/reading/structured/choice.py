"""Which column of a table without a known layout is the counter, the clock, the time of a step: by name, then values.

A name alone proves nothing: `time` is seconds of a step in one program, seconds since the start in the next, Unix time
in a third.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import msgspec

from traincast.reading.clocks import Clock, stamp_form
from traincast.reading.structured.cells import Row, real, span
from traincast.reading.values import SECONDS

Kind = Literal["unix", "stamp", "elapsed", "step-time", "step-rate"]

COUNTERS = (
    "global_step", "trainer/global_step", "train/global_step", "optimizer_step", "step", "steps", "num_steps",
    "train_step", "train/step", "iteration", "iterations", "iter", "iter_num", "iters", "training_iteration",
    "num_updates", "update", "updates", "n_iter", "it", "current_steps", "batch", "batch_idx", "mini_batch", "round",
    "tree", "episode", "episodes", "epoch", "epochs", "train/epoch", "_step",
)  # fmt: skip
"""names of counters, best first; an epoch only where nothing finer moves, a tracker's own count of log calls last"""
EPOCHS = frozenset({"epoch", "epochs", "train/epoch"})
UNITS = {
    "epoch": "epoch", "epochs": "epoch", "train/epoch": "epoch", "round": "round", "tree": "tree",
    "episode": "episode", "episodes": "episode", "_step": "log call", "iteration": "iteration",
    "iterations": "iteration", "iter": "iteration", "update": "update", "updates": "update", "num_updates": "update",
    "training_iteration": "training iteration",
}  # fmt: skip
LOSSES = (
    "loss",
    "train_loss",
    "train/loss",
    "training_loss",
    "train_loss_step",
    "total_loss",
    "losses/train",
    "loss/train",
)
STAMPS = re.compile(
    r"^_?(?:time_?stamp|datetime|date(?:_?time)?|created_at|logged_at|wall_?time|time|ts|clock|now|timestamp_ms)$"
)
SINCE = re.compile(
    r"elapsed|time_total|total_time|_?runtime|cumulative|since_start|wall_?(?:clock|time)?$|^time(?:_m?s)?$|^seconds$"
    r"|train(?:ing)?_time|hours$|minutes$"
)
STEP_TIME = re.compile(
    r"^dt(?:_m?s)?$|(?:step|iter(?:ation)?|batch|epoch|update|round|tree)s?[_/ ]?"
    r"(?:time|duration|secs?|seconds|latency|timing)"
    r"|time[_/ ](?:per[_/ ])?(?:step|iter|batch|epoch|update|this_iter)"
    r"|(?:s|sec|secs|seconds|ms)(?:_per_|/)(?:step|it|iter|iteration|batch|epoch)|^duration|^time(?:_m?s)?$|^seconds$"
)
STEP_RATE = re.compile(
    r"(?:^|[_/ (])(?:its?|iters?|iterations|steps|batches|updates|epochs)(?:_per_|/|_)(?:s|sec|second)s?\)?$"
)
RATES = (
    (re.compile(r"tok(?:en)?s?(?:_per_|/|_)(?:s|sec|second)s?$|^tps$|^tok_sec$|^wps$"), "tokens"),
    (re.compile(r"(?:samples|sequences|images|examples|imgs|items)(?:_per_|/|_)(?:s|sec|second)s?$"), "samples"),
)
SUFFIX = re.compile(r"(?:[_/ (\[]|^)(ms|us|s|sec|secs|seconds|min|minutes|h|hours|d|days)(?:[)\]]|_per_\w+|/\w+)?$")
NOT_TRAINING = re.compile(
    r"(?:^|[/_])(?:eval|val|valid|validation|test|dev|remaining|eta|data|load|forward|backward)(?:[/_]|$)"
)
"""times of other things than the step"""
LONGEST_NAME, MOST_NAMES = 200, 2000
"""limits of the columns that are looked at"""
MONOTONE = 0.98
"""share of neighbours that must not fall for a column to be a clock"""


class Choice(msgspec.Struct, kw_only=True, frozen=True):
    """Columns and what they mean."""

    step: str | None
    """`None`: rows are counted"""
    unit: str
    counts_from: int
    time: str | None = None
    kind: Kind | None = None
    factor: float = 1.0
    """of the time column, to seconds"""
    loss: str | None = None
    rate: str | None = None
    rate_unit: str | None = None
    confidence: float = 0.5


def plain(name: str) -> str:
    """`name` in lower case with single underscores."""
    return re.sub(r"[\s\-.]+", "_", str(name).strip().lower())


def choose(rows: Sequence[Row]) -> Choice | None:
    """What the columns of `rows` mean; `None` where they hold no counter with a time or a loss."""
    names = short_names(rows)
    step = counter(rows, names)
    time = clock(rows, names, step)
    loss = next((names[name] for name in LOSSES if name in names), None) or next(
        (name for short, name in names.items() if "loss" in short and not NOT_TRAINING.search(short)), None
    )
    rate, rate_unit = throughput(rows, names)
    if time is None and (step is None or (loss is None and rate is None)):
        return None
    if step is None and (time is None or time[1] not in ("step-time", "step-rate")):
        return None
    first = next((real(row.get(step)) for row in rows if real(row.get(step)) is not None), None) if step else 0.0
    unit = UNITS.get(plain(step), "step") if step else "row"
    return Choice(
        step=step, unit=unit, counts_from=0 if first == 0 else 1,
        time=time[0] if time else None, kind=time[1] if time else None, factor=time[2] if time else 1.0,
        loss=loss, rate=rate, rate_unit=rate_unit,
        confidence=0.35 + 0.3 * (step is not None) + 0.2 * (time is not None),
    )  # fmt: skip


def short_names(rows: Sequence[Row]) -> dict[str, str]:
    """Plain names of the columns, and the names as they stand; absurdly long ones and too many are left out."""
    names: dict[str, str] = {}
    for row in rows:
        for name in row:
            if len(name) <= LONGEST_NAME and len(names) < MOST_NAMES:
                names.setdefault(plain(name), name)
    return names


def counter(rows: Sequence[Row], names: dict[str, str]) -> str | None:
    """The column that counts: whole numbers that mostly grow."""
    for known in COUNTERS:
        name = names.get(known)
        if name is None:
            continue
        figures = [figure for row in rows if (figure := real(row.get(name))) is not None]
        if not figures or any(figure < 0 for figure in figures):
            continue
        whole = sum(figure == int(figure) for figure in figures)
        grows = sum(b >= a for a, b in pairwise(figures))
        moves = len(figures) == 1 or len(set(figures)) > 1
        if moves and (whole == len(figures) or (known in EPOCHS and whole > 1)) and grows >= 0.8 * (len(figures) - 1):
            return name
    return None


def clock(rows: Sequence[Row], names: dict[str, str], step: str | None) -> tuple[str, Kind, float] | None:
    """The column that tells time, how, and its factor to seconds; a clock first, then a step time, then a rate."""
    found: dict[Kind, tuple[str, Kind, float]] = {}
    for short, name in names.items():
        if name == step or NOT_TRAINING.search(short):
            continue
        kind = meaning(short, [row[name] for row in rows if row.get(name) not in (None, "")])
        if kind is not None:
            found.setdefault(kind[0], (name, *kind))
    order: tuple[Kind, ...] = ("unix", "stamp", "elapsed", "step-time", "step-rate")
    return next((found[kind] for kind in order if kind in found), None)


def meaning(name: str, values: Sequence[object]) -> tuple[Kind, float] | None:
    """What kind of time a column is, by its name and its values."""
    if not values:
        return None
    if STEP_RATE.search(name):
        return "step-rate", 1.0
    stamp, since, per_step = STAMPS.search(name), SINCE.search(name), STEP_TIME.search(name)
    if not (stamp or since or per_step):
        return None
    if stamp and isinstance(values[0], str) and real(values[0]) is None:
        form = stamp_form(values[0]) if len(values[0]) < 64 else None
        return ("stamp", 1.0) if form is not None else None
    figures = [figure for value in values if (figure := span(value)) is not None]
    if len(figures) < 0.9 * len(values):
        return None
    suffix = SUFFIX.search(name)
    factor = SECONDS[suffix[1]] if suffix else 1.0
    grows = sum(b >= a for a, b in pairwise(figures)) >= MONOTONE * (len(figures) - 1)
    if figures[0] > 1e9 and (stamp or since):
        return "unix", unix_factor(figures[0])
    if (since or stamp) and grows and len(figures) > 2 and figures[-1] > 1.5 * figures[0]:
        return "elapsed", factor
    if per_step and min(figures) >= 0:
        return "step-time", factor
    return ("elapsed", factor) if since and len(figures) <= 2 and not per_step else None


def unix_factor(figure: float) -> float:
    """Seconds in a unit of a Unix time: of seconds, milliseconds, microseconds or nanoseconds."""
    return next(
        factor for limit, factor in ((1e11, 1.0), (1e14, 1e-3), (1e17, 1e-6), (float("inf"), 1e-9)) if figure < limit
    )


def throughput(rows: Sequence[Row], names: dict[str, str]) -> tuple[str | None, str | None]:
    """The column of tokens or samples a second."""
    for pattern, unit in RATES:
        for short, name in names.items():
            if pattern.search(short) and any(real(row.get(name)) for row in rows):
                return name, unit
    return None, None


class Times:
    """Reads the time column of one table."""

    def __init__(self, choice: Choice) -> None:
        self.choice = choice
        self.clock = Clock()

    def of(self, row: Row) -> tuple[float | None, float | None]:
        """(seconds on the clock, seconds per step) of a row."""
        choice = self.choice
        value = row.get(choice.time) if choice.time is not None else None
        if value is None or value == "":
            return None, None
        if choice.kind == "stamp":
            return (self.clock.seconds(value) if isinstance(value, str) and len(value) < 64 else None), None
        figure = real(value) if choice.kind in ("unix", "step-rate") else span(value)
        if figure is None:
            return None, None
        if choice.kind in ("unix", "elapsed"):
            return figure * choice.factor, None
        if choice.kind == "step-rate":
            return None, 1.0 / figure if figure > 0 else None
        return None, figure * choice.factor if figure >= 0 else None
