"""Quantities and text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traincast import units
from traincast.errors import UsageError
from traincast.estimate import Estimate


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (350e-6, "350 us"),
        (0.0123, "12.3 ms"),
        (0.99999, "1.00 s"),
        (3.85, "3.85 s"),
        (0.0, "0 us"),
        (119.94, "120 s"),
        (245, "4 min 05 s"),
        (3599.6, "1 h 00 min"),
        (23100, "6 h 25 min"),
        (48 * 3600, "2 d 00 h"),
        (9.92 * 86400, "9 d 22 h"),
        (-245, "-4 min 05 s"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    """Three digits below two minutes, clock units above."""
    assert units.duration(seconds) == text


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("90s", 90),
        ("0s", 0),
        ("0 min 30 s", 30),
        ("1h30m", 5400),
        ("6.5 hours", 23400),
        ("1 day, 2:03:04", 93784),
        ("0:59:59", 3599),
        ("2:30", 150),
        ("250 ms", 0.25),
        (" 4 min 05 s ", 245),
    ],
)
def test_durations_are_read(text: str, seconds: float) -> None:
    """As people, datetime and this program write them."""
    assert units.parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "soon", "-5", "1h-5m", "5 parsecs", "nan", "1:2:3:4"])
def test_what_is_no_duration(text: str) -> None:
    """The hint shows how."""
    with pytest.raises(UsageError) as caught:
        units.parse_duration(text)

    assert caught.value.hint


@given(st.floats(1e-6, 8e7))
def test_a_duration_is_read_as_it_is_written(seconds: float) -> None:
    """Within the last digit or unit that is shown."""
    shown = units.duration(seconds)

    assert units.parse_duration(shown) == pytest.approx(seconds, rel=0.04)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("350", 350),
        ("1_000", 1000),
        ("1,000", 1000),
        ("3e9", 3e9),
        ("300B", 3e11),
        ("1.5 T", 1.5e12),
        ("16k", 16000),
        ("7G", 7e9),
        (".5", 0.5),
        ("-4", -4),
    ],
)
def test_counts_are_read(text: str, number: float) -> None:
    """With the letters that papers use."""
    assert units.parse_count(text) == pytest.approx(number)


@pytest.mark.parametrize("text", ["", "many", "1e", "0x10", "nan", "inf", "5 apples", "1.2.3", "\u0663"])
def test_what_is_no_count(text: str) -> None:
    """No word is a number."""
    with pytest.raises(UsageError):
        units.parse_count(text)


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (units.count(950), "950"),
        (units.count(40.56e6), "40.6M"),
        (units.count(3.15e9), "3.15B"),
        (units.flops(58.3e12), "58.3 TFLOPS"),
        (units.flops(5), "5.00 FLOPS"),
        (units.memory(12 * 2**30), "12.0 GiB"),
        (units.memory(10), "10.0 B"),
        (units.rate(504.2e9, "byte/s"), "504 GB/s"),
        (units.rate(3.35e12, "byte/s"), "3.35 TB/s"),
        (units.percent(0.678), "67.8 %"),
        (units.frequency(2.475e9), "2.48 GHz"),
        (units.power(200), "200 W"),
        (units.digits(524288), "524,288"),
        (units.digits(0.00012345), "0.000123"),
        (units.interval(Estimate(value=3.86, low=3.1, high=4.92)), "3.10 s to 4.92 s (90 %)"),
        (units.interval(Estimate(value=3.86)), "no interval"),
    ],
)
def test_other_quantities(shown: str, text: str) -> None:
    """Three digits and a unit."""
    assert shown == text


def test_units_of_a_log_have_their_plural() -> None:
    """Batches, not batchs."""
    assert [units.plural(unit) for unit in ("step", "batch", "epoch")] == ["steps", "batches", "epochs"]


@pytest.mark.parametrize(
    ("english", "french"),
    [
        ("757 GiB", "757 Gio"),
        ("1,234.5 MiB of 2 TiB", "1\u202f234,5 Mio of 2 Tio"),
        ("504 GB/s", "504 Go/s"),
        ("3 d 4 h", "3 j 4 h"),
        ("2 devices, A100-80GB", "2 devices, A100-80GB"),
        ("8B", "8B"),
    ],
)
def test_units_of_a_text_are_written_as_its_reader_writes_them(english: str, french: str) -> None:
    """Bytes are octets and days jours behind a number; names are nobody's units."""
    assert units.localised(english) == english
    with units.speaking("fr"):
        assert units.localised(english) == french


def test_a_count_has_all_its_digits() -> None:
    """English pages write them without groups; what is no count stays as it is."""
    assert [units.number(value) for value in (1500, "1500", None, True)] == ["1500", "1500", "None", "True"]
    with units.speaking("fr"):
        assert [units.number(value) for value in (1500, "1500", None, True)] == ["1\u202f500", "1500", "None", "True"]
