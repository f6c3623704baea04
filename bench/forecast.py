"""What following a run costs: python -m bench.forecast.

A step against `list.append`, a forecast after a million steps against one after a thousand.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable

from traincast.forecast import Tracker
from traincast.runlog import Facts, Point, RunLog

MANY = 1_000_000
FEW = 1_000


def points(count: int) -> list[Point]:
    """Steps of about 1 s, with a pause of 15 s every thousand."""
    draw, clock = random.Random(1), 1e9
    made = []
    for step in range(count):
        clock += 1 + 0.05 * draw.random() + (15 if step % 1000 == 999 else 0)
        made.append(Point(step=step, clock=clock))
    return made


def best(action: Callable[[], object], times: int = 7) -> float:
    """Least seconds of `action`."""
    least = float("inf")
    for _ in range(times):
        began = time.perf_counter()
        action()
        least = min(least, time.perf_counter() - began)
    return least


def followed(count: int) -> tuple[Tracker, float]:
    """A tracker that saw `count` steps, and seconds per step."""
    made = points(count)
    tracker = Tracker(RunLog(source="-", clock_kind="wall", facts=Facts(steps_planned=2 * count)))
    began = time.perf_counter()
    for point in made:
        tracker.add(point)
    return tracker, (time.perf_counter() - began) / count


def main() -> None:
    """Prints the costs and their ratios."""
    few, _ = followed(FEW)
    many, step = followed(MANY)
    held: list[int] = []

    def append() -> None:
        for i in range(FEW):
            held.append(i)  # noqa: PERF402  # the cost of one call is measured

    plain = best(append) / FEW
    early, late = best(few.forecast), best(many.forecast)
    sys.stdout.write(
        f"step seen: {step * 1e6:.2f} us, {step / plain:.0f} x list.append\n"
        f"forecast after {FEW:,} steps: {early * 1e3:.2f} ms\n"
        f"forecast after {MANY:,} steps: {late * 1e3:.2f} ms, {late / early:.2f} x\n"
    )


if __name__ == "__main__":
    main()
