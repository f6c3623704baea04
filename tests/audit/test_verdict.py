"""The verdict on one figure, on a card and a run of round figures.

1 TFLOPS listed (2 with sparsity), 100 GB/s, 10 GB; 1 MFLOP a token; 1000 tokens a step, so at least .8 ms a step at the
listed peak with boost and .4 ms at the kindest.
"""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest

from traincast.audit import verdict
from traincast.audit.bounds import floor
from traincast.audit.causes import Cause
from traincast.audit.claims import Figure
from traincast.audit.stated import Stated
from traincast.audit.verdict import Judged
from traincast.machine import Accelerator
from traincast.sources import Source
from traincast.workload import Workload

CARD = Accelerator(
    name="card", title="Card", vendor="nvidia", family="geforce", arch="ada", year=2022, memory_bytes=1e10,
    memory_bandwidth=1e11, source=Source(text="made up"), peaks={"fp32": 0.5e12, "bf16": 1e12, "fp8": 2e12},
)  # fmt: skip
KNOWN = Stated(
    workload=Workload(precision="bf16", seq_len=100, steps=50, grad_accum=5), devices=(CARD,), n_devices=1,
    flops_low=1e6, flops_high=1.2e6, flops_palm=1.1e6, tokens_per_step=1000.0, tokens_per_step_least=1000.0,
    exact_shapes=True,
)  # fmt: skip


def figure(quantity: str, low: float | None, high: float | None = None, **told: Any) -> Figure:
    """A figure; one value where no second is given."""
    return Figure(
        text=quantity, where="n:1", line=1, quantity=quantity, low=low, high=low if high is None else high, **told
    )


def judged(one: Figure, known: Stated = KNOWN, right: tuple[float, float] | None = None) -> Judged:
    """What physics says of a figure; it has to say something."""
    found = verdict.on_bounds(one, known, floor(known), right, "en")
    assert found is not None
    return found


def facts(**changes: Any) -> Stated:
    """The known run with other facts."""
    return msgspec.structs.replace(KNOWN, **changes)


@pytest.mark.parametrize(
    ("told", "ends"),
    [
        ({"low": 1.0}, (1.0, 1.0)),
        ({"low": 1.0, "high": 2.0, "rounding": 0.1}, (0.9, 2.2)),
        ({"low": 1.0, "about": True}, (0.9, 1.1)),
    ],
)
def test_the_kindest_ends_of_a_figure(told: dict[str, Any], ends: tuple[float, float]) -> None:
    """Rounding and "about" at both ends."""
    assert verdict.kind_ends(figure("step_time", **told)) == (pytest.approx(ends[0]), pytest.approx(ends[1]))
    limit = Figure(text="", where="", line=1, quantity="step_time", low=None, high=None)
    assert verdict.kind_ends(limit) == (0.0, math.inf)


@pytest.mark.parametrize(
    ("quantity", "tokens"),
    [
        ("tokens_per_second", 1.0),
        ("tokens_per_second_per_device", 1.0),
        ("step_time", 1000.0),
        ("steps_per_second", 1000.0),
        ("first_step_time", 1000.0),
        ("micro_step_time", 200.0),
        ("total_time", 50_000.0),
        ("samples_per_second", 100.0),
        ("samples_per_second_per_device", 100.0),
        ("remaining_time", None),
        ("cost", None),
    ],
)
def test_tokens_that_a_time_is_claimed_for(quantity: str, tokens: float | None) -> None:
    """A step, a fifth of it, all 50 of them; a sample of 100."""
    assert verdict.tokens_of(figure(quantity, 1.0), KNOWN) == tokens


def test_tokens_where_facts_are_missing() -> None:
    """The least of a step where accumulation is open; a total from the tokens of the plan; nothing of nothing."""
    bare = Stated(workload=Workload(tokens=7e6))
    least = Stated(workload=Workload(), tokens_per_step_least=10.0)

    assert verdict.tokens_of(figure("total_time", 1.0), bare) == 7e6
    assert verdict.tokens_of(figure("step_time", 1.0), bare) is None
    assert verdict.tokens_of(figure("micro_step_time", 1.0), bare) is None
    assert verdict.tokens_of(figure("samples_per_second", 1.0), bare) is None
    assert verdict.tokens_of(figure("step_time", 1.0), least) == 10
    assert verdict.tokens_of(figure("micro_step_time", 1.0), least) == 10


