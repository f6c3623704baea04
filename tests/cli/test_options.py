"""How an answer leaves: findings on a terminal and in a file."""

from __future__ import annotations

import io

import pytest

from traincast.cli.options import emit_findings
from traincast.cli.root import run
from traincast.findings import finding


class Terminal(io.StringIO):
    """A stream that a person looks at."""

    def isatty(self) -> bool:
        """It is one."""
        return True


SLOWER = finding("slowdown", step="1116", after="713 ms", before="350 ms", score="103")


def test_findings_wrap_at_words_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """60 columns: no line is longer, no word is cut, what goes on is indented below what it belongs to."""
    stream = Terminal()
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setenv("COLUMNS", "60")
    emit_findings([SLOWER])
    lines = stream.getvalue().splitlines()

    assert max(map(len, lines)) <= 60
    assert lines[0].startswith("warning: since step 1116")
    assert " ".join(" ".join(lines).split()) == " ".join(
        f"warning: {SLOWER.message} [slowdown] evidence: {SLOWER.evidence} remedy: {SLOWER.remedy}".split()
    )
    assert all(line.startswith(("  ", "warning")) for line in lines)
    assert lines[-1].startswith("    ")


def test_errors_wrap_at_words_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hint with many names is no wall of letters."""
    stream = Terminal()
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setenv("COLUMNS", "60")

    assert run(["predict", "gpt2", "--on", "RTX 9999"]) == 2
    assert max(map(len, stream.getvalue().splitlines())) <= 60
    assert "\nhint: closest: " in stream.getvalue()


def test_findings_in_a_file_are_a_line_each(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that `grep` finds them."""
    monkeypatch.setenv("COLUMNS", "60")
    emit_findings([SLOWER])

    assert [line.split()[0] for line in capsys.readouterr().err.splitlines()] == ["warning:", "evidence:", "remedy:"]
