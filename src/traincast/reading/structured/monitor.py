"""Stable-Baselines3 Monitor CSV: one line an episode, its length, and seconds since the start.

Steps are those of this one worker; the plan counts all workers and is not in the file.
"""

from __future__ import annotations

from traincast.reading.sources import Source
from traincast.reading.structured.cells import document, real, whole
from traincast.reading.structured.gather import Gatherer
from traincast.reading.structured.rows import Torn
from traincast.reading.structured.shapes import Shape
from traincast.runlog import Facts, RunLog

TITLE = "Stable-Baselines3 Monitor CSV"
COLUMNS = ("r", "l", "t")


def read(source: Source, _: Shape) -> list[RunLog] | None:
    """The run; a second header in the file (the worker was started again) begins its next start."""
    torn = Torn()
    points = Gatherer(counts_from=1)
    facts = Facts()
    place = {name: i for i, name in enumerate(COLUMNS)}
    start, steps = 0.0, 0
    for line in source.lines():
        torn.lines += 1
        if line.startswith("#"):
            start = opened(line, facts)
            points.restarted()
            points.event("resume" if steps else "start", clock=start or None, text="")
            points.add(steps, clock=start) if not steps else None
            continue
        cells = [cell.strip() for cell in line.split(",")]
        if set(COLUMNS) <= set(cells):
            place = {name: i for i, name in enumerate(cells)}
            continue
        if len(cells) <= max(place[name] for name in COLUMNS):
            torn.torn += bool(line.strip())
            continue
        length, time = whole(cells[place["l"]]), real(cells[place["t"]])
        if length is None or time is None or time < 0:
            torn.torn += 1
            continue
        steps += length
        points.add(steps, clock=start + time)
    kind = "wall" if start else "elapsed"
    return points.logs(source, facts, torn, unit="environment step", clock_kind=kind, clock_resolution=1e-6)


def opened(line: str, facts: Facts) -> float:
    """Unix seconds of the start that a header line tells; 0 where it does not."""
    try:
        header = document(line.lstrip("#").strip())
    except ValueError:
        return 0.0
    if not isinstance(header, dict):
        return 0.0
    if isinstance(header.get("env_id"), str):
        facts.other["env_id"] = header["env_id"][:100]
    return real(header.get("t_start")) or 0.0
