"""A page on a terminal: what is bold, what is dim, where notes stand."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from traincast.reports.page import Fact, Facts, Page, Table
from traincast.reports.terminal import draw, grid

FACTS = Facts(
    rows=(
        Fact(label="seen", value="steps 0 to 1199 of 1200"),
        Fact(label="step time", value="263 ms", note="262 ms to 264 ms"),
        Fact(label="MFU", value="0.0300 %", note="of the peak"),
    )
)


def drawn(width: int) -> str:
    """The facts without colours."""
    stream = StringIO()
    draw(Page(title="run.log", blocks=(FACTS,)), stream, width=width)
    return stream.getvalue()


def test_notes_stand_behind_the_values_that_have_one() -> None:
    """The longest value has no note and pushes none aside: two columns behind the longest that has one."""
    step, mfu = (line for line in drawn(80).splitlines() if "to 264" in line or "peak" in line)

    assert step.index("262 ms to") - step.index("263 ms") == len("0.0300 %") + 2
    assert mfu.index("of the peak") == step.index("262 ms to")


def test_a_narrow_terminal_breaks_notes_and_loses_nothing() -> None:
    """40 columns."""
    lines = drawn(40).splitlines()

    assert max(map(len, lines)) <= 40
    assert "262 ms to" in " ".join(" ".join(lines).split())


def test_values_are_bold_and_notes_are_not() -> None:
    """A note read as a value would be taken for the figure."""
    console = Console(file=StringIO(), width=80, force_terminal=True, color_system="standard")
    segments = list(console.render(grid(FACTS)))
    weights = {segment.text.strip(): bool(segment.style and segment.style.bold) for segment in segments}

    assert weights["263 ms"]
    assert not weights["262 ms to 264 ms"]
    assert not weights["step time"]


def test_a_narrow_table_breaks_a_long_name_and_keeps_its_end() -> None:
    """The line number stands at the end of a place: `...` in its stead would hide it."""
    stream = StringIO()
    table = Table(head=("where", "text"), rows=(("docs/samples/some/claims.md:314", "take 20 ms a step or so"),))
    draw(Page(title="audit", blocks=(table,)), stream, width=40)
    shown = stream.getvalue()

    assert "…" not in shown
    assert "314" in shown
    assert max(map(len, shown.splitlines())) <= 40
