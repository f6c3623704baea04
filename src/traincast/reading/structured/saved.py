"""A `RunLog` that traincast saved: it opens again as it was."""

from __future__ import annotations

from traincast.reading.sources import Source
from traincast.reading.structured.shapes import Shape
from traincast.runlog import RunLog, load

TITLE = "saved run log"


def read(source: Source, _: Shape) -> list[RunLog] | None:
    """The saved log; raises UnreadableError where it is damaged or of another version."""
    return [load(source.content())]
