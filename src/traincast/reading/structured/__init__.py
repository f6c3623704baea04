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
from traincast.reading.structured import added
from traincast.reading.structured.shapes import ALONE, SHAPES, Shape, sniff
from traincast.reading.structured.shapes import formats as built_in
from traincast.runlog import RunLog

__all__ = ["formats", "read_structured", "sniff", "titles"]

SEARCH = 8 << 20
"""characters in which step lines of a dialect are looked for: a cluster prints megabytes before the first"""
SPECIAL = 50
"""specificity of a dialect that is some trainer's own"""

Reader = Callable[[Source, Shape], "list[RunLog] | None"]


def read_structured(source: Any, *, only: str | None = None) -> list[RunLog] | None:
    """The runs of `source`; `None` where it is of no structured format, or its text lines tell more.

    `only` is the name of the one format that is tried. Raises UnreadableError where the format is certain and nothing
    can be read.
    """
    failure: UnreadableError | None = None
    for shape in fitting(source):
        if only not in (None, shape.name):
            continue
        if only is None and shape.name in ALONE and told_by_text(source):
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


def fitting(source: Source) -> list[Shape]:
    """Formats that `source` fits, those of plug-ins among them where they are surer."""
    own, theirs = sniff(source.head, source.name), added.shapes(source.head, source.name)
    return sorted([*own, *theirs], key=lambda shape: -shape.confidence) if theirs else own


def formats() -> list[str]:
    """Names of all structured formats, sorted."""
    return sorted({*built_in(), *added.readers()})


def reader(shape: Shape) -> Reader:
    """The function that reads files of `shape`."""
    if shape.name in added.readers():
        return added.read
    module = import_module(f"traincast.reading.structured.{shape.reader}")
    return cast("Reader", module.read)


def titles() -> dict[str, str]:
    """What each format is, in words, by name."""
    from traincast.reading.structured.table import layouts

    named = {shape.name: import_module(f"{__name__}.{shape.reader}") for shape in SHAPES if shape.reader != "table"}
    found = {name: str(module.TITLE) for name, module in named.items()}
    found |= {name: one.title for name, one in added.readers().items()}
    return dict(sorted({**found, **{name: layout.title for name, layout in layouts().items()}}.items()))


def told_by_text(source: Source) -> bool:
    """Whether the source also holds step lines of a text dialect: not of a bar, which installers draw too."""
    from traincast.reading.sniff import judge

    for block in source.beginning(SEARCH):
        verdict = judge(block)
        if verdict.dialect is not None and verdict.dialect.specificity >= SPECIAL:
            return True
    return False
