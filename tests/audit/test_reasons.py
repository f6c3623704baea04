"""The arithmetic that a reader can redo."""

from __future__ import annotations

import math

import pytest

from traincast.audit import reasons
from traincast.audit.bounds import Floor, Peak
from traincast.audit.identities import Check, Relation, Value
from traincast.audit.stated import Stated
from traincast.workload import Workload


@pytest.mark.parametrize(
    ("quantity", "value", "text"),
    [
        ("step_time", 3.84, "3.84 s"),
        ("total_time", 23100.0, "6 h 25 min"),
        ("mfu", 0.405, "40.5 %"),
        ("peak", 58.3e12, "58.3 TFLOPS"),
        ("peak_flops", 58.3e12, "58.3 TFLOPS"),
        ("achieved_flops", 1e12, "1.00 TFLOPS"),
        ("flops_per_token", 2.72e8, "272 MFLOP"),
        ("flops_per_step", 142e12, "142 TFLOP"),
        ("memory", 2.0**30, "1.00 GiB"),
        ("device_memory", 2.0**30, "1.00 GiB"),
        ("checkpoint_size", 2.0**30, "1.00 GiB"),
        ("tokens_per_second", 136533.0, "137k tokens/s"),
        ("tokens_per_second_per_device", 136533.0, "137k tokens/s"),
        ("tokens_total", 1e7, "10.0M"),
        ("tokens_per_step", 9_999_999.0, "9,999,999"),
        ("steps", 6000.0, "6,000"),
        ("cost", 12.5, "12.50"),
    ],
)
def test_an_amount_is_told_in_its_unit(quantity: str, value: float, text: str) -> None:
    """Times, shares, rates, work, bytes, counts."""
    assert reasons.amount(quantity, value) == text


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (1.0, 1.0, "1.00 s"),
        (1.0, 2.0, "1.00 s to 2.00 s"),
        (None, 2.0, "at most 2.00 s"),
        (1.0, None, "at least 1.00 s"),
    ],
)
def test_a_span_has_its_open_end(low: float | None, high: float | None, text: str) -> None:
    """A value, a range, a limit."""
    assert reasons.span("step_time", low, high, "en") == text


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [(8.1, 12.2, "8.10 to 12.2 times"), (8.0, 8.07, "8.00 times"), (8.0, 8.09, "8.00 to 8.09 times")],
)
def test_a_factor_is_one_number_within_a_hundredth(low: float, high: float, text: str) -> None:
    """8.00 to 8.07 are told as 8."""
    assert reasons.times(low, high, "en") == text


def test_a_quantity_without_a_name_keeps_its_key() -> None:
    """What the table lacks is told as it is."""
    assert reasons.quantity_name("step_time", "en") == "step time"
    assert reasons.quantity_name("something", "en") == "something"


def least(flops: float, listed: float, kind: str = "dense") -> Floor:
    """A floor of 1 MFLOP a token at 1.25 times each peak."""
    return Floor(
        peak=Peak(flops=flops, kind=kind, precision="fp16"), listed=Peak(flops=listed, kind="dense", precision="fp16"),
        seconds_per_token=1e6 / (1.25 * flops), seconds_per_token_listed=1e6 / (1.25 * listed), seconds_per_step=0.0,
    )  # fmt: skip


KNOWN = Stated(workload=Workload(), flops_low=1e6)


def test_how_a_floor_follows_from_work_and_rate() -> None:
    """1000 tokens x 1 MFLOP = 1 GFLOP; 1.25 x 1 TFLOPS; .8 ms; a kinder peak and the number of devices are told too."""
    plain = reasons.floor_arithmetic(least(1e12, 1e12), KNOWN, 1000.0, "en")
    kinder = reasons.floor_arithmetic(least(2e12, 1e12, "sparse"), KNOWN, 1000.0, "en")
    four = reasons.floor_arithmetic(
        least(1e12, 1e12), Stated(workload=Workload(), flops_low=1e6, n_devices=4), 1000.0, "en"
    )

    assert plain == (
        "1,000 tokens x 1.00 MFLOP = 1.00 GFLOP at least; boosted peak 1.25 x 1.00 TFLOPS = 1.25 TFLOPS; "
        "so at least 800 us"
    )
    assert kinder == plain + "; even at 2.00 TFLOPS (two-in-four sparsity), which no framework trains at, 400 us"
    assert "1.25 x 1.00 TFLOPS x 4 = 5.00 TFLOPS" in four


@pytest.mark.parametrize(
    ("kind", "text"),
    [("fp16-accumulate", "fp16 accumulation"), ("sparse", "two-in-four sparsity"), ("dense", "dense bf16")],
)
def test_what_sort_of_peak_it_is(kind: str, text: str) -> None:
    """Three sorts."""
    assert reasons.peak_kind(kind, "bf16", "en") == text


def test_the_rate_that_a_claim_would_need() -> None:
    """10 to 20 million tokens/s of 1 MFLOP are 10 to 20 TFLOPS, ten to twenty times the peak; over two devices half."""
    floor = least(1e12, 1e12)
    two = Stated(workload=Workload(), flops_low=1e6, n_devices=2)

    assert reasons.needed_rate(KNOWN, floor, (1e7, 2e7), "en") == (
        "it would need 10.0 TFLOPS to 20.0 TFLOPS from each device, 10.0 to 20.0 times its dense peak of 1.00 TFLOPS"
    )
    assert "5.00 TFLOPS to 10.0 TFLOPS" in reasons.needed_rate(two, floor, (1e7, 2e7), "en")
    assert reasons.needed_rate(KNOWN, floor, (1e7, math.inf), "en").startswith("it would need 10.0 TFLOPS from each")


