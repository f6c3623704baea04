"""How long a run is meant to be, from what its trainer says remains."""

from __future__ import annotations

from collections.abc import Sequence

from traincast.findings import Finding, finding


def roundest(low: float, high: float) -> int | None:
    """The integer between the bounds with most trailing zeros, the middle one of several; `None` where there is none.

    Plans are chosen by people: of 1999.7 to 2001.2 they chose 2000.
    """
    if not 0 <= high - low < 1e15 or high < 1:
        return None
    scale = 1
    while scale * 10 <= high:
        scale *= 10
    while scale >= 1:
        first, last = -int(-low // scale), int(high // scale)
        if first <= last and last > 0:
            middle = round((low + high) / 2 / scale)
            return min(max(middle, first), last) * scale
        scale //= 10
    return None


def from_remaining(lines: Sequence[tuple[float, float, float]]) -> int | None:
    """The plan that agrees with the most lines of (steps done, least and most steps remaining).

    Bounds of single lines are cut with one another as long as an integer is left between them, from the last line
    back: the last ones are closest to the end.
    """
    low, high = 1.0, 1e15
    for done, least, most in reversed(lines):
        tighter = max(low, done + least), min(high, done + most)
        if roundest(*tighter) is not None:
            low, high = tighter
    return roundest(low, high) if high < 1e15 else None


def derived(plan: int, how: str) -> Finding:
    """What to say about a plan that nobody wrote down."""
    return finding("plan-derived", plan=str(plan), how=how)
