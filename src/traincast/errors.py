"""What can go wrong, each with a message and the next thing to do.

TraincastError                  (never raised itself)
|-- UsageError                  an option or a combination of options that cannot be
|-- WorkloadError               a workload that is wrong, absurd or contradicts itself
|-- UnknownNameError            no device, preset, dialect or finding is called so
|   `-- AmbiguousNameError      more than one is
|-- UnreadableError             a file that is missing, empty, binary or of no use
|-- PlanUnknownError            the log does not say how long the run is meant to be
`-- PluginError                 code of another package failed at what was asked of it
"""

from __future__ import annotations

from collections.abc import Sequence


class TraincastError(Exception):
    """A user's mistake or bad input: one line that says what, and a hint that says what to do next."""

    hint: str = ""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        if hint:
            self.hint = hint


class UsageError(TraincastError):
    """An option, or a combination of options, that cannot be."""


class WorkloadError(TraincastError):
    """A workload that is wrong, absurd or contradicts itself."""


class UnreadableError(TraincastError):
    """Input that cannot be read: missing, empty, binary, or nothing of use in it; `-` is told as standard input."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        named = message.startswith(("- ", "-: "))
        super().__init__(f"standard input{message[1:]}" if named else message, hint=hint)


class PlanUnknownError(TraincastError):
    """The log does not say how many steps the run is meant to take."""

    hint = "say how many with --steps N"


class PluginError(TraincastError):
    """Code of another package failed at what was asked of it; its authors can mend it."""


class UnknownNameError(TraincastError):
    """No `kind` (device, preset, dialect, finding) is called `asked`; `near` are the closest names."""

    def __init__(self, kind: str, asked: str, near: Sequence[str] = (), *, listing: str = "") -> None:
        super().__init__(f"no {kind} is called {asked!r}")
        self.near = tuple(near)
        self.hint = f"closest: {', '.join(near)}" if near else f"`traincast {listing or kind + 's'}` lists all of them"


class AmbiguousNameError(UnknownNameError):
    """`asked` fits several of `kind`; all of them are offered, none is chosen."""

    def __init__(self, kind: str, asked: str, candidates: Sequence[str]) -> None:
        TraincastError.__init__(self, f"{kind} {asked!r} may be any of {len(candidates)}")
        self.near = tuple(candidates)
        self.hint = f"say which: {', '.join(candidates)}"
