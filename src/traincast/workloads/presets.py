"""Published models by name."""

from __future__ import annotations

import difflib
import sys
from functools import cache
from importlib.resources import files
from typing import Any

from traincast.errors import UnknownNameError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@cache
def presets() -> dict[str, dict[str, Any]]:
    """Name -> flat keys, with `source` and `aliases` beside them."""
    text = files("traincast.workloads").joinpath("presets.toml").read_text(encoding="utf-8")
    tables = tomllib.loads(text)
    return {name: {**tables[row["like"]], **row} if "like" in row else row for name, row in tables.items()}


def plain(name: str) -> str:
    """`name` in lower case without the maker, with one kind of separator."""
    return name.lower().rsplit("/", 1)[-1].replace("_", "-").replace(" ", "-").removeprefix("meta-")


@cache
def names() -> dict[str, str]:
    """Plain spelling -> name of the preset."""
    return {plain(spelled): name for name, row in presets().items() for spelled in (name, *row.get("aliases", ()))}


def is_preset(text: str) -> bool:
    """Whether a preset is called `text`."""
    return plain(text) in names()


def preset(text: str) -> dict[str, object]:
    """The flat keys of a published model, its name in `model`. Raises UnknownNameError with near misses."""
    name = names().get(plain(text))
    if name is None:
        near = difflib.get_close_matches(plain(text), names(), 4, 0.5)
        raise UnknownNameError("model", text[:80], [names()[match] for match in near])
    row = presets()[name]
    return {"model": name, **{key: value for key, value in row.items() if key not in ("source", "aliases", "like")}}
