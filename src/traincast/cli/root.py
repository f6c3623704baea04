"""The group of verbs and what they share: lazy loading, errors, exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from traincast._version import __version__
from traincast.errors import TraincastError
from traincast.phrases import Phrase, phrase

LANGUAGES = ("en", "fr")
NO_BREAK = "\u00a0\u202f"
"""spaces of French that no line may break at"""
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
            hint = (
                phrase("closest: {names}", names=", ".join(near))
                if near
                else phrase("`traincast --help` lists the verbs")
            )
            raise TraincastError("no {kind} is called {asked!r}", hint=hint, kind=phrase("verb"), asked=args[0])
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


def recognised(error: click.ClickException) -> Phrase:
    """What click says."""
    from traincast.cli import clicks

    return clicks.recognised(error.format_message())


def complain(error: TraincastError, lang: str = "en") -> None:
    """One line that says what, one that says what to do next, on stderr."""
    from traincast.cli.options import emit_wrapped

    lines = [f"error: {error}", f"hint: {error.hint}"]
    if lang != "en":
        from traincast.wording import told, translator

        _ = translator(lang)
        lines = [
            _("error: {text}").format(text=told(error.said, lang)),
            _("hint: {text}").format(text=told(error.advice, lang)),
        ]
    for line in lines[: 2 if error.hint else 1]:
        emit_wrapped(printable(line, "" if lang == "en" else NO_BREAK))


def printable(text: str, spaces: str = "") -> str:
    """`text` on one line without control characters: names of files and lines of logs are not trusted.

    `spaces` stay as they are.
    """
    return "".join(c if c.isprintable() or c in spaces else " " for c in text)


def language(arguments: Sequence[str]) -> str:
    """What `--lang` says, wherever it stands before a `--`: what goes wrong earlier is told in it too."""
    words = list(arguments)
    words = words[: words.index("--")] if "--" in words else words
    said = "en"
    for word, after in zip(words, [*words[1:], ""], strict=True):
        option, equals, value = word.partition("=")
        if option == "--lang":
            said = value if equals else after
    return said if said in LANGUAGES else "en"


def run(arguments: Sequence[str]) -> int:
    """Exit status of the command line `arguments`."""
    try:
        status = root.main(args=list(arguments), prog_name="traincast", standalone_mode=False)
        sys.stdout.flush()
    except TraincastError as error:
        complain(error, language(arguments))
        return 2
    except click.UsageError as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # of click 8.2; an older one shows the help by itself
            click.echo(error.format_message())
            return 0
        path = error.ctx.command_path if error.ctx else f"traincast {arguments[0]}" if arguments else "traincast"
        hint = phrase("`{path} --help` shows the options", path=path)
        complain(TraincastError(recognised(error), hint=hint), language(arguments))
        return 2
    except click.ClickException as error:
        complain(TraincastError(recognised(error)), language(arguments))
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
