"""What the figures of an unknown shape of line mean: which one is a time, a loss or a rate, and how sure that is.

A time is believed where its unit agrees with the clock: figure x steps against the
difference of the clock.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from statistics import median
from typing import Literal

import msgspec

from traincast.reading.counters import COUNTER, Counter, counter
from traincast.reading.fields import COST, Column, Shape, stamps
from traincast.reading.values import SECONDS

TIME = re.compile(
    r"time|elapsed|dt$|duration|cost|secs?$|seconds|latency|took|wall|runtime|ms$|per iter|step_ms|speed|interval"
)
PART_TIME = re.compile(
    r"data|reader|eval|val|valid|test|forward|backward|fwd|bwd|dt[dfb]|load|optimizer|save|gather|generate|eta|remain|left|date|start|std|min$|max$|lr|h2d|sampling|learn"
)
WHOLE_TIME = re.compile(
    r"elapsed|wall|total|train_time|runtime|since|time_total|time \(sec|training time|passed|train_runtime|time$"
)
LABEL_UNIT = re.compile(r"(?:^|[ _(])(ms|us|s|sec|secs|seconds|min|minutes|hours)(?:/[a-z]+)?$")
COUNTDOWN = re.compile(r"remain|left|eta|epoch_time|time")
LEFT_LABEL = re.compile(r"(?:^|[ _/])(?:eta|remaining(?: time)?|time[ _](?:left|remaining))(?: time)?$")
LEAST_RISE = 0.3
"""share of its last figure that a time since the start rises by where the counter does from nothing"""
TOLD_TIME = 0.5
"""how likely a figure must be a time of a step for a clock by what is left to be given up"""
REST, NO_TIME = 0.6, 0.4
"""confidence of lines that tell no time but what is left, and of those that do not even tell that"""
LEFT = 0.95
"""share of its first figure that a countdown must have fallen to: times of even epochs fall a little by chance"""
UNITS = {
    "ms": 1e-3, "milliseconds": 1e-3, "us": 1e-6, "microseconds": 1e-6, "s": 1.0, "sec": 1.0, "secs": 1.0,
    "seconds": 1.0, "min": 60.0, "mins": 60.0, "minutes": 60.0, "h": 3600.0, "hours": 3600.0, "m": 60.0,
}  # fmt: skip
UNIX_SECONDS = (1e9, 2.2e9)
"""figures between which, 2001 to 2039, are seconds since 1970 where they grow with a counter"""
OF_A_STEP = re.compile(
    r"(?:^|[ _/])dt(?:[ _]m?s)?$|(?:step|iter(?:ation)?|batch)[_ ](?:time|cost)|time per (?:step|iter|batch)"
    r"|per[_ ](?:step|iter)"
)
LEAST_PART = 0.4
"""of the clock's time for a step"""
RATES = re.compile(
    r"(?:^|[ _/])(?:its?|iters?|iterations?|steps?|batch(?:es)?|updates?)(?:/|_per_| per )"
    r"(s(?:ec(?:ond)?s?)?|min(?:ute)?)$"
)
"""unit, or end of the label, of a rate of steps"""
RATE_LABEL = re.compile(
    r"(?:tok(?:en)?|tk|sample|image|img|example|seq(?:uence)?)s?[a-z/_]{0,12}(?:/|_per_)s(?:ec|econd)?s?\b"
)
A_SECOND = re.compile(r"(?:/|_per_| per )s(?:ec(?:ond)?s?)?(?:$|[_/ ])")
"""label of a rate of anything"""
OF_OTHERS = re.compile(r"(?:^|[ _])[a-z]/[a-z]$")
"""label of a time of something else than the counter: of an action, `t/a`"""
PER = re.compile(r"(ms|us|s|sec|secs)/(?!s(?:ec(?:ond)?s?)?$)[a-z]+")


class Reading(msgspec.Struct):
    """What a shape of line is taken to say."""

    shape: Shape
    counter: Counter
    clock: tuple[str, int] | None = None
    clock_role: Literal["stamp", "elapsed", "unix", "countdown"] = "stamp"
    clock_scale: float = 1.0
    """factor to seconds"""
    time: tuple[str, int] | None = None
    time_role: Literal["step-time", "interval-time", "step-rate"] = "step-time"
    time_scale: float = 1.0
    """factor to seconds a step"""
    loss: tuple[str, int] | None = None
    rate: tuple[str, int] | None = None
    """units a second, which tell a step time where the size of a step is told elsewhere"""
    rate_unit: str = ""
    left: tuple[str, int] | None = None
    """what the trainer thinks is left of the run"""
    rest: bool = False
    """whether that is the only time"""
    confidence: float = 0.0
    why: str = ""
    bars: bool = False
    """whether its lines are those of one of several bars, told apart by their totals"""
    title: str = ""
    """the word for an epoch in titles above its lines"""
    below: list[str] = []
    """parts of the dialect file for figures on lines of their own"""
    draft: str | None = None
    """the dialect file, where it takes lines of two shapes"""


