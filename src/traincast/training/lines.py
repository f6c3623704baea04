"""How log lines leave: each at once, because a log that waits in a buffer tells the wrong time."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime

Say = Callable[[str], None]


def at_once(line: str) -> None:
    """Write `line` to stdout and flush it."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def stamped(line: str) -> None:
    """The same behind date and time, as Python's logging writes them."""
    now = datetime.now()
    at_once(f"{now:%Y-%m-%d %H:%M:%S},{now.microsecond // 1000:03d} {line}")
