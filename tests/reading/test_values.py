"""Text of logs to numbers."""

from __future__ import annotations

import pytest

from traincast.reading.values import counts, number, scaled, time_span, whole


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("135.0K", 135000.0),
        ("37.3k", 37300.0),
        ("1,078,793", 1078793.0),
        ("4.687E-06", 4.687e-6),
        ("10.65M", 10_650_000.0),
        ("-0.5", -0.5),
        (" 12 ", 12.0),
    ],
)
def test_numbers_are_read_as_trainers_write_them(text: str, value: float) -> None:
    """Suffixes and thousands commas of FORMATS.md."""
    assert number(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["1e999", "nan", "-inf", "", "abc", "1" * 400, "1e30"])
def test_what_is_no_sensible_number_is_none(text: str) -> None:
    """Overflow, not-a-number and damage never become a figure."""
    assert number(text) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0:59:59", 3599.0),
        ("23:59", 1439.0),
        ("1 day, 2:03:04", 93784.0),
        ("9 days, 21:39:00", 855540.0),
        ("49m 19s", 2959.0),
        ("1966.51m", 117990.6),
        ("4m41.035s", 281.035),
        ("921us", 921e-6),
        ("2s", 2.0),
        ("11.6", 11.6),
        ("1m 2s", 62.0),
    ],
)
def test_durations_are_read_as_trainers_write_them(text: str, seconds: float) -> None:
    """Every duration form of FORMATS.md, rule 6."""
    assert time_span(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["-1", "soon", "1:2:3:4:5", "nan"])
def test_what_is_no_duration_is_none(text: str) -> None:
    """A negative or unreadable time is unknown."""
    assert time_span(text) is None


def test_a_column_with_damage_keeps_its_other_values() -> None:
    """One torn figure does not cost the rest of the block."""
    assert scaled(["1.5", "x", "nan", "2"], 1e-3) == [0.0015, None, None, 0.002]
    assert counts(["7", "1,000", "1e999", "3.5"]) == [7, 1000, None, None]
    assert whole("05742") == 5742
