"""Recordings of a terminal: they ask for nothing, are shown on a page, and say what the commands say today."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from tools.blocks import ROOT, pages, shape, workspace

pytest.importorskip("pyte")
from tools.recordings import RECORDINGS, TARGET, Recording, screens

MOST_BYTES = 80_000
NAMED = [pytest.param(one, id=one.name) for one in RECORDINGS]


def shown(path: Path) -> str:
    """The words of a picture, without the commands in its title bar."""
    words = re.findall(r"<text[^>]*>(.*?)</text>", path.read_text(encoding="utf-8"), re.S)
    return html.unescape(" ".join(words)).replace("\xa0", " ")


@pytest.mark.parametrize("one", NAMED)
def test_a_recording_is_small_and_asks_for_nothing(one: Recording) -> None:
    """No font, script or picture from outside; a page stays quick to load."""
    svg = (TARGET / f"{one.name}.svg").read_text(encoding="utf-8")

    assert len(svg) < MOST_BYTES
    assert re.findall(r"(?:href|src|url)\s*[=(]\s*[\"']?\s*(?:https?:|//)", svg) == []
    assert "<script" not in svg


@pytest.mark.parametrize("one", NAMED)
def test_a_recording_is_on_a_page_with_words_for_it(one: Recording) -> None:
    """Who cannot see it reads what it shows."""
    found = re.findall(
        rf"!\[([^\]]+)\]\([^)]*recordings/{one.name}\.svg\)", "".join(p.read_text(encoding="utf-8") for p in pages())
    )

    assert found
    assert all(len(words) > 20 for words in found)


def test_nothing_is_recorded_that_no_script_makes() -> None:
    """Every picture has its entry."""
    assert {path.stem for path in TARGET.iterdir()} == {one.name for one in RECORDINGS}
    assert TARGET.parent == ROOT / "docs"


@pytest.mark.parametrize("one", [one for one in RECORDINGS if one.frames == 1], ids=lambda one: one.name)
def test_a_recording_shows_the_words_of_today(one: Recording) -> None:
    """Run again on a terminal of the same size; figures move with the model, words do not (`make docs` renews them)."""
    with workspace() as environment:
        (screen,) = screens(one, environment)
    words = set(re.findall(r"[A-Za-z]{2,}", " ".join(shape("\n".join(line.plain for line in screen)))))

    assert words <= set(re.findall(r"[A-Za-z]{2,}", shown(TARGET / f"{one.name}.svg")))


def test_the_watched_run_is_seen_from_its_first_steps_to_its_end() -> None:
    """The frames of the moving recording are moments of one run."""
    words = shown(TARGET / "watch.svg")

    assert "to go, ends" in re.sub(r"\s+", " ", words)
    assert "the run is over" in re.sub(r"\s+", " ", words)