@pytest.mark.parametrize(
    ("quantity", "value", "outcome"),
    [
        ("step_time", 0.81e-3, "consistent"),
        ("step_time", 0.79e-3, "implausible"),
        ("step_time", 0.41e-3, "implausible"),
        ("step_time", 0.39e-3, "impossible"),
        ("first_step_time", 0.39e-3, "impossible"),
        ("micro_step_time", 0.17e-3, "consistent"),
        ("micro_step_time", 0.07e-3, "impossible"),
        ("total_time", 41e-3, "consistent"),
        ("total_time", 19e-3, "impossible"),
        ("tokens_per_second", 1.24e6, "consistent"),
        ("tokens_per_second", 1.26e6, "implausible"),
        ("tokens_per_second", 2.6e6, "impossible"),
        ("steps_per_second", 1240.0, "consistent"),
        ("steps_per_second", 2600.0, "impossible"),
        ("samples_per_second", 1.24e4, "consistent"),
        ("samples_per_second", 2.6e4, "impossible"),
    ],
)
def test_speed_against_the_floor(quantity: str, value: float, outcome: str) -> None:
    """Beyond the listed peak implausible, beyond the kindest impossible."""
    assert judged(figure(quantity, value)).verdict == outcome


@pytest.mark.parametrize(
    ("quantity", "value", "outcome"),
    [
        ("tokens_per_second", 4.9e6, "consistent"),  # four devices
        ("tokens_per_second", 11e6, "impossible"),
        ("tokens_per_second_per_device", 1.24e6, "consistent"),
        ("tokens_per_second_per_device", 1.26e6, "implausible"),
        ("tokens_per_second_per_device", 2.6e6, "impossible"),
        ("step_time", 0.21e-3, "consistent"),
        ("step_time", 0.09e-3, "impossible"),
    ],
)
def test_speed_of_several_devices(quantity: str, value: float, outcome: str) -> None:
    """Four devices do four times the work; a rate per device is held against one."""
    assert judged(figure(quantity, value), facts(n_devices=4)).verdict == outcome


def test_bounds_are_told_with_their_unit() -> None:
    """At least for times, at most for rates: that of the kindest peak."""
    time, rate = judged(figure("step_time", 1.0, unit="s")), judged(figure("tokens_per_second", 1.0, unit="tokens/s"))

    assert time.bound is not None
    assert rate.bound is not None
    assert (time.bound.at_least, time.bound.at_most, time.bound.unit) == (pytest.approx(0.4e-3), None, "s")
    assert (rate.bound.at_least, rate.bound.at_most, rate.bound.unit) == (None, pytest.approx(2.5e6), "tokens/s")
    assert not time.checked


def test_memory_traffic_may_bind_a_step() -> None:
    """1e9 parameters of Adam: 20e9 bytes at 105 GB/s are .19 s; a micro-step has no update."""
    heavy = facts(
        parameters=1e9, workload=Workload(precision="bf16", seq_len=100, steps=50, grad_accum=5, optimizer="adamw")
    )

    assert judged(figure("step_time", 0.1), heavy).verdict == "consistent"
    bound = judged(figure("step_time", 0.1), heavy).bound
    assert bound is not None
    assert bound.at_least == pytest.approx(20 / 105)
    assert judged(figure("step_time", 0.1e-3), heavy).verdict == "impossible"
    assert "476 times" in judged(figure("step_time", 0.4e-3), heavy).reason
    micro = judged(figure("micro_step_time", 0.1e-3), heavy).bound
    assert micro is not None
    assert micro.at_least == pytest.approx(0.08e-3)


