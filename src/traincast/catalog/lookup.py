"""From what a person or a driver writes to one accelerator: never to another card."""

from __future__ import annotations

import difflib
import re
import sys
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import msgspec

from traincast.catalog.devices import accelerators, catalogued
from traincast.errors import AmbiguousNameError, UnknownNameError, UsageError
from traincast.machine import Accelerator, Machine
from traincast.phrases import Figures, phrase

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LONGEST_NAME = 200
MOST_DEVICES = 10_000_000
VARIANT = re.compile(r"\d+gb|sxm|pcie|oam|sff|gcd|stack|gddr\d+x?|hbm\d\w*|desktop|nvl")
"""words that tell variants of one model apart and may be left out"""
AFTER = re.compile(r"(?P<name>.*[^\s-])\s*[x×*]\s*(?P<count>-?[0-9]+)", re.IGNORECASE)
BEFORE = re.compile(r"(?P<count>-?[0-9]+)\s*[x×*]\s*(?P<name>.+)", re.IGNORECASE)
SLICE = re.compile(r"((google|cloud)\s+)*(tpu[\s-]?)?(?P<kind>v[0-9][a-z]*)-(?P<count>[0-9]+)", re.IGNORECASE)
"""a slice of a Cloud TPU, `v6e-8`"""
SIZE = re.compile(r"([0-9]+)gb")
PROBE = phrase("`traincast probe` on the machine itself makes a file for --on")
"""what helps where a device is not in the catalog"""


class Row(msgspec.Struct, frozen=True):
    """The words of one device: those a name must have, those it may have, and its drivers' names without brand."""

    name: str
    must: frozenset[str]
    may: frozenset[str]
    bare: frozenset[frozenset[str]]


@cache
def spelling() -> dict[str, Any]:
    """The tables of names.toml."""
    return tomllib.loads(files("traincast.catalog").joinpath("names.toml").read_text(encoding="utf-8"))


def ordered_words(text: str) -> list[str]:
    """The words of a name in order, noise left out, variants in one spelling."""
    text = re.sub(r"([0-9])\s*gi?b?\b", r"\1gb", text.lower().replace("max-q", "maxq"))
    for glued, apart in spelling()["apart"].items():
        text = re.sub(glued, apart, text)
    same, noise = spelling()["same"], set(spelling()["noise"])
    return [same.get(word, word) for word in re.findall(r"[a-z0-9]+", text) if word not in noise]


def words(text: str) -> frozenset[str]:
    """The words of a name that tell devices apart."""
    return frozenset(ordered_words(text))


def squeezed(text: str) -> str:
    """The letters and digits of a name."""
    return "".join(re.findall(r"[a-z0-9]+", text.lower()))


@cache
def spellings() -> dict[str, frozenset[str]]:
    """Squeezed full name -> devices: each name and alias, with its leading and trailing brand words or without."""
    found: dict[str, set[str]] = {}
    for device in accelerators().values():
        for alias in (device.name, *device.aliases):
            for spelled in shortened(alias):
                found.setdefault(spelled, set()).add(device.name)
    return {spelled: frozenset(names) for spelled, names in found.items()}


def shortened(alias: str) -> set[str]:
    """`alias` squeezed, with its brand words and with each leading one left out in turn."""
    prefixes = set(spelling()["prefixes"])
    found = {squeezed(alias)}
    rest = re.findall(r"[a-z0-9]+", alias.lower())
    noise = set(spelling()["noise"])
    for kept in (rest, [word for word in rest if word not in noise]):
        found.add("".join(kept))
        while len(kept) > 1 and kept[0] in prefixes:
            kept = kept[1:]
            found.add("".join(kept))
    return found


@cache
def index() -> tuple[Row, ...]:
    """The words of every accelerator."""
    return tuple(row_of(device) for device in accelerators().values())


def row_of(device: Accelerator) -> Row:
    """The words of one accelerator, from its name and its aliases."""
    brand = brand_words(device)
    identity = words(device.name) - brand
    optional = frozenset(word for word in identity if VARIANT.fullmatch(word))
    listed = (device.memory_bytes or 0.0) / 2**30
    size = {f"{each:.0f}gb" for each in (listed, *sold_with(device)) if each}
    cores = {str(device.num_sm), "core"} if device.vendor == "Apple" else set()  # as in `M1 Max 32-core GPU`
    named = frozenset().union(*(words(alias) for alias in device.aliases))
    extra = size | cores | {device.form} | words(device.notes)
    bare = frozenset(words(alias) - brand for alias in device.aliases)
    return Row(device.name, identity - optional, identity | brand | named | extra, bare)


def sold_with(device: Accelerator) -> list[int]:
    """GiB of memory that a chip is sold with where that is the buyer's choice; the catalog has the most."""
    sizes = spelling()["unified"].get(device.vendor, [])
    return [size for size in sizes if size * 2**30 <= (device.memory_bytes or 0.0)]


def sized(device: Accelerator, asked: frozenset[str]) -> Accelerator:
    """`device` with the memory that `asked` names, where it is sold with several."""
    named = [int(found[1]) for word in asked if (found := SIZE.fullmatch(word))]
    if len(named) == 1 and named[0] in sold_with(device):
        return msgspec.structs.replace(device, memory_bytes=named[0] * 2.0**30)
    return device


