"""Numbers as they are printed, their rounding, and the measures of a line."""

from __future__ import annotations

from typing import Any

import pytest

from traincast.audit.cleaning import LONGEST_LINE, clean
from traincast.audit.measures import half_digit, number
from traincast.audit.scanning import overfull, scan


@pytest.mark.parametrize(
    ("text", "lang", "whole", "value"),
    [
        ("3.84", "en", False, 3.84),
        ("3,84", "en", False, 3.84),
        ("3,840", "en", False, 3840),
        ("3,840", "fr", False, 3.84),
        ("524,288", "fr", True, 524288),
        ("0,840", "en", False, 0.84),
        (",840", "en", False, 0.84),
        ("1234,567", "en", False, 1234.567),  # four digits before it: no group
        ("1,234,567", "fr", False, 1234567),
        ("1,234.5", "en", False, 1234.5),
        ("1.234,5", "fr", False, 1234.5),
        ("1.234.567", "fr", False, 1234567),
        ("6 000", "fr", False, 6000),
        ("6 000,500", "en", True, 6000.5),
        ("6_000", "en", False, 6000),
        ("$4,200", "en", False, 4200),
        ("1e-3", "en", False, 0.001),
        ("7", "en", True, 7),
    ],
)
def test_a_printed_number(text: str, lang: str, whole: bool, value: float) -> None:
    """Groups and decimals by language and by what is counted."""
    assert number(text, lang, whole=whole) == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "value", "magnitude", "whole", "share"),
    [
        ("3.84", 3.84, False, False, 0.005 / 3.84),
        ("3.8", 3.8, False, False, 0.05 / 3.8),
        ("100", 100.0, False, False, 0.5 / 100),
        ("6000", 6000.0, False, True, 0.0),  # a count is exact
        ("1.5", 1.5, True, True, 0.05 / 1.5),  # 1.5M tokens are not
        ("1.5e6", 1.5e6, False, True, 0.05 / 1.5),
        ("524,288", 524288.0, True, True, 0.5 / 524288),  # three digits behind a comma are a group
        ("3,84", 3.84, False, False, 0.005 / 3.84),
        ("0", 0.0, False, False, 0.0),
        ("$4", 4.0, False, False, 0.5 / 4),
    ],
)
def test_half_of_the_last_digit(text: str, value: float, magnitude: bool, whole: bool, share: float) -> None:
    """How far rounding may have moved it, relative."""
    assert half_digit(text, value, magnitude, whole) == pytest.approx(share)


def only(text: str, lang: str = "en") -> Any:
    """The one measure of a line."""
    (found,) = scan(clean(text), lang)
    return found


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("3 s", 3.0, 3.0),
        ("80-120 ms", 0.08, 0.12),
        ("1.5-2.5M tokens/s", 1.5e6, 2.5e6),  # the magnitude of the second holds for the first
        ("2M - 3 tokens/s", 2e6, 3e6),  # and the other way
        ("900 ms to 1.1 s", 0.9, 1.1),
        ("2 to 3 s", 2.0, 3.0),  # no terabytes
        ("between 2 and 3 s", 2.0, 3.0),
        ("3.84 ± 0.05 s", 3.79, 3.89),
        ("3.84 s ± 0.05 s", 3.79, 3.89),
        ("3.84 s ± 50 ms", 3.79, 3.89),
        ("100 ms ± 2 %", 0.098, 0.102),
        ("40 ± 2 %", 0.38, 0.42),
        ("2M tokens/s ± 100 tokens/s", 1_999_900, 2_000_100),
        ("2M ± 0.5 tokens/s", 1.5e6, 2.5e6),
        ("less than 3 s", None, 3.0),
        ("at least 3 s", 3.0, None),
        ("-100 %", -1.0, -1.0),
        ("1 day, 2:03:04", 93784.0, 93784.0),
        ("0:00:30.5", 30.5, 30.5),
        ("6h30", 23400.0, 23400.0),
        ("6 h 25 min", 23100.0, 23100.0),
        ("4 min 05 s", 245.0, 245.0),
        ("1 h 2 min 3 s", 3723.0, 3723.0),
        ("2 days and 3 hours", 183600.0, 183600.0),
    ],
)
def test_a_measure_in_si(text: str, low: float | None, high: float | None) -> None:
    """Values, ranges, limits, spreads, clocks, durations of several parts."""
    found = only(text)

    assert found.low == (None if low is None else pytest.approx(low))
    assert found.high == (None if high is None else pytest.approx(high))


