"""A verb that takes a command of the user's after `--`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from traincast.errors import UsageError

if TYPE_CHECKING:
    Figure = click.ParamType[float]
else:
    Figure = click.ParamType  # generic since click 8.2

KEY = "traincast.command"


class WithCommand(click.Command):
    """Keeps the words after the first `--` as they are; nothing in them is taken for an option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Options and arguments before `--`, the command after it. Raises UsageError where the `--` was forgotten."""
        if "--" in args:
            at = args.index("--")
            ctx.meta[KEY] = args[at + 1 :]
            return super().parse_args(ctx, args[:at])
        given, ctx.allow_extra_args = list(args), True
        try:
            rest = super().parse_args(ctx, args)
        except click.NoSuchOption:
            if given[0].startswith("-") or Path(given[0]).exists():
                raise
            rest = given  # an option of the command
        if ctx.args or rest is given:
            raise UsageError(
                "a command stands behind --, not {command!r} alone",
                hint="{path} -- {words}",
                command=given[0],
                path=ctx.command_path,
                words=shlex.join(given),
            )
        return rest


def command_words() -> list[str] | None:
    """The words after `--`; `None` where there is no `--`."""
    words = click.get_current_context().meta.get(KEY)
    return list(words) if words is not None else None


class Span(Figure):
    """A duration in seconds: `90`, `90s`, `1h30m`."""

    name = "duration"

    def convert(self, value: str | float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Seconds; raises UsageError."""
        if isinstance(value, (int, float)):
            return float(value)
        from traincast.units import parse_duration

        return parse_duration(value)
