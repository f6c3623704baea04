"""One watching from its start to its end: feed, reader and memory, put together for each kind of source."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from traincast.answers import WatchAnswer
from traincast.errors import UsageError
from traincast.findings import Finding, finding
from traincast.live.again import Again, changes, needs_whole
from traincast.live.feeds import POLL, FileFeed, Passage, Stop, from_pipe
from traincast.live.memory import Memory, Record
from traincast.live.question import Question
from traincast.live.reader import Reader
from traincast.live.run import Command, error_is_apart
from traincast.live.watch import Ends, Watching
from traincast.reading.follow import Happening, Lines
from traincast.reading.sources import Source

Say = Callable[[str], None]


def watch_log(source: str, asked: Question, *, ends: Ends, every: float = 1.0) -> Iterator[WatchAnswer]:
    """Answers about a growing log until it is over; raises UnreadableError where it cannot be followed."""
    stop = Stop()
    if needs_whole(source, asked.dialect):
        again = Again(source, dialect=asked.dialect)
        yield from Watching(source, again, asked, ends=ends, stop=stop, every=every, stamped=False).answers(
            changes(source, stop)
        )
        return
    path = Path(source)
    feed = FileFeed(path)
    reader = Reader(source, dialect=asked.dialect, poll=POLL)
    memory = Memory(path)
    lost = recall(memory, reader, feed.descriptor)
    memory.note(feed.descriptor)

    def note(happening: Happening) -> None:
        if isinstance(happening, Lines):
            memory.note(feed.descriptor)

    watching = Watching(source, reader, asked, ends=ends, stop=stop, every=every, stamped=False, noted=note)
    watching.backlog_at = os.fstat(feed.descriptor).st_mtime
    for answer in watching.answers(feed.lines(stop)):
        answer.findings = [*lost, *answer.findings]
        yield answer
    if watching.answer.state == "over":
        memory.forget()


def recall(memory: Memory, reader: Reader, descriptor: int) -> list[Finding]:
    """Read the parts of a rotated log that an earlier watcher saw; what there is to say about those that are gone."""
    there, gone = memory.earlier(descriptor)
    for path in there:
        for block in Source(str(path), path=path).blocks():
            reader.feed(block, None)
    return [finding("part-gone", name=memory.log.name)] if gone else []


def watch_pipe(asked: Question, *, ends: Ends, every: float = 1.0, record: Path | None = None) -> Iterator[WatchAnswer]:
    """Answers about what comes on standard input, until its end."""
    stop = Stop()
    reader = Reader("-", dialect=asked.dialect, prefer_arrival=True)
    kept = Record(record, keep=True) if record is not None else None
    noted = recorded(kept, reader)
    watching = Watching("-", reader, asked, ends=ends, stop=stop, every=every, noted=noted)
    yield from watching.answers(from_pipe(sys.stdin.fileno(), stop))
    if kept is not None:
        kept.close(over=watching.answer.state == "over")


def recorded(record: Record | None, reader: Reader) -> Callable[[Happening], None] | None:
    """What appends each line to `record`, after the lines that are in it already were read."""
    if record is None:
        return None
    for text, at in record.earlier():
        reader.feed(text, at)
    record.open()

    def note(happening: Happening) -> None:
        if isinstance(happening, Lines):
            record.add(happening.text, happening.at)

    return note


class CommandSession:
    """A command that is watched while it runs; a context that leaves nothing of it behind."""

    def __init__(
        self,
        words: Sequence[str],
        asked: Question,
        *,
        ends: Ends,
        every: float = 1.0,
        record: Path | None = None,
        to_error: bool = False,
        reserved_lines: int = 0,
    ) -> None:
        """`to_error`: its output goes to standard error, because standard output is taken. Raises UsageError."""
        if not words:
            raise UsageError("no command after --", hint="traincast watch -- python train.py")
        self.words = list(words)
        self.asked, self.ends, self.every = asked, ends, every
        self.record = Record(record, keep=True) if record is not None else Record.unnamed(self.words)
        self.sinks = {1: 2, 2: 2} if to_error else {1: 1, 2: 2}
        sys.stdout.flush()
        apart = error_is_apart() and not to_error
        self.command = Command(self.words, separate_error=apart, reserved_lines=reserved_lines)

    def __enter__(self) -> CommandSession:
        self.command.__enter__()
        return self

    def __exit__(self, *what: object) -> None:
        self.command.close()

    def answers(self) -> Iterator[WatchAnswer]:
        """Answers until the command has ended; the last one has its exit status."""
        stop = Stop()
        name = " ".join(self.words)
        reader = Reader(name, dialect=self.asked.dialect, prefer_arrival=True)
        noted = recorded(self.record, reader)
        watching = Watching(name, reader, self.asked, ends=Ends(over=False), stop=stop, every=self.every, noted=noted)
        for answer in watching.answers(Passage(self.command, self.sinks).lines(stop)):
            status = self.command.status if self.command.over else None
            answer.exit_status = status
            if status and answer.state != "over":
                answer.findings.append(finding("command-failed", status=str(status)))
            yield answer
        self.record.close(over=True)
