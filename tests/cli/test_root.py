"""The group of verbs: version, help, errors and exit codes."""

from __future__ import annotations

import subprocess
import sys

import pytest

from traincast import __version__
from traincast.cli import main
from traincast.cli.root import VERBS, printable, run


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
