"""What a name on a command line means: a file, a pattern of names, a run's folder, standard input."""

from __future__ import annotations

import glob
import stat
import sys
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from traincast.errors import UnreadableError
from traincast.reading.sources import Source, unreadable


def last_written(argument: str | Path) -> datetime:
    """When the log that `argument` names was written last, in local time; now where it is no file, as a pipe is."""
    path = Path(argument).expanduser()
    seconds = path.stat().st_mtime if path.is_file() else None
    return (datetime.now() if seconds is None else datetime.fromtimestamp(seconds)).astimezone()


def open_sources(argument: str | Path, *, stdin: BinaryIO | None = None) -> list[Source]:
    """The logs that `argument` names: a file, a pattern (`runs/*.log`), a run's folder, or `-`.

    Raises UnreadableError where it names none.
    """
    name = str(argument)
    if name == "-":
        return [Source("-", stream=stdin or sys.stdin.buffer)]
    path = Path(name).expanduser()
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        if isinstance(error, FileNotFoundError) and glob.has_magic(name):
            return matching(name)
        raise unreadable(error, name) from error
    if stat.S_ISDIR(mode):
        from traincast.reading.folder import logs_in  # its patterns take longer than a small log

        return logs_in(path, name)
    return [Source(name, path=path)]


def matching(pattern: str) -> list[Source]:
    """The logs whose names fit `pattern`; those that cannot be opened are passed over if others can."""
    found: list[Source] = []
    failures: list[UnreadableError] = []
    for name in sorted(glob.glob(str(Path(pattern).expanduser()), recursive=True)):  # noqa: PTH207 (may be absolute)
        found += attempt(name, failures)
    if found:
        return found
    if failures:
        raise failures[0]
    raise UnreadableError("no file matches {pattern}", hint="check the pattern; quote it in the shell", pattern=pattern)


def attempt(name: str, failures: list[UnreadableError]) -> list[Source]:
    """The logs that `name` names, or none and one failure more."""
    try:
        return open_sources(name)
    except UnreadableError as error:
        failures.append(error)
        return []
