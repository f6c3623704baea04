"""Watching: lines in, an answer every now and then, until the run or the watching ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Protocol

import msgspec

from traincast.answers import WatchAnswer
from traincast.live.answer import answered, waiting
from traincast.live.feeds import Stop
from traincast.live.question import Question
from traincast.reading.follow import Happening, Lines
from traincast.runlog import RunLog

SHARE = 0.003
"""of a core that answers may cost: the next one waits for as long as this makes it"""
LONGEST = 60.0
"""s that an answer waits at most"""
GRACE = 1.0
"""s for which more is read after a run is over: its last lines"""
STALE = 5.0
"""s after which an answer is renewed though nothing came: time goes by"""


class Reads(Protocol):
    """Whatever makes runs of lines."""

    last_step_at: float | None
    """Unix seconds"""

    def feed(self, text: str, at: float | None) -> None:
        """The next lines."""

    def logs(self) -> list[RunLog]:
        """The runs so far."""


class Ends(msgspec.Struct, frozen=True, kw_only=True):
    """When watching ends, besides the end of what is watched."""

    over: bool = True
    """as soon as the run is over; a pipe or a command is read to its end all the same"""
    idle: float | None = None
    """s without a line"""
    until: float | None = None
    """Unix seconds"""


class Watching:
    """One run that is watched."""

    def __init__(
        self,
        name: str,
        reader: Reads,
        asked: Question,
        *,
        ends: Ends,
        stop: Stop,
        every: float = 1.0,
        stamped: bool = True,
        clock: Callable[[], float] = time.time,
        cost: Callable[[], float] = time.process_time,
        noted: Callable[[Happening], None] | None = None,
    ) -> None:
        """`stamped`: lines are seen arriving from the first; else those before the first poll were there already."""
        self.name, self.reader, self.asked = name, reader, asked
        self.ends, self.stop, self.every = ends, stop, every
        self.clock, self.cost, self.noted = clock, cost, noted
        self.backlog_at: float | None = None
        """when the lines that were there before were last written, Unix seconds"""
        self._live = stamped
        self._news = self._warm = False
        self._due = 0.0
        self._answered_at = 0.0
        self._heard_at = clock()
        self._over_at: float | None = None
        self.answer = waiting(name, now=clock())

    def answers(self, feed: Iterator[Happening]) -> Iterator[WatchAnswer]:
        """Answers as they become due, and the last one when everything is read."""
        for happening in feed:
            self.take(happening)
            now = self.clock()
            if self._is_due(now):
                yield self.renew(now)
            if self._is_enough(now):
                self.stop.asked = True
        yield self.renew(self.clock(), last=True)

    def take(self, happening: Happening) -> None:
        """What the feed tells."""
        if self.noted is not None:
            self.noted(happening)
        self._live = self._live or self.stop.polls > 0
        if isinstance(happening, Lines):
            self.reader.feed(happening.text, happening.at if self._live else None)
            self._heard_at = self.clock()
            self._news = True

    def _is_due(self, now: float) -> bool:
        """Whether it is time for another answer; not while what was there before is still being read."""
        return self._live and now >= self._due and (self._news or now - self._answered_at >= STALE)

    def renew(self, now: float, *, last: bool = False) -> WatchAnswer:
        """The answer at `now`; the next one is due when this one's cost is a small share of the time."""
        began = self.cost()
        logs = self.reader.logs()
        if not logs and self.asked.prior is not None:
            logs = [RunLog(source=self.name)]
        if logs:
            log = next((one for one in reversed(logs) if one.points), logs[-1])
            seen = self.reader.last_step_at
            self.answer = answered(log, self.asked, now=now, last=seen if seen is not None else self.backlog_at)
        else:
            self.answer = waiting(self.name, now=now)
        if last and self.answer.state != "over":
            self.answer.state = "left"
        self._over_at = self._over_at or now if self.answer.state == "over" else None
        self._news, self._answered_at = False, now
        cost = self.cost() - began if self._warm else 0.0  # the first answer also imports what answers need
        self._warm = self._warm or bool(logs)
        self._due = now + max(self.every, min(cost / SHARE, LONGEST))
        return self.answer

    def _is_enough(self, now: float) -> bool:
        """Whether watching ends here."""
        ends = self.ends
        if ends.over and self._over_at is not None and now - max(self._over_at, self._heard_at) >= GRACE:
            return True
        if ends.idle is not None and now - self._heard_at >= ends.idle:
            return True
        return ends.until is not None and now >= ends.until
