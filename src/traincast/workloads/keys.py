"""The flat keys of a workload: what type each has, what else people call it, and the record they make."""

from __future__ import annotations

import math
import typing
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Literal, get_args, get_origin

from traincast.errors import UnknownNameError, UsageError, WorkloadError
from traincast.machine import Precision
from traincast.phrases import phrase
from traincast.units import parse_count
from traincast.workload import Workload
from traincast.workloads.ranges import check_ranges, shown
from traincast.workloads.tables import table

PRECISIONS: tuple[str, ...] = get_args(Precision)
LONGEST_WORD = 200
Cell = Callable[[str, Any], Any]


TYPES: dict[str, Any] = typing.get_type_hints(Workload)
"""key -> type, in the order of the record"""


def workload(values: Mapping[str, Any]) -> Workload:
    """The workload with `values`; None is unknown. Raises UnknownNameError for a key, WorkloadError for a value."""
    found, others = converted(values)
    if others:
        raise unknown_key(others[0])
    return found


def converted(values: Mapping[str, Any]) -> tuple[Workload, list[str]]:
    """The workload with `values`, and the keys that are none of a workload's. Raises WorkloadError."""
    cells, off = _cells(), _off()
    found: dict[str, Any] = {}
    others: list[str] = []
    for key, value in values.items():
        if value is None:
            continue
        cell = cells.get(key)
        if cell is None:
            own = own_key(key)
            if own is None:
                others.append(key)
                continue
            key, cell = own, cells[own]
        made = cell(key, value)
        found[key] = None if made == 0 and key in off else made
    check_ranges(found)
    return Workload(**found), others


def own_key(key: object) -> str | None:
    """The workload's own name of what `key` says; None where it has none."""
    plain = str(key)[:LONGEST_WORD].strip().lower().replace("-", "_")
    plain = table("keys")["synonyms"].get(plain, plain)
    return plain if plain in TYPES else None


def canonical_key(key: str) -> str:
    """The workload's own name of what `key` says. Raises UnknownNameError with near misses."""
    found = own_key(key)
    if found is None:
        raise unknown_key(key)
    return found


def unknown_key(key: object) -> UnknownNameError:
    """The error about a key that no workload has, with near misses."""
    import difflib  # only a mistake pays for it

    text = str(key)[:LONGEST_WORD]
    near = difflib.get_close_matches(text.replace("-", "_").lower(), TYPES, 3, 0.6)
    return UnknownNameError("workload key", text, near, listing="schema workload")


@cache
def _off() -> frozenset[str]:
    return frozenset(table("keys")["off"]["keys"])


@cache
def _cells() -> dict[str, Cell]:
    """Key -> what turns a value into the key's own."""
    return {key: _cell(key, hint) for key, hint in TYPES.items()}


def kind_of(key: str) -> tuple[type, tuple[str, ...]]:
    """(int, float, bool or str; the words it may hold) of a key."""
    kinds = get_args(TYPES[key])
    kind = next((kind for kind in (bool, int, float) if kind in kinds), str)
    return kind, choices(key)


def choices(key: str) -> tuple[str, ...]:
    """The words that `key` may hold; empty where it is no word of a list."""
    if key == "precision":
        return PRECISIONS
    for option in get_args(TYPES[key]):
        if get_origin(option) is Literal:
            return get_args(option)
    return ()


def _cell(key: str, hint: Any) -> Cell:
    """What converts values of `key`, by its type."""
    kinds = get_args(hint)
    if words := choices(key):
        return _word(words, table("keys")["words"].get(key, {}))
    if key == "zero":
        return _zero
    if bool in kinds:
        return yes_no
    if int in kinds:
        return whole
    return number if float in kinds else text


def text(key: str, value: Any) -> str | None:
    """A name; raises WorkloadError where `value` is no string."""
    if not isinstance(value, str):
        raise _wrong(key, value, phrase("a word"))
    return value.strip()[:LONGEST_WORD] or None


def is_unknown(value: Any) -> bool:
    """Whether `value` is a word for no answer."""
    return isinstance(value, str) and value.strip().lower() in table("keys")["unknown"]["words"]


def whole(key: str, value: Any) -> int | None:
    """A whole number; raises WorkloadError."""
    if type(value) is int:
        return value
    found = number(key, value)
    if found is None:
        return None
    if found != int(found):
        raise _wrong(key, value, phrase("a whole number"))
    if isinstance(value, str) and value.isdecimal() and len(value) < LONGEST_WORD:
        return int(value)  # exact beyond 2^53
    return int(found)


def number(key: str, value: Any) -> float | None:
    """A finite number; raises WorkloadError."""
    if is_unknown(value):
        return None
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise ValueError
        found = float(value) if not isinstance(value, str) else parse_count(value[:LONGEST_WORD])
    except (ValueError, OverflowError, UsageError):
        raise _wrong(key, value, phrase("a number")) from None
    if not math.isfinite(found):
        raise _wrong(key, value, phrase("a finite number"))
    return found


def yes_no(key: str, value: Any) -> bool | None:
    """Yes or no; raises WorkloadError."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and value in (0, 1):
        return bool(value)
    if isinstance(value, str):
        said = value.strip().lower()
        if said in table("keys")["yes-no"]["yes"]:
            return True
        if said in table("keys")["yes-no"]["no"]:
            return False
        if is_unknown(value):
            return None
    raise _wrong(key, value, phrase("true or false"))


def _zero(key: str, value: Any) -> int | None:
    """A ZeRO stage, also by its name."""
    if isinstance(value, str) and (stage := table("keys")["words"]["zero"].get(normal(value))) is not None:
        return int(stage)
    return whole(key, value)


def normal(word: str) -> str:
    """`word` in lower case with hyphens."""
    return word.strip()[:LONGEST_WORD].lower().replace("_", "-").replace(" ", "-")


def _word(words: tuple[str, ...], synonyms: dict[str, str]) -> Cell:
    """What converts a word of a list."""

    def convert(key: str, value: Any) -> str | None:
        if value in words if isinstance(value, str) else False:
            return str(value)
        said = normal(str(value)) if isinstance(value, str | bool) else None
        if said in words:
            return said
        if said in synonyms:
            return synonyms[said]
        if is_unknown(value):
            return None
        raise WorkloadError(
            "{key} = {value} is not known", hint="one of {names}", key=key, value=shown(value), names=", ".join(words)
        )

    return convert


def _wrong(key: str, value: Any, kind: str) -> WorkloadError:
    """The error about a value of the wrong kind."""
    return WorkloadError(
        "{key} = {value} is not {kind}",
        hint="write {key} as {kind}, or leave it out",
        key=key,
        value=shown(value),
        kind=kind,
    )
