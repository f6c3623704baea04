"""A dialect: the way one trainer writes its log, as data. One TOML file each; adding one touches no code.

A *layer* is one shape of step line with the meaning of its groups. A dialect is a layer (the preferred one), more
layers to fall back to, and lines around them: headers (facts), events, contexts (values that hold for the step lines
below) and details (values of the step above).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

import msgspec

from traincast.errors import UnknownNameError, UnreadableError
from traincast.phrases import phrase
from traincast.plugins import Plugin, contributions, texts
from traincast.runlog import EventKind, Facts, Span

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Quantity = Literal[
    "step", "total", "epoch", "epochs", "batch", "batches", "step-time", "interval-time", "elapsed", "remaining",
    "countdown", "clock", "rate", "step-rate", "mfu", "loss", "rank", "track", "progress", "fact", "seconds", "ignore",
    "epochs-done", "bar-rate", "bar-size", "more-time", "bar-left",
    "bar-seconds",
]  # fmt: skip
"""step, total: the counter and its plan. batch of batches in epoch of epochs: a counter that starts again each epoch.
step-time: per step. interval-time: of all steps since the line before. elapsed: since the start, or since the epoch.
countdown: what remains, read as a clock. remaining: what remains, a hint for the plan. rate: units a second. step-
rate: steps a second. seconds: how long an event took. rank: process that wrote the line; only the first one is read.
track: bars with other texts are other counters. bar-rate, bar-size: mean rate and length of the closed bar of one
step, which make its whole seconds exact; beside an elapsed time the mean so far. bar-seconds: whole seconds of a closed
bar, beside a coarse time per step. more-time: of a detail, what its step took besides. bar-left: what remains of the
batches of an epoch, cut to whole seconds. epochs-done: with a fraction; the steps of an epoch, which headers tell, make
it the step."""

UNTIMED = {"step", "total", "epoch", "epochs", "batch", "batches", "clock", "loss", "rank", "track"}
"""groups of these names need no entry in [meaning]"""

OPENING = re.compile(r'\s*name = "([^"\n]+)"\s*\nmarker = (.+)\n')
FACTS = frozenset(Facts.__struct_fields__)


class Meaning(msgspec.Struct, frozen=True, kw_only=True, rename={"is_": "is"}, forbid_unknown_fields=True):
    """What one named group of a pattern is."""

    is_: Quantity
    unit: str = ""
    """us, ms, s, min, h or text (any way of writing a duration); of a rate: what is counted; percent or fraction of
    an MFU"""
    per: Literal["all", "device"] = "all"
    """whether a rate is that of all devices or of one"""
    field: str = ""
    """of a fact: field of `Facts` it fills"""
    origin: int = 0
    """number of the first epoch; -1: the first one that is seen, if it is 0 or 1"""
    last_index: bool = False
    """whether a total is the last index, one less than the count"""
    resets: Literal["start", "epoch", "silent"] = "start"
    """what an elapsed time that falls back to zero means: a new start, a new epoch, or nothing"""
    sentinel: float | None = None
    """a printed number that means "not measured" """
    scale: float = 1.0
    """factor to the SI unit where `unit` does not say it"""
    tick: float | None = None
    """seconds; what a printed duration is rounded to, where its digits do not tell"""


class Layer(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One shape of step line."""

    marker: str | list[str] = ""
    """literal (or several, one of which) a step line contains"""
    step: str
    """pattern with named groups; searched anywhere in a line"""
    meaning: dict[str, Meaning] = {}
    unit: str = "step"
    counts_from: int = 1
    span: Span = "none"
    """what a printed step time is the mean of"""
    clock: Literal["elapsed", "training"] = "elapsed"
    """whether an elapsed time runs on through evaluations and checkpoints"""
    rate_unit: str | None = None
    tracks: Literal["one", "longest", "epochs"] = "one"
    """one counter; the longest of several bars; one bar an epoch"""
    needs_context: bool = False
    """whether a line counts only below a fresh [[context]] line"""
    partial: str = ""
    """of such lines: pattern of a bar that is not full yet, groups as in `step`; the newest one counts"""
    plan: Literal["", "remaining", "newest", "smoothed"] = ""
    """where the plan comes from if the log does not tell it: the trainer's own estimate of what remains, by a mean of
    all steps or one that is not known, by the newest printed time, or by a smoothed one"""
    rest: Literal["", "mean", "any"] = ""
    """what remains is reckoned by the mean of all steps, pauses inside: a clock where no other is; or by any mean"""
    stamps: bool = True
    """whether a time stamp that stands before the line is a clock of its steps"""
    shared: bool = False
    """whether lines of this shape stand in logs of other trainers too, so that alone they tell little"""
    label: Literal["", "none", "any"] = ""
    """of bars: whether the text in front names another counter (`any`), or only bars without one are read (`none`)"""


