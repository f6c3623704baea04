"""A command under a pseudo-terminal: its output byte by byte as it comes, signals and keys passed on, its status kept.

The command leads a session and a process group of its own, so that it, and nothing else, can be signalled.
"""

from __future__ import annotations

import errno
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import FrameType, TracebackType

import msgspec

from traincast.errors import UsageError
from traincast.live.processes import numbers, stat
from traincast.live.terminal import keys_through, resize, unprocessed
from traincast.phrases import phrase

CHUNK = 1 << 16
"""bytes read at once"""
LAST_WORDS = 0.2
"""s for which output is still read after the command ended while a child holds its terminal open"""
INTERRUPT = b"\x03"
"""what the terminal sends for Ctrl-C"""
FAREWELL = 2.0
"""s that a command has to end when its terminal is closed, before it is left to itself"""
FORWARDED = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2")


class Output(msgspec.Struct, frozen=True):
    """Bytes that the command wrote."""

    channel: int
    """1: its standard output, and its standard error where the two are not told apart; 2: its standard error"""
    content: bytes


class Command:
    """One command and the terminal it writes to. A context: on leaving, nothing of it is left open."""

    def __init__(self, arguments: Sequence[str], *, separate_error: bool = False, reserved_lines: int = 0) -> None:
        """`separate_error` tells standard error apart; `reserved_lines` are kept from the size that it sees.

        Raises UsageError where it cannot be run.
        """
        self.arguments = list(arguments)
        self.reserved_lines = reserved_lines
        self._selector = selectors.DefaultSelector()
        self._ended_at: float | None = None
        self._open: set[int] = set()
        self._keys = False
        self.interrupted = False
        """whether this process was asked to end: by a signal, or by Ctrl-C at its terminal"""
        self._stack = ExitStack()
        self.master, slave = terminal_pair()
        resize(self.master, less=reserved_lines)
        error, error_end = os.pipe() if separate_error else (None, None)
        self._channels = {self.master: 1} | ({} if error is None else {error: 2})
        try:
            self.process = spawn(self.arguments, slave, slave if error_end is None else error_end)
        except OSError as error_:
            self.close()
            reason = phrase("no such command") if isinstance(error_, FileNotFoundError) else error_.strerror
            raise UsageError(
                "cannot run {command!r}: {reason}",
                hint="write it as in a shell: -- python train.py",
                command=self.arguments[0],
                reason=reason,
            ) from error_
        finally:
            os.close(slave)
            if error_end is not None:
                os.close(error_end)
        self.group = self.process.pid
        for descriptor, channel in self._channels.items():
            os.set_blocking(descriptor, False)
            self._selector.register(descriptor, selectors.EVENT_READ, channel)
            self._open.add(descriptor)

    def __enter__(self) -> Command:
        self._keys = self._stack.enter_context(keys_through(0))
        if self._keys:
            self._selector.register(0, selectors.EVENT_READ, 0)
        self._stack.enter_context(handlers(self._forward))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def poll(self, timeout: float) -> list[Output]:
        """What the command wrote, waiting at most `timeout` seconds for something; empty where it wrote nothing."""
        told: list[Output] = []
        for key, _ in self._selector.select(max(0.0, timeout)):
            if key.data == 0:
                self._pass_keys()
                continue
            content = self._read(key.fd)
            if content:
                told.append(Output(key.data, content))
            elif content is not None:
                self._selector.unregister(key.fd)
                self._open.discard(key.fd)
        if self.process.poll() is not None and self._ended_at is None:
            self._ended_at = time.monotonic()
        return told

    def _read(self, descriptor: int) -> bytes | None:
        """Bytes that are there; empty at the end, `None` where nothing is there yet."""
        try:
            return os.read(descriptor, CHUNK)
        except BlockingIOError:
            return None
        except OSError as error:
            if error.errno == errno.EIO:  # Linux says so when the last holder of the terminal has closed it
                return b""
            raise

    def _pass_keys(self) -> None:
        """Give the keys that were pressed to the command."""
        keys = os.read(0, 1024)
        if keys:
            self.interrupted = self.interrupted or INTERRUPT in keys
            with suppress(OSError):
                os.write(self.master, keys)
        else:
            self._selector.unregister(0)

    @property
    def over(self) -> bool:
        """Whether the command ended and all it wrote was read."""
        if self._ended_at is None:
            return False
        return not self._open or time.monotonic() - self._ended_at > LAST_WORDS

    @property
    def status(self) -> int | None:
        """Exit status as a shell tells it, 128 + n after signal n; `None` while it runs."""
        code = self.process.poll()
        return None if code is None else code if code >= 0 else 128 - code

    def signal(self, number: int) -> None:
        """Send a signal to the process group of the command, and to no other."""
        if self.process.poll() is None or alive(self.group):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.group, number)

    def hang_up(self) -> None:
        """Tell the command that nobody reads what it writes."""
        self.signal(signal.SIGHUP)

    def _forward(self, number: int) -> None:
        """A signal that came to this process and is meant for the command."""
        if number == getattr(signal, "SIGWINCH", None):
            resize(self.master, less=self.reserved_lines)
        else:
            self.interrupted = self.interrupted or number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
            self.signal(number)

    def close(self) -> None:
        """Give the terminal back and hang up: what is left of the command's group is told so."""
        self._stack.close()
        self._selector.close()
        self._open.clear()
        for descriptor in self._channels:
            with suppress(OSError):
                os.close(descriptor)
        self._channels = {}
        if hasattr(self, "process"):
            self.signal(signal.SIGHUP)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(FAREWELL)