def test_the_reason_of_an_impossible_rate() -> None:
    """4 million tokens/s of 1.1 MFLOP are 4.4 TFLOPS; 1.6 times faster than the kindest floor; over devices each."""
    one = judged(figure("tokens_per_second", 4e6)).reason
    each = judged(figure("tokens_per_second_per_device", 4e6), facts(n_devices=4)).reason
    all_four = judged(figure("tokens_per_second", 16e6), facts(n_devices=4)).reason

    for reason in (one, each, all_four):
        assert "1.60 times faster" in reason
        assert "4.40 TFLOPS from each device, 4.40 times its dense peak" in reason
    assert "x 1.00 MFLOP = 1.00 MFLOP at least" in one


def test_a_cause_is_told_where_the_right_interval_is_known() -> None:
    """.1 s claimed, .5 s right: a micro-step of five. Between the floors the kindest peak is the cause."""
    heavy = facts(tokens_per_step=1e6)
    told = judged(figure("step_time", 0.1), heavy, (0.49, 0.51))
    sparse = judged(figure("step_time", 0.5), heavy)

    assert told.cause is not None
    assert told.cause.name == "micro-step-for-step"
    assert sparse.verdict == "implausible"
    assert sparse.cause is not None
    assert sparse.cause.name == "sparse-peak"


@pytest.mark.parametrize(
    ("value", "known", "outcome"),
    [
        (1.49, KNOWN, "consistent"),  # 1.25 x 1.2: what boost and conventions allow
        (1.51, KNOWN, "impossible"),
        (1.99, facts(exact_shapes=False), "consistent"),  # 1.25 x 1.6
        (2.01, facts(exact_shapes=False), "impossible"),
        (-1.0, KNOWN, "unverifiable"),
    ],
)
def test_mfu_has_a_bound(value: float, known: Stated, outcome: str) -> None:
    """A negative one is a placeholder."""
    assert judged(figure("mfu", value), known).verdict == outcome


def test_mfu_of_a_faster_card_may_be_printed_against_a_smaller_one() -> None:
    """624 TFLOPS against the 312 of an A100: twice as much."""
    card = msgspec.structs.replace(CARD, peaks={"bf16": 624e12})
    known = facts(devices=(card,))

    assert judged(figure("mfu", 2.9), known).verdict == "consistent"
    assert judged(figure("mfu", 3.1), known).verdict == "impossible"
    without = verdict.on_bounds(figure("mfu", 14.0), facts(devices=()), None, None, "en")
    assert without is not None
    assert without.verdict == "consistent"  # unknown card: ten times


@pytest.mark.parametrize(
    ("sentence", "outcome"),
    [
        ("mfu -100.00%", "unverifiable"),
        ("MFU -100 % because the compilation is slow", "impossible"),
        ("MFU -100 % is a placeholder until five iterations because nothing was measured", "unverifiable"),
    ],
)
def test_a_placeholder_wrongly_explained(sentence: str, outcome: str) -> None:
    """The same figure with a wrong reason beside it."""
    assert judged(figure("mfu", -1.0, sentence=sentence)).verdict == outcome


@pytest.mark.parametrize(
    ("quantity", "value", "devices", "outcome"),
    [
        ("memory", 9e9, 1, "consistent"),
        ("memory", 10.7e9, 1, "consistent"),  # GB for GiB
        ("memory", 10.8e9, 1, "impossible"),
        ("memory", 40e9, 4, "implausible"),
        ("memory", 43e9, 4, "impossible"),
        ("device_memory", 9e9, 1, "consistent"),
        ("device_memory", 8.6e9, 1, "implausible"),
        ("device_memory", 10.8e9, 1, "impossible"),
    ],
)
def test_memory_of_a_device(quantity: str, value: float, devices: int, outcome: str) -> None:
    """10 GB each; four of them together are told as such."""
    found = judged(figure(quantity, value), facts(n_devices=devices))

    assert found.verdict == outcome
    assert found.bound is not None
    assert found.bound.at_most == 1e10
    assert (found.cause is not None and found.cause.name == "total-for-one-device") == (
        outcome == "implausible" and devices == 4
    )


