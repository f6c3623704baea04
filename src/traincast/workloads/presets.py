"""Published models by name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import msgspec

from traincast.errors import UnknownNameError
from traincast.plugins import Plugin, contributions, texts
from traincast.workload import Workload
from traincast.workloads.tables import parsed, table

LONGEST_NAME = 200
ABOUT = ("title", "repo", "published")
SUFFIXES = re.compile(r"(-?(instruct|chat|base|hf|it|v0\.[0-9]|uncased|cased|preview|bnb|4bit|unsloth|pretrained))+$")
"""words that repositories append to the name of a model without changing its shape"""


class Preset(msgspec.Struct, frozen=True, kw_only=True):
    """One published model."""

    name: str
    title: str
    family: str
    values: dict[str, Any]
    """keys of its workload"""
    published: int | None
    """parameters of the authors' weights, position tables and biases counted"""
    source: str
    repo: str | None = None


@cache
def presets() -> dict[str, Preset]:
    """All presets by name: those that are built in, then those of plug-ins."""
    return {**built_in(), **{one.name: one for one in contributions("presets", added)}}


@cache
def built_in() -> dict[str, Preset]:
    """The presets of presets.toml."""
    return {one.name: one for one in of_families(table("presets"))}


def of_families(families: Mapping[str, Any]) -> Iterator[Preset]:
    """The presets of a table of families."""
    for family, rows in families.items():
        for name, row in rows["models"].items():
            values = {**rows.get("all", {}), **{key: value for key, value in row.items() if key not in ABOUT}}
            where = f"huggingface.co/{row['repo']} config.json; " if "repo" in row else ""
            yield Preset(
                name=name,
                title=row["title"],
                family=family,
                values={"model": name, **values},
                published=row.get("published"),
                source=where + rows["source"],
                repo=row.get("repo"),
            )


def added(_: Plugin, thing: object) -> Iterator[Preset]:
    """The presets of a plug-in: TOML files like presets.toml. Raises ValueError."""
    for where, text in texts(thing, ".toml"):
        try:
            found = list(of_families(parsed(text)))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{where} is no table of families: {error} is missing or wrong") from error
        for one in found:
            strange = sorted(set(one.values) - set(Workload.__struct_fields__))
            if strange:
                raise ValueError(f"{where}: {one.name} has keys that no workload has: {', '.join(strange)}")
            if squeezed(one.name) in {squeezed(name) for name in built_in()}:
                raise ValueError(f"{where}: a model called {one.name} is built in already")
            yield one


def squeezed(name: str) -> str:
    """A model's name without its organisation, its suffixes, case, blanks and hyphens."""
    whole = name[:LONGEST_NAME].lower().strip().rstrip("/")
    last = whole.rsplit("/", 1)[-1]
    if last.isdigit():  # the patches of ViT-B/16
        last = whole
    return re.sub(r"[\s_/-]", "", SUFFIXES.sub("", last).removeprefix("meta-"))


@cache
def spellings() -> dict[str, str]:
    """Squeezed name -> preset, from names, titles and repositories; the first of several keeps it."""
    found: dict[str, str] = {}
    for preset in presets().values():
        for spelled in (preset.name, preset.title, preset.repo or ""):
            if spelled:
                found.setdefault(squeezed(spelled), preset.name)
    return found


def is_preset(name: str) -> bool:
    """Whether a preset is called so."""
    return squeezed(name) in spellings()


def preset(name: str) -> Preset:
    """The preset called `name`, also by its repository. Raises UnknownNameError with near misses."""
    found = spellings().get(squeezed(name))
    if found is None:
        near = difflib.get_close_matches(squeezed(name), spellings(), 6, 0.5)
        names = list(dict.fromkeys(spellings()[one] for one in near))[:5]
        raise UnknownNameError("model", name[:LONGEST_NAME], names)
    return presets()[found]


def preset_values(name: str) -> dict[str, Any]:
    """Keys of the workload of the preset called `name`."""
    return dict(preset(name).values)
