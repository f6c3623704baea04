"""Ways of showing: lines now and then, documents, rows below a command."""

from __future__ import annotations

import io
import json
import os

import pytest

from traincast.answers import WatchAnswer
from traincast.estimate import Estimate
from traincast.live.panel import Documents, Footer, PlainLines, renderables
from traincast.reports.watch_page import watch_line, watch_page


def answer(done: int = 800, **changes: object) -> WatchAnswer:
    """A run of 6000 steps of 3.85 s."""
    left = (6000 - done) * 3.85
    fields = {
        "source": "run.log", "steps_done": done, "steps_total": 6000, "total": None, "state": "running",
        "phase": "steady",
        "remaining": Estimate(value=left, low=left * 0.98, high=left * 1.02), "finish_at": "2026-11-24T18:02:11+00:00",
        "step_time": Estimate(value=3.85, low=3.8, high=3.9), "at": "2026-11-24T12:00:00+00:00",
    }  # fmt: skip
    return WatchAnswer(**(fields | changes))


def test_a_line_says_how_far_how_fast_and_when_it_ends() -> None:
    """(6000 - 800) x 3.85 s = 5 h 34 min."""
    text = watch_line(answer())

    assert text.startswith("800 of 6000 steps, steady, 3.85 s each; 5 h 34 min to go, ends ")


def test_a_line_in_french_groups_its_digits() -> None:
    """800 of 6000 steps, as the report writes them."""
    assert watch_line(answer(1800), lang="fr").startswith("1\u202f800 pas sur 6\u202f000, stable, 3,85 s chacun")


def test_lines_are_rare_and_the_last_is_written_in_any_case() -> None:
    """A hundred answers in a hundred seconds are four lines at one in 30 s, and the last."""
    stream = io.StringIO()
    now = 0.0
    view = PlainLines(stream, every=30.0, clock=lambda: now)
    for i in range(100):
        now = float(i)
        view.show(answer(800 + i))
    view.show(answer(900), last=True)

    assert len(stream.getvalue().splitlines()) == 5


def test_equal_lines_are_written_once() -> None:
    """Nothing new, nothing said."""
    stream = io.StringIO()
    view = PlainLines(stream, every=0.0, clock=lambda: 0.0)
    view.show(answer())
    view.show(answer(), last=True)

    assert len(stream.getvalue().splitlines()) == 1


def test_documents_are_one_a_line() -> None:
    """Each is JSON with the schema; the last is not written twice."""
    stream = io.StringIO()
    view = Documents(stream)
    view.show(answer())
    view.show(answer(801))
    view.show(answer(801), last=True)
    documents = [json.loads(line) for line in stream.getvalue().splitlines()]

    assert [one["steps_done"] for one in documents] == [800, 801]
    assert {one["schema"] for one in documents} == {"traincast.watch/1"}


def test_a_log_cannot_draw_on_the_terminal() -> None:
    """Escapes in the name of a phase or a source do not reach the screen."""
    stream = io.StringIO()
    PlainLines(stream, every=0.0).show(answer(phase="\x1b[2Jsteady"), last=True)

    assert "\x1b" not in stream.getvalue()


def test_the_rows_below_a_command_are_kept_and_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The region above them scrolls while the footer is there, the whole screen afterwards."""
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("LINES", "20")
    read, write = os.pipe()
    with Footer(write) as footer:
        footer.show(answer())
    os.close(write)
    drawn = os.read(read, 1 << 16).decode()
    os.close(read)

    assert "\x1b[1;18r" in drawn
    assert "800 of 6000 steps" in drawn
    assert drawn.index("\x1b[1;18r") < drawn.index("800 of") < drawn.rindex("\x1b[r")


def test_the_panel_holds_the_figures() -> None:
    """Every block of the page is drawn."""
    assert len(renderables(watch_page(answer()))) >= 4


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_every_state_can_be_told(lang: str) -> None:
    """No answer, however empty, breaks a page."""
    empty = WatchAnswer(
        source="-", steps_done=0, steps_total=None, remaining=None, total=None, finish_at=None, at="", state="waiting"
    )
    assert watch_line(empty, lang=lang)
    assert watch_page(answer(state="over"), lang=lang).lead


def test_a_line_in_french_has_its_space_before_the_semicolon() -> None:
    """A no-break one."""
    assert "chacun\u00a0; encore" in watch_line(answer(), lang="fr")
