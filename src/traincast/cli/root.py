"""The group of verbs and what they share: lazy loading, errors, exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from traincast._version import __version__
from traincast.errors import TraincastError

VERBS = {
    "predict": "How fast, how long, does it fit, what will the first step cost.",
    "read": "What does this log say: steps, true speed, phases, re-based MFU.",
    "forecast": "When will this run end, with what certainty.",
    "watch": "The same, live, from a growing file, a pipe or a command.",
    "rehearse": "Run a command only until the forecast is sure, then stop it.",
    "audit": "Can these numbers be true.",
    "report": "The whole answer as a note, a page or JSON, in English or French.",
    "probe": "What this machine really reaches.",
    "backtest": "How good the forecast would have been during a finished run.",
    "train": "The built-in reference GPT trainer (needs torch).",
    "devices": "Accelerators that are known, with sources.",
    "models": "Model presets that are known.",
    "dialects": "Log formats that are known; draft or check one.",
    "findings": "What traincast may warn about.",
    "plugins": "What other installed packages add, and what of it cannot be used.",
    "schema": "JSON Schema of a verb's document.",
}


class Verbs(click.Group):
    """Commands that are imported when they are called: `traincast read` does not pay for `train`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the verbs, in the order of the help."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb, imported now; None where there is none of the name."""
        if cmd_name not in VERBS:
            return None
        command = import_module(f"traincast.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of verbs, written without importing any of them."""
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The verb that `args` begin with; raises TraincastError with the nearest names where it is unknown."""
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], VERBS, 3)
            hint = f"closest: {', '.join(near)}" if near else "`traincast --help` lists the verbs"
            raise TraincastError(f"no verb is called {args[0]!r}", hint=hint)
        return super().resolve_command(ctx, args)


@click.group(
    cls=Verbs,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog='Shell completion: eval "$(_TRAINCAST_COMPLETE=bash_source traincast)" (or zsh_source, fish_source).',
)
@click.version_option(__version__, message="traincast %(version)s")
def root() -> None:
    """How long will this training run take, and can that number be true?

    \b
    Examples:
      traincast predict gpt2 --on "RTX 4070" --steps 6000
      traincast read train.log
      traincast forecast train.log --steps 6000
    """


def complain(error: TraincastError) -> None:
    """One line that says what, one that says what to do next, on stderr."""
    from traincast.cli.options import emit_wrapped

    emit_wrapped(f"error: {printable(str(error))}")
    if error.hint:
        emit_wrapped(f"hint: {printable(error.hint)}")


def printable(text: str) -> str:
    """`text` on one line without control characters: names of files and lines of logs are not trusted."""
    return "".join(c if c.isprintable() else " " for c in text)


def run(arguments: Sequence[str]) -> int:
    """Exit status of the command line `arguments`."""
    try:
        status = root.main(args=list(arguments), prog_name="traincast", standalone_mode=False)
        sys.stdout.flush()
    except TraincastError as error:
        complain(error)
        return 2
    except click.UsageError as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # of click 8.2; an older one shows the help by itself
            click.echo(error.format_message())
            return 0
        path = error.ctx.command_path if error.ctx else f"traincast {arguments[0]}" if arguments else "traincast"
        complain(TraincastError(error.format_message(), hint=f"`{path} --help` shows the options"))
        return 2
    except click.ClickException as error:
        complain(TraincastError(error.format_message()))
        return 2
    except (KeyboardInterrupt, click.Abort):
        return 130
    except BrokenPipeError:  # `traincast read ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except SystemExit:
        if "Pacify" in type(sys.stdout).__name__:  # click met the closed pipe first
            return 0
        raise
    return status if isinstance(status, int) else 0
