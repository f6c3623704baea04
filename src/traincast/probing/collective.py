"""All-reduces, timed by all processes together: each must make the same calls, so none decides alone when to stop."""

from __future__ import annotations

from traincast.probing.backend import Backend
from traincast.probing.clock import Action, Clock, Figure, figure

BUCKETS = (1 << 20, 25 << 20, 100 << 20)
"""bytes: the first and the usual gradient buckets of data parallel training, and a large one"""
SHARE = 0.05
"""of the budget that each size may take"""
FEWEST, MOST = 3, 30
TOLERANCE = 0.01


def bus_bytes(size: int, world: int) -> float:
    """Bytes that a link carries in an all-reduce of `size` bytes: 2 (n - 1) / n of it, as NCCL's tests count."""
    return 2.0 * (world - 1) / world * size


def all_reduces(backend: Backend, budget: float, clock: Clock) -> list[tuple[int, Figure]]:
    """(bytes, figure) of each size; empty in a single process."""
    found = []
    for size in BUCKETS:
        action = backend.all_reduce(size)
        if action is not None:
            action(1)  # connections are made by the first
            begin = clock()
            action(1)
            slowest = backend.agree(clock() - begin)
            times = timed(action, min(MOST, max(FEWEST, int(SHARE * budget / max(slowest, 1e-6)))), clock)
            found.append((size, figure(times, times[-1], 1, TOLERANCE, 0.9)))
    return found


def timed(action: Action, calls: int, clock: Clock) -> list[float]:
    """Seconds of each of `calls` calls."""
    times = []
    for _ in range(calls):
        begin = clock()
        action(1)
        times.append(clock() - begin)
    return times
