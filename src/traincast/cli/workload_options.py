"""An option for every key of a workload, with the help that stands below the key in the record."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

import click

from traincast.workloads.keys import TYPES, kind_of

F = TypeVar("F", bound=Callable[..., Any])
ELSEWHERE = {"steps"}
"""keys that have an option of their own in cli/options.py"""
FEW_WORDS = 9
"""words that still fit in the help as they are"""
TRAINER_ARGUMENTS = "traincast.trainer_arguments"


@cache
def documented() -> dict[str, str]:
    """Key -> the string below it in the record."""
    tree = ast.parse(files("traincast").joinpath("workload.py").read_text(encoding="utf-8"))
    (record,) = (node for node in tree.body if isinstance(node, ast.ClassDef))
    found = {}
    for node, after in zip(record.body, [*record.body[1:], None], strict=True):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            below = after.value if isinstance(after, ast.Expr) else None
            text = below.value if isinstance(below, ast.Constant) and isinstance(below.value, str) else ""
            found[node.target.id] = " ".join(text.replace("`", "").split())
    return found


def workload_options(function: F) -> F:
    """All keys of a workload as options (`--n-layer`, `--micro-batch`, ...), None where not given."""
    for key in reversed([key for key in TYPES if key not in ELSEWHERE]):
        function = option(key)(function)
    return function


def option(key: str) -> Callable[[F], F]:
    """The option of one key. Values are checked later, with the keys of the file, so that one error serves both."""
    kind, words = kind_of(key)
    name = "--" + key.replace("_", "-")
    text = documented().get(key) or None
    if kind is bool:
        return click.option(f"{name}/--no-{key.replace('_', '-')}", key, default=None, help=text)
    metavar = "|".join(words) if 0 < len(words) <= FEW_WORDS else {int: "N", float: "X"}.get(kind, "WORD")
    return click.option(name, key, default=None, metavar=metavar, help=text)


def given(options: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of a workload that were given, out of all `options` of a command."""
    return {key: value for key, value in options.items() if key in TYPES and value is not None}


class WorkloadCommand(click.Command):
    """Takes nanoGPT's own `--batch_size=8` beside the options; `trainer_arguments` has them."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Options and arguments, without what is nanoGPT's."""
        own = {name for parameter in self.params for name in (*parameter.opts, *parameter.secondary_opts)}
        theirs = [word for word in args if is_trainers(word, own)]
        ctx.meta[TRAINER_ARGUMENTS] = theirs
        return super().parse_args(ctx, [word for word in args if word not in theirs])


def is_trainers(word: str, own: set[str]) -> bool:
    """Whether `word` is a `--key=value` of nanoGPT and none of the command's `own` options: `--compile=False` is."""
    key, equals, _ = word.partition("=")
    if not (equals and key.startswith("--")):
        return False
    from traincast.workloads.nanogpt import settings

    return key[2:] in settings() and (key not in own or key in SWITCHES)


SWITCHES = frozenset(f"--{key}" for key in TYPES if kind_of(key)[0] is bool)
"""options here that take no value, while nanoGPT writes one"""


def trainer_arguments() -> list[str]:
    """nanoGPT's own arguments of the command that runs."""
    return list(click.get_current_context().meta.get(TRAINER_ARGUMENTS, ()))
