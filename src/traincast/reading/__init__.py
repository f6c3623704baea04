"""Logs of any trainer to run logs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from traincast.errors import UnreadableError
from traincast.runlog import RunLog

if TYPE_CHECKING:
    from traincast.reading.sources import Source

__all__ = ["read_logs", "read_text"]

INDUCE = "none"
"""name of no dialect: the shape of the lines is induced"""
LOOSE = ("induced", "csv", "jsonl")
"""formats without a trainer of their own, which any table of a folder of source code may seem to be"""
LEAST_SURE = 0.45
"""confidence from which a file of such a format is a log though nobody named it: induced public logs with a time reach
.49, tables and pages of source code .4"""


def read_logs(source: str | Path, *, dialect: str | None = None) -> list[RunLog]:
    """The runs that `source` tells of: a file, a pattern, a run's folder, or `-`.

    `dialect` is a built-in name, a user's TOML file, `none` to induce the format, or `None` to find out. A log of no
    known format is induced. Of several sources those that are no logs are passed over, in a folder also those of no
    known format that tell no times. Raises UnreadableError, UnknownNameError.
    """
    from traincast.reading.named import open_sources

    sources = open_sources(source)
    if len(sources) == 1 and not sources[0].looked_up:
        return read_source(sources[0], dialect)
    failures: list[UnreadableError] = []
    logs = [log for one in sources for log in attempt(one, dialect, failures)]
    if logs:
        return logs
    if failures and (len(sources) == 1 or not sources[0].looked_up):
        raise failures[0]
    raise UnreadableError(
        "no log in {source}: none of the files looked at ({count}) tells steps and times",
        hint="give the log itself; `traincast dialects` lists the formats that are known",
        source=source,
        count=len(sources),
    )


def attempt(source: Source, dialect: str | None, failures: list[UnreadableError]) -> list[RunLog]:
    """The runs of one of many sources that have steps; none, and a failure more, where it cannot be read."""
    try:
        logs = [log for log in read_source(source, dialect) if log.points]
    except UnreadableError as error:
        failures.append(error)
        return []
    return logs if dialect or not source.looked_up else [log for log in logs if tells_speed(log)]


def tells_speed(log: RunLog) -> bool:
    """Whether `log` is of a trainer's own format, or counts steps and tells times as only a log does."""
    timed = any(point.clock is not None or point.step_seconds is not None for point in log.points)
    return log.dialect not in LOOSE or (timed and log.unit != "row" and log.confidence >= LEAST_SURE)


def read_source(source: Source, dialect: str | None) -> list[RunLog]:
    """The runs of one source."""
    logs = read_structured(source, dialect)
    if logs is None:
        logs = read_text(text_of(source), name=source.name, dialect=dialect)
    for log in logs:
        log.findings.extend(source.findings)
        log.bytes = source.size or log.bytes
    return logs


def text_of(source: Source) -> Iterable[str]:
    """The lines of `source` in blocks; of a notebook those that its cells put out."""
    if source.head.lstrip().startswith(b"{") and (b'"nbformat"' in source.head or source.name.endswith(".ipynb")):
        from traincast.reading.structured.notebook import printed

        if text := printed(source):
            return [text]
    return source.blocks()


def read_structured(source: Source, dialect: str | None = None) -> list[RunLog] | None:
    """Runs of a structured format (JSON lines, tables, tracker files); `None` where it is none or its text says more.

    Where `dialect` names a structured format, only that one is tried; where it names anything else, none is.
    """
    from traincast.reading import structured

    if dialect is None:
        return structured.read_structured(source)
    if dialect not in structured.formats():
        return None
    found = structured.read_structured(source, only=dialect)
    if not found:
        raise UnreadableError(
            "{name} is not {dialect}",
            hint="leave --dialect out to have the format found",
            name=source.name,
            dialect=dialect,
        )
    return found


def read_text(blocks: Iterable[str], *, name: str = "-", dialect: str | None = None) -> list[RunLog]:
    """Runs of blocks of whole lines; raises UnreadableError where nothing in them looks like training."""
    from traincast.reading.dialect import load, load_file
    from traincast.reading.engine import Engine
    from traincast.reading.finish import run_logs
    from traincast.reading.sniff import sniff, sniff_on

    if dialect == INDUCE:
        return induced(blocks, name)
    if dialect is not None:
        chosen = load_file(dialect) if dialect.endswith(".toml") else load(dialect)
        verdict, rest = sniff(blocks, [chosen])
        verdict.dialect, verdict.confidence = chosen, 1.0
    else:
        verdict, rest = sniff(blocks)
    if verdict.dialect is None:
        rest, lines = iter(rest), [0]
        try:
            return induced(counted(rest, lines), name)
        except UnreadableError as error:  # what was looked at may be noise before the first step
            verdict, rest = sniff_on(chain(["\n" * lines[0]], rest))
            if verdict.dialect is None:
                raise error from None
    engine = Engine(verdict.dialect, stamped=verdict.stamped)
    engine.feed(rest)
    return run_logs(engine, source=name, confidence=verdict.confidence, runner_up=verdict.runner_up)


def counted(blocks: Iterable[str], lines: list[int]) -> Iterator[str]:
    """`blocks`, the number of their lines added to `lines`."""
    for block in blocks:
        lines[0] += block.count("\n")
        yield block


def induced(blocks: Iterable[str], name: str) -> list[RunLog]:
    """Runs of a log of no known dialect."""
    try:
        from traincast.reading.induce import induce
    except ImportError as error:
        raise UnreadableError(
            "{name}: no step line of a known trainer", hint="`traincast dialects` lists them", name=name
        ) from error
    return induce(blocks, name)