@pytest.mark.parametrize(
    ("text", "about"),
    [("3 s", False), ("~3 s", True), ("about 3 s", True), ("3 s or so", True), ("environ 6h30", True), ("6h30", False)],
)
def test_how_firmly_it_is_said(text: str, about: bool) -> None:
    """Words before and behind."""
    assert only(text).about is about


@pytest.mark.parametrize(
    ("text", "rounding"),
    [
        ("3.84 s", 0.005 / 3.84),
        ("1.5-2.5 s", 0.05 / 1.5),  # the coarser of both ends
        ("1 s", 0.25),  # a quarter at most
        ("6000 steps", 0.0),
        ("6h30", 30 / 23400),
        ("6 h 25 min", 0.5 / 25 * 1500 / 23100),
        ("6:25:10", 0.0),
    ],
)
def test_what_rounding_allows(text: str, rounding: float) -> None:
    """Half of the last digit, relative to the whole."""
    assert only(text).rounding == pytest.approx(rounding)


def test_two_figures_share_a_unit() -> None:
    """`150 and 200 ms` are two times; about one of them is about both; other joints share nothing."""
    first, second = scan("~150 et 200 ms", "fr")
    apart = scan("150 then 200 ms", "en")

    assert (first.low, first.high, first.dimension, second.low) == (
        pytest.approx(0.15),
        pytest.approx(0.15),
        "time",
        0.2,
    )
    assert first.text.startswith("150")
    assert first.about
    assert [one.dimension for one in apart] == ["bare", "time"]
    assert [one.dimension for one in scan("3 et 200 steps", "fr")] == ["bare", "steps"]


@pytest.mark.parametrize(
    ("text", "dimensions"),
    [
        ("3 s 4 h", ["time", "time"]),  # the second part is larger
        ("3 min 70 s", ["time", "time"]),  # a minute has no seventy seconds
        ("3-4 h 5 min", ["time", "time"]),  # a range has no parts
        ("2 h, 30 min", ["time"]),
        ("2 h for 30 min", ["time", "time"]),
        ("2024-11-24", []),
        ("v1.2b", []),
        ("3 apples", ["bare"]),
        ("from step 3 to 4", ["bare", "bare"]),
        ("5-2 s", []),
    ],
)
def test_what_belongs_together(text: str, dimensions: list[str]) -> None:
    """Parts of one duration, dates, names, ranges that fall."""
    assert [one.dimension for one in scan(text, "en")] == dimensions


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("**3 s** a `step`", "3 s a step"),
        ("3\u202f000\u00a0ms", "3 000 ms"),
        ("16 x 32", "16 × 32"),
        ("16*32", "16 × 32"),
        ("a \\times b $x$", "a × b x$"),
        ("8xA100", "8 × A100"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\u202eabc", "abc"),
        ("−3 ‒ 4", "-3 - 4"),
        ("_emphasis_ and snake_case", "emphasis and snake_case"),
        ("  a   b  ", "a b"),
        ("x" * 9000, "x" * LONGEST_LINE),
    ],
)
def test_a_line_made_plain(raw: str, plain: str) -> None:
    """Emphasis, odd spaces and dashes, escapes, direction marks, signs of multiplication."""
    assert clean(raw) == plain


@pytest.mark.parametrize(
    ("text", "odd"),
    [
        ("la durée est de 3h70.", ["3h70"]),
        ("3 h 70 min", ["3 h 70 min"]),
        ("3h59 or 4h00", []),
        ("0h60", ["0h60"]),
        ("3 h 70 ms", []),
        ("an H100 and 3 h", []),
    ],
)
def test_more_minutes_than_an_hour_has_are_no_duration(text: str, odd: list[str]) -> None:
    """3 h 70 min, or 3.70 h: it is named and never read as either."""
    assert overfull(text) == odd
    assert not any(measure.low == pytest.approx(3 * 3600 + 70 * 60) for measure in scan(text, "fr"))