def rates(values: Sequence[float | None], steps: Sequence[int]) -> list[float]:
    """Differences of a clock per step, in order; falls and repeats are left out."""
    found = []
    last: tuple[float, int] | None = None
    for value, step in zip(values, steps, strict=True):
        if value is None:
            continue
        if last is not None and step > last[1] and value >= last[0]:
            found.append((value - last[0]) / (step - last[1]))
        if last is None or step != last[1]:
            last = (value, step)
    return found


def even_pace(found: Sequence[float]) -> float | None:
    """How even a pace is, as a ratio: spread over middle; `None` where there is no pace."""
    moving = [rate for rate in found if rate > 0]
    if len(moving) < 2 or len(moving) < 0.2 * len(found):
        return None
    middle = median(moving)
    return median([abs(rate - middle) for rate in moving]) / middle


def reading(shape: Shape) -> Reading | None:
    """What a shape says, with a confidence; `None` where nothing counts."""
    count = counter(shape)
    if count is None or count.score < 0.8:
        return None
    found = Reading(shape, count)
    find_clock(found)
    find_time(found)
    find_rate(found)
    find_left(found)
    find_rest(found)
    found.loss = next(
        (name for name in shape.columns if name[0].endswith("loss") and not shape.columns[name].whole), None
    )
    return found


def find_clock(found: Reading) -> None:
    """A stamp, else an elapsed time that grows with the counter."""
    count = found.counter
    best = 0.0
    for name, column in found.shape.columns.items():
        if column.kind == "stamp":
            values, clock = stamps(column)
            values = [values[i] if i < len(values) else None for i in count.rows]
            pace = rates(values, count.values)
            known = sum(value is not None for value in values)
            if known >= 0.6 * len(values) and even_pace(pace) is not None and best < 3:
                best, found.clock, found.clock_role = 3, name, "stamp"
            del clock
        elif name != count.step and not column.after_slash:
            role = elapsed(column, count, name[0])
            if role is not None and role[0] > best:
                best, found.clock, found.clock_role, found.clock_scale = role[0], name, role[1], role[2]


def elapsed(
    column: Column, count: Counter, label: str
) -> tuple[float, Literal["elapsed", "unix", "countdown"], float] | None:
    """How much a figure looks like an elapsed time, its role and its factor to seconds."""
    steps, values = onward(count, column)
    known = [value for value in values if value is not None]
    if len(known) < 3 or len(known) < 0.6 * len(values):
        return None
    scale = 1.0 if max(known) < 1e11 else 1e-3
    if UNIX_SECONDS[0] < min(known) * scale and max(known) * scale < UNIX_SECONDS[1]:
        return (2.5, "unix", scale) if even_pace(rates(values, steps)) is not None else None
    rises = sum(b > a for a, b in itertools.pairwise(known))
    falls = sum(b < a for a, b in itertools.pairwise(known))
    unit = unit_of(column, label)
    if OF_A_STEP.search(label):
        return None
    goes_down = falls >= 3 and rises <= max(1, 0.05 * falls) and known[-1] < LEFT * known[1]  # a first step is slow
    if goes_down and (unit or column.kind == "span") and COUNTDOWN.search(label + column.kind):
        return 0.6, "countdown", unit or 1.0
    if (
        rises < 2
        or falls > 0.15 * rises
        or PART_TIME.search(label)
        or re.search(r"loss|lr|acc|ppl|norm|samples|tokens|step|iter|epoch", label)
    ):
        return None
    even = even_pace(rates(values, steps))
    if even is None or even > 0.6 or rises < 0.5 * (len(set(steps)) - 1):
        return None
    done = steps[-1] - steps[0]
    if known[-1] - known[0] < LEAST_RISE * known[-1] * done / max(1, steps[-1]):
        return None
    told = bool(WHOLE_TIME.search(label)) or column.kind == "span"
    if not told and unit is None:
        return None
    return 1.0 + told + 0.5 * (unit is not None) - even, "elapsed", unit or 1.0


def onward(count: Counter, column: Column) -> tuple[list[int], list[float | None]]:
    """Counts that go beyond all before them, and the figures beside them: other ranks repeat a count a little later."""
    steps: list[int] = []
    values: list[float | None] = []
    for step, row in zip(count.values, count.rows, strict=True):
        if not steps or step > steps[-1]:
            steps.append(step)
            values.append(column.values[row] if row < len(column.values) else None)
    return steps, values


