"""The house rules that a reader feels: sizes, no import cycle, every public thing documented, numbers with units."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src"
MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_FUNCTION = 60
Function = ast.FunctionDef | ast.AsyncFunctionDef
NUMBERS = re.compile(r"\b(float|Array)\b")
UNITS = re.compile(
    r"\b(seconds?|s|ms|s/step|hours|times?|durations?|clock|bytes?|flops?|tokens?|samples?|steps?|ranks|layers|devices"
    r"|parameters|batch(es)?|rows|lines|counts?|how many|how often|numbers?|degrees?|levels?|widths?|stage|years?"
    r"|rates?|speed|SI|ratios?|factors?|share|fraction|percent|relative|probability|chance|confidence|weight|correlation"
    r"|efficiency|mfu|spread|log|mean|median|quantile|variance|sd|sigma|distance|scores?|index|place|unit|float\d\d"
    r"|0 to 1|figures?|bandwidth|slowdown|numeral|duration|total|residuals?|bubble|logits?|slope|price|size|z)\b",
    re.IGNORECASE,
)
"""a unit, or a word for a figure that has none"""
NAMED_UNITS = {
    *("seconds", "bytes", "flops", "hz", "watts", "tokens", "samples", "epochs", "parameters", "params", "probability"),
    *("confidence", "fraction", "share", "level", "loss", "losses", "mfu"),
}
"""parts of a field's name that tell its unit"""


def trees() -> dict[str, ast.Module]:
    """Every module of the package by its name."""
    return {
        ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__"): ast.parse(
            path.read_text(encoding="utf-8")
        )
        for path in sorted(SOURCE.rglob("*.py"))
    }


TREES = trees()


def imported(tree: ast.Module) -> set[str]:
    """Modules of the package that `tree` imports: at its top, inside its functions, for its types."""
    found: set[str] = set()
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            full = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if name in TREES else node.module for name in full]
        found |= {name for name in names if name in TREES}
    return found


def public(body: list[ast.stmt], name: str) -> Iterator[tuple[str, Function | ast.ClassDef]]:
    """Functions, classes and methods without a leading underscore, with their full names."""
    for node in body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield f"{name}.{node.name}", node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body, f"{name}.{node.name}")


def everything_public() -> Iterator[tuple[str, Function | ast.ClassDef]]:
    """What `public` gives of every module."""
    for name, tree in TREES.items():
        yield from public(tree.body, name)


def test_there_is_something_to_look_at() -> None:
    """The rules below hold of more than nothing."""
    assert len(TREES) > 200
    assert sum(1 for _ in everything_public()) > 1000


def test_no_file_is_long() -> None:
    """400 lines are where a file has a second subject."""
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCE.rglob("*.py")}

    assert [f"{path}: {n}" for path, n in lines.items() if n > MOST_LINES_OF_A_FILE] == []


def test_no_function_is_long() -> None:
    """60 lines, signature and docstring counted."""
    lengths = [
        (f"{name}: {node.name}", (node.end_lineno or node.lineno) - node.lineno + 1)
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, Function)
    ]

    assert [one for one in lengths if one[1] > MOST_LINES_OF_A_FUNCTION] == []


def test_no_import_runs_in_a_circle() -> None:
    """Modules can be put in an order in which each imports only those before it, late imports counted."""
    graph = {name: imported(tree) - {name} for name, tree in TREES.items()}
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(f"import cycle: {' -> '.join(error.args[1])}")

    assert len(order) == len(TREES)


def test_every_module_and_public_definition_says_what_it_is() -> None:
    """A docstring of its own, also where a method overrides a documented one."""
    bare = [name for name, tree in TREES.items() if not ast.get_docstring(tree)]
    bare += [name for name, node in everything_public() if not ast.get_docstring(node)]

    assert bare == []


def test_what_returns_a_number_tells_its_unit() -> None:
    """The docstring (or the name) of a public function that returns floats holds a unit, or says that it is a ratio."""
    silent = [
        f"{name}: {ast.get_docstring(node)}"
        for name, node in everything_public()
        if isinstance(node, Function) and node.returns is not None and NUMBERS.search(ast.unparse(node.returns))
        if not UNITS.search(f"{ast.get_docstring(node)} {node.name.replace('_', ' ')}")
    ]

    assert silent == []


def test_what_holds_a_number_tells_its_unit() -> None:
    """Each float field of a public record: in its name, under it, or where the record's docstring names it."""
    silent = [
        f"{name}.{field}: {text}"
        for name, node in everything_public()
        if isinstance(node, ast.ClassDef)
        for field, text in number_fields(node)
        if not NAMED_UNITS & set(field.split("_"))
        and not UNITS.search(text)
        and not (f"`{field}`" in (ast.get_docstring(node) or "") and UNITS.search(ast.get_docstring(node) or ""))
    ]

    assert silent == []


def number_fields(record: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """Names of the public float fields of a class, each with the string under it ("" where there is none)."""
    for node, below in zip(record.body, [*record.body[1:], ast.Pass()], strict=True):
        named = isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
        if named and node.target.id[0] != "_" and NUMBERS.search(ast.unparse(node.annotation)):
            yield node.target.id, ast.unparse(below) if is_text(below) else ""


def test_nothing_is_left_open() -> None:
    """No marker of unfinished work, no function that does nothing but pass."""
    marks = ("TO" + "DO", "FIX" + "ME", "XX" + "X", "NotImplemented" + "Error")
    lines = [
        f"{path}:{number}"
        for path in SOURCE.rglob("*.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if any(mark in line for mark in marks)
    ]
    empty = [
        f"{name}: {node.name}"
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, Function) and [type(one) for one in node.body if not is_text(one)] == [ast.Pass]
    ]

    assert lines + empty == []


def is_text(node: ast.stmt) -> bool:
    """Whether a statement is a string alone."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
