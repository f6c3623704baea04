"""Logs of no known format: recurring shapes of line, the figure that counts, the figures that are times.

The best reading becomes a dialect of its own, so that the same engine reads the log, and a user can correct the draft.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, islice

from traincast.errors import UnreadableError
from traincast.findings import finding
from traincast.reading.below import add_times
from traincast.reading.counters import COUNTER
from traincast.reading.dialect import Dialect, parse_dialect
from traincast.reading.draft import last_resort, paired, pattern, toml
from traincast.reading.engine import Engine
from traincast.reading.fields import Shape, only, part, shapes
from traincast.reading.finish import run_logs
from traincast.reading.flat import flat
from traincast.reading.roles import TIME, Reading, reading
from traincast.reading.titles import plain, titled
from traincast.runlog import RunLog

LINES = 6000
"""lines of a piece from which a format is induced"""
EXCERPT = 40
"""lines of a log that is pasted in part"""
PIECES = 24
"""pieces of a log that are tried before it is given up"""
SHAPES = 60
"""most frequent shapes that are considered"""
PARTS = 4
TOTALS = 3
"""parts of a shape that are looked at by themselves"""
LEAST = 3
"""lines of a part"""
OTHER = re.compile(
    r"\b(?:eval|valid|val\b|test|dev\b|predict|map\b|token|filter|download|load|shard|extract|process|generat|merge|sav|upload)"
)
"""first words of lines and bars that count something besides the steps of training"""
DOUBTED = 0.45
"""confidence below which a closing line is looked for first"""
CLOSING = 0.5
"""confidence of a mean that a closing line tells"""
NAME = "induced"


def induce(blocks: Iterable[str], name: str) -> list[RunLog]:
    """Runs of a log of no known dialect; raises UnreadableError where nothing in it counts."""
    blocks = flat(blocks)
    found, held = search(blocks)
    dialect = drafted(found) if found is not None else None
    if (found is None or dialect is None or found.confidence < DOUBTED) and (told := closing(held, name)) is not None:
        return [told]
    if found is None or dialect is None:
        raise UnreadableError(
            "{name}: no line in it counts steps",
            hint="`traincast dialects` lists the known formats; --dialect FILE reads a new one",
            name=name,
        )
    engine = Engine(dialect)
    engine.feed(chain(held, blocks))
    logs = run_logs(engine, source=name, confidence=found.confidence, runner_up=None)
    for log in logs:
        note(log, plain(found.shape.lines[-1]))
    return logs


def note(log: RunLog, line: str) -> None:
    """Say first that the format is not known, how sure the reading is, and on what line it rests."""
    log.findings.insert(0, finding("unknown-format", confidence=f"{log.confidence:.0%}", evidence=line[:120]))


def closing(blocks: list[str], name: str) -> RunLog | None:
    """What a lone bar or a closing line tells of a run whose steps are not logged; `None` where neither does."""
    engine = Engine(parse_dialect(last_resort(), where="draft"))
    engine.feed(blocks)
    log = run_logs(engine, source=name, confidence=CLOSING, runner_up=None)[-1]
    if not log.facts.mean_step_seconds:
        return None
    note(log, next((event.text for event in reversed(log.events)), "a bar"))
    return log


def draft_text(blocks: Iterable[str], name: str) -> str:
    """A dialect file for a log of unknown format; raises UnreadableError where nothing in it counts."""
    found, held = search(iter(blocks))
    text = (found.draft or toml(found, text="\n".join(held))) if found is not None else None
    if text is None:
        raise UnreadableError(
            "{name}: no line in it counts steps",
            hint="`traincast dialects nanogpt --toml` shows how a dialect is written",
            name=name,
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
    below, word = titled(lines)
    several = shapes(below)[:SHAPES]
    readings = sorted((found for shape in several for found in readings_of(shape)), key=weight, reverse=True)
    best = next((found for found in readings if pattern(found) is not None), None)
    if best is None and len(lines) <= EXCERPT:  # two lines are enough where they say `step 100/1000`
        pairs = (found for shape in shapes(below, least=2) if (found := reading(shape)) is not None)
        best = next((found for found in pairs if pattern(found) is not None), None)
    if best is not None:
        best.title = word
    if best is not None and best.clock is None and best.time is None and best.counter.step[0] == "epoch":
        best.draft = next((text for shape in several if (text := paired(best, shape)) is not None), None)
        best.confidence = 0.6 if best.draft else best.confidence
    if best is not None and best.clock is None and best.time is None and best.draft is None:
        add_times(best, several)
    return best


def readings_of(shape: Shape) -> list[Reading]:
    """What a shape says as a whole, and what those of its lines say that have one of several totals, or a figure with
    the name of a counter or a time."""
    found = [reading(shape), *(barred(one) for one in narrowed(shape))]
    most = sorted(shape.columns.items(), key=lambda pair: -sum(map(bool, pair[1].texts)))
    names = [
        name
        for name, column in most
        if LEAST <= sum(map(bool, column.texts)) < 0.8 * len(shape.lines)
        and (TIME.search(name[0]) or COUNTER.search(name[0]))
    ]
    readings = [one for one in [*found, *(reading(part(shape, name)) for name in names[:PARTS])] if one is not None]
    if OTHER.search(" ".join(shape.key)):
        for one in readings:
            one.confidence = round(one.confidence / 2, 3)
    return readings


def narrowed(shape: Shape) -> Iterator[Shape]:
    """The lines of the most frequent totals, where a count is one of several: bars of data sets, of training, of
    evaluation."""
    for column in shape.columns.values():
        if not column.after_slash:
            continue
        totals = Counter(text for text in column.texts if text)
        if len(totals) > 1:
            for total, count in totals.most_common(TOTALS):
                if count >= LEAST:
                    yield only(shape, [text == total for text in column.texts])
        return


def barred(shape: Shape) -> Reading | None:
    """What the lines of one bar say."""
    found = reading(shape)
    if found is not None:
        found.bars = True
    return found


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
        + 0.1 * (found.loss is not None)
        - 0.1 * (not found.counter.step[0])
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