def terminal_pair() -> tuple[int, int]:
    """Both ends of a new pseudo-terminal that changes nothing of what is written to it; raises UsageError."""
    try:
        import pty
    except ImportError as error:
        raise UsageError(
            "this system has no pseudo-terminals", hint="pipe the command: python train.py | traincast watch -"
        ) from error
    master, slave = pty.openpty()
    unprocessed(slave)
    return master, slave


def spawn(arguments: Sequence[str], terminal: int, error: int) -> subprocess.Popen[bytes]:
    """The command, leading its own session on `terminal`; its keyboard is the terminal where there is one here."""
    stdin = terminal if os.isatty(0) else 0

    def take_terminal() -> None:
        import fcntl
        import termios

        with suppress(OSError):
            fcntl.ioctl(1, termios.TIOCSCTTY, 0)

    environment = {"PYTHONUNBUFFERED": "1", **os.environ}
    return subprocess.Popen(
        arguments, stdin=stdin, stdout=terminal, stderr=error, start_new_session=True, preexec_fn=take_terminal,
        env=environment, close_fds=True,
    )  # fmt: skip


@contextmanager
def handlers(forward: Callable[[int], None]) -> Iterator[None]:
    """Signals that come to this process are given to `forward`, and a change of the window's size is too."""
    names = [*FORWARDED, "SIGWINCH"]
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]

    def handle(number: int, _: FrameType | None) -> None:
        forward(number)

    before = {}
    for number in numbers:
        with suppress(ValueError, OSError):  # not in the main thread
            before[number] = signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)


def alive(group: int) -> bool:
    """Whether a process group has a member that is not dead already."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    members = [found for found in map(stat, numbers()) if found is not None and found.group == group]
    return any(found.lives for found in members) if members else not Path("/proc/self/stat").exists()


def write_all(descriptor: int, content: bytes) -> bool:
    """Write `content`; false where nobody reads any more."""
    try:
        while content:
            content = content[os.write(descriptor, content) :]
    except BlockingIOError:
        os.set_blocking(descriptor, True)
        return write_all(descriptor, content)
    except OSError as error:
        if error.errno in (errno.EPIPE, errno.EIO):
            return False
        raise
    return True


def same_file(one: int, other: int) -> bool:
    """Whether two descriptors are the same file, pipe or terminal."""
    try:
        first, second = os.fstat(one), os.fstat(other)
    except OSError:
        return False
    return (first.st_dev, first.st_ino) == (second.st_dev, second.st_ino)


def error_is_apart() -> bool:
    """Whether this process's standard error goes elsewhere than its standard output."""
    return not same_file(sys.stdout.fileno(), sys.stderr.fileno())
