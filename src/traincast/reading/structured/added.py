"""Readers that plug-ins add: an object with `TITLE`, `sniff(head, name) -> confidence` and `read(source)`.

`sniff` gets the first 256 KiB and the name of a source and says how sure it is of its format, 0 where it is another
one; `read` gives the runs, or None where the source turns out to be something else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import msgspec

from traincast.errors import TraincastError
from traincast.plugins import Plugin, contributions, leave_out
from traincast.reading.sources import Source
from traincast.reading.structured.shapes import Shape, formats
from traincast.runlog import RunLog


class Added(msgspec.Struct, frozen=True):
    """One reader of a plug-in."""

    plugin: Plugin
    thing: Any

    @property
    def title(self) -> str:
        """What the format is, in words."""
        return str(getattr(self.thing, "TITLE", self.plugin.name))


@cache
def readers() -> dict[str, Added]:
    """Name of a format -> the plug-in's reader of it."""
    return {one.plugin.name: one for one in contributions("readers", checked)}


def checked(plugin: Plugin, thing: object) -> Iterator[Added]:
    """The reader of a plug-in; raises ValueError where a function is missing or the name is taken."""
    missing = [name for name in ("sniff", "read") if not callable(getattr(thing, name, None))]
    if missing:
        raise ValueError(f"it has no function {' and no '.join(missing)}")
    if plugin.name in formats():
        raise ValueError(f"a format called {plugin.name!r} is built in already")
    yield Added(plugin, thing)


def shapes(head: bytes, name: str) -> list[Shape]:
    """The formats of plug-ins that `head` fits."""
    found = []
    for format_name, one in readers().items():
        confidence = attempted(one, 0.0, one.thing.sniff, head, name)
        if isinstance(confidence, int | float) and 0 < confidence <= 1:
            found.append(Shape(format_name, b"", b"", float(confidence), ""))
    return found


def read(source: Source, shape: Shape) -> list[RunLog] | None:
    """The runs of `source` by the plug-in's reader of `shape`; None where there are none, or it fails."""
    one = readers()[shape.name]
    logs = attempted(one, None, one.thing.read, source)
    if not logs:
        return None
    if not all(isinstance(log, RunLog) for log in logs):
        leave_out(one.plugin, ValueError("what it read are no RunLog records"))
        return None
    for log in logs:
        log.source = log.source or source.name
    return list(logs)


def attempted(one: Added, otherwise: Any, function: Callable[..., Any], *arguments: Any) -> Any:
    """What `function` of a plug-in answers, `otherwise` where it fails; a TraincastError is its answer to the user."""
    try:
        return function(*arguments)
    except TraincastError:
        raise
    except Exception as error:
        leave_out(one.plugin, error)
        return otherwise
