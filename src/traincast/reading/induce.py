"""Logs of no known format: recurring shapes of line, the figure that counts, the figures that are times.

The best reading becomes a dialect of its own, so that the same engine reads the log, and a user can correct the draft.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import chain, islice

from traincast.errors import UnreadableError
from traincast.findings import finding
from traincast.reading.dialect import Dialect, parse_dialect
from traincast.reading.draft import paired, toml
from traincast.reading.engine import Engine
from traincast.reading.fields import Shape, part, shapes
from traincast.reading.finish import run_logs
from traincast.reading.flat import flat
from traincast.reading.roles import COUNTER, Reading, reading
from traincast.runlog import RunLog

LINES = 6000
"""lines of a piece from which a format is induced"""
PIECES = 24
"""pieces of a log that are tried before it is given up"""
SHAPES = 60
"""most frequent shapes that are considered"""
NAME = "induced"


def induce(blocks: Iterable[str], name: str) -> list[RunLog]:
    """Runs of a log of no known dialect; raises UnreadableError where nothing in it counts."""
    blocks = flat(blocks)
    found, held = search(blocks)
    dialect = drafted(found) if found is not None else None
    if found is None or dialect is None:
        raise UnreadableError(
            f"{name}: no line in it counts steps",
            hint="`traincast dialects` lists the known formats; --dialect FILE reads a new one",
        )
    engine = Engine(dialect)
    engine.feed(chain(held, blocks))
    logs = run_logs(engine, source=name, confidence=found.confidence, runner_up=None)
    for log in logs:
        log.findings.insert(
            0, finding("unknown-format", confidence=f"{found.confidence:.0%}", evidence=found.shape.lines[-1][:120])
        )
    return logs


def draft_text(blocks: Iterable[str], name: str) -> str:
    """A dialect file for a log of unknown format; raises UnreadableError where nothing in it counts."""
    found, _ = search(iter(blocks))
    text = (found.draft or toml(found)) if found is not None else None
    if text is None:
        raise UnreadableError(
            f"{name}: no line in it counts steps",
            hint="`traincast dialects nanogpt --toml` shows how a dialect is written",
        )
    return text


def search(blocks: Iterator[str]) -> tuple[Reading | None, list[str]]:
    """The best reading of the first piece that has one, and the blocks that were looked at."""
    held: list[str] = []
    best: Reading | None = None
    tried = 0
    for block in blocks:
        held.append(block)
        lines = iter(block.split("\n"))
        while tried < PIECES and (piece := list(islice(lines, LINES))):
            tried += 1
            found = best_reading(piece)
            if found is not None and (best is None or weight(found) > weight(best) + 0.1):
                best = found
        if tried >= PIECES or (best is not None and best.confidence > 0.7):
            break
    return best, held


def best_reading(lines: list[str]) -> Reading | None:
    """The reading that is surest and speaks for most lines."""
    several = shapes(lines)[:SHAPES]
    readings = [found for shape in several for found in readings_of(shape)]
    best = max(readings, key=weight, default=None)
    if best is not None and best.clock is None and best.time is None and best.counter.step[0] == "epoch":
        best.draft = next((text for shape in several if (text := paired(best, shape)) is not None), None)
        best.confidence = 0.6 if best.draft else best.confidence
    return best


def readings_of(shape: Shape) -> list[Reading]:
    """What a shape says; where it counts nothing, what those of its lines say that have a figure with a counter's
    name."""
    found = reading(shape)
    if found is not None:
        return [found]
    names = [
        name
        for name, column in shape.columns.items()
        if COUNTER.search(name[0]) and 3 <= sum(map(bool, column.texts)) < 0.8 * len(shape.lines)
    ]
    return [one for name in names[:4] if (one := reading(part(shape, name))) is not None]


def weight(found: Reading) -> float:
    """Confidence, with a preference for shapes of many lines and for those with a plan."""
    coarse = found.counter.step[0].endswith(("epoch", "ep")) and found.counter.total is None
    timed = found.clock is not None or found.time is not None
    return (
        found.confidence
        + 0.12 * math.log10(len(found.shape.lines))
        + 0.1 * (found.counter.total is not None)
        + 0.2 * timed
        + 0.1 * (found.time is not None)
        - 0.1 * coarse
    )


def drafted(found: Reading) -> Dialect | None:
    """The reading as a dialect; `None` where its pattern does not read its own lines."""
    text = found.draft or toml(found, name=NAME)
    if text is None:
        return None
    dialect = parse_dialect(text, where="draft")
    dialect.title = "induced"
    return dialect
