"""The size of the interval: what narrows it, what widens it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses import changed, course, seed_like
from traincast.forecast.calibration import calibration
from traincast.forecast.spread import (
    NOISE_FLOOR,
    Coefficients,
    Signs,
    hidden_by_rounding,
    log_half_width,
    noise,
    rounding,
    signs,
)
from traincast.phases import anatomy, event_marks
from traincast.runlog import Event, RunLog, Series

FIELDS = ("lines", "noise", "left", "seconds", "steps", "measured", "off_clock")


def half_width(**more: float | bool) -> float:
    """Half-width (log) at 90 % of a run with 100 lines of 1 % noise, a tenth done in an hour, changed by `more`."""
    usual = {"lines": 100, "noise": 0.003, "left": 0.9, "seconds": 3600.0, "steps": 1000}
    usual |= {"measured": False, "off_clock": False, "cheap": False}
    return calibration().sigma(Signs(**{**usual, **more})) * 2.1318  # type: ignore[arg-type]


def signs_of(times: list[float], evaluations: tuple[int, ...] = ()) -> Signs:
    """The signs of a run that has twice as many steps to go."""
    log, series = course(times, evaluations=evaluations)
    found = anatomy(series, event_marks(log))
    assert found is not None
    return signs(found, log, len(times) - 1, 2 * len(times))


def test_a_known_evaluation_narrows() -> None:
    """Nothing known; one measured, or none on the clock; a cheap first one."""
    assert half_width() > half_width(measured=True) > half_width(cheap=True)
    assert half_width() > half_width(off_clock=True) > half_width(cheap=True)


def test_noise_and_few_lines_widen() -> None:
    """Each by itself."""
    assert half_width(noise=0.03) > half_width()
    assert half_width(lines=10) > half_width()
    assert half_width(cheap=True, lines=5) > half_width(cheap=True)


def test_a_hidden_evaluation_widens_a_cheap_run() -> None:
    """Nobody says how often it comes: 1 % of the time or none."""
    assert half_width(cheap=True, hidden=0.01) > half_width(cheap=True)


@given(st.integers(1, 300), st.floats(0.0015, 3), st.floats(1e-6, 1), st.floats(1, 1e9), st.booleans(), st.booleans())
def test_the_half_width_is_finite_and_at_most_a_factor_e(
    lines: int, size: float, left: float, seconds: float, measured: bool, cheap: bool
) -> None:
    """Whatever the signs."""
    half = half_width(lines=lines, noise=size, left=left, seconds=seconds, measured=measured, cheap=cheap)

    assert 0 < half <= 1.0001


@pytest.mark.parametrize("lines", [24, 25, 26, 59, 60, 61])
def test_the_two_rows_of_the_calibration_join(lines: int) -> None:
    """One line more changes the half-width by less than 8 %."""
    assert half_width(lines=lines + 1) == pytest.approx(half_width(lines=lines), rel=0.08)


@pytest.mark.parametrize("lines", range(1, 100))
def test_a_line_more_narrows_by_little(lines: int) -> None:
    """No faster than the square of the lines, across both edges of the calibration."""
    narrower = half_width(lines=lines + 1) / half_width(lines=lines)

    assert (lines / (lines + 1)) ** 2 < narrower < (lines + 1) / lines


def test_what_no_line_shows_yet_adds_in_squares() -> None:
    """A regression that gives 5 permille beside a floor of 12: 13; one that gives a factor e keeps it."""
    flat = Coefficients(constant=math.log(0.005), **dict.fromkeys(FIELDS, 0.0))
    wide = Coefficients(constant=3.0, **dict.fromkeys(FIELDS, 0.0))
    given = Signs(
        lines=100, noise=0.003, left=0.9, seconds=3600.0, steps=1000, measured=False, off_clock=False, cheap=False
    )

    assert math.exp(log_half_width(flat, flat, 0.0, (12, 30), 0.012, given)) == pytest.approx(0.013)
    assert math.exp(log_half_width(wide, wide, 0.0, (12, 30), 0.012, given)) == pytest.approx(1.0)


def test_a_period_is_no_noise() -> None:
    """Evaluations of 15 s every 50 steps, all alike, leave the noise of the steps: 1 % / sqrt(299) and the floor."""
    times = changed(300, lambda _: 3.85, noise=0.01)
    for k in range(50, 300, 50):
        times[k] += 15.0
    given = signs_of(times, evaluations=tuple(range(49, 300, 50)))

    assert given.measured
    assert given.noise == pytest.approx(0.01 / math.sqrt(299) + NOISE_FLOOR, rel=0.6)


def test_slow_spells_are_more_noise_than_slow_lines() -> None:
    """100 of 200 steps take 1.2 s: one spell of them, or every other ten."""
    spell = changed(200, lambda k: 1.2 if 50 <= k < 150 else 1.0, noise=0.01)
    mixed = changed(200, lambda k: 1.2 if k // 10 % 2 else 1.0, noise=0.01)

    assert signs_of(spell).noise > 2 * signs_of(mixed).noise


def test_pauses_without_a_period_are_noise() -> None:
    """The same pauses at uneven places, unnamed."""
    times = changed(300, lambda _: 3.85, noise=0.01)
    for k in (17, 90, 133, 160, 271):
        times[k] += 15.0

    assert signs_of(times).noise > 0.02


def test_a_first_evaluation_is_cheap_or_dear() -> None:
    """23 s beyond a step of 3.85 s is cheap; beyond one of .1 s it may hide anything."""
    cheap = signs_of(seed_like(12), evaluations=(11,))
    dear = signs_of([seconds / 3.85 * 0.1 if k else 27.0 for k, seconds in enumerate(seed_like(12))], (11,))

    assert cheap.cheap
    assert not dear.cheap


def test_a_coarse_clock_is_noise() -> None:
    """Ten lines of 2 s by a clock of whole seconds: .41 s on 20 s."""
    series = Series(
        last=list(range(1, 11)), steps=[1] * 10, seconds=[2.0] * 10, start=[0] * 10, pauses_inside=True, resolution=1.0
    )
    found = anatomy(series)
    assert found is not None

    assert noise(found, cheap=False) == pytest.approx(0.408 / 20 + NOISE_FLOOR, rel=0.01)


def test_an_evaluation_off_the_clock_is_cheap() -> None:
    """A training clock stops for it."""
    log, series = course([1.0] * 50)
    log.events, log.clock_kind = [Event(kind="evaluation", step=20)], "training"
    found = anatomy(series)
    assert found is not None

    assert signs(found, log, 49, 100).cheap
    assert not signs(found, RunLog(), 49, 100).cheap


@pytest.mark.parametrize(
    ("rates", "error"),
    [
        ([0.003] * 10, 0.001 / math.sqrt(12) / 0.003),
        ([0.003, 0.004] * 5, 0.001 / math.sqrt(12) / 0.0035),
        ([0.003, 0.004, 0.005, 0.002] * 4, 0.001 / math.sqrt(12) / 0.0035 / 4),
        ([0.0031, 0.0042] * 5, 0.0001 / math.sqrt(12) / 0.00365 / math.sqrt(10)),
    ],
)
def test_few_printed_decimals_are_an_error(rates: list[float], error: float) -> None:
    """A millisecond printed, uniform between: it does not average out where all lines say the same or one of two."""
    series = Series(
        last=[313 * k for k in range(1, len(rates) + 1)], steps=[313] * len(rates),
        seconds=[313 * rate for rate in rates], start=[0] * len(rates), pauses_inside=True, basis="printed-interval",
    )  # fmt: skip
    found = anatomy(series)
    assert found is not None

    assert rounding(found, found.regular) == pytest.approx(error, rel=0.35)


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ([3.0] * 9, 1 / math.sqrt(12) / 3),
        ([3.0, 3.0, 4.0], 1 / math.sqrt(12) / (10 / 3)),
        ([3.0, 5.0, 7.0, 9.0], 1 / math.sqrt(12) / 6 / 2),
        ([3.85, 3.86], 0.01 / math.sqrt(12) / 3.855),
        ([3.8512347, 3.8612321], 0.0),
    ],
)
def test_rounded_values_hide_their_mean(values: list[float], error: float) -> None:
    """Epochs of 3 s, printed without decimals, last 2.5 to 3.5 s."""
    assert hidden_by_rounding(values) == pytest.approx(error)


def test_a_made_up_second_is_not_taken_for_half_to_one_and_a_half() -> None:
    """At most a tenth."""
    series = Series(
        last=list(range(1, 31)), steps=[1] * 30, seconds=[1.0] * 30, start=[0] * 30, pauses_inside=True,
        basis="printed-interval",
    )  # fmt: skip
    found = anatomy(series)
    assert found is not None

    assert rounding(found, found.regular) == pytest.approx(0.1)
