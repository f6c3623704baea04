"""Scripts beside the package ask it for names that it has."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted(
    path for folder in ("accuracy", "bench", "tools", "examples") for path in (ROOT / folder).rglob("*.py")
)


def asked(script: Path) -> Iterator[tuple[str, str]]:
    """(module, name) of everything that `script` takes from traincast."""
    for node in ast.walk(ast.parse(script.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "traincast":
            yield from ((str(node.module), one.name) for one in node.names)


def has(module: str, name: str) -> bool:
    """Whether `name` is in `module`, or a module of it."""
    return hasattr(imported(module), name) or imported(f"{module}.{name}") is not None


def imported(module: str) -> ModuleType | None:
    """The module; `None` where there is none. Skips where a library that it needs is not installed."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] != "traincast":
            pytest.skip(f"{module} needs {error.name}")
        return None


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_name_that_a_script_imports_is_there(script: Path) -> None:
    """Also in scripts that take minutes to run and that no other test starts."""
    assert [(module, name) for module, name in asked(script) if not has(module, name)] == []


def test_a_name_that_is_gone_would_be_seen() -> None:
    """One that is there, one that is not, one of a module that is not."""
    assert has("traincast.machine", "Machine")
    assert has("traincast", "machine")
    assert not has("traincast.machine", "Residual")
    assert not has("traincast.residuals", "Machine")
