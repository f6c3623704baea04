"""Where a live log comes from: a growing file, a pipe, a command. All of them give lines as they come, and pauses."""

from __future__ import annotations

import math
import os
import select
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from traincast.live.run import Command, write_all
from traincast.reading.follow import CHUNK, Cutter, Happening, Idle, Lines, Watch, check

POLL = 0.25
"""s between two looks at a file, and the longest wait for a pipe"""
GATHER = 0.05
"""s for which what comes is gathered, so that a thousand lines a second are not a thousand reads"""
TOGETHER = 0.1
"""s for which lines are held to be read at once"""


class Stop:
    """Asked by the feed whether to go on; the loop that reads it says when not."""

    def __init__(self) -> None:
        self.asked = False
        self.polls = 0
        """how often the feed has waited: what came before the first time was there already"""

    def sleep(self, seconds: float) -> None:
        """Wait between two polls."""
        self.polls += 1
        time.sleep(seconds)

    def __call__(self) -> bool:
        return self.asked


class FileFeed:
    """A growing file, opened at once, so that what was there before can be told from what comes."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        """Raises UnreadableError where it is not there or no text."""
        self.clock = clock
        self._watch = Watch(path, str(path), clock)
        check(self._watch.current, str(path))

    @property
    def descriptor(self) -> int:
        """The file that is being read, whatever stands at the path by now."""
        return self._watch.current.file.fileno()

    def lines(self, stop: Stop, *, poll: float = POLL) -> Iterator[Happening]:
        """Its lines and those that come, until `stop` says so."""
        over = False
        try:
            while not over:
                over = stop()
                came = False
                for happening in self._watch.poll(last=over):
                    came = True
                    yield happening
                if not over:
                    if not came:
                        yield Idle(self.clock())
                    stop.sleep(poll)
        finally:
            self._watch.current.file.close()


def from_pipe(descriptor: int, stop: Stop, *, clock: Callable[[], float] = time.time) -> Iterator[Happening]:
    """The lines of a pipe until its end."""
    cutter, held = Cutter(), Held()
    while not stop():
        ready, _, _ = select.select([descriptor], [], [], held.rest(time.monotonic(), cutter))
        now, at = time.monotonic(), clock()
        if ready:
            content = os.read(descriptor, CHUNK)
            if not content:
                break
            yield from held.come(content, cutter, now, at)
        else:
            held.settle(now, cutter)
        if held.text and held.rest(now) <= 0:
            yield held.taken()
        elif not ready and not held.text:
            yield Idle(at)
        if ready:
            time.sleep(GATHER)
    held.add(cutter.end(), 0.0, clock())
    if held.text:
        yield held.taken()


class Held:
    """Lines that came one soon after the other, held back to be read at once.

    What comes after a silence is not held: its arrival tells how long the silence was, and those that follow it do not
    share in that. An update of a bar has no end before the next one; it is of the moment when it came.
    """

    def __init__(self) -> None:
        self.text = ""
        self._since = 0.0
        self._at = 0.0
        self._last = -math.inf
        self._fresh = False
        self._came = self._came_at = -math.inf

    def come(self, content: bytes, cutter: Cutter, now: float, at: float) -> Iterator[Lines]:
        """More bytes, which came `at`; `now` is on the clock that `rest` is asked on.

        The update of a bar that they end is given at once, if it came earlier.
        """
        if now - self._came > TOGETHER and (update := cutter.ended_by(content)):
            self.add(update, self._came, self._came_at)
            yield self.taken()
        self._came, self._came_at = now, at
        self.add(cutter.feed(content), now, at)

    def settle(self, now: float, *cutters: Cutter) -> None:
        """Count updates of bars that nothing followed for a while."""
        if now - self._came >= TOGETHER:
            for cutter in cutters:
                self.add(cutter.settled(), self._came, self._came_at)

    def add(self, text: str, now: float, at: float) -> None:
        """More lines, which came `at`."""
        if text:
            if not self.text:
                self._since, self._fresh = now, now - self._last > TOGETHER
            self.text, self._at, self._last = self.text + text, at, now

    def rest(self, now: float, *cutters: Cutter) -> float:
        """Seconds for which they may still be held; where there are none, for which to wait for something."""
        if not self.text:
            return TOGETHER if any(cutter.drawn and cutter.rest for cutter in cutters) else POLL
        return 0.0 if self._fresh else max(0.0, self._since + TOGETHER - now)

    def taken(self) -> Lines:
        """What was held, with the arrival of the last of it."""
        lines, self.text = Lines(self.text, self._at), ""
        return lines


class Passage:
    """What a command writes, passed on byte by byte as it comes and cut to lines."""

    def __init__(self, command: Command, sinks: dict[int, int]) -> None:
        """`sinks` is channel -> descriptor that its bytes go to."""
        self.command = command
        self.sinks = sinks
        self.cutters = {1: Cutter(), 2: Cutter()}
        self.unread = False
        """whether nobody reads the output any more"""

    def lines(self, stop: Stop, *, poll: float = POLL, clock: Callable[[], float] = time.time) -> Iterator[Happening]:
        """Lines of both channels as they come, until the command has ended; those close together as one."""
        held, cutters = Held(), self.cutters.values()
        while not self.command.over and not stop():
            began = time.monotonic()
            outputs = self.command.poll(min(poll, held.rest(began, *cutters)))
            now, at = time.monotonic(), clock()
            for one in outputs:
                self.pass_on(one.content, one.channel)
                yield from held.come(one.content, self.cutters[one.channel], now, at)
            if not outputs:
                held.settle(now, *cutters)
            if held.text and held.rest(now) <= 0:
                yield held.taken()
            elif not outputs and not held.text:
                yield Idle(at)
            if outputs and now - began < GATHER:
                time.sleep(GATHER)
        held.add("".join(cutter.end() for cutter in cutters) if self.command.over else "", 0.0, clock())
        if held.text:
            yield held.taken()

    def pass_on(self, content: bytes, channel: int = 1) -> None:
        """Write `content` where the channel goes; the command is told when nobody reads there any more."""
        if not self.unread and not write_all(self.sinks[channel], content):
            self.unread = True
            self.command.hang_up()