class Header(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Lines that tell facts: each named group is a field of `Facts`, or lands in `other`."""

    marker: str
    pattern: str
    scale: dict[str, float] = {}
    """group -> factor to the SI unit"""
    product: str = ""
    """field that the product of all groups fills"""
    first: bool = False
    """whether the first word counts and not the last"""
    everywhere: bool = False
    """whether to look for it beyond the head and after each start"""
    lines: int = 1
    """how many lines, the one with the marker the first, the pattern may reach over"""


class Mark(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A line that says something besides steps."""

    marker: str
    pattern: str
    kind: EventKind | None = None
    meaning: dict[str, Meaning] = {}
    fact: dict[str, str] = {}
    """group -> field of `Facts` that it fills (seconds for times)"""


class Sample(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Text in this dialect and what must be read from it: the dialect's own test."""

    text: str
    points: int | None = None
    step: int | None = None
    step_seconds: float | None = None
    clock_seconds: float | None = None
    """seconds between the first and the last point"""
    loss: float | None = None
    rate: float | None = None
    """units of the log a second, rate as printed"""
    mfu: float | None = None
    planned: int | None = None
    facts: dict[str, str | float | bool] = {}
    """SI units, as in `Facts`: seconds for times"""
    events: list[str] = []
    """kinds, in order"""


class Dialect(Layer, kw_only=True, forbid_unknown_fields=True):
    """The way one trainer writes its log."""

    name: str
    title: str
    about: str = ""
    """what a user should know about its numbers"""
    source: str = ""
    """where the shape of its lines is defined"""
    needs: list[str] = []
    """literals, one of which must occur in the log beside the step lines"""
    specificity: int = 50
    """wins over dialects of lower specificity whose lines it contains; general bars and stamps have 10"""
    mfu_peak: float | None = None
    """FLOP/s that the trainer divides by, whatever the card"""
    mfu_convention: str | None = None
    fallback: list[Layer] = []
    header: list[Header] = []
    event: list[Mark] = []
    context: list[Mark] = []
    detail: list[Mark] = []
    sample: list[Sample] = []

    @property
    def patterns_around(self) -> list[str]:
        """Patterns of the lines around the steps."""
        marks = [*self.event, *self.context, *self.detail]
        return [one.pattern for one in self.header] + [one.pattern for one in marks]

    @property
    def layers(self) -> list[Layer]:
        """The shapes of step lines, preferred first."""
        return [self, *self.fallback]


def markers(layer: Layer) -> list[str]:
    """Literals, one of which every step line of `layer` contains."""
    return [layer.marker] if isinstance(layer.marker, str) else layer.marker


def parse_dialect(text: str, *, where: str) -> Dialect:
    """The dialect that a TOML text describes; raises UnreadableError with the place of the mistake."""
    try:
        dialect = msgspec.convert(tomllib.loads(text), Dialect)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise UnreadableError(
            "{where} is no dialect: {reason}",
            hint="`traincast dialects nanogpt --toml` shows one",
            where=where,
            reason=str(error),
        ) from error
    for pattern in (layer.step for layer in dialect.layers):
        check_pattern(pattern, where=where)
    for pattern in (*dialect.patterns_around, *(layer.partial for layer in dialect.layers if layer.partial)):
        check_pattern(pattern, where=where)
    return dialect


def check_pattern(pattern: str, *, where: str) -> None:
    """Raise UnreadableError where `pattern` is no regular expression."""
    try:
        re.compile(pattern, re.MULTILINE)
    except re.error as error:
        raise UnreadableError(
            "{where}: pattern {pattern!r}: {reason}",
            hint="it is a Python regular expression",
            where=where,
            pattern=pattern[:60],
            reason=str(error),
        ) from error


def load_file(path: str | Path) -> Dialect:
    """The dialect in a user's own TOML file."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or phrase("not UTF-8 text")
        raise UnreadableError(
            "cannot read {path}: {reason}", hint="give a dialect's TOML file", path=path, reason=reason
        ) from error
    return parse_dialect(text, where=str(path))


@cache
def openings() -> dict[str, list[str]]:
    """Name -> markers of every dialect: those that are built in, then those of plug-ins."""
    return {**built_in(), **{name: markers(dialect) for name, (_, dialect) in added().items()}}


@cache
def built_in() -> dict[str, list[str]]:
    """Name -> markers of every built-in dialect, read from the first two lines of each file without parsing it."""
    found: dict[str, list[str]] = {}
    for name, text in _texts():
        opening = OPENING.match(text)
        if opening is None:
            raise UnreadableError(
                "dialect {name}: the file must open with name and marker", hint="see its neighbours", name=name
            )
        found[opening[1]] = tomllib.loads(f"marker = {opening[2]}")["marker"]
    return {name: [value] if isinstance(value, str) else value for name, value in sorted(found.items())}


def _texts() -> Iterator[tuple[str, str]]:
    """File name and text of every built-in dialect."""
    for entry in files("traincast.reading").joinpath("dialects").iterdir():
        if entry.name.endswith(".toml"):
            yield entry.name, entry.read_text(encoding="utf-8")


@cache
def added() -> dict[str, tuple[str, Dialect]]:
    """Name -> TOML text and dialect of every dialect that a plug-in adds."""
    return dict(contributions("dialects", of_plugin))


def of_plugin(_: Plugin, thing: object) -> Iterator[tuple[str, tuple[str, Dialect]]]:
    """The dialects of a plug-in, which are TOML files; raises ValueError, UnreadableError."""
    for where, text in texts(thing, ".toml"):
        dialect = parse_dialect(text, where=where)
        if dialect.name in built_in():
            raise ValueError(f"{where}: a dialect called {dialect.name!r} is built in already")
        if not any(markers(dialect)):
            raise ValueError(f"{where}: a dialect needs a marker, a literal of every step line")
        yield dialect.name, (text, dialect)


def dialect_text(name: str) -> str:
    """The TOML text of the dialect `name`; raises UnknownNameError."""
    if name in built_in():
        return files("traincast.reading").joinpath("dialects", f"{name}.toml").read_text(encoding="utf-8")
    if name in added():
        return added()[name][0]
    import difflib  # only a mistake pays for it

    raise UnknownNameError("dialect", name, difflib.get_close_matches(name, openings(), 3, 0.4))


@cache
def load(name: str) -> Dialect:
    """The dialect `name`; raises UnknownNameError."""
    return parse_dialect(dialect_text(name), where=f"{name}.toml")
