"""Settings of a Python file, read as data: nothing in it is ever run."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

from traincast.errors import UnreadableError

LARGEST_POWER = 64
LARGEST_NUMBER = 10**40
OPERATIONS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
Constant = int | float | str | bool | None


class NotConstantError(Exception):
    """An expression that is more than constants and arithmetic."""


def constants(source: str, name: str) -> tuple[dict[str, Constant], list[str]]:
    """Top-level settings of the Python text `source`, and the names whose values are no constants.

    `name` is the file's, for messages. Raises UnreadableError where the text is no Python.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise UnreadableError(
            "{name}:{lineno}: not Python", hint="give a nanoGPT config/*.py", name=name, lineno=error.lineno or 0
        ) from None
    except (ValueError, RecursionError, MemoryError):
        raise UnreadableError(
            "{name}: not Python that can be read", hint="give a nanoGPT config/*.py", name=name
        ) from None
    found: dict[str, Constant] = {}
    others: list[str] = []
    for node in tree.body:
        for target, expression in _assignments(node):
            made = _constant_or_none(expression, found)
            found.pop(target, None)
            if made:
                found[target] = made[0]
            else:
                others.append(target)
    return found, others


def _constant_or_none(expression: ast.expr, known: dict[str, Constant]) -> tuple[Constant] | None:
    """The value of an expression in a tuple; None where it is no constant."""
    try:
        return (constant(expression, known),)
    except (NotConstantError, ArithmeticError, TypeError, ValueError, RecursionError):
        return None


def _assignments(node: ast.stmt) -> list[tuple[str, ast.expr]]:
    """Names that a statement sets and the expressions it sets them to."""
    if isinstance(node, ast.Assign):
        pairs = [(target, node.value) for target in node.targets]
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        pairs = [(node.target, node.value)]
    else:
        return []
    return [(target.id, value) for target, value in pairs if isinstance(target, ast.Name)]


def constant(node: ast.expr, known: dict[str, Constant]) -> Constant:
    """The value of an expression of constants, names set before, and arithmetic. Raises NotConstantError."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float | str | bool | None):
        return node.value
    if isinstance(node, ast.Name) and node.id in known:
        return known[node.id]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        value = _number(constant(node.operand, known))
        return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATIONS:
        left, right = _number(constant(node.left, known)), _number(constant(node.right, known))
        if isinstance(node.op, ast.Pow) and not 0 <= right <= LARGEST_POWER:
            raise NotConstantError
        return _number(OPERATIONS[type(node.op)](left, right))
    raise NotConstantError


def _number(value: Constant) -> int | float:
    """`value`, where it is a number of sane size."""
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > LARGEST_NUMBER:
        raise NotConstantError
    return value
