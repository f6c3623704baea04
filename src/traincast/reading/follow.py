"""A log that is still written: its lines as they come, through truncation, replacement and rotation.

No line is lost where it can be had: a replaced file is read to its end, and of a file that was copied and truncated the
rest is looked for in the copy. The file is opened to read and never locked.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec

from traincast.errors import UnreadableError
from traincast.reading.compression import kind
from traincast.reading.content import binary_kind, text, utf16
from traincast.reading.lines import LINE_CAP, clean
from traincast.reading.sources import NO_LOG, opened

CHUNK = 1 << 20
"""bytes read at a time"""
TAIL = 512
"""bytes before the reading position by which it is noticed that the file is another one"""
MOST_MISSED = 64 << 20
"""bytes taken from the copy of a truncated file"""
LONGEST_BAR = 1 << 12
"""bytes of an update of a bar that are looked at"""
MOST_LONGER = 6
"""bytes by which one update may be longer or shorter than the last: figures gain a digit"""
MOST_SKEW = 2.0
"""s between two clocks that may be the same one, and a look that came late"""
LINGER = 2
"""polls for which a replaced file is still read: its writer may not know yet"""


class Lines(msgspec.Struct, frozen=True):
    """Whole lines that came."""

    text: str
    """clean, each ended by a line feed"""
    at: float
    """when they were written, as far as is known, else read: seconds of the clock given to `follow`"""


class Reset(msgspec.Struct, frozen=True):
    """What follows is another file, or the same one begun anew."""

    reason: Literal["replaced", "truncated"]


class Idle(msgspec.Struct, frozen=True):
    """Nothing came in this poll."""

    at: float
    """seconds of the clock given to `follow`"""


Happening = Lines | Reset | Idle


class Cutter:
    """Bytes as they come to clean whole lines; what has no end yet is kept back."""

    def __init__(self) -> None:
        self.rest = b""
        self.skipping = False
        self.decode: Callable[[bytes], str] | None = None
        self.fresh = True
        self.drawn = False
        """whether what is kept back began with a carriage return: an update of a bar, which the next one ends"""
        self.told = False
        """whether that update was told before its end"""
        self.update = b""
        """the update before it"""

    def feed(self, data: bytes) -> str:
        """The lines that `data` completes."""
        if self.fresh and data:
            self.begin(data)
            data = data.removeprefix(b"\xef\xbb\xbf")
        if self.decode is not None:
            data = self.decode(data).removeprefix("\ufeff").encode("utf-8", "replace")
        if self.told and data:
            self.told, self.drawn = False, data.startswith(b"\r")
            data = data[1:] if data[:1] in (b"\r", b"\n") else data
        cut = max(data.rfind(b"\n"), data.rfind(b"\r")) + 1
        if not cut:
            self.hold(data)
            return ""
        whole, rest = self.rest + data[:cut], data[cut:]
        self.drawn = whole.endswith(b"\r")
        self.update = whole[-LONGEST_BAR:-1].rpartition(b"\r")[2] if self.drawn else b""
        self.rest, self.skipping = b"", False
        self.hold(rest)
        return clean(text(whole))

    def begin(self, data: bytes) -> None:
        """Find out how the first bytes are encoded."""
        self.fresh = False
        if wide := utf16(data[: 1 << 16]):
            import codecs

            self.decode = codecs.getincrementaldecoder(wide)("replace").decode

    def hold(self, data: bytes) -> None:
        """Keep an unfinished line, at most its first mebibyte."""
        if not self.skipping:
            self.rest += data
            if len(self.rest) > LINE_CAP:
                self.rest, self.skipping = self.rest[:LINE_CAP], True

    def settled(self) -> str:
        """The newest update of a bar, which has no end before the next one, where it looks as whole as the last."""
        return self.early() if alike(self.rest, self.update) else ""

    def ended_by(self, data: bytes) -> str:
        """The newest update of a bar where `data`, which comes next, ends it."""
        return self.early() if data[:1] in (b"\r", b"\n") else ""

    def early(self) -> str:
        """The newest update of a bar before its end."""
        if not self.drawn or not self.rest:
            return ""
        self.update, self.rest, self.told = self.rest, b"", True
        return clean(text(self.update + b"\n"))

    def end(self) -> str:
        """The unfinished line, where nothing follows any more."""
        last, self.rest = self.rest, b""
        return clean(text(last + b"\n")) if last else ""


def alike(one: bytes, other: bytes) -> bool:
    """Whether two updates of a bar are about as long and end alike: one that came in part is shorter, or does not."""
    if not one or not other or abs(len(one) - len(other)) > MOST_LONGER:
        return False
    return one[-1] == other[-1] or (one[-1:].isdigit() and other[-1:].isdigit())


class Tailed:
    """One opened file and how far it is read."""

    def __init__(self, path: Path, name: str) -> None:
        self.file: BinaryIO = opened(path, name)
        status = os.fstat(self.file.fileno())
        self.identity = (status.st_dev, status.st_ino)
        self.position = 0
        self.tail = b""
        self.cutter = Cutter()
        self.written_at: float | None = None
        """when what was read last was written, seconds"""
        self.moved = False
        """whether something was read in the newest look"""

    def news(self, clock: Callable[[], float]) -> Iterator[Lines]:
        """Lines that were added since the last time; the update of a bar is of the moment when it was written."""
        self.moved = False
        while data := self.file.read(CHUNK):
            if self.written_at is not None and (update := self.cutter.ended_by(data)):
                yield Lines(update, self.written_at)
            self.position += len(data)
            self.tail = (self.tail + data)[-TAIL:]
            self.moved, self.written_at = True, self.written(clock())
            yield from told([self.cutter.feed(data)], self.written_at)
        if not self.moved and self.written_at is not None:
            yield from told([self.cutter.settled()], self.written_at)

    def written(self, now: float) -> float:
        """When the file was written last, as the file system tells; `now` where its clock is another one."""
        at = os.fstat(self.file.fileno()).st_mtime
        return min(now, at) if self.written_at is None or now - at < MOST_SKEW else now

    def begun_anew(self) -> bool:
        """Whether the file was truncated, even if it has grown past the old place since."""
        if os.fstat(self.file.fileno()).st_size < self.position:
            return True
        self.file.seek(self.position - len(self.tail))
        return self.file.read(len(self.tail)) != self.tail

    def rewind(self) -> None:
        """Read from the start again."""
        self.file.seek(0)
        self.position, self.tail, self.cutter = 0, b"", Cutter()


def follow(
    path: Path | str,
    *,
    poll: float = 0.5,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[Happening]:
    """All lines of the file at `path`, then those that come, until `stop` says so.

    `poll` is in seconds; `clock` stamps the lines; `sleep` waits between polls. A file that vanishes is waited for.
    Raises UnreadableError where it is not there at first, or no text.
    """
    watch = Watch(Path(path), str(path), clock)
    try:
        check(watch.current, str(path))
        over = False
        while not over:
            over = stop()
            came = False
            for happening in watch.poll(last=over):
                came = True
                yield happening
            if not over:
                if not came:
                    yield Idle(clock())
                sleep(poll)
    finally:
        watch.current.file.close()


class Watch:
    """The file that stands at a path, whichever it is."""

    def __init__(self, path: Path, name: str, clock: Callable[[], float]) -> None:
        self.path, self.name, self.clock = path, name, clock
        self.current = Tailed(path, name)
        self.waited = 0
        """polls since another file stands at the path"""

    def poll(self, *, last: bool) -> Iterator[Happening]:
        """What happened since the last poll; on the `last` one nothing is held back."""
        current = self.current
        if current.begun_anew():
            yield from told(missed(self.path, current), self.clock())
            yield Reset("truncated")
            current.rewind()
        yield from current.news(self.clock)
        if replaced(self.path, current):
            self.waited += 1
            if last or self.waited > LINGER:
                yield from self.switch()
        if last:
            yield from told([self.current.cutter.end()], self.clock())

    def switch(self) -> Iterator[Happening]:
        """Leave the old file and read the one that stands at the path."""
        try:
            fresh = Tailed(self.path, self.name)
        except UnreadableError:
            return  # gone again: the next poll will see
        yield from told([self.current.cutter.end()], self.clock())
        self.current.file.close()
        self.current, self.waited = fresh, 0
        yield Reset("replaced")
        yield from fresh.news(self.clock)


def told(parts: Iterable[str], at: float) -> Iterator[Lines]:
    """Parts that hold something, stamped."""
    for part in parts:
        if part:
            yield Lines(part, at)


def check(current: Tailed, name: str) -> None:
    """Refuse what is no text; an empty file may become a log."""
    head = current.file.read(1 << 16)
    current.file.seek(0)
    if how := kind(head):
        raise UnreadableError(
            "{name} is compressed ({how}) and cannot grow", hint="`traincast read` it instead", name=name, how=how
        )
    if head and (words := binary_kind(head)):
        raise UnreadableError("{name} is {words}, not a log", hint=NO_LOG, name=name, words=words)


def replaced(path: Path, current: Tailed) -> bool:
    """Whether another file stands at `path`; where none does, it is waited for."""
    try:
        status = path.stat()
    except OSError:
        return False
    return (status.st_dev, status.st_ino) != current.identity


def missed(path: Path, current: Tailed) -> list[str]:
    """Lines written between the last poll and the truncation, from the copy that a rotation left beside the file."""
    for copy in copies(path):
        try:
            rest = rest_of(copy, current)
        except OSError:
            continue
        if rest is not None:
            return [current.cutter.feed(rest), current.cutter.end()]
    return [current.cutter.end()]


def rest_of(copy: Path, current: Tailed) -> bytes | None:
    """What stands in `copy` behind the reading position, at most 64 MiB; `None` where it copies something else."""
    with copy.open("rb") as file:
        if not current.tail or os.fstat(file.fileno()).st_size < current.position:
            return None
        file.seek(current.position - len(current.tail))
        return file.read(MOST_MISSED) if file.read(len(current.tail)) == current.tail else None


def copies(path: Path) -> list[Path]:
    """Files beside `path` that are named like rotated ones, newest first: `run.log.1`, `run.log-20250101`."""
    try:
        named = (other for other in path.parent.iterdir() if other.name.startswith(path.stem) and other != path)
        dated = sorted(((other.stat().st_mtime, other) for other in named if other.is_file()), reverse=True)
        return [other for _, other in dated[:20]]
    except OSError:
        return []
