"""Accelerators that a text names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache

import msgspec

from traincast.audit.words import any_of, vocabulary
from traincast.catalog.devices import accelerators, catalogued
from traincast.errors import AmbiguousNameError, TraincastError
from traincast.machine import Accelerator

MOST_WORDS = 8
COUNT = re.compile(r"(?<![\w.,])(\d{1,5})\s?[x×]\s?(?:nvidia |amd |geforce )*$", re.IGNORECASE)
PLURAL_COUNT = re.compile(r"(?<![\w.,×])(\d{1,5}) (?:nvidia |amd |geforce )*$", re.IGNORECASE)

Lookup = Callable[[str], Accelerator]


class Mention(msgspec.Struct, frozen=True, kw_only=True):
    """A device in a line."""

    text: str
    start: int
    candidates: tuple[Accelerator, ...]
    """one, or all that an ambiguous name may mean"""
    count: int | None = None
    """of `8x A100`"""


@cache
def start_pattern() -> re.Pattern[str]:
    """The beginning of a device name, makers before and variants behind, or the whole name of a plug-in's device."""
    table = vocabulary()["device"]
    makers = any_of(table["makers"])
    starts = any_of([*table["starts"], *map(re.escape, added_names())])
    return re.compile(
        rf"(?<![\w-])(?:{makers} ){{0,3}}{starts}(?![a-z0-9])s?{table['follows']}{{0,6}}",
        re.IGNORECASE,
    )


def added_names() -> list[str]:
    """What the devices of plug-ins are called."""
    added = (device for name, device in accelerators().items() if name not in catalogued())
    return [called for device in added for called in (device.name, *device.aliases)]


@cache
def bare_pattern() -> re.Pattern[str]:
    """`une 4070`."""
    return re.compile(r"(?<!\w)" + vocabulary()["device"]["bare"], re.IGNORECASE)


def mentions(line: str, lookup: Lookup) -> Iterator[Mention]:
    """Devices named in `line` that the catalog knows."""
    for match in start_pattern().finditer(line):
        words = match[0].split()
        for size in range(min(len(words), MOST_WORDS), 0, -1):
            text = " ".join(words[:size])
            found = candidates(text, lookup)
            if found:
                yield Mention(
                    text=text, start=match.start(), candidates=found, count=count_before(line, match.start(), text)
                )
                break
    if not start_pattern().search(line):
        for match in bare_pattern().finditer(line):
            found = candidates("RTX " + match[0][match.start(1) - match.start() :], lookup)
            if found:
                yield Mention(text=match[0][match.start(1) - match.start() :], start=match.start(1), candidates=found)


def candidates(text: str, lookup: Lookup) -> tuple[Accelerator, ...]:
    """What the catalog has under `text`: one, several where it is ambiguous, none where it is unknown."""
    for name in dict.fromkeys((text, re.sub(r"(?<=\d)s$", "", text))):
        if found := meant(name, lookup):
            return found
    return ()


def meant(name: str, lookup: Lookup) -> tuple[Accelerator, ...]:
    """All devices that `name` may mean."""
    try:
        return (lookup(name),)
    except AmbiguousNameError as error:
        return tuple(accelerator for near in error.near if (accelerator := known(near, lookup)))
    except TraincastError:
        return ()


def known(name: str, lookup: Lookup) -> Accelerator | None:
    """The accelerator with exactly this name."""
    try:
        return lookup(name)
    except TraincastError:
        return None


def count_before(line: str, start: int, text: str) -> int | None:
    """How many devices the line says, just before the name."""
    before = line[:start]
    match = COUNT.search(before) or (
        PLURAL_COUNT.search(before)
        if text.endswith("s") or re.search(r"(?i)\b(?:on|sur|with|avec)\s\d+\s?$", before)
        else None
    )
    return int(match[1]) if match else None
