"""A log in a known dialect to runs: one pass over blocks of whole lines, memory bounded whatever the size.

Lines that say something besides steps cut a block into stretches; the step lines of a stretch are matched and
converted together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from traincast.reading.dialect import Dialect, Header, Mark, Meaning
from traincast.reading.layer import LayerState
from traincast.reading.lean import Lean, lean_reader
from traincast.reading.rates import bar_seconds
from traincast.reading.track import LIMIT, Track
from traincast.reading.values import SECONDS, number, time_span
from traincast.runlog import Event

HEAD = 4 << 20
"""characters in which headers are looked for, at the top and after each start"""
PIECE = 3 << 13
"""characters of a piece; short enough that few pieces hold anything but step lines"""
SHORT = 400
"""characters of a stretch below which the marker is not looked for first"""
EVENTS = 20_000
TEXT = 200
"""limits: a log that would exceed them is thinned or damaged"""
OPEN = 8
"""unfinished counters whose place is kept with each event"""


class Found(msgspec.Struct):
    """A line around the steps, where it was found."""

    at: int
    end: int
    mark: Mark | Header
    role: str
    groups: dict[str, str | None]
    text: str
    line: int


class Engine:
    """Reads one log in one dialect."""

    def __init__(self, dialect: Dialect, *, stamped: bool = False) -> None:
        self.dialect = dialect
        self.facts: dict[str, str] = {}
        self.layers = [LayerState(layer, self.facts, stamped=stamped) for layer in dialect.layers]
        self.events: list[Event] = []
        self.places: list[list[tuple[Track, int | None]]] = []
        """for each event the last step of the counters under way: which of them is the training shows later"""
        self.lines = 0
        self.size = 0
        self.head_until = HEAD
        self.lean: Lean | None = None
        self.hopeless = False
        self.around = [
            (re.compile(mark.pattern, re.MULTILINE), mark, role)
            for role in ("header", "event", "context", "detail")
            for mark in getattr(dialect, role)
        ]

    def feed(self, blocks: Iterable[str]) -> None:
        """Read all blocks."""
        for block in blocks:
            self.block(block)
        if self.lean is not None:
            self.lean.close()

    def block(self, block: str) -> None:
        """Read one block of whole lines."""
        for begin, end in self.pieces(block):
            lines = block.count("\n", begin, end)
            if self.lean is None or not self.lean.only_steps(block, begin, end, lines):
                self.piece(block, begin, end)
            self.lines += lines
            self.size += end - begin

    def pieces(self, block: str) -> Iterator[tuple[int, int]]:
        """The block as a whole, or in small pieces of whole lines where most of them can be taken in haste."""
        if self.lean is None and len(self.layers) == 1 and not self.hopeless:
            self.lean = lean_reader(self.layers[0])
            self.hopeless = self.lean is None and self.layers[0].matched > LIMIT
        if self.lean is None:
            yield 0, len(block)
            return
        begin = 0
        while begin < len(block):
            end = block.find("\n", min(begin + PIECE, len(block) - 1)) + 1 or len(block)
            yield begin, end
            begin = end

    def piece(self, block: str, start: int, end: int) -> None:
        """Read part of a block, the lines around the steps included."""
        begin = start
        for found in self.marks(block, start, end):
            cut = (block.find("\n", found.end) if found.role == "detail" else block.rfind("\n", 0, found.at)) + 1
            if cut > begin:
                self.stretch(block, begin, cut)
                begin = cut
            for layer in self.layers:
                layer.line = found.line
            self.apply(found)
        self.stretch(block, begin, end)
        self.layers[0].marked += max((block.count(one, start, end) for one in self.layers[0].markers if one), default=0)

    def stretch(self, block: str, start: int, end: int) -> None:
        """Read the step lines between two other lines."""
        if self.lean is not None and self.lean.read(block, start, end):
            return
        for layer in self.layers:
            if end - start < SHORT or any(block.find(marker, start, end) >= 0 for marker in layer.markers):
                layer.read(block, start, end)

    def marks(self, block: str, start: int, end: int) -> list[Found]:
        """Lines around the steps, in order. Patterns are tried on lines with their marker alone."""
        found = []
        for pattern, mark, role in self.around:
            if isinstance(mark, Header) and self.size > self.head_until and not mark.everywhere:
                continue
            at = block.find(mark.marker, start, end)
            while at >= 0:
                begin, stop = block.rfind("\n", start, at) + 1 or start, block.find("\n", at, end)
                for _ in range(mark.lines - 1 if isinstance(mark, Header) and stop >= 0 else 0):
                    stop = further if (further := block.find("\n", stop + 1, end)) >= 0 else stop
                stop = end if stop < 0 else stop
                found += [
                    Found(match.start(), match.end(), mark, role, match.groupdict(), match[0][:TEXT], 0)
                    for match in pattern.finditer(block, begin, stop)
                ]
                at = block.find(mark.marker, stop, end)
        found.sort(key=lambda one: one.at)
        counted, at = self.lines + 1, start
        for one in found:
            counted += block.count("\n", at, one.at)
            one.line, at = counted, one.at
        return found

    def apply(self, found: Found) -> None:
        """Let a line around the steps have its effect."""
        if isinstance(found.mark, Header):
            self.header(found.mark, found.groups)
        elif found.role == "event":
            self.event(found.mark, found)
        elif found.role == "context":
            for layer in self.layers:
                layer.fresh = True
                for name, text in found.groups.items():
                    if text is not None and name in found.mark.meaning:
                        meaning = found.mark.meaning[name]
                        layer.columns.context[meaning.is_] = (text, meaning)
        else:
            self.detail(found.mark, found.groups)

    def header(self, header: Header, groups: dict[str, str | None]) -> None:
        """Keep facts; the first word counts, and of a later start the latest."""
        values = {name: text for name, text in groups.items() if text}
        if header.product:
            product = 1.0
            for text in values.values():
                product *= number(text) or 1.0
            self.tell(header.product, repr(product))
            return
        for name, text in values.items():
            if name in header.scale:
                value = number(text)
                text = text if value is None else repr(value * header.scale[name])
            if not (header.first and name in self.facts):
                self.tell(name, text)

    def tell(self, name: str, text: str) -> None:
        """Keep what a header says, and that it was said again."""
        for layer in self.layers:
            if not layer.told:
                layer.before = dict(self.facts)
            layer.told.add(name)
        self.facts[name] = text

    def event(self, mark: Mark, found: Found) -> None:
        """Keep an event, with the step and the clock before it."""
        groups = found.groups
        seconds = None
        clock = None
        for name, meaning in mark.meaning.items():
            text = groups.get(name)
            if text is None:
                continue
            if meaning.is_ == "seconds":
                value = time_span(text) if meaning.unit == "text" else number(text)
                seconds = None if value is None else value * SECONDS.get(meaning.unit, 1.0) * meaning.scale
            elif meaning.is_ == "clock":
                clock = self.layers[0].columns.clock.seconds(text)
        for name, field in mark.fact.items():
            text = groups.get(name)
            if text:
                self.facts[field] = str(seconds) if name in mark.meaning and seconds is not None else text
        if mark.kind is None:
            return
        current = next((layer.current for layer in self.layers if layer.current is not None), None)
        if mark.kind in ("start", "resume"):
            self.head_until = self.size + HEAD
            for layer in self.layers:
                layer.restarted()
        if len(self.events) < EVENTS:
            step = None if current is None else current.last
            text = "".join(c if c.isprintable() else " " for c in found.text)
            self.events.append(
                Event(kind=mark.kind, step=step, clock=clock, seconds=seconds, text=text, line=found.line)
            )
            under_way = [one for layer in self.layers for one in layer.order if not one.complete()]
            self.places.append([(one, one.last) for one in under_way[-OPEN:]])

    def detail(self, mark: Mark, groups: dict[str, str | None]) -> None:
        """Complete the last step by values printed below it."""
        layer = self.layers[0]
        if layer.current is None:
            return
        if (more := more_seconds(mark, groups)) is not None:
            layer.current.lengthen(more)
        for name, meaning in mark.meaning.items():
            text = groups.get(name)
            if text is None:
                continue
            value = time_span(text) if meaning.unit == "text" else number(text)
            if value is None:
                continue
            if (figure := of_last(meaning, value)) is not None:
                layer.current.attach(*figure)
            elif meaning.is_ == "remaining":
                told = {"_remaining": text, "_remaining_unit": meaning.unit}
                layer.columns.facts.update(told)
                layer.current.told.update(told)
            elif meaning.is_ == "fact":
                self.facts[meaning.field] = text


def more_seconds(mark: Mark, groups: dict[str, str | None]) -> float | None:
    """Seconds that a detail adds to the last step, by a bar of its own; `None` where it adds none."""
    texts = {meaning.is_: groups.get(name) or "" for name, meaning in mark.meaning.items()}
    seconds = time_span(texts.get("more-time", ""))
    return (
        None if seconds is None else bar_seconds(seconds, number(texts.get("bar-size", "")), texts.get("bar-rate", ""))
    )


def of_last(meaning: Meaning, value: float) -> tuple[str, float] | None:
    """The column of the last step that a detail completes, and its value in SI units; `None` where it is of none."""
    factor = SECONDS.get(meaning.unit, 1.0)
    if meaning.is_ in ("step-time", "elapsed") and value >= 0:
        return ("seconds" if meaning.is_ == "step-time" else "clocks"), value * factor * meaning.scale
    if meaning.is_ == "step-rate" and value > 0:
        return "seconds", 1.0 / value
    if meaning.is_ == "loss":
        return "losses", value
    if meaning.is_ == "rate" and value > 0:
        return "rates", value * meaning.scale
    if meaning.is_ == "mfu" and value >= 0:
        return "mfus", value * (1.0 if meaning.unit == "fraction" else 0.01)
    return None
