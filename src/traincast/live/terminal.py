"""The user's terminal while a command runs on one of its own: keys go through, sizes are copied."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def keys_through(terminal: int) -> Iterator[bool]:
    """Keys of `terminal` are delivered one by one and unread, Ctrl-C among them, until the context is left.

    Whether that is so: not where it is no terminal, or where this process is in its background. What is written to
    it is still treated as before.
    """
    if not os.isatty(terminal):
        yield False
        return
    import termios

    if os.tcgetpgrp(terminal) != os.getpgrp():
        yield False
        return
    before = termios.tcgetattr(terminal)
    changed = termios.tcgetattr(terminal)
    changed[0] &= ~(termios.ICRNL | termios.IXON)
    changed[3] &= ~(termios.ICANON | termios.ECHO | termios.ISIG | termios.IEXTEN)
    termios.tcsetattr(terminal, termios.TCSADRAIN, changed)
    try:
        yield True
    finally:
        with suppress(termios.error):
            termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def unprocessed(terminal: int) -> None:
    """Let what is written to `terminal` come out at its other end byte by byte: no line feed becomes two.

    Ctrl-Z suspends nothing there: a suspended command would hold its watcher for ever.
    """
    import termios

    attributes = termios.tcgetattr(terminal)
    attributes[1] &= ~termios.OPOST
    attributes[6][termios.VSUSP] = b"\0"
    termios.tcsetattr(terminal, termios.TCSANOW, attributes)


def resize(terminal: int, *, less: int = 0) -> None:
    """Give `terminal` the size of the user's own, `less` lines for something else."""
    import fcntl
    import struct
    import termios

    size = shutil.get_terminal_size()
    lines = max(1, size.lines - less)
    with suppress(OSError):
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, size.columns, 0, 0))
