"""Published models by name."""

from __future__ import annotations

import difflib
import re
from functools import cache
from typing import Any

import msgspec

from traincast.errors import UnknownNameError
from traincast.workloads.tables import table

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
    """All presets by name."""
    found = {}
    for family, rows in table("presets").items():
        for name, row in rows["models"].items():
            values = {**rows["all"], **{key: value for key, value in row.items() if key not in ABOUT}}
            where = f"huggingface.co/{row['repo']} config.json; " if "repo" in row else ""
            found[name] = Preset(
                name=name,
                title=row["title"],
                family=family,
                values={"model": name, **values},
                published=row.get("published"),
                source=where + rows["source"],
                repo=row.get("repo"),
            )
    return found


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
