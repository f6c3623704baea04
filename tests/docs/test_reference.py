"""The reference pages are what the code says today."""

from __future__ import annotations

import pytest
from tools.reference import TARGET, functions, pages, verbs_page

import traincast
from traincast.cli.root import VERBS


@pytest.mark.parametrize("name", sorted(pages()))
def test_page_is_current(name: str) -> None:
    """`make docs` writes it."""
    assert (TARGET / name).read_text(encoding="utf-8") == pages()[name], "run `make docs`"


def test_nothing_is_left_of_pages_that_are_no_longer_written() -> None:
    """Every file below docs/reference has a writer."""
    assert {str(path.relative_to(TARGET)) for path in TARGET.rglob("*.*")} == set(pages())


def test_every_verb_and_function_has_a_section() -> None:
    """Verbs of the command line and `__all__` of the package."""
    text = verbs_page()
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == list(VERBS)
    public = {f"traincast.{name}" for name in traincast.__all__ if not name.startswith("_")}
    assert public <= set(functions()) | {"traincast.step"}
