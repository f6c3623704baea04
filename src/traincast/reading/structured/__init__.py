"""Structured logs: JSON lines, tables, event files of trackers. A reader is loaded when a source of its format is met.

Each is a module with `read(source, shape) -> list[RunLog] | None`; `None` where the source turns out to be something
else.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, cast

from traincast.errors import UnreadableError
from traincast.reading.sources import Source
from traincast.reading.structured.shapes import ALONE, Shape, formats, sniff
from traincast.runlog import RunLog

__all__ = ["formats", "read_structured", "sniff"]

Reader = Callable[[Source, Shape], "list[RunLog] | None"]


def read_structured(source: Any) -> list[RunLog] | None:
    """The runs of `source`; `None` where it is of no structured format, or its text lines tell more.

    Raises UnreadableError where the format is certain and nothing can be read.
    """
    failure: UnreadableError | None = None
    for shape in sniff(source.head, source.name):
        if shape.name in ALONE and told_by_text(source):
            return None
        try:
            logs = reader(shape)(source, shape)
        except UnreadableError as error:
            failure = failure or error
            continue
        if logs:
            for log in logs:
                log.dialect = shape.name if log.dialect == "unknown" else log.dialect
                log.confidence = log.confidence or shape.confidence
                log.bytes = source.size or 0
            return logs
    if failure is not None:
        raise failure
    return None


def reader(shape: Shape) -> Reader:
    """The function that reads files of `shape`."""
    module = import_module(f"traincast.reading.structured.{shape.reader}")
    return cast("Reader", module.read)


def told_by_text(source: Source) -> bool:
    """Whether the head also holds step lines of a text dialect."""
    from traincast.reading.content import text
    from traincast.reading.lines import clean
    from traincast.reading.sniff import judge

    verdict = judge(clean(text(source.head)))
    return verdict.dialect is not None and verdict.confidence >= 0.5