def test_bits_are_blamed_where_they_are_written() -> None:
    """96 Gb are 12 GB; 96 GB have no such excuse."""
    bits = judged(msgspec.structs.replace(figure("memory", 96e9), text="96 Gb"))
    plain = judged(msgspec.structs.replace(figure("memory", 96e9), text="96 GB"))

    assert bits.cause is not None
    assert (bits.cause.name, bits.cause.factor) == ("bits-for-bytes", 8.0)
    assert plain.cause is None
    assert verdict.on_memory(figure("memory", 1e12), facts(devices=()), "en") is None


@pytest.mark.parametrize(
    ("value", "devices", "outcome"),
    [(2.49e12, 1, "consistent"), (2.51e12, 1, "impossible"), (9e12, 4, None), (10.1e12, 4, "impossible")],
)
def test_achieved_rates(value: float, devices: int, outcome: str | None) -> None:
    """1.25 x 2 TFLOPS; more may be said of all devices together."""
    found = verdict.on_bounds(figure("achieved_flops", value), facts(n_devices=devices), None, None, "en")

    assert (found.verdict if found else None) == outcome
    assert verdict.on_achieved(figure("achieved_flops", value), facts(devices=()), "en") is None


@pytest.mark.parametrize(
    ("value", "sentence", "outcome", "cause"),
    [
        (1e12, "", "consistent", None),
        (1.02e12, "", "consistent", None),  # 3 %
        (1.04e12, "", "implausible", None),
        (0.98e12, "", "consistent", None),
        (2e12, "", "implausible", "sparse-peak"),
        (0.5e12, "", "implausible", "fp32-peak"),
        (0.5e12, "in fp32", "consistent", None),
        (2e12, "in fp8", "consistent", None),
    ],
)
def test_a_claimed_peak(value: float, sentence: str, outcome: str, cause: str | None) -> None:
    """Within 3 % of the dense one, at the precision that its sentence names."""
    found = judged(figure("peak_flops", value, sentence=sentence))

    assert found.verdict == outcome
    assert (found.cause.name if found.cause else None) == cause
    assert verdict.on_peak(figure("peak_flops", value), facts(devices=()), "en") is None


@pytest.mark.parametrize(
    ("quantity", "interval"),
    [
        ("step_time", (1.0, 2.0)),
        ("micro_step_time", (0.2, 0.4)),
        ("steps_per_second", (0.5, 1.0)),
        ("tokens_per_second", (500.0, 1000.0)),
        ("tokens_per_second_per_device", (125.0, 250.0)),
        ("samples_per_second", (5.0, 10.0)),
        ("total_time", (50.0, 130.0)),  # pauses
        ("mfu", (1.1e9 / 4e12 / 2.0, 1.1e9 / 4e12)),
        ("cost", None),
    ],
)
def test_what_follows_from_a_predicted_step(quantity: str, interval: tuple[float, float] | None) -> None:
    """1 to 2 s, 1000 tokens, 100 a sample, 50 steps, five micro-steps, four devices."""
    found = verdict.right_range(quantity, (1.0, 2.0), facts(n_devices=4))

    assert found == (None if interval is None else pytest.approx(interval))
    assert verdict.right_range(quantity, None, KNOWN) is None
    assert verdict.right_range(quantity, (0.0, 1.0), KNOWN) is None


@pytest.mark.parametrize("quantity", ["step_time", "steps_per_second", "total_time"])
def test_a_step_of_open_accumulation_is_not_predicted(quantity: str) -> None:
    """Rates are."""
    open_run = facts(tokens_per_step=None)

    assert verdict.right_range(quantity, (1.0, 2.0), open_run) is None
    assert verdict.right_range("tokens_per_second", (1.0, 2.0), open_run) == (500.0, 1000.0)


