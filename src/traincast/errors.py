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

from traincast.phrases import Phrase, phrase


class TraincastError(Exception):
    """A user's mistake or bad input: one line that says what, and a hint that says what to do next.

    Both are templates that `values` fill, so that the command line can say them in another language; `str(error)` and
    `hint` are English.
    """

    advice: Phrase = phrase("")
    """the hint, as it was worded"""

    def __init__(self, message: str, *, hint: str = "", **values: object) -> None:
        self.said = message if isinstance(message, Phrase) else phrase(message, **values)
        """the message, as it was worded"""
        super().__init__(str(self.said))
        if hint:
            self.advice = hint if isinstance(hint, Phrase) else phrase(hint, **values)

    @property
    def hint(self) -> str:
        """What to do next."""
        return str(self.advice)

    @hint.setter
    def hint(self, text: str) -> None:
        """Another one."""
        self.advice = text if isinstance(text, Phrase) else phrase(text)


class UsageError(TraincastError):
    """An option, or a combination of options, that cannot be."""


class WorkloadError(TraincastError):
    """A workload that is wrong, absurd or contradicts itself."""


class UnreadableError(TraincastError):
    """Input that cannot be read: missing, empty, binary, or nothing of use in it; `-` is told as standard input."""

    def __init__(self, message: str, *, hint: str = "", **values: object) -> None:
        field, _, rest = message[1:].partition("}")
        if field in values and str(values[field]) == "-" and rest.startswith((" ", ": ")):
            values[field] = phrase("standard input")
        elif message.startswith(("- ", "-: ")):
            message = f"standard input{message[1:]}"
        super().__init__(message, hint=hint, **values)


class PlanUnknownError(TraincastError):
    """The log does not say how many steps the run is meant to take."""

    advice = phrase("say how many with --steps N")


class PluginError(TraincastError):
    """Code of another package failed at what was asked of it; its authors can mend it."""


class UnknownNameError(TraincastError):
    """No `kind` (device, preset, dialect, finding) is called `asked`; `near` are the closest names."""

    def __init__(self, kind: str, asked: str, near: Sequence[str] = (), *, listing: str = "") -> None:
        super().__init__(phrase("no {kind} is called {asked!r}", kind=phrase(kind), asked=asked))
        self.near = tuple(near)
        self.advice = (
            phrase("closest: {names}", names=", ".join(near))
            if near
            else phrase("`traincast {listing}` lists all of them", listing=listing or kind + "s")
        )


class AmbiguousNameError(UnknownNameError):
    """`asked` fits several of `kind`; all of them are offered, none is chosen."""

    def __init__(self, kind: str, asked: str, candidates: Sequence[str]) -> None:
        said = phrase("{kind} {asked!r} may be any of {count}", kind=phrase(kind), asked=asked, count=len(candidates))
        TraincastError.__init__(self, said)
        self.near = tuple(candidates)
        self.advice = phrase("say which: {names}", names=", ".join(candidates))
