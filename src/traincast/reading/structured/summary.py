"""`wandb-summary.json`: the last values of a run and its runtime, nothing between."""

from __future__ import annotations

from traincast.errors import UnreadableError
from traincast.reading.sources import Source
from traincast.reading.structured.cells import document, flat, real, whole
from traincast.reading.structured.choice import COUNTERS, LOSSES, UNITS, plain
from traincast.reading.structured.gather import Gatherer
from traincast.reading.structured.shapes import Shape
from traincast.runlog import Facts, RunLog

TITLE = "Weights & Biases summary"


def read(source: Source, _: Shape) -> list[RunLog] | None:
    """One point and the runtime; `_step` counts log calls and not training steps."""
    try:
        values = document(source.content())
    except ValueError as error:
        raise UnreadableError(
            "{name} is damaged JSON", hint="give the .wandb file beside it", name=source.name
        ) from error
    if not isinstance(values, dict):
        return None
    inner = values.get("_wandb")
    seconds = real(values.get("_runtime")) or (real(inner.get("runtime")) if isinstance(inner, dict) else None)
    row = {plain(name): value for name, value in flat(values).items()}
    counter = next((name for name in COUNTERS if whole(row.get(name)) is not None), None)
    facts = Facts(total_seconds=seconds)
    points = Gatherer(counts_from=1)
    unit = UNITS.get(counter or "_step", "step")
    if counter is not None:
        step = whole(row[counter]) or 0
        loss = next((figure for name in LOSSES if (figure := real(row.get(name))) is not None), None)
        points.add(step, loss=loss)
        if seconds and step and counter != "_step":
            facts.mean_step_seconds = seconds / step
    (log, *_rest) = points.logs(source, facts, unit=unit)
    log.finished = seconds is not None
    return [log]
