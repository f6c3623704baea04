"""The file that `track` writes: JSON Lines, appended whole, so that a killed process leaves no torn line behind.

A first line per start tells the plan, then rows of `step`, `time` (Unix) and `elapsed` (monotonic), last an end.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping

from traincast.errors import UsageError

SCHEMA = "traincast.track/1"
Fact = str | int | float | bool | None


class Journal:
    """Appends to one file; a full disk ends the journal, never the training."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        try:
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        except OSError as error:
            raise UsageError(
                "cannot write {path}: {reason}",
                hint="give log= a path in a folder that is there",
                path=self.path,
                reason=error.strerror,
            ) from error
        self._torn = self._ends_midline()
        self._process = os.getpid()

    def _ends_midline(self) -> bool:
        """Whether what is there already stops in the middle of a line."""
        try:
            size = os.lseek(self._file, 0, os.SEEK_END)
            return size > 0 and os.pread(self._file, 1, size - 1) != b"\n"
        except (OSError, AttributeError):  # a pipe, or a system without pread
            return False

    def head(self, *, first: int, steps: int | None, began: float, facts: Mapping[str, Fact]) -> None:
        """The line that opens a start: the plan, and what is known of the workload."""
        line: dict[str, Fact] = {"schema": SCHEMA, "unit": "step", "from_step": first, "began": round(began, 3)}
        line["steps_planned"] = steps
        line.update(facts)
        self.write(json.dumps(line, separators=(",", ":")) + "\n")

    def plan(self, steps: int) -> None:
        """A line that makes the plan longer."""
        self.write(json.dumps({"plan": SCHEMA, "steps_planned": steps}, separators=(",", ":")) + "\n")

    def end(self, steps: int, *, time: float) -> None:
        """The line that closes a run."""
        self.write(f'{{"event":"end","after":{steps},"time":{time:.6f}}}\n')

    def write(self, text: str) -> None:
        """Append whole lines by one call; a forked child that inherited the file writes nothing."""
        if self._file < 0 or os.getpid() != self._process:
            return
        content = text.encode()
        try:
            if self._torn:
                content, self._torn = b"\n" + content, False
            while content:
                content = content[os.write(self._file, content) :]
        except OSError as error:
            self.close()
            sys.stderr.write(f"traincast: {self.path}: {error.strerror}; the run is no longer recorded\n")

    def close(self) -> None:
        """Let go of the file."""
        if self._file >= 0 and os.getpid() == self._process:
            os.close(self._file)
        self._file = -1
