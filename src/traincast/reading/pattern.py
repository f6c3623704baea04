"""The pattern of a step line, and what its groups mean."""

from __future__ import annotations

import re

from traincast.reading.clocks import STAMP
from traincast.reading.dialect import UNTIMED, Layer, Meaning

BEFORE, BEHIND = 60, 150
"""characters that may stand before the time stamp of a line, and between it and what the line tells"""


def meanings(layer: Layer) -> dict[str, Meaning]:
    """Meaning of every named group of the step pattern, defaults filled in."""
    found = {}
    for name in re.compile(layer.step, re.MULTILINE).groupindex:
        if name in layer.meaning:
            found[name] = layer.meaning[name]
        elif name in UNTIMED:
            found[name] = Meaning(is_=name)  # type: ignore[arg-type]
    return found


def has_clock(layer: Layer) -> bool:
    """Whether the step lines of `layer` carry a clock of their own, or their stamps are no clock of its steps."""
    kinds = {meaning.is_ for meaning in meanings(layer).values()}
    return not layer.stamps or not kinds.isdisjoint(("clock", "elapsed", "countdown"))


def step_pattern(layer: Layer, *, stamped: bool = False) -> re.Pattern[str]:
    """The compiled step pattern; `stamped` also takes the time stamp that a logger put before it."""
    text = layer.step
    if stamped:
        body = text[1:] if text.startswith("^") else text
        text = rf"^[^\n]{{0,{BEFORE}}}?(?P<prefix_stamp>{STAMP})[^\n]{{0,{BEHIND}}}?(?:{body})"
    return re.compile(text, re.MULTILINE)
