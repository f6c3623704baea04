"""One total order of imports: a module imports only from rooms above its own."""

from __future__ import annotations

import ast
from pathlib import Path

SOURCE = Path(__file__).parent.parent / "src" / "traincast"
ORDER = [
    # words
    "_version", "phrases", "errors", "sources", "estimate", "units", "wording",
    # records
    "workload", "machine", "findings", "plugins", "views", "runlog", "scorecard", "explanation", "answers",
    # numbers
    "catalog", "stats", "cost",
    # in
    "reading", "workloads", "probing",
    # answers
    "calibrate", "predict", "phases", "summary", "forecast", "backtest", "explain", "audit", "plan",
    # out
    "reports", "training", "integrations", "live", "ledger",
    # doors
    "api", "__init__", "cli", "__main__",
]  # fmt: skip
LAZY_DOORS = {"__init__"}  # the package imports its API when a verb is first used


def room(path: Path) -> str:
    """The top-level module or package a file belongs to."""
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    """Rooms that a file imports from, at its top or inside its functions."""
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            rooms |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("traincast.")}
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "traincast":
            parts = node.module.split(".")
            rooms |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
    return rooms


def test_every_room_has_its_place_in_the_order() -> None:
    """A new top-level module is placed before it is used."""
    assert {room(path) for path in SOURCE.rglob("*.py")} <= set(ORDER)


def test_imports_go_up_only() -> None:
    """Rooms import from themselves and from rooms earlier in the order."""
    place = {name: i for i, name in enumerate(ORDER)}
    wrong = [
        f"{path.relative_to(SOURCE)} imports {name}"
        for path in sorted(SOURCE.rglob("*.py"))
        if room(path) not in LAZY_DOORS
        for name in sorted(imported_rooms(path))
        if name in place and place[name] > place[room(path)]
    ]

    assert wrong == []


def test_answers_are_built_without_files_clocks_or_networks() -> None:
    """Rooms between the two edges import no module that touches the world."""
    edges = {"subprocess", "socket", "urllib", "http", "requests", "time"}
    inner = {"stats", "cost", "phases", "summary", "forecast", "audit", "explain"}
    wrong = []
    for path in sorted(SOURCE.rglob("*.py")):
        if room(path) in inner:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                wrong += [f"{path.relative_to(SOURCE)} imports {n}" for n in names if n.split(".")[0] in edges]

    assert wrong == []