def find_left(found: Reading) -> None:
    """What the trainer thinks is left, where nothing else tells the plan."""
    count = found.counter
    if count.total is not None and (count.epoch is None or count.epochs is not None):
        return
    for name, column in found.shape.columns.items():
        if (
            name == found.clock
            or not LEFT_LABEL.search(name[0])
            or (column.kind != "span" and not unit_of(column, name[0]))
        ):
            continue
        known = [value for i in count.rows if (value := column.values[i]) is not None]
        if len(known) >= 0.6 * len(count.rows) and not of_epoch(found, name):
            found.left = name
            return


def find_rest(found: Reading) -> None:
    """What the trainer thinks is left, where it is the only time of lines that tell the plan."""
    alone = found.time is None and found.rate is None and (found.clock is None or found.clock_role == "countdown")
    if not alone or found.counter.total is None or found.counter.epoch is not None:
        return
    for name, column in found.shape.columns.items():
        known = [value for i in found.counter.rows if (value := column.values[i]) is not None]
        if LEFT_LABEL.search(name[0]) and len(known) >= 0.6 * len(found.counter.rows):
            if found.clock is None:
                found.confidence = round(found.confidence * REST / NO_TIME, 3)
            found.left, found.clock, found.rest = name, None, True
            found.why = "what is left alone"
            return


def of_epoch(found: Reading, name: tuple[str, int]) -> bool:
    """Whether what is left in the figure `name` is what is left of the epoch: it grows where the next one begins, or is
    no more than the batches to come take."""
    count, columns = found.counter, found.shape.columns
    if count.total is None:
        return False
    pace = clock_pace(found) or print_pace(found)
    row = count.rows[-1]
    size, at, left = columns[count.total].values[row], columns[count.step].values[row], columns[name].values[row]
    if pace is None or size is None or at is None or left is None:
        return True
    return left <= 2 * pace * max(1.0, size - at)


def print_pace(found: Reading) -> float | None:
    """Seconds per step as printed."""
    if found.time is None or found.time_role != "step-time":
        return None
    known = [value for i in found.counter.rows if (value := found.shape.columns[found.time].values[i])]
    return median(known) * found.time_scale if known else None


def find_rate(found: Reading) -> None:
    """A rate of tokens or samples, where nothing else tells a time."""
    if found.clock is not None or found.time is not None:
        return
    for name, column in found.shape.columns.items():
        text = f"{name[0]} {column.unit}".lower()
        if match := re.search(r"(tok|tks|sample|image|img|example)\w*(?:/[a-z]{2,6})?[/ _]s(?:ec)?\b", text):
            found.rate, found.rate_unit = name, "tokens" if match[1] in ("tok", "tks") else "samples"
            found.confidence, found.why = 0.5, "rate alone; the size of a step is looked for in the header"
            return


def unit_of(column: Column, label: str) -> float | None:
    """Factor to seconds that the text after a figure, or the end of its label, says."""
    unit = UNITS.get(column.unit.strip())
    if unit is None and (match := LABEL_UNIT.search(label)):
        unit = UNITS[match[1]]
    return unit


def find_time(found: Reading) -> None:
    """A printed time per step, checked against the clock where there is one, and the confidence of all. A printed time
    is believed before what is left, which the trainer may reckon by a mean that a slow first step is in."""
    clock = clock_pace(found)
    best = best_time(found, clock)
    if found.clock_role == "countdown" and (best is None or best[0] < TOLD_TIME):
        alone = best_time(found, None)
        if alone is not None and alone[0] >= TOLD_TIME and alone[2] == "step-time":
            found.clock, found.clock_role, found.clock_scale, clock, best = None, "stamp", 1.0, None, alone
    if best is not None:
        found.time, found.time_role, found.time_scale = best[1], best[2], best[3]  # type: ignore[assignment]
    judge(found, clock, best[0] if best else 0.0)


def best_time(found: Reading, clock: float | None) -> tuple[float, tuple[str, int], str, float] | None:
    """The likeliest printed time: how likely it is, its column, its role and its factor to seconds."""
    count = found.counter
    best: tuple[float, tuple[str, int], str, float] | None = None
    for name, column in found.shape.columns.items():
        if name in (count.step, found.clock) or column.after_slash or column.kind == "stamp":
            continue
        for role, scale, prior in readings_of(column, name[0]):
            sure = agreement(column, count, role, scale, clock) if clock else 0.0
            if sure < 0 and role == "step-time" and OF_A_STEP.search(name[0]) and is_part(column, count, scale, clock):
                sure = 0.0
            weight = prior + sure
            if weight > 0.45 and (best is None or weight > best[0]):
                best = (weight, name, role, scale)
    return best


