"""Pictures of the report's page: small, of the size that is told, on a page with words for who cannot see them."""

from __future__ import annotations

import re
import struct

import pytest
from tools.blocks import ROOT, pages
from tools.screenshots import SAMPLES, SCREENSHOTS, TARGET, Screenshot

MOST_BYTES = 150_000
NAMED = [pytest.param(one, id=one.name) for one in SCREENSHOTS]


@pytest.mark.parametrize("one", NAMED)
def test_a_screenshot_is_a_small_picture_of_its_window(one: Screenshot) -> None:
    """The header of a PNG holds width and height; a page stays quick to load."""
    png = (TARGET / f"{one.name}.png").read_bytes()

    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", png[16:24]) == (one.width, one.height)
    assert len(png) < MOST_BYTES
    assert (SAMPLES / one.page).is_file()


@pytest.mark.parametrize("one", NAMED)
def test_a_screenshot_is_on_a_page_and_leads_to_what_it_shows(one: Screenshot) -> None:
    """A picture is no text: it has words, and the page itself is one step away."""
    text = "".join(page.read_text(encoding="utf-8") for page in pages())
    found = re.findall(rf"\[!\[([^\]]+)\]\([^)]*screenshots/{one.name}\.png\)\]\(([^)]*)\)", text)

    assert found
    assert all(len(words) > 20 and target.endswith(one.page) for words, target in found)


def test_no_picture_is_there_that_no_script_makes() -> None:
    """Every file has its entry."""
    assert {path.name for path in TARGET.iterdir()} == {f"{one.name}.png" for one in SCREENSHOTS}
    assert TARGET.parent == ROOT / "docs"
