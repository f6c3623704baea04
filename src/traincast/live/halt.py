"""Stopping a command for good: first asked, then told, then killed; its process group and what descends from it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress

import msgspec

from traincast.live.processes import Process, descendants
from traincast.live.run import Command, Output, alive

ASKED = 10.0
"""s to end by itself after SIGINT: a trainer may save a checkpoint"""
TOLD = 5.0
"""s after SIGTERM"""
KILLED = 5.0
"""s after SIGKILL, for processes that wait for a disk"""
TURN = 0.05
"""s between two looks"""


class Halted(msgspec.Struct, frozen=True):
    """How a command was stopped."""

    by: str
    """name of the last signal it took"""
    left: int
    """processes that could not be ended"""
    seconds: float = 0.0
    """from the first signal until nothing was left"""


def halt(
    command: Command,
    *,
    asked: float = ASKED,
    told: float = TOLD,
    taken: Callable[[Output], None] | None = None,
) -> Halted:
    """Stop `command`; what it writes meanwhile is given to `taken`. Returns when nothing is left of it."""
    last, began = "nothing", time.monotonic()
    family = descendants(command.process.pid)
    for number, patience in ((signal.SIGINT, asked), (signal.SIGTERM, told), (signal.SIGKILL, KILLED)):
        if gone(command, family):
            break
        family |= descendants(command.process.pid)
        last = signal.Signals(number).name
        command.signal(number)
        if number != signal.SIGINT:
            for one in family:
                if one.lives:
                    with suppress(ProcessLookupError, PermissionError):
                        os.kill(one.number, number)
        until = time.monotonic() + patience
        while time.monotonic() < until and not gone(command, family):
            pass_on(command.poll(TURN), taken)
            if command.over:
                time.sleep(TURN)
    seconds = time.monotonic() - began
    while not command.over and (outputs := command.poll(TURN)):
        pass_on(outputs, taken)
    return Halted(last, sum(one.lives for one in family), seconds)


def pass_on(outputs: list[Output], taken: Callable[[Output], None] | None) -> None:
    """Give what was written to whoever takes it."""
    if taken is not None:
        for output in outputs:
            taken(output)


def gone(command: Command, family: set[Process]) -> bool:
    """Whether neither the group nor any descendant is left."""
    return command.process.poll() is not None and not alive(command.group) and not any(one.lives for one in family)