def clock_pace(found: Reading) -> float | None:
    """Seconds per step by the clock."""
    if found.clock is None:
        return None
    column = found.shape.columns[found.clock]
    values = stamps(column)[0] if found.clock_role == "stamp" else scaled(column, found)
    pace = rates([values[i] if i < len(values) else None for i in found.counter.rows], found.counter.values)
    moving = [rate for rate in pace if rate > 0]
    if not moving:
        return None
    coarse = sum(rate == 0 for rate in pace) > 0.1 * len(pace)
    return sum(pace) / len(pace) if coarse else median(moving)


def scaled(column: Column, found: Reading) -> list[float | None]:
    """An elapsed time, or what remains turned round, in seconds."""
    factor = -found.clock_scale if found.clock_role == "countdown" else found.clock_scale
    return [None if value is None else value * factor for value in column.values]


def readings_of(column: Column, label: str) -> list[tuple[str, float, float]]:
    """Ways to read a figure as a time: role, factor to seconds, and how likely its label and unit make it."""
    unit = column.unit.strip()
    if OF_OTHERS.search(label) or (COST.search(label) and unit_of(column, label) is None):
        return []
    if PART_TIME.search(label) and not re.search(r"iter(ation)?( time)?$|ms/", label):
        return []
    rate = RATES.search(unit) or RATES.search(label)
    if rate is not None:
        return [("step-rate", 1 / 60 if rate[1].startswith("m") else 1.0, 0.5)]
    if per := PER.fullmatch(unit) or PER.fullmatch(label.split(" ")[-1]):
        return [("step-time", UNITS[per[1]], 0.75)]
    if "/s" in unit or unit == "%" or RATE_LABEL.search(label) or A_SECOND.search(label):
        return []
    told = TIME.search(label) is not None
    scale = unit_of(column, label)
    if scale is not None:
        return [("step-time", scale, 0.6 + 0.15 * told), ("interval-time", scale, 0.3 + 0.1 * told)]
    if told and not column.whole:
        return [("step-time", 1.0, 0.5), ("interval-time", 1.0, 0.35), ("step-time", 1e-3, 0.3)]
    return []


def agreement(column: Column, count: Counter, role: str, scale: float, clock: float) -> float:
    """How well a printed time agrees with the clock: +0.5 within 5 %, less up to 15 %, negative beyond."""
    values = [column.values[i] if i < len(column.values) else None for i in count.rows]
    known = [value * scale for value in values if value is not None and value > 0]
    if len(known) < 2:
        return -0.5
    middle = median(known)
    gaps = [b - a for a, b in zip(count.values, count.values[1:], strict=False) if b > a]
    if role == "interval-time":
        middle /= median(gaps)
    elif role == "step-rate":
        middle = 1.0 / middle if middle else 0.0
    off = abs(middle / clock - 1)
    return 0.5 if off < 0.05 else 0.25 if off < 0.15 else -0.4


def is_part(column: Column, count: Counter, scale: float, clock: float | None) -> bool:
    """Whether a time that says it is of a step is the better part of the clock's: the rest lies between steps."""
    known = [value * scale for i in count.rows if (value := column.values[i]) is not None]
    return clock is not None and bool(known) and LEAST_PART * clock < median(known) < clock


def judge(found: Reading, clock: float | None, time: float) -> None:
    """The confidence: a clock and a printed time that agree leave little doubt; a lone figure is a guess."""
    named = bool(COUNTER.search(found.counter.step[0])) or found.counter.total is not None
    many = min(1.0, len(set(found.counter.values)) / 10)
    if clock is not None and found.time is not None and time > 0.9:
        sure, found.why = 0.95, "clock and printed time agree"
    elif clock is not None:
        sure = {"stamp": 0.78, "unix": 0.75, "elapsed": 0.7, "countdown": REST}[found.clock_role]
        found.why = "clock alone"
    elif found.time is not None:
        sure, found.why = min(0.75, 0.2 + time * 0.7), "printed time alone"
    else:
        sure, found.why = NO_TIME, "no time"
    guess = 0.8 if many == 1.0 else 0.5  # figures that rise by chance over a few lines are many
    found.confidence = round(sure * (0.8 + 0.2 * many) * (1.0 if named else guess), 3)


def step_seconds_unit(scale: float) -> str:
    """Unit name of a factor to seconds."""
    return next((name for name, factor in SECONDS.items() if factor == scale), "s")
