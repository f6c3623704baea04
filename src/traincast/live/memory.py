"""What a watcher must not lose when it is killed: which files a rotated log was, and what came through a pipe.

Both lie in the user's cache folder, under a name made of the log's path or the command. A log that is one file needs
neither: it is read again from its start.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path

import msgspec

HEAD = 4096
"""bytes by which a file is known again after it was copied"""
OLDEST = 7 * 86400.0
"""s after which what was kept is forgotten"""
STAMP = "%Y-%m-%dT%H:%M:%S.%f"
STAMP_LENGTH = 27
"""characters of a stamp and the blank after it"""


def cache_folder() -> Path:
    """Where this user's programs keep what can be made again."""
    if given := os.environ.get("XDG_CACHE_HOME"):
        return Path(given) / "traincast"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "traincast"
    return Path.home() / ".cache" / "traincast"


class Part(msgspec.Struct, frozen=True):
    """One file that stood at a path."""

    device: int
    inode: int
    head: str
    """hash of its first bytes"""
    length: int
    """bytes in `head`"""


class Parts(msgspec.Struct):
    """The files that stood at one path, oldest first."""

    path: str
    parts: list[Part] = []


def part(descriptor: int, length: int = HEAD) -> Part:
    """The opened file, known by its first `length` bytes."""
    head = os.pread(descriptor, length, 0)
    status = os.fstat(descriptor)
    return Part(status.st_dev, status.st_ino, hashlib.sha256(head).hexdigest(), len(head))


class Memory:
    """Remembers the parts of one log."""

    def __init__(self, log: Path, *, folder: Path | None = None) -> None:
        self.log = log.absolute()
        name = hashlib.sha256(str(self.log).encode("utf-8", "surrogateescape")).hexdigest()[:32]
        self.file = (folder or cache_folder()) / "watch" / f"{name}.json"
        self.known = self._load()

    def _load(self) -> Parts:
        """What an earlier watcher kept; empty where it is of no use."""
        try:
            if time.time() - self.file.stat().st_mtime > OLDEST:
                return Parts(path=str(self.log))
            return msgspec.json.decode(self.file.read_bytes(), type=Parts)
        except (OSError, msgspec.MsgspecError):
            return Parts(path=str(self.log))

    def note(self, descriptor: int) -> None:
        """Keep which file is being read at present."""
        parts = self.known.parts
        if parts and parts[-1].length == HEAD and same(parts[-1], descriptor):
            return
        found = part(descriptor)
        if not found.length:
            return
        if not parts or not same(parts[-1], descriptor):
            parts.append(found)
        elif parts[-1].length < found.length:
            parts[-1] = found
        else:
            return
        self._save()

    def _save(self) -> None:
        """Write all of it at once, so that a kill leaves the old or the new."""
        other = self.file.with_suffix(f".{os.getpid()}.tmp")
        with suppress(OSError):  # without a cache folder nothing is kept, and that is all
            self.file.parent.mkdir(parents=True, exist_ok=True)
            other.write_bytes(msgspec.json.encode(self.known))
            other.replace(self.file)

    def earlier(self, descriptor: int) -> tuple[list[Path], int]:
        """Files beside the log that hold parts earlier than the opened one, oldest first, and how many are gone."""
        wanted = [one for one in self.known.parts if not same(one, descriptor)]
        beside = [path for path in siblings(self.log) if not is_opened(path, descriptor)] if wanted else []
        found = [next((path for path in beside if stands_at(one, path)), None) for one in wanted]
        there = {path: written(path) for path in found if path is not None}
        if there and wanted[-1] == self.known.parts[-1]:  # it was rotated while nobody watched, perhaps more than once
            since = max(there.values())
            there |= {path: at for path in beside if (at := written(path)) >= since and is_rotated(path, self.log)}
        return sorted(there, key=lambda path: there[path]), sum(path is None for path in found)

    def forget(self) -> None:
        """The run is over: nothing has to be remembered."""
        with suppress(OSError):
            self.file.unlink()


def siblings(log: Path) -> list[Path]:
    """Files in the folder of `log` that are named like it."""
    try:
        return sorted(other for other in log.parent.iterdir() if other.name.startswith(log.stem) and other.is_file())
    except OSError:
        return []


def written(path: Path) -> float:
    """When a file was last written, Unix seconds; 0 where it is gone."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def is_rotated(path: Path, log: Path) -> bool:
    """Whether `path` is named as a rotation of `log` names it: `run.log.1`, `run.log-20251124`."""
    return path.name.startswith((log.name + ".", log.name + "-")) and path.suffix not in (".gz", ".xz", ".bz2", ".zst")


def is_opened(path: Path, descriptor: int) -> bool:
    """Whether the file at `path` is the opened one."""
    try:
        there, opened = path.stat(), os.fstat(descriptor)
    except OSError:
        return False
    return (there.st_dev, there.st_ino) == (opened.st_dev, opened.st_ino)


def same(one: Part, descriptor: int) -> bool:
    """Whether the opened file begins as `one` does: renamed or copied, it is the same."""
    found = part(descriptor, one.length)
    return found.length == one.length and found.head == one.head


def stands_at(one: Part, path: Path) -> bool:
    """Whether the file at `path` begins as `one` does."""
    try:
        with path.open("rb") as file:
            return same(one, file.fileno())
    except OSError:
        return False


class Record:
    """Lines of a pipe or a command behind the moment they came, appended to a file; read again by the next watcher."""

    def __init__(self, path: Path, *, keep: bool) -> None:
        self.path = path
        self.keep = keep
        """whether the file is the user's: it stays when the run is over"""
        self._file = -1

    @staticmethod
    def unnamed(words: list[str], *, folder: Path | None = None) -> Record:
        """The record of a command in this folder, where the user names none."""
        key = "\0".join([str(Path.cwd()), *words]).encode("utf-8", "surrogateescape")
        return Record((folder or cache_folder()) / "watch" / f"{hashlib.sha256(key).hexdigest()[:32]}.log", keep=False)

    def earlier(self) -> Iterator[tuple[str, float]]:
        """What an earlier watcher saw before it was killed: lines, and when they came (Unix seconds)."""
        try:
            if not self.keep and time.time() - self.path.stat().st_mtime > OLDEST:
                self.path.unlink()
                return
            lines = self.path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
        except OSError:
            return
        for line in lines:
            with suppress(ValueError):
                moment = datetime.strptime(line[: STAMP_LENGTH - 1], STAMP).replace(tzinfo=timezone.utc)
                yield line[STAMP_LENGTH:], moment.timestamp()

    def open(self) -> None:
        """Begin to append; raises UsageError where the user's own file cannot be written."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            if self.keep:
                from traincast.errors import UsageError

                raise UsageError(
                    "cannot write {path}: {reason}",
                    hint="give --record another file",
                    path=self.path,
                    reason=error.strerror,
                ) from error

    def add(self, text: str, at: float) -> None:
        """Append whole lines that came `at`; a full disk ends the record and nothing else."""
        if self._file < 0:
            return
        stamp = datetime.fromtimestamp(at, tz=timezone.utc).strftime(STAMP)
        content = "".join(f"{stamp} {line}\n" for line in text.splitlines()).encode("utf-8", "replace")
        try:
            while content:
                content = content[os.write(self._file, content) :]
        except OSError:
            os.close(self._file)
            self._file = -1

    def close(self, *, over: bool) -> None:
        """Stop; a record that nobody asked for goes when the run is `over`."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        if over and not self.keep:
            with suppress(OSError):
                self.path.unlink()
