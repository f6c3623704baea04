"""Logs of any trainer to run logs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from traincast.errors import UnreadableError
from traincast.findings import finding
from traincast.runlog import RunLog

__all__ = ["read_logs", "read_text"]

INDUCE = "none"
"""name of no dialect: the shape of the lines is induced"""


def read_logs(source: str | Path, *, dialect: str | None = None) -> list[RunLog]:
    """The runs that `source` tells of: a file, a pattern, a run's folder, or `-`.

    `dialect` is a built-in name, a user's TOML file, `none` to induce the format, or `None` to find out. A log of no known format is
    induced. Raises UnreadableError, UnknownNameError.
    """
    from traincast.reading.sources import open_sources

    logs: list[RunLog] = []
    for one in open_sources(source):
        found = None if dialect is not None else read_structured(one)
        if found is None:
            found = read_text(one.blocks(), name=one.name, dialect=dialect)
        for log in found:
            log.findings.extend(one.findings)
            log.bytes = one.size or log.bytes
        logs += found
    return logs


def read_structured(source: object) -> list[RunLog] | None:
    """Runs of a structured format (JSON lines, CSV, tracker files); `None` where the source is none or its text says more."""
    try:
        from traincast.reading.structured import read_structured as read
    except ImportError:
        return None
    return read(source)


def read_text(blocks: Iterable[str], *, name: str = "-", dialect: str | None = None) -> list[RunLog]:
    """Runs of blocks of whole lines; raises UnreadableError where nothing in them looks like training."""
    from traincast.reading.dialect import load, load_file
    from traincast.reading.engine import Engine
    from traincast.reading.finish import run_logs
    from traincast.reading.sniff import sniff

    if dialect == INDUCE:
        return induced(blocks, name)
    if dialect is not None:
        chosen = load_file(dialect) if dialect.endswith(".toml") else load(dialect)
        verdict, rest = sniff(blocks, [chosen])
        verdict.dialect, verdict.confidence = chosen, 1.0
    else:
        verdict, rest = sniff(blocks)
    if verdict.dialect is None:
        return induced(rest, name)
    engine = Engine(verdict.dialect, stamped=verdict.stamped)
    engine.feed(rest)
    return run_logs(engine, source=name, confidence=verdict.confidence, runner_up=verdict.runner_up)


def induced(blocks: Iterable[str], name: str) -> list[RunLog]:
    """Runs of a log of no known dialect."""
    try:
        from traincast.reading.induce import induce
    except ImportError as error:
        raise UnreadableError(
            f"{name}: no step line of a known trainer", hint="`traincast dialects` lists them"
        ) from error
    return induce(blocks, name)
