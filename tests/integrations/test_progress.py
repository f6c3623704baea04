"""The progress line: counter, pace, and a time with its interval."""

from __future__ import annotations

import io

from traincast.integrations.progress import Line


def line(rows: list[tuple[int, float, float | None]], steps: int | None) -> str:
    """The last line shown after `rows`."""
    stream = io.StringIO()
    Line(steps, stream=stream).show(rows, 1.764e9, last=True)
    return stream.getvalue().split("\r")[-1].strip()


def test_the_line_tells_what_remains_with_an_interval() -> None:
    """200 of 1000 steps of 2 s: 800 x 2 s = 26 min 40 s to go."""
    text = line([(i, 2.0 * i, None) for i in range(201)], 1000)

    assert text.startswith("200 of 1000 steps, 2.00 s each, 26 min 40 s to go (")


def test_without_a_plan_the_line_counts() -> None:
    """No total, no forecast."""
    assert line([(i, 2.0 * i, None) for i in range(5)], None) == "4 steps"


def test_before_the_first_step_there_is_only_the_plan() -> None:
    """One row is no interval."""
    assert line([(0, 0.0, None)], 10) == "0 of 10 steps"
