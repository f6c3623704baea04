"""The group of verbs: version, help, errors and exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from traincast import __version__
from traincast.cli import main
from traincast.cli.root import VERBS, printable, run

LOG = Path(__file__).parent.parent / "logs" / "nanogpt-cpu.log"


def test_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """`--version` names the program and the version, nothing else."""
    main(["--version"])

    assert capsys.readouterr().out == f"traincast {__version__}\n"


def test_version_imports_neither_click_nor_numpy() -> None:
    """A script may ask for the version every minute."""
    code = (
        "import sys; from traincast.cli import main; main(['--version']); "
        "print(sorted({'click', 'numpy', 'rich', 'msgspec'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert result.stdout.splitlines()[1] == "[]"


def test_help_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    """The first thing a user tries shows all there is."""
    assert run(["--help"]) == 0

    shown = capsys.readouterr().out
    assert all(verb in shown for verb in VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`traincast VERB --help` shows how the verb is used."""
    assert run([verb, "--help"]) == 0

    assert f"traincast {verb}" in capsys.readouterr().out


def test_unknown_verb_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    """A typing error gets a hint and exit 2."""
    assert run(["forcast", "x.log"]) == 2

    assert capsys.readouterr().err == "error: no verb is called 'forcast'\nhint: closest: forecast\n"


def test_unknown_option_exits_with_two(capsys: pytest.CaptureFixture[str]) -> None:
    """Bad usage is one error line and one hint."""
    assert run(["devices", "--no-such-option"]) == 2

    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("error: ")
    assert "--no-such-option" in lines[0]


def test_control_characters_of_a_name_do_not_reach_the_terminal() -> None:
    """Escapes and direction marks in a file name are shown as blanks."""
    assert printable("a\x1b[31mb\u202ec\n") == "a [31mb c "


def test_nothing_at_all_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    """What a newcomer types first is no mistake."""
    assert run([]) == 0

    shown = capsys.readouterr()
    assert shown.out.startswith("Usage: traincast")
    assert shown.err == ""


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["rehearse", "python", "x.py"], "traincast rehearse -- python x.py"),
        (["rehearse", "python", "x.py", "--lr", "3e-4"], "traincast rehearse -- python x.py --lr 3e-4"),
        (["watch", "torchrun", "x.py"], "traincast watch -- torchrun x.py"),
        (["audit", "RTX 4090 at 2M tokens/s"], 'a sentence is given with --claim "..."'),
        (["predict", "gpt2", "--steps"], "`traincast predict --help` shows the options"),
    ],
)
def test_a_slip_of_a_newcomer_gets_the_line_to_type(
    words: list[str], hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A forgotten `--`, a sentence where a file belongs, an option without its value."""
    assert run(words) == 2

    assert capsys.readouterr().err.splitlines()[-1] == f"hint: {hint}"


def test_a_count_that_is_none_is_called_so(capsys: pytest.CaptureFixture[str]) -> None:
    """`10k` is refused in words of the user's."""
    assert run(["predict", "gpt2", "--steps", "10k"]) == 2

    assert "'10k' is not a valid whole number" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["read", str(LOG)], ["predict", "gpt2", "--on", "RTX 4090"], ["devices"]])
def test_a_reader_that_goes_away_is_no_failure(words: list[str]) -> None:
    """`traincast read x 2>&1 | head -n 1`: both streams end in a pipe that nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([sys.executable, "-m", "traincast", *words], stdout=writer, stderr=writer, check=False)
    os.close(writer)

    assert done.returncode == 0
