"""Known confusions, by their factors."""

from __future__ import annotations

import math
from typing import Any

import pytest

from traincast.audit import causes
from traincast.audit.causes import Cause
from traincast.audit.stated import Stated
from traincast.machine import Accelerator
from traincast.sources import Source
from traincast.workload import Workload


def card(**changes: Any) -> Accelerator:
    """100 TFLOPS of bf16; fp8 twice, fp32 a quarter of it."""
    told: dict[str, Any] = {
        "name": "card-a", "title": "Card A", "vendor": "nvidia", "family": "geforce", "arch": "ada", "year": 2022,
        "memory_bytes": 1e10, "memory_bandwidth": 1e11, "source": Source(text="made up"),
        "peaks": {"bf16": 100e12, "fp8": 200e12, "fp32": 25e12}, "fp16_accumulate_flops": 150e12,
    }  # fmt: skip
    return Accelerator(**told | changes)


def run(*, devices: tuple[Accelerator, ...] = (), n_devices: int | None = None, **workload: Any) -> Stated:
    """Facts of a run."""
    return Stated(workload=Workload(**workload), devices=devices, n_devices=n_devices)


def factors(known: Stated) -> dict[str, float]:
    """Name and factor of each confusion."""
    return {cause.name: cause.factor for cause in causes.confusions(known, "en")}


ALWAYS = {"ms-for-s": 1000.0, "minutes-for-seconds": 60.0, "bits-for-bytes": 8.0}


@pytest.mark.parametrize(
    ("known", "more"),
    [
        (run(), {}),
        (run(grad_accum=1, micro_batch=1, n_devices=1), {}),
        (run(grad_accum=2), {"micro-step-for-step": 2.0}),
        (run(micro_batch=2), {"sequence-for-batch": 2.0}),
        (run(grad_accum=8, micro_batch=8), {"micro-step-for-step": 8.0}),  # the same factor once
        (run(grad_accum=8, micro_batch=4), {"micro-step-for-step": 8.0, "sequence-for-batch": 4.0}),
        (run(n_devices=2), {"total-for-one-device": 2.0}),
    ],
)
def test_confusions_of_a_run(known: Stated, more: dict[str, float]) -> None:
    """Its own counts first, then those of units."""
    assert factors(known) == more | ALWAYS
    assert list(factors(known))[: len(more)] == list(more)


def test_confusions_of_peaks() -> None:
    """Accumulation 1.5, sparsity 2, both 3, fp8 2, fp32 1/4; of the precision of the run none."""
    found = {cause.name: cause.factor for cause in causes.peak_confusions(card(), None, "en")}
    in_fp8 = {cause.name: cause.factor for cause in causes.peak_confusions(card(), "fp8", "en")}
    plain = [cause.name for cause in causes.peak_confusions(card(fp16_accumulate_flops=109e12), "bf16", "en")]

    assert found == {
        "fp16-accumulate": 1.5, "sparse-peak": 2.0, "sparse-fp16-accumulate": 3.0, "fp8-peak": 2.0, "fp32-peak": 0.25,
    }  # fmt: skip
    assert "fp8-peak" not in in_fp8
    assert in_fp8["fp32-peak"] == 25 / 200
    assert plain == ["sparse-peak", "fp8-peak", "fp32-peak"]
    assert list(causes.peak_confusions(card(peaks={}), None, "en")) == []
    near = card(peaks={"bf16": 100e12, "fp8": 109e12})
    assert "fp8-peak" not in {cause.name for cause in causes.peak_confusions(near, None, "en")}


def test_confusions_are_told_with_their_figures() -> None:
    """Counts and peaks stand in the text; every one is translated."""
    known = run(devices=(card(),), n_devices=4, grad_accum=8, micro_batch=2)
    english = {cause.name: cause.says for cause in causes.confusions(known, "en")}
    french = {cause.name: cause.says for cause in causes.confusions(known, "fr")}

    assert english["micro-step-for-step"] == "the time of one micro-step taken for that of a step of 8 micro-steps"
    assert english["sequence-for-batch"] == "the time of one sequence taken for that of a micro-batch of 2"
    assert english["total-for-one-device"].startswith("the speed of all 4 devices")
    assert "150 TFLOPS" in english["fp16-accumulate"]
    assert "200 TFLOPS" in english["sparse-peak"]
    assert "300 TFLOPS" in english["sparse-fp16-accumulate"]
    assert english["fp32-peak"] == "the fp32 peak (25.0 TFLOPS) taken for that of 16 bits"
    assert [name for name, text in french.items() if text == english[name]] == []


@pytest.mark.parametrize(
    ("concerns", "names", "touches"),
    [((), {"mfu"}, True), (("a",), {"a", "b"}, True), (("a",), {"b"}, False), (("a",), set(), False)],
)
def test_what_a_confusion_concerns(concerns: tuple[str, ...], names: set[str], touches: bool) -> None:
    """Named quantities, or any."""
    cause = Cause(name="x", factor=1.0, says="", concerns=frozenset(concerns))

    assert cause.touches(frozenset(names)) is touches


