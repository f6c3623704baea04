"""A user's mistake gets one line that says what, one that says what to do, and exit 2; never a traceback."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from traincast.cli.root import run

SHAPE = ["--n-layer", "12", "--n-head", "12", "--d-model", "384", "--seq-len", "1024", "--vocab", "50304"]


def complaint(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Lines on stderr of a command line that fails with exit 2 within two seconds and prints no answer."""
    begin = time.monotonic()
    status = run(arguments)
    seconds = time.monotonic() - begin
    captured = capsys.readouterr()
    assert status == 2
    assert captured.out == ""
    assert seconds < 2
    lines = captured.err.splitlines()
    assert lines[0].startswith("error: ")
    assert lines[1].startswith("hint: ")
    assert len(lines) == 2
    return lines


@pytest.mark.parametrize("verb", ["read", "forecast"])
def test_missing_file(verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The name that was asked for is in the message."""
    assert "gone.log" in complaint([verb, str(tmp_path / "gone.log")], capsys)[0]


@pytest.mark.parametrize("verb", ["read", "forecast"])
def test_folder_without_a_log(verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder is searched; an empty one is named."""
    complaint([verb, str(tmp_path)], capsys)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\n\n \n", id="blank"),
        pytest.param(bytes(range(256)) * 40, id="binary"),
        pytest.param(b"\x7fELF\x02\x01\x01" + b"\0" * 4000, id="program"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + b"\0" * 400, id="picture"),
        pytest.param("ceci n'est pas un journal\n".encode("utf-16"), id="utf-16 prose"),
    ],
)
def test_file_that_is_no_log(content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing useful in it: said at once."""
    path = tmp_path / "x.log"
    path.write_bytes(content)

    complaint(["read", str(path)], capsys)


def test_one_endless_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A gigabyte without a line end (sparse) is refused without being read to memory."""
    path = tmp_path / "endless.log"
    with path.open("wb") as file:
        file.write(b"iter 0: loss")
        os.truncate(file.fileno(), 2**30)

    complaint(["read", str(path)], capsys)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--on", "RTX 9999"], "RTX 9999"),
        (["--on", "RTX 4070x0"], "0"),
        (["--on", "RTX 4070", "--micro-batch", "-4"], "-4"),
        (["--on", "RTX 4070", "--micro-batch", "0"], "0"),
        (["--on", "RTX 4070", "--d-model", "385"], "385"),
        (["--on", "RTX 4070", "--micro-batch", "16", "--steps", "1" + "0" * 30], "1" + "0" * 30),
        (["--on", "RTX 4070", "--tp", "5", "--n-devices", "5"], "5"),
    ],
)
def test_impossible_workload(arguments: list[str], named: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The value that cannot be is in the message."""
    assert named in complaint(["predict", *SHAPE, *arguments], capsys)[0]


def test_forecast_without_a_plan_asks_for_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A log that does not tell its length: the hint names the option."""
    path = tmp_path / "train.log"
    path.write_text("".join(f"iter {i}: loss 2.5, time 100.00ms, mfu 1.00%\n" for i in range(30)))

    assert "--steps" in complaint(["forecast", str(path)], capsys)[1]


def test_predict_without_a_workload(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing can be told of nothing; the hint says what to give."""
    assert "--n-layer" in complaint(["predict", "--on", "RTX 4070"], capsys)[1]
