"""What happens when something is found while a run goes on: it is said once, the bell rings, a command is run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress

from traincast.findings import Finding

LOUD = frozenset({"run-over"})
"""findings that are told to the command though they are no warnings"""
AT_ONCE = 4
"""commands that run at the same time; more findings wait for none of them and are only said"""


class Alarms:
    """Tells new findings from those that were told already."""

    def __init__(
        self, *, command: str | None = None, bell: bool = False, say: Callable[[Finding], None] | None = None
    ) -> None:
        self.command = command
        self.bell = bell
        self.say = say
        self.told: set[tuple[str, str]] = set()
        self._running: list[subprocess.Popen[bytes]] = []

    def take(self, findings: Iterable[Finding]) -> list[Finding]:
        """Act on those of `findings` that are new, which come back."""
        fresh = [one for one in findings if (one.code, one.values.get("step", "")) not in self.told]
        for one in fresh:
            self.told.add((one.code, one.values.get("step", "")))
            if self.say is not None:
                self.say(one)
            if one.severity != "info" or one.code in LOUD:
                self._ring()
                self._run(one)
        return fresh

    def again(self, code: str) -> None:
        """A condition is over: if it comes back, it is told again."""
        self.told = {one for one in self.told if one[0] != code}

    def _ring(self) -> None:
        """Ring the bell of the terminal."""
        if self.bell and sys.stderr.isatty():
            sys.stderr.write("\a")
            sys.stderr.flush()

    def _run(self, found: Finding) -> None:
        """Start the user's command; what was found is in its environment and never in its text."""
        self._running = [one for one in self._running if one.poll() is None]
        if self.command is None or len(self._running) >= AT_ONCE:
            return
        told = {
            "TRAINCAST_CODE": found.code,
            "TRAINCAST_SEVERITY": found.severity,
            "TRAINCAST_MESSAGE": found.message,
            "TRAINCAST_REMEDY": found.remedy,
        }
        with suppress(OSError):
            self._running.append(
                subprocess.Popen(
                    self.command, shell=True, stdin=subprocess.DEVNULL, stdout=sys.stderr.fileno(),
                    env={**os.environ, **told}, start_new_session=True,
                )
            )  # fmt: skip

    def close(self, patience: float = 5.0) -> None:
        """Give the commands that still run a moment to end."""
        for one in self._running:
            with suppress(subprocess.TimeoutExpired):
                one.wait(patience)