@pytest.mark.parametrize(("factor", "fits"), [(1.81, True), (1.79, False), (2.5, True), (3.29, True), (3.31, False)])
def test_a_factor_fits_within_a_tenth(factor: float, fits: bool) -> None:
    """2 to 3, give or take 10 %."""
    assert causes.fits(factor, 2.0, 3.0) is fits


def named(**factors_of: float) -> list[Cause]:
    """Confusions with these factors."""
    return [Cause(name=name, factor=factor, says="") for name, factor in factors_of.items()]


@pytest.mark.parametrize(
    ("ratio", "name"),
    [
        ((7.5, 8.5), "eight"),
        ((1 / 8.5, 1 / 7.5), "eight"),  # the other way round
        ((6.0, 9.0), "seven"),  # nearer to the middle of 7.35
        ((10.0, 11.0), None),
        ((0.0, 9.0), None),
        ((7.0, math.inf), None),
        ((1.0, 700.0), "thirty"),  # the middle is 26.5
        ((1.5, 9000.0), None),  # no factor within two of the middle of 116
    ],
)
def test_the_confusion_nearest_to_the_middle(ratio: tuple[float, float], name: str | None) -> None:
    """In logarithms; none beyond a factor of two."""
    found = causes.closest(named(seven=7.0, eight=8.0, thirty=30.0), ratio)

    assert (found.name if found else None) == name


def test_of_equals_the_most_specific_is_told() -> None:
    """The first of the list."""
    found = causes.closest(named(first=8.0, second=8.0), (7.9, 8.1))

    assert found is not None
    assert found.name == "first"


@pytest.mark.parametrize(
    ("quantity", "claimed", "right", "name"),
    [
        ("step_time", (0.5, 0.5), (3.9, 4.1), "micro-step-for-step"),
        ("step_time", (32.0, 32.0), (3.9, 4.1), "micro-step-for-step"),  # eight times too long
        ("tokens_per_second", (800.0, 800.0), (99.0, 101.0), "micro-step-for-step"),
        ("step_time", (4.0, 4.0), (3.9, 4.1), None),  # it is right
        ("step_time", (0.0, 1.0), (3.9, 4.1), None),
        ("step_time", (1.0, math.inf), (3.9, 4.1), None),
        ("step_time", (0.0667, 0.0667), (3.9, 4.1), None),  # nobody writes a step in minutes
        ("total_time", (0.0667, 0.0667), (3.9, 4.1), "minutes-for-seconds"),
        ("step_time", (0.004, 0.004), (3.9, 4.1), "ms-for-s"),
    ],
)
def test_the_confusion_of_a_time(
    quantity: str, claimed: tuple[float, float], right: tuple[float, float], name: str | None
) -> None:
    """A time over the right one, a rate the other way."""
    found = causes.of_time(quantity, *claimed, right, run(grad_accum=8), "en")

    assert (found.name if found else None) == name


@pytest.mark.parametrize(
    ("names", "ratio", "name"),
    [
        ({"rate"}, (7.9, 8.1), "micro-step-for-step"),
        ({"rate"}, (1.99, 2.01), None),  # a peak is blamed only where one is in it
        ({"mfu"}, (1.99, 2.01), "sparse-peak"),
        ({"rate"}, (0.0, 8.0), None),
        ({"rate"}, (4.0, 12.1), None),  # wider than three
        ({"rate"}, (5.0, 14.9), "micro-step-for-step"),
    ],
)
def test_the_confusion_of_a_contradiction(names: set[str], ratio: tuple[float, float], name: str | None) -> None:
    """By the names of the relations and the ratio they miss by."""
    found = causes.of_contradiction(frozenset(names), ratio, run(devices=(card(),), grad_accum=8), "en")

    assert (found.name if found else None) == name
    assert causes.of_contradiction(frozenset({"mfu"}), (1.99, 2.01), run(), "en") is None


@pytest.mark.parametrize(
    ("claimed", "name"),
    [
        (150e12, "fp16-accumulate"),
        (154e12, "fp16-accumulate"),
        (155e12, None),  # beyond 3 %
        (200e12, "sparse-peak"),
        (25e12, "fp32-peak"),
        (77e12, "wrong-card"),
        (78e12, None),  # beyond 1 % of the other card
        (333e12, None),
    ],
)
def test_what_a_claimed_peak_is(claimed: float, name: str | None) -> None:
    """Another rate of the card, or the peak of its sister."""
    sister = card(name="card-b", title="Card B", peaks={"fp16": 77e12}, fp16_accumulate_flops=None)
    mine = card()
    found = causes.of_peak(claimed, run(devices=(mine,)), {"card-a": mine, "card-b": sister}, "en")

    assert (found.name if found else None) == name
    if name == "wrong-card":
        assert found is not None
        assert (found.factor, found.says) == (0.77, "the peak of another card, Card B")


def test_a_peak_of_no_known_card_has_no_cause() -> None:
    """No device, several, or one without a 16-bit rate."""
    assert causes.of_peak(1e12, run(), {}, "en") is None
    assert causes.of_peak(1e12, run(devices=(card(), card())), {}, "en") is None
    assert causes.of_peak(1e12, run(devices=(card(peaks={"fp64": 1.0}),)), {}, "en") is None
    assert causes.of_peak(100e12, run(devices=(mine := card(),)), {"card-a": mine}, "en") is None
