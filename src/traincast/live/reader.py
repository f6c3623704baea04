"""A log as it comes, block by block, to the runs it tells of: the reader of finished logs, fed step by step.

The dialect is looked for until enough was seen to be sure; what was held meanwhile is then read again.
"""

from __future__ import annotations

import io
import re
from datetime import datetime, timezone

import msgspec

from traincast.errors import TraincastError
from traincast.findings import finding
from traincast.forecast.evidence import INDUCED
from traincast.live.stamps import GRAIN, Arrival, FinerColumns, stamp
from traincast.reading.dialect import UNTIMED, Dialect, load, load_file
from traincast.reading.engine import Engine
from traincast.reading.finish import run_logs, timed
from traincast.reading.sniff import SAMPLE, Verdict, judge
from traincast.runlog import Point, RunLog

GROWTH = 1.5
"""factor by which the held text must have grown before the dialect is looked for again"""
AGAIN, AGAIN_SHARE = 1.0, 0.05
"""s, and share of the time since the first line, after which it is looked for again all the same"""
MOST_HELD = 4 << 20
"""characters of a log without a known dialect that are held; of longer ones the middle is dropped"""
INDUCE = "none"
FINE = 1e-3
"""s to which the arrival of a line is known that comes alone"""
LEAST_GUESSED = 3
"""points of an unknown format below which nothing is told: a bar of a check before the training is no run"""
LEAST_STAMPED = 4
"""points with an arrival that tell more than the times they print"""
SLOW = 2
"""times `GRAIN` from which on lines come alone"""
CLOCKED = frozenset({"clock", "elapsed", "countdown"})
TIMED = CLOCKED | {"step-time", "interval-time", "step-rate", "rate"}


class Block(msgspec.Struct, frozen=True):
    """Whole lines and when they arrived, Unix seconds; `None` where nobody saw it."""

    text: str
    at: float | None
    """Unix seconds"""