def brand_words(device: Accelerator) -> frozenset[str]:
    """Words of the vendor that this device may be called by: `geforce` only where it is one."""
    belongs = f"{device.name} {device.family} {device.arch} {device.title} {device.vendor}".lower()
    named = frozenset(word for word in spelling()["vendor"].get(device.vendor, ()) if word in belongs)
    return named - {"rtx", "pascal"} if device.family == "titan" else named  # there they tell models apart


def candidates(asked: frozenset[str]) -> list[Row]:
    """Devices that `asked` may mean: those whose necessary words it has and whose words cover it."""
    return [row for row in index() if row.must and row.must <= asked <= row.may]


@lru_cache(maxsize=4096)
def accelerator(text: str) -> Accelerator:
    """The accelerator that `text` names: any alias, with case, spaces and hyphens ignored.

    Raises UnknownNameError with near misses, AmbiguousNameError with the candidates.
    """
    text = text[:LONGEST_NAME]
    known = accelerators()
    if text.strip().lower() in known:
        return known[text.strip().lower()]
    spelled = spellings().get(squeezed(text), frozenset())
    if len(spelled) == 1:
        return known[next(iter(spelled))]
    asked = words(text)
    found = catalog_first(sorted(spelled) or [row.name for row in candidates(asked)])
    if not found:
        unknown = UnknownNameError("device", text, near(text))
        unknown.advice = phrase("{near}; {probe}", near=unknown.advice, probe=PROBE)
        raise unknown
    chosen = found if len(found) == 1 else usual(found, asked)
    if len(chosen) == 1:
        return sized(known[chosen[0]], asked)
    raise AmbiguousNameError("device", text, found)


def catalog_first(found: list[str]) -> list[str]:
    """Of `found` those of the catalog, if any: what a plug-in adds takes no name away."""
    return [name for name in found if name in catalogued()] or found


def usual(found: list[str], asked: frozenset[str]) -> list[str]:
    """Of the devices `found`, the one whose driver writes no more than `asked`, or the usual variant of the model."""
    brands = frozenset(spelling()["prefixes"])
    exact = [
        row.name for row in index() if row.name in found and any(name - brands == asked - brands for name in row.bare)
    ]
    return exact or [name for name in found if name in usual_names(asked)]


def usual_names(asked: frozenset[str]) -> set[str]:
    """The usual variants of the models that `asked` names."""
    return {name for model, name in spelling()["usual"].items() if model in asked}


def other_variants(text: str) -> tuple[str, ...]:
    """Devices that `text` may also mean beside the one chosen, such as the 8 GB board under the 12 GB one's name."""
    name, _ = counted(text)
    if name in accelerators():
        return ()
    chosen = accelerator(name).name
    return tuple(row.name for row in candidates(words(name)) if row.name != chosen)


def near(text: str) -> list[str]:
    """Names closest to `text`, at most five: those that share its number, then those spelled alike."""
    short = squeezed(text)
    number = max((word for word in words(text) if re.search("[0-9]{2}", word)), key=len, default="")
    shared = [row.name for row in index() if number in row.must]
    alike = difflib.get_close_matches(short, spellings(), 8, 0.65) or difflib.get_close_matches(
        short, spellings(), 5, 0.5
    )
    close = difflib.get_close_matches(text.lower(), shared, 5, 0.0)
    return list(dict.fromkeys([*close, *(name for match in alike for name in sorted(spellings()[match]))]))[:5]


def machine(text: str) -> Machine:
    """The machine of `DEVICE`, `DEVICExN` or `NxDEVICE`. Raises UsageError, UnknownNameError, AmbiguousNameError."""
    name, count = counted(text)
    if not 1 <= count <= MOST_DEVICES:
        raise UsageError(
            "{count} devices in {text!r}",
            hint="between 1 and {most}",
            count=count,
            text=text[:LONGEST_NAME],
            most=Figures(f"{MOST_DEVICES:,}"),
        )
    return Machine(accelerator=accelerator(name), n_devices=count)


def counted(text: str) -> tuple[str, int]:
    """Name and count in `text`: the x of `RTX 9999` and of `7900 XTX` multiplies nothing."""
    text = text.strip()[:LONGEST_NAME]
    if is_named(text):
        return text, 1
    if cut := slice_of(text):
        return cut
    found = [match for pattern in (AFTER, BEFORE) if (match := pattern.fullmatch(text))]
    for match in found:
        if is_named(match["name"]):
            return match["name"], int(match["count"][:12])
    for match in found:  # a count of something unknown, which is then named without it
        if not match["name"][-1].isalpha() or match.re is BEFORE:
            return match["name"], int(match["count"][:12])
    return text, 1


def slice_of(text: str) -> tuple[str, int] | None:
    """Chip and count of a slice of a Cloud TPU: `v6e-8` has eight, `v4-8` four of two cores each."""
    found = SLICE.fullmatch(text)
    kind, each = spelling()["slices"].get(found["kind"].lower(), ("", 0)) if found else ("", 0)
    count = int(found["count"][:12]) if found else 0
    return (kind, count // each) if each and count and count % each == 0 else None


def is_named(text: str) -> bool:
    """Whether `text` names a device or several."""
    try:
        accelerator(text)
    except AmbiguousNameError:
        return True
    except UnknownNameError:
        return False
    return True
