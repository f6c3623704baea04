"""`traincast dialects`: list, show, draft, check."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from traincast.cli.root import run
from traincast.reading.dialect import openings

LOG = "".join(f"2026-01-05 10:00:{i:02d} | update={i} objective={9 / (i + 1):.4f} took 1000ms\n" for i in range(1, 50))


def test_the_list_names_every_dialect(capsys: pytest.CaptureFixture[str]) -> None:
    """Text formats with who writes them; structured ones by name."""
    assert run(["dialects"]) == 0

    shown = capsys.readouterr().out
    assert all(name in shown for name in openings())
    assert "tensorboard-events" in shown


def test_one_dialect_is_shown_and_its_file_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """The page explains the numbers; `--toml` is the file itself."""
    assert run(["dialects", "nanogpt"]) == 0
    assert "312 TFLOPS" in capsys.readouterr().out
    assert run(["dialects", "nanogpt", "--toml"]) == 0
    assert capsys.readouterr().out.startswith('name = "nanogpt"\nmarker = ')


def test_json_is_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    """All dialects as data."""
    assert run(["dialects", "--json"]) == 0

    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "traincast.dialects/1"
    assert [one["name"] for one in document["dialects"]] == list(openings())


def test_a_draft_is_written_checked_and_read_by(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The whole way of a user whose format is not known."""
    log, draft = tmp_path / "run.log", tmp_path / "my.toml"
    log.write_text(LOG)
    assert run(["dialects", "draft", str(log)]) == 0
    draft.write_text(capsys.readouterr().out)

    assert run(["dialects", "check", str(draft), str(log)]) == 0
    assert "All samples are read" in capsys.readouterr().out
    assert run(["read", str(log), "--dialect", str(draft), "--json"]) == 0
    (answer,) = json.loads(capsys.readouterr().out)["runs"]
    assert answer["step_time"]["value"] == pytest.approx(1.0)
    assert answer["dialect"] == "my-trainer"


def test_a_dialect_that_contradicts_its_sample_exits_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the sample says and what is read are both shown."""
    log, wrong = tmp_path / "run.log", tmp_path / "wrong.toml"
    log.write_text("iter 3: loss 2.5, time 100.00ms, mfu 1.00%\n" * 3)
    run(["dialects", "nanogpt", "--toml"])
    wrong.write_text(capsys.readouterr().out.replace('unit = "ms"', 'unit = "s"'))

    with pytest.raises(SystemExit) as caught:
        run(["dialects", "check", str(wrong), str(log)])
    assert caught.value.code == 1
    assert "step_seconds is 187.22, not 0.18722" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nanogtp"], "closest: nanogpt"),
        (["draft"], "draft takes one LOG"),
        (["check", "x.toml"], "check takes a FILE and a LOG"),
        (["check", "absent.toml", "absent.log"], "absent.toml"),
        (["one", "two", "three"], "one NAME at a time"),
        (["--toml"], "--toml needs a NAME"),
    ],
)
def test_mistakes_are_one_line_and_a_hint(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Bad usage ends with 2 and says what to do."""
    assert run(["dialects", *arguments]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("text", ["name = 3", "step = '('\nname = 'x'\ntitle = 'x'", "not toml at all ["])
def test_a_broken_dialect_file_says_where(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong type, a pattern that is none, a file that is no TOML."""
    path = tmp_path / "broken.toml"
    path.write_text(text)

    assert run(["dialects", "check", str(path), str(path)]) == 2
    assert "broken.toml" in capsys.readouterr().err
