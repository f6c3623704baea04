"""Where the speed changed for good: blind to single pauses, to spells that passed, and to steps that grow slowly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from traincast.stats import changes, robust
from traincast.stats.changes import Change

LEAST = 8
"""intervals that a new speed must have held"""
SUDDEN = 4
"""intervals that a sharp change must have held"""
SHARP = 1.3
"""factor by which it must leave all but the wildest rates before"""
SETTLED = 12
"""intervals before it"""
ALIKE = 1.15
"""largest over smallest rate after it"""
FEWEST = 2
"""intervals before a clear change"""
FLOOR = 0.05
"""log change of speed below which the mean over both speeds forecasts better"""
MARGIN = 1.03
"""factor by which a new speed must leave the range of the earlier ones"""
OUTSTANDING = 5.0
"""standard errors by which the medians before and after a change must differ"""
MEDIAN = 1.2533
"""standard error of a median over that of a mean, for normal noise: sqrt(pi / 2)"""
MISPLACED = LEAST // 2
"""lines on either side of a change that may belong to the other"""
UNDONE = 0.25
"""share of a change of speed that may be left for it to count as undone"""
WINDOW = 5
"""rates whose median is taken before changes of speed are looked for: two neighbouring pauses do not pass it"""


def lasting_changes(rates: list[float]) -> list[Change]:
    """Lasting changes of speed, blind to single pauses and to speeds that were there before."""
    sudden = _sudden(rates) or _clear(rates)
    if sudden is not None:
        return [*_lasting(rates[: sudden.index]), sudden]
    return _lasting(rates)


def _lasting(rates: list[float]) -> list[Change]:
    """Changes that have held for `LEAST` intervals.

    A new speed must lie outside all medians of earlier windows as long as the time it has held: where slow spells
    come and go, one more of them is not a change.
    """
    half = WINDOW // 2
    smooth = [robust.median(rates[max(0, i - half) : i + half + 1]) for i in range(len(rates))]
    found = changes.changes(smooth, least=LEAST, share=0.0, floor=FLOOR, most=8)
    found = _outstanding(found, rates)
    edges = [*(one.index for one in found), len(rates)]
    kept: list[Change] = []
    for one, (low, high) in zip(found, pairwise(edges), strict=True):
        if _is_new(smooth, one, high - low):
            kept.append(one)
        else:
            kept = kept[: _undone(kept, one)]
    slower = len(kept) > 1 and kept[-1].after > kept[0].before  # a run that gets faster does so down to some floor
    return [] if slower and drifts(smooth, kept) else kept


def drifts(smooth: Sequence[float], steps: Sequence[Change]) -> bool:
    """Whether a straight line tells more of the rates than `steps`, which are no changes then but parts of a drift.

    By the criterion of Schwarz (1978), doi:10.1214/aos/1176344136: a line has two parameters, each step a place and a
    level. Medians of `WINDOW` rates are no more values than a share of them.
    """
    logs = [math.log(rate) for rate in smooth]
    edges = [0, *(one.index for one in steps), len(logs)]
    flat = math.fsum(_rest(logs[low:high], slope=False) for low, high in pairwise(edges))
    line = _rest(logs, slope=True)
    n = len(logs) / WINDOW
    return n * math.log(max(line, 1e-12) / max(flat, 1e-12)) < (2 * len(steps) - 1) * math.log(max(n, 2.0))


def _rest(values: Sequence[float], *, slope: bool) -> float:
    """Sum of squares that the mean of `values` leaves, or with `slope` a straight line through them."""
    n = len(values)
    middle, place = math.fsum(values) / n, (n - 1) / 2
    squares = math.fsum((value - middle) ** 2 for value in values)
    if not slope:
        return squares
    rise = math.fsum((k - place) * (value - middle) for k, value in enumerate(values))
    return max(0.0, squares - rise**2 / math.fsum((k - place) ** 2 for k in range(n)))


def _undone(kept: list[Change], one: Change) -> int:
    """How many of `kept` still hold after `one`: none from that on whose earlier speed is back; a spell has passed."""
    for k, earlier in enumerate(kept):
        spell = abs(math.log(kept[-1].after / earlier.before))
        if abs(math.log(one.after / earlier.before)) < UNDONE * spell:
            return k
    return len(kept)


def _inner(rates: list[float], low: int, high: int) -> list[float]:
    """`rates` from `low` to `high` without the lines beside a change, which the scan may have put on the wrong side."""
    first = low + MISPLACED if low else low
    last = high - MISPLACED if high < len(rates) else high
    return rates[first:last] if last - first >= MISPLACED else rates[low:high]


def _outstanding(found: list[Change], rates: list[float]) -> list[Change]:
    """The changes whose speeds differ by more than the noise of single lines leaves on their medians.

    The scan looks at smooth rates, and old lines of a long log are summed: neither shows how single lines scatter. The
    least outstanding one is dropped, and the others are measured again without it.
    """
    while found:
        edges = [0, *(one.index for one in found), len(rates)]
        sides = [_inner(rates, low, high) for low, high in pairwise(edges)]
        levels = [robust.median(side) for side in sides]
        errors = [MEDIAN * robust.mad(side) / robust.median(side) / math.sqrt(len(side)) for side in sides]
        found = [
            Change(index=one.index, before=old, after=new, score=one.score)
            for one, (old, new) in zip(found, pairwise(levels), strict=True)
        ]
        ratios = [
            abs(math.log(one.ratio)) / max(math.hypot(*pair), 1e-9)
            for one, pair in zip(found, pairwise(errors), strict=True)
        ]
        least = min(range(len(found)), key=ratios.__getitem__)
        if ratios[least] > OUTSTANDING:
            break
        del found[least]
    return found


def _sudden(rates: list[float]) -> Change | None:
    """A change that fewer than `LEAST` intervals show: they are alike, and 30 % outside all but the wildest before."""
    for count in range(LEAST - 1, SUDDEN - 1, -1):
        before, after = rates[:-count], rates[-count:]
        if len(before) < SETTLED or max(after) > ALIKE * min(after):
            continue
        low, high = robust.quantile(before, 0.02), robust.quantile(before, 0.98)
        if min(after) > SHARP * high or SHARP * max(after) < low:
            while before and not low / SHARP <= before[-1] <= high * SHARP:
                after.insert(0, before.pop())
            old, new = robust.median(before), robust.median(after)
            spread = max(changes.noise([math.log(rate) for rate in before]), 1e-3)
            return Change(index=len(before), before=old, after=new, score=abs(math.log(new / old)) / spread)
    return None


def _clear(rates: list[float]) -> Change | None:
    """A change with too few intervals before or after it for a scan: each side is alike, and 30 % lie between them.

    A coarse clock leaves few intervals, each of many steps; one of them may lie across the change.
    """
    count = _alike(rates)
    if not SUDDEN <= count <= len(rates) - FEWEST:
        return None
    after = rates[-count:]
    for before in (rates[:-count], rates[: -count - 1]):
        apart = min(after) > SHARP * max(before) or SHARP * max(after) < min(before)
        if apart and FEWEST <= len(before) == _alike(before):
            old, new = robust.median(before), robust.median(after)
            spread = max(changes.noise([math.log(rate) for rate in rates]), 1e-3)
            return Change(index=len(rates) - count, before=old, after=new, score=abs(math.log(new / old)) / spread)
    return None


def _alike(rates: Sequence[float]) -> int:
    """How many of the newest `rates` are alike."""
    low = high = rates[-1] if rates else 0.0
    for count, rate in enumerate(reversed(rates)):
        low, high = min(low, rate), max(high, rate)
        if high > ALIKE * low:
            return count
    return len(rates)


def _is_new(smooth: list[float], one: Change, age: int) -> bool:
    """Whether the speed after `one`, `age` intervals old, lies outside the speeds before it."""
    span = min(age, max(LEAST, one.index // 3))
    windows = range(0, one.index - span + 1, max(1, span // 2))
    levels = [robust.median(smooth[i : i + span]) for i in windows]
    return bool(levels) and not min(levels) / MARGIN <= one.after <= max(levels) * MARGIN
