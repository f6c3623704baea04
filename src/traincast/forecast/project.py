"""What is still to come, from the anatomy of what was: steps, evaluations, checkpoints, other pauses."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import msgspec

from traincast.answers import Part
from traincast.forecast.spread import since
from traincast.forecast.trend import trend
from traincast.phases import Anatomy
from traincast.phases.parts import is_midway
from traincast.stats.intervals import forecast_sigma
from traincast.stats.pauses import Pause, settled

SINGULAR = 0.1
"""share of the plain time so far that makes a lone pause an accident: a suspended machine, not a habit"""


MANY = 50
"""intervals below which a lone long pause may be the first evaluation"""


SHORT = 0.2
"""share of a declared interval that the steps of a line may be for its pause to be told from others by its place"""


FEW = 30
"""intervals below which a lone pause tells no period"""


class Projection(msgspec.Struct, frozen=True, kw_only=True):
    """The remaining time and its parts, from the log alone."""

    seconds: float
    sigma: float = 0.0
    """scale of log(true / seconds), t_4"""
    down: float | None = None
    """scale of log(true / seconds) below it, where that is another"""
    base: float
    """s/step of plain steps"""
    base_sigma: float
    """scale of log(true / base) for the present speed"""
    base_down: float | None = None
    """scale of log(true / base) below it, where that is another: a start-up makes a first step longer, not shorter"""
    lines: int
    """intervals after warm-up that it rests on"""
    parts: list[Part]
    guessed: float = 0.0
    """seconds of `seconds` that are of a kind that was not seen yet"""


def project(
    found: Anatomy,
    *,
    step: int,
    remaining: int,
    work: float | None = None,
    declared: Mapping[str, int] | None = None,
    expected: Mapping[str, float] | None = None,
    closing: bool = False,
    last_evaluation: bool = False,
    by_epoch: bool = False,
) -> Projection:
    """The next `remaining` steps after counter `step`, which take as long as `work` steps like the newest.

    With `closing` the pause that is due at the total comes too, after the last step; with `last_evaluation` one that is
    not due there comes as well. `declared` maps a kind of pause to its interval in steps, `expected` to the seconds of
    one before it is seen; `by_epoch` says that they end epochs of a counter from 1, and that of the last one comes
    after the last step.
    """
    series = found.series
    until = step + remaining + closing
    mine = since(found)
    steps_seen = sum(series.steps[i] for i in mine)
    plain = found.base * (remaining if work is None else work)
    seconds = {"training": plain * math.exp(trend(found, step, remaining))}
    for rhythm in found.rhythms:
        count = rhythm.cycle.to_come(step, until)
        seconds[rhythm.kind] = seconds.get(rhythm.kind, 0.0) + count * max(0.0, rhythm.cycle.settled)
    for rhythm in found.earlier:
        if rhythm.kind not in seconds:
            seconds[rhythm.kind] = rhythm.cycle.to_come(step, until) * max(0.0, rhythm.cycle.settled)
    stray = _by_plan(found, step, until, declared or {}, seconds)
    guessed = 0.0
    for kind, each in (expected or {}).items():
        if kind not in seconds and declared and kind in declared:
            seconds[kind] = each * max(0, (until - by_epoch) // declared[kind] - step // declared[kind])
            guessed += seconds[kind]
    if last_evaluation and (extra := _unscheduled(found, step + remaining, declared or {}, expected or {})) is not None:
        seconds["evaluation"] = seconds.get("evaluation", 0.0) + extra
    stray = [one for one in stray if not is_singular(one, found)]
    if stray:
        kind = shared_name(stray, found)
        times = returns(stray[0], found, step, remaining) if len(stray) == 1 else None
        excess = math.fsum(one.seconds for one in stray)
        more = excess * (remaining / steps_seen if times is None else times)
        seconds[kind] = seconds.get(kind, 0.0) + max(0.0, more)
    left = remaining / max(1, remaining + sum(series.steps))
    return Projection(
        seconds=math.fsum(seconds.values()), base=found.base, lines=len(mine),
        base_sigma=forecast_sigma(len(mine), found.spread, left),
        parts=[Part(name=name, seconds=value) for name, value in seconds.items()], guessed=guessed,
    )  # fmt: skip


def shared_name(pauses: Sequence[Pause], found: Anatomy) -> str:
    """The kind that the log gives all of `pauses`, else "pause"."""
    names = {found.names.get(one.index, "pause") for one in pauses}
    return names.pop() if len(names) == 1 else "pause"


def returns(one: Pause, found: Anatomy, step: int, remaining: int) -> int | None:
    """How often a lone pause comes back, if it comes after as many steps as at first; None where that cannot be.

    It cannot where the log does not begin with the run, where the pause should have been back, and after a change of
    speed; with few lines it is not believed.
    """
    series = found.series
    before = series.last[0] - series.steps[0]
    first, seen = one.step - before, step - before
    if len(found.rates) < FEW or found.changes or is_midway(series) or not 0 < first <= seen < 2 * first:
        return None
    return (seen + remaining) // first - seen // first


def is_singular(one: Pause, found: Anatomy) -> bool:
    """Whether a pause without a period is one of a kind, so that no second is expected.

    The log gives it no name, it took more than a tenth of the plain time so far, and none of the others is a third
    of it.
    """
    if one.index in found.names:
        return False
    plain = found.base * sum(found.series.steps)
    like = [other for other in found.pauses if other.seconds > one.seconds / 3]
    return len(found.rates) >= MANY and one.seconds > SINGULAR * plain and len(like) == 1


def _unscheduled(
    found: Anatomy, until: int, declared: Mapping[str, int], expected: Mapping[str, float]
) -> float | None:
    """Seconds of an evaluation after the last step `until`, as seen or `expected`; None where one is due anyway."""
    mine = [one.seconds for one in found.pauses if found.names.get(one.index) == "evaluation"]
    each = settled(mine) if mine else expected.get("evaluation")
    if each is None:
        return None
    cycles = [rhythm.cycle for rhythm in found.rhythms if rhythm.kind == "evaluation"]
    every = declared.get("evaluation")
    due = until % every == 0 if every else any(one.to_come(until - 1, until) for one in cycles)
    return None if due else max(0.0, each)


def is_due(one: Pause, found: Anatomy, every: int) -> bool:
    """Whether a pause without a name falls where a declared one is due, and takes no longer than the steps between two.

    Only in a line much shorter than the interval.
    """
    steps = found.series.steps[one.index]
    due = one.step // every > max(0, one.step - steps - 1) // every
    plausible = steps <= SHORT * every and one.seconds <= every * found.base
    return one.index not in found.names and due and plausible


def comes_after(mine: Sequence[Pause], found: Anatomy, every: int) -> bool:
    """Whether pauses of a declared interval come after the line of the step at which they are due, not before it."""
    begins = [one.step - found.series.steps[one.index] for one in mine]
    return all(begin % every == 0 and one.step % every for begin, one in zip(begins, mine, strict=True))


def _by_plan(
    found: Anatomy, step: int, until: int, declared: Mapping[str, int], seconds: dict[str, float]
) -> list[Pause]:
    """Counts single pauses of a declared kind by its interval, into `seconds`; the other strays come back."""
    stray = list(found.stray)
    for kind, every in declared.items():
        mine = [one for one in stray if found.names.get(one.index) == kind]
        mine = mine or [one for one in stray if is_due(one, found, every)]
        if mine and kind not in seconds:
            late = 1 if comes_after(mine, found, every) else 0
            count = (until - late) // every - (step - late) // every
            seconds[kind] = max(0.0, count * settled([one.seconds for one in mine]))
            stray = [one for one in stray if one not in mine]
    return stray
