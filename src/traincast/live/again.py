"""Logs that cannot be read line by line (event files, trackers' folders, JSON): read again when they change."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from traincast.errors import TraincastError, UnreadableError
from traincast.live.feeds import POLL, Stop
from traincast.reading import read_logs
from traincast.reading.follow import Happening, Idle, Lines
from traincast.runlog import RunLog


class Again:
    """Reads a whole log each time it is asked for, if it changed."""

    def __init__(self, source: str, *, dialect: str | None = None) -> None:
        """Raises UnreadableError where nothing is there, UnknownNameError."""
        self.name = source
        self.dialect = dialect
        self.last_step_at: float | None = None
        self._changed = True
        self._logs: list[RunLog] = []
        self._logs = self._read()

    def feed(self, text: str, at: float | None) -> None:
        """Something changed `at`."""
        self._changed = True
        self.last_step_at = at

    def _read(self) -> list[RunLog]:
        """All of it, as it is now."""
        self._changed = False
        return read_logs(self.name, dialect=self.dialect)

    def logs(self) -> list[RunLog]:
        """The runs so far; where the file is being written anew, those of the last time."""
        if self._changed:
            try:
                self._logs = self._read()
            except TraincastError:
                self._changed = True
        return self._logs


def changes(source: str, stop: Stop, *, clock: Callable[[], float] = time.time) -> Iterator[Happening]:
    """Empty lines whenever a file, or a file of a folder, changed."""
    path = Path(source)
    before = None
    while not stop():
        signs = state(path)
        if signs != before:
            before = signs
            yield Lines("", max((at for _, at in signs), default=clock()))
        else:
            yield Idle(clock())
        stop.sleep(POLL if path.is_file() else 4 * POLL)


def state(path: Path) -> list[tuple[int, float]]:
    """Size and time of change of a file, or of the files directly in a folder and one below."""
    try:
        files = [path] if path.is_file() else [*path.iterdir(), *path.glob("*/*")][:1000]
        return [(status.st_size, status.st_mtime) for status in map(os.stat, files)]
    except OSError:
        return []


def needs_whole(source: str, dialect: str | None) -> bool:
    """Whether `source` is no text log that can be followed line by line."""
    path = Path(source)
    if path.is_dir() or not path.exists():
        return path.is_dir()
    if not path.stat().st_size:
        return False
    from traincast.reading import read_structured
    from traincast.reading.sources import Source

    try:
        return read_structured(Source(source, path=path), dialect) is not None
    except UnreadableError:
        return False
