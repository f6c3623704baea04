"""MLflow metric file: Unix milliseconds, value and step of each logged value. No header."""

from __future__ import annotations

from traincast.reading.sources import Source
from traincast.reading.structured.cells import real, whole
from traincast.reading.structured.gather import Gatherer
from traincast.reading.structured.rows import Torn
from traincast.reading.structured.shapes import Shape
from traincast.runlog import Facts, RunLog

TITLE = "MLflow metric file"


def read(source: Source, _: Shape) -> list[RunLog] | None:
    """The run. Without a third column, or where the step never moves, values are counted instead."""
    torn = Torn()
    rows: list[tuple[float, float | None, int | None]] = []
    points = Gatherer(counts_from=0)
    counted = 0
    for line in source.lines():
        torn.lines += 1
        cells = line.split()
        clock = real(cells[0]) if len(cells) >= 2 else None
        if clock is None or clock <= 0:
            torn.torn += bool(cells)
            continue
        step = whole(cells[2]) if len(cells) > 2 else counted
        if step is None:
            torn.torn += 1
            continue
        counted += 1
        rows.append((clock * 1e-3, real(cells[1]), step))
        if len(rows) >= 1 << 16:
            hand_over(rows, points)
    moving = len({step for _, _, step in rows}) > 1 or len(rows) < 2 or bool(points.tracks)
    if not moving:
        rows = [(clock, loss, i) for i, (clock, loss, _) in enumerate(rows)]
    hand_over(rows, points)
    unit = "step" if moving else "log call"
    return points.logs(source, Facts(), torn, unit=unit, clock_kind="wall", clock_resolution=1e-3)


def hand_over(rows: list[tuple[float, float | None, int | None]], points: Gatherer) -> None:
    """Give the rows to the gatherer, and forget them."""
    for clock, loss, step in rows:
        if step is not None:
            points.add(step, clock=clock, loss=loss)
    rows.clear()