@pytest.mark.parametrize(
    ("low", "high", "outcome"),
    [(0.5, 0.9, "implausible"), (0.5, 1.0, "consistent"), (2.1, 3.0, "implausible"), (2.0, 3.0, "consistent")],
)
def test_a_figure_against_the_prediction(low: float, high: float, outcome: str) -> None:
    """1 to 2 s predicted: what touches it is consistent."""
    found = verdict.on_prediction(figure("step_time", low, high), (1.0, 2.0), "en")

    assert found is not None
    assert found.verdict == outcome
    assert found.reason == "predicted is 1.00 s to 2.00 s (99 %)"
    assert verdict.on_prediction(figure("mfu", low), (1.0, 2.0), "en") is None
    assert verdict.on_prediction(figure("step_time", low), None, "en") is None


@pytest.mark.parametrize(
    ("quantity", "value", "outcome"),
    [
        ("step_time", 1.0, "consistent"),
        ("step_time", 1.09, "consistent"),
        ("step_time", 1.11, "contradictory"),
        ("step_time", 0.92, "consistent"),
        ("step_time", 0.9, "contradictory"),
        ("total_time", 1.6, "consistent"),  # half as long again, for its pauses
        ("total_time", 1.7, "contradictory"),
    ],
)
def test_a_figure_against_the_log(quantity: str, value: float, outcome: str) -> None:
    """The log shows 1 s; 10 % either way."""
    found = verdict.on_log(figure(quantity, value), (1.0, 1.0), "en")

    assert found is not None
    assert found.verdict == outcome
    assert verdict.on_log(figure(quantity, value), None, "en") is None
    assert verdict.on_log(figure("mfu", -1.0), (1.0, 1.0), "en") is None


@pytest.mark.parametrize(
    ("quantity", "wants"),
    [
        ("step_time", ["the device", "the model's shapes or parameters", "the batch and sequence length"]),
        ("tokens_per_second", ["the device", "the model's shapes or parameters"]),
        ("tokens_per_second_per_device", ["the device", "the model's shapes or parameters"]),
        ("mfu", ["the device", "the model's shapes or parameters", "the batch and sequence length"]),
        (
            "total_time",
            ["the device", "the model's shapes or parameters", "the batch and sequence length", "the number of steps"],
        ),
        ("memory", ["the device"]),
        ("peak_flops", ["the device"]),
        ("achieved_flops", ["the device"]),
        ("device_memory", ["the device"]),
        ("cost", ["the price an hour and the total time"]),
        ("energy", []),
    ],
)
def test_what_is_missing_to_check_a_figure(quantity: str, wants: list[str]) -> None:
    """Everything where nothing is known; of what is known nothing, but for a cost."""
    assert verdict.missing(figure(quantity, 1.0), Stated(workload=Workload()), "en") == wants
    assert verdict.missing(figure(quantity, 1.0), KNOWN, "en") == (wants if quantity == "cost" else [])


def test_the_facts_that_a_bound_rests_on() -> None:
    """Peak, work, tokens, and where each was read."""
    known = facts(from_text={"seq_len": "n:3", "precision": "n:4"})

    assert verdict.rests_on(known) == ["card peak", "1e+06 FLOP/token", "1000 tokens/step", "seq_len: n:3"]
    assert verdict.rests_on(Stated(workload=Workload())) == []


def test_the_published_record_of_a_figure() -> None:
    """Facts beside a bound that decided, the cause with its name."""
    cause = Cause(name="ms-for-s", factor=1000.0, says="milliseconds taken for seconds")
    judged_so = msgspec.structs.replace(judged(figure("step_time", 1e-6, unit="s")), cause=cause)
    claim = verdict.as_claim(figure("step_time", 1e-6, unit="s"), judged_so, KNOWN)
    fine = verdict.as_claim(figure("precision", None, name="bf16"), Judged(verdict="consistent", reason="r"), KNOWN)

    assert (claim.text, claim.where, claim.quantity, claim.low, claim.high) == (
        "step_time",
        "n:1",
        "step_time",
        1e-6,
        1e-6,
    )
    assert (claim.unit, claim.verdict) == ("s", "impossible")
    assert claim.likely_cause == "ms-for-s: milliseconds taken for seconds"
    assert claim.rests_on[0] == "card peak"
    assert claim.bound is judged_so.bound
    assert (fine.unit, fine.rests_on, fine.likely_cause, fine.reason) == ("bf16", [], None, "r")
