"""The TOML tables of this folder."""

from __future__ import annotations

import sys
from functools import cache
from importlib.resources import files
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@cache
def table(name: str) -> dict[str, Any]:
    """The table `name`.toml."""
    return parsed(files("traincast.workloads").joinpath(f"{name}.toml").read_text(encoding="utf-8"))


def parsed(text: str) -> dict[str, Any]:
    """The table that a TOML text is; raises ValueError."""
    return tomllib.loads(text)
