"""Damaged text never crashes a reader, never hangs it, and never gives a time that cannot be."""

from __future__ import annotations

import math

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from traincast.errors import TraincastError
from traincast.reading import read_text
from traincast.reading.dialect import load, openings
from traincast.reading.series import pace, series
from traincast.runlog import load as load_log
from traincast.runlog import save

LINES = [line for name in openings() for sample in load(name).sample for line in sample.text.strip("\n").split("\n")]
FIGURES = st.sampled_from(["1e999", "nan", "-1", "0", "9" * 40, "1e-320", "", "12:99:99", "1,,2", "\u0663", "-0.0"])


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A few sample lines, repeated, with figures replaced, pieces cut out and characters put in."""
    lines = draw(st.lists(st.sampled_from(LINES), min_size=1, max_size=6))
    text = "\n".join(lines * draw(st.integers(1, 4)))
    for _ in range(draw(st.integers(0, 8))):
        at = draw(st.integers(0, max(0, len(text) - 1)))
        end = at
        while end < len(text) and (text[end].isdigit() or text[end] == "."):
            end += 1
        kind = draw(st.integers(0, 2))
        if kind == 0:
            text = text[:at] + draw(FIGURES) + text[end:]
        elif kind == 1:
            text = text[:at] + text[at + draw(st.integers(1, 30)) :]
        else:
            text = text[:at] + draw(st.text(max_size=5)) + text[at:]
    return text + "\n"


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(damaged(), st.sampled_from([None, None, "none"]))
def test_damaged_logs_are_read_or_refused(text: str, dialect: str | None) -> None:
    """Only errors meant for the user; finite figures; no negative interval; the record survives being saved."""
    try:
        logs = read_text([text], dialect=dialect)
    except TraincastError:
        return
    for log in logs:
        for one in (series(log), pace(log)):
            if one is not None:
                assert all(math.isfinite(d) and d >= 0 for d in one.seconds)
                assert all(n >= 1 for n in one.steps)
        for point in log.points:
            assert point.step >= 0
            assert all(
                value is None or math.isfinite(value)
                for value in (point.clock, point.step_seconds, point.loss, point.rate, point.mfu)
            )
        assert load_log(save(log)) == log