class Reader:
    """Reads one log as it grows."""

    def __init__(
        self,
        name: str,
        *,
        dialect: str | None = None,
        prefer_arrival: bool = False,
        poll: float | None = None,
    ) -> None:
        """`dialect` as in `read`.

        `prefer_arrival`: where lines print the time of a step but no clock, their arrival is the clock. `poll` is how
        often a file is looked at, in seconds; lines of a pipe are seen as they come. With either, arrivals refine a
        clock of whole seconds.
        """
        self.name = name
        self.prefer_arrival = prefer_arrival
        self.poll = poll
        self.lines = 0
        self.last_step_at: float | None = None
        """when the last step line arrived, Unix seconds"""
        self.asked = named(dialect)
        self.induce = dialect == INDUCE
        self.verdict = Verdict(dialect=None)
        self.engine: Engine | None = None
        self._arrival = Arrival()
        self._held: list[Block] = []
        self._size = 0
        self._judged = 0.0
        self._due: float | None = None
        """when a dialect is looked for again at the latest, Unix seconds"""
        self._moved = 0
        self._guess: list[RunLog] = []
        self._guessed = -1

    def feed(self, text: str, at: float | None) -> None:
        """The next whole lines; `at` is when they arrived, `None` for lines that were there before."""
        block = Block(text, at)
        self.lines += text.count("\n")
        sure = self.engine is not None and self._size > SAMPLE
        if not sure:
            self._held.append(block)
            self._size += len(text)
        if self.engine is not None:
            self._read(block)
        if not sure and not self.induce and (self._size >= GROWTH * self._judged or self._is_due(at)):
            self._judge()
        if self._size > MOST_HELD and self.engine is None:
            self._drop()
        elif self.engine is not None and self._size > SAMPLE:
            self._held = []

    def _is_due(self, at: float | None) -> bool:
        """Whether no dialect is known yet and a while has passed: after a long header a few steps are no growth."""
        if at is None or self.engine is not None:
            return False
        first = next((block.at for block in self._held if block.at is not None), at)
        due = self._due is not None and at >= self._due
        if due or self._due is None:
            self._due = at + max(AGAIN, (at - first) * AGAIN_SHARE)
        return due

    def _read(self, block: Block) -> None:
        """Give a block to the engine."""
        assert self.engine is not None
        self._arrival.now(block.at)
        self.engine.block(block.text)
        moved = sum(layer.moved for layer in self.engine.layers)
        if moved > self._moved:
            self._moved, self.last_step_at = moved, block.at

    def _judge(self) -> None:
        """Look for the dialect in what is held, and read that again where it is another one."""
        self._judged = self._size
        text = "".join(block.text for block in self._held)
        verdict = judge(text[: 2 * SAMPLE], self.asked)
        if verdict.dialect is None and len(text) > 2 * SAMPLE:
            verdict = judge(text[-2 * SAMPLE :], self.asked)
        if verdict.dialect is None:
            return
        known = self.verdict.dialect
        if known is not None and (verdict.dialect.name, verdict.stamped) == (known.name, self.verdict.stamped):
            self.verdict = verdict
            return
        self.verdict = verdict
        self.engine = Engine(verdict.dialect, stamped=verdict.stamped)
        self._arrival, self._moved = Arrival(), 0
        if not verdict.stamped and not prints(verdict.dialect, CLOCKED if self.prefer_arrival else TIMED):
            stamp(self.engine.layers, self._arrival)
        elif self.prefer_arrival or self.poll is not None:
            stamp(self.engine.layers, self._arrival, FinerColumns)
        for block in self._held:
            self._read(block)

    def _drop(self) -> None:
        """Forget the middle of a log that nothing is known of."""
        text = "".join(block.text for block in self._held)
        cut, resume = text.rfind("\n", 0, MOST_HELD // 4) + 1, text.find("\n", len(text) - MOST_HELD // 2) + 1
        self._held = [Block(text[:cut], None), Block(text[resume:], self._held[-1].at)]
        self._size = sum(len(block.text) for block in self._held)
        self._judged = self._size

    def logs(self) -> list[RunLog]:
        """The runs so far, in order; empty before anything is known."""
        if self.engine is None:
            return self._unknown()
        logs = run_logs(
            self.engine, source=self.name, confidence=self.verdict.confidence, runner_up=self.verdict.runner_up
        )
        if self._arrival.used:
            for log in logs:
                arrived(log, self.poll)
        return logs

    def _unknown(self) -> list[RunLog]:
        """The runs of what is no text dialect: JSON lines, tables, or an unknown format; as far as can be told."""
        if self._guessed == self.lines or not self._held:
            return self._guess
        self._guessed = self.lines
        try:
            self._guess = guess("".join(block.text for block in self._held), self.name, structured=not self.induce)
            if not any(map(timed, self._guess)) and any(block.at is not None for block in self._held):
                self._guess = by_arrival(self._guess, self._held, self.name)
        except TraincastError:
            self._guess = []
        self._guess = known_or_long(self._guess)
        if self._guess and self._guess[-1].points:
            self.last_step_at = self._held[-1].at
        return self._guess


def guess(text: str, name: str, *, structured: bool) -> list[RunLog]:
    """Runs of a text of no known dialect; raises UnreadableError."""
    from traincast.reading import read_structured, read_text
    from traincast.reading.sources import Source

    if structured:
        found = read_structured(Source(name, stream=io.BytesIO(text.encode("utf-8", "replace"))))
        if found:
            return found
    return read_text([text], name=name, dialect=INDUCE)


def known_or_long(logs: list[RunLog]) -> list[RunLog]:
    """Runs of known formats, and those of unknown ones that have some points."""
    return [log for log in logs if log.dialect != INDUCED or len(log.points) >= LEAST_GUESSED]


def by_arrival(plain: list[RunLog], blocks: list[Block], name: str) -> list[RunLog]:
    """The runs of `blocks`, their lines timed as they arrived; `plain` ones, which tell no times, where too few did."""
    try:
        logs = guess(with_stamps(blocks), name, structured=False)
    except TraincastError:
        return plain
    for log in logs:
        log.facts = plain[-1].facts if plain else log.facts
        log.findings.append(finding("arrival-times"))
    return logs


def with_stamps(blocks: list[Block]) -> str:
    """Every line behind the moment it arrived (UTC), those of one block evenly spread over the time since the last.

    Of the first one that arrived the last line alone: since when the others were written is not known.
    """
    before: float | None = None
    lines: list[str] = []
    for block in blocks:
        if block.at is None:
            continue
        texts = block.text.splitlines()[-1 if before is None else None :]
        since = block.at if before is None else before
        for i, text in enumerate(texts):
            at = since + (block.at - since) * (i + 1) / len(texts)
            moment = datetime.fromtimestamp(at, tz=timezone.utc)
            lines.append(f"{moment:%Y-%m-%d %H:%M:%S.%f} {text}\n")
        before = block.at
    return "".join(lines)


def named(dialect: str | None) -> list[Dialect] | None:
    """The dialect that the user names, as the only one that is looked for; raises UnknownNameError, UnreadableError."""
    if dialect is None or dialect == INDUCE:
        return None
    return [load_file(dialect) if dialect.endswith(".toml") else load(dialect)]


def prints(dialect: Dialect, kinds: frozenset[str]) -> bool:
    """Whether any of its step lines prints a quantity of `kinds`."""
    for layer in dialect.layers:
        groups = re.compile(layer.step, re.MULTILINE).groupindex
        found = {name for name in groups if name in UNTIMED} | {one.is_ for one in layer.meaning.values()}
        if found & kinds:
            return True
    return False


def arrived(log: RunLog, poll: float | None = None) -> None:
    """Make the clock of `log` what it is: Unix times of arrival, for the points that have one.

    Unlike a printed step time they hold the pauses, so they count alone where most points have one, and not before
    there are a few: until then what is printed tells more.
    """
    stamped = [point for point in log.points if point.clock is not None]
    printed = log.span != "none"
    if not stamped:
        return
    mostly = 2 * len(stamped) >= len(log.points)
    if printed and mostly and len(stamped) < LEAST_STAMPED:
        for point in stamped:
            point.clock = None
        return
    log.clock_kind, log.clock_resolution = "wall", poll or grain(stamped)
    if printed and mostly:
        log.span = "none"
        for point in log.points:
            point.step_seconds = None
    elif not printed:
        log.points = stamped
        log.findings = [found for found in log.findings if found.code != "no-timing"]
    log.findings.append(finding("arrival-times"))


def grain(stamped: list[Point]) -> float:
    """Seconds to which arrivals are known: lines that follow one another fast are read together."""
    first, last = stamped[0].clock, stamped[-1].clock
    assert first is not None
    assert last is not None
    return GRAIN if last - first < SLOW * GRAIN * len(stamped) else FINE