def check(relation: Relation, *values: Value) -> Check:
    """A failing check."""
    return Check(relation=relation, values=values, gap=1.0)


RATE = Relation(
    names=("rate",), powers=(("step_time", 1), ("tokens_per_second", 1), ("tokens_per_step", -1)), says=("rate rule",)
)


def figures(step: tuple[float, float], rate: tuple[float, float], tokens: float) -> Check:
    """Claimed step time and rate, listed tokens."""
    return check(
        RATE,
        Value(quantity="step_time", low=step[0], high=step[1], claim=0),
        Value(quantity="tokens_per_second", low=rate[0], high=rate[1], claim=1),
        Value(quantity="tokens_per_step", low=tokens, high=tokens, label="plan"),
    )


def test_the_figure_that_is_told_from_the_others() -> None:
    """Of a step time and a rate the rate is told: 1000 tokens in 1 to 2 s are 500 to 1000 tokens/s."""
    one = figures((1.0, 2.0), (3000.0, 4000.0), 1000.0)
    target, others = reasons.parted(one)

    assert target.quantity == "tokens_per_second"
    assert [value.quantity for value in others] == ["step_time", "tokens_per_step"]
    assert reasons.implied(target, others, dict(RATE.powers), one) == (pytest.approx(500), pytest.approx(1000))
    assert reasons.missed(one) == (pytest.approx(500 / 4000), pytest.approx(1000 / 3000))


def test_a_limit_leaves_the_other_end_open() -> None:
    """At most 2 s a step: at least 500 tokens/s, no upper end."""
    one = figures((0.0, 2.0), (10.0, 20.0), 1000.0)
    target, others = reasons.parted(one)

    assert reasons.implied(target, others, dict(RATE.powers), one) == (pytest.approx(500), math.inf)


def test_slack_and_powers_of_what_is_told() -> None:
    """x^2 = 1 to 4 times y: y of 4 leaves x from 2 to 4; of y, a quarter of x^2 to all of it."""
    relation = Relation(names=("r",), powers=(("x", 2), ("y", -1)), least=1.0, most=4.0)
    x, y = Value(quantity="x", low=4.0, high=4.0, claim=0), Value(quantity="y", low=4.0, high=4.0, claim=1)
    one = check(relation, x, y)

    assert reasons.implied(x, [y], dict(relation.powers), one) == (pytest.approx(2.0), pytest.approx(4.0))
    assert reasons.implied(y, [x], dict(relation.powers), one) == (pytest.approx(4.0), pytest.approx(16.0))


def test_a_contradiction_is_written_out() -> None:
    """Step and plan make 500 to 1000 tokens/s; claimed are 3000 to 4000: 3 apart, 4.9 between the centres."""
    text = reasons.contradiction(figures((1.0, 2.0), (3000.0, 4000.0), 1000.0), "en")

    assert text == (
        "step time = 1.00 s to 2.00 s and tokens per step = 1,000 (plan) make tokens per second = "
        "500 tokens/s to 1.00k tokens/s; claimed is 3.00k tokens/s to 4.00k tokens/s: 3.00 times apart at the nearest "
        "(4.90 between the centres) [rate rule]"
    )


def test_equal_centres_are_not_told_twice() -> None:
    """Single figures: one ratio; the kindest peak is named where there are several."""
    one = figures((1.0, 1.0), (4000.0, 4000.0), 1000.0)
    kind = Check(
        relation=one.relation, values=one.values, gap=1.0,
        kindest=Value(quantity="peak", low=2e12, high=2e12, label="card bf16"),
    )  # fmt: skip

    assert "between the centres" not in reasons.contradiction(one, "en")
    assert "4.00 times apart" in reasons.contradiction(one, "en")
    assert "; even against the 2.00 TFLOPS of card bf16 they are apart [" in reasons.contradiction(kind, "en")


@pytest.mark.parametrize(
    ("claimed", "made", "near", "middle"),
    [
        ((1.0, 2.0), (4.0, 8.0), 2.0, 4.0),
        ((4.0, 8.0), (1.0, 2.0), 2.0, 4.0),
        ((1.0, 4.0), (2.0, 8.0), 1.0, 2.0),  # they overlap
        ((1.0, 1.0), (3.0, 3.0), 3.0, 3.0),
        ((1.0, math.inf), (0.25, 0.5), 2.0, None),
        ((0.0, 1.0), (2.0, 4.0), 2.0, None),
        ((1.0, 2.0), (0.0, 0.5), 2.0, None),
        ((1.0, 2.0), (4.0, math.inf), 2.0, None),
        ((1.0, 2.0), (0.0, 0.0), 1.0, None),
    ],
)
def test_how_far_intervals_are_apart(
    claimed: tuple[float, float], made: tuple[float, float], near: float, middle: float | None
) -> None:
    """Nearest ends, and geometric centres where both are bounded."""
    assert reasons.nearest(*claimed, *made) == pytest.approx(near)
    assert reasons.centres(*claimed, *made) == (None if middle is None else pytest.approx(middle))


def test_open_ends_have_no_value() -> None:
    """The open end of a limit is None, all else stays."""
    assert reasons.finite(math.inf, math.inf) is None
    assert reasons.finite(0.0, 0.0) is None
    assert reasons.finite(3.0, math.inf) == 3.0


def test_a_value_with_its_name() -> None:
    """Label in brackets where there is one."""
    assert (
        reasons.described(Value(quantity="peak", low=1e12, high=1e12, label="card"), "en")
        == "peak = 1.00 TFLOPS (card)"
    )
    assert reasons.described(Value(quantity="steps", low=0.0, high=5.0), "en") == "steps = at most 5"
    assert reasons.described(Value(quantity="steps", low=5.0, high=math.inf), "en") == "steps = at least 5"
