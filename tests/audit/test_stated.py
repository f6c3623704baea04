"""What is known of a run, and the values that relations take."""

from __future__ import annotations

import math
from typing import Any

import pytest

from traincast.audit.claims import Figure
from traincast.audit.stated import Stated, counted, single, stated, there, tokens_per_step, usable, with_model
from traincast.audit.values import known_facts, tolerance, values
from traincast.machine import Accelerator, Machine
from traincast.sources import Source
from traincast.workload import Workload


def card(**changes: Any) -> Accelerator:
    """A card of round figures."""
    told: dict[str, Any] = {
        "name": "card", "title": "Card", "vendor": "nvidia", "family": "geforce", "arch": "ada", "year": 2022,
        "memory_bytes": 1e10, "memory_bandwidth": 1e11, "source": Source(text="made up"),
        "peaks": {"fp32": 0.5e12, "bf16": 1e12},
    }  # fmt: skip
    return Accelerator(**told | changes)


def figure(quantity: str, low: float | None, high: float | None = None, **told: Any) -> Figure:
    """A figure on line 1; one value where no second is given."""
    return Figure(
        text=quantity, where="n:1", line=1, quantity=quantity, low=low, high=low if high is None else high, **told
    )


@pytest.mark.parametrize(
    ("told", "devices", "tokens"),
    [
        ({"seq_len": 1024, "global_batch": 512}, 8, 524288.0),
        ({"seq_len": 1024, "micro_batch": 16, "grad_accum": 4}, 8, 524288.0),
        ({"seq_len": 1024, "micro_batch": 16, "grad_accum": 4, "tp": 2}, 8, 262144.0),
        ({"seq_len": 1024, "micro_batch": 16, "grad_accum": 4, "tp": 2, "pp": 2, "cp": 2}, 8, 65536.0),
        ({"seq_len": 1024, "micro_batch": 16, "grad_accum": 4, "dp": 2}, 8, 131072.0),
        ({"seq_len": 1024, "micro_batch": 16, "grad_accum": 4}, None, 65536.0),
        ({"seq_len": 1024, "micro_batch": 16, "grad_accum": 4, "tp": 16}, 8, 65536.0),  # one replica at least
        ({"seq_len": 1024, "micro_batch": 16}, 8, None),
        ({"seq_len": 1024, "grad_accum": 4}, 8, None),
        ({"global_batch": 512}, 8, None),
    ],
)
def test_tokens_of_a_step(told: dict[str, Any], devices: int | None, tokens: float | None) -> None:
    """Sequences of all replicas times their length."""
    assert tokens_per_step(Workload(**told), devices) == tokens


def test_a_step_has_one_micro_step_at_least() -> None:
    """Where accumulation is not told."""
    assert single(Workload(micro_batch=2)).grad_accum == 1
    assert single(Workload(grad_accum=3)).grad_accum == 3
    known = counted(Stated(workload=Workload(seq_len=10, micro_batch=2)))
    assert (known.tokens_per_step, known.tokens_per_step_least) == (None, 20.0)


@pytest.mark.parametrize(
    ("told", "low", "high", "palm", "parameters"),
    [
        ({"params_total": 1e8}, 0.65, 1.6, 1.0, 1e8),  # from 1e8 on an own input table is 35 % at most
        ({"params_total": 0.99e8}, 0.5, 1.6, 1.0, 0.99e8),
        ({"params_total": 5e9}, 0.85, 1.6, 1.0, 5e9),
        ({"params_total": 1e10}, 0.95, 1.6, 1.0, 1e10),
        ({"params_total": 1e8, "lora_rank": 8}, 0.65 * 2 / 3, 1.6, 1.0, 1e8),
        ({"params_total": 1e10, "num_experts": 8}, 0.03, 1.6, 1.0, 1e10),
        ({"params_total": 1e10, "arch": "moe"}, 0.03, 1.6, 1.0, 1e10),
        ({"params_total": 1e10, "num_experts": 1}, 0.95, 1.6, 1.0, 1e10),
    ],
)
def test_work_of_a_token_from_parameters(
    told: dict[str, Any], low: float, high: float, palm: float, parameters: float
) -> None:
    """6N at most 1.6 times, less what is read and not multiplied; in shares of 6N."""
    known = counted(Stated(workload=Workload(**told)))
    each = 6 * told["params_total"]

    assert known.flops_low == pytest.approx(low * each)
    assert known.flops_high == pytest.approx(high * each)
    assert known.flops_palm == pytest.approx(palm * each)
    assert (known.parameters, known.exact_shapes) == (parameters, False)


def test_active_parameters_do_the_work() -> None:
    """1e9 of 1e10 at work: the share of an input table is that of 1e9; all are held."""
    known = counted(Stated(workload=Workload(params_total=1e10, params_active=1e9, num_experts=8)))
    alone = counted(Stated(workload=Workload(params_active=1e9)))

    assert known.flops_low == pytest.approx(6e9 * 0.85)
    assert known.parameters == 1e10
    assert alone.parameters == 1e9


def test_work_of_a_token_from_shapes() -> None:
    """Two layers of width 64, vocabulary 1000: exact from the length; without one from 64 to 8192 tokens."""
    shapes = {"n_layer": 2, "d_model": 64, "n_head": 4, "vocab": 1000, "mlp": "gelu", "tied": True}
    products = 12 * 2 * 64 * 64 + 64 * 1000
    exact = counted(Stated(workload=Workload(**shapes, seq_len=128)))
    open_length = counted(Stated(workload=Workload(**shapes)))

    assert exact.flops_low == 6 * products + 3 * 2 * 4 * 64 * 64
    assert exact.flops_palm == exact.flops_high == 6 * (products + 2 * 2 * 64 + 64) + 12 * 2 * 64 * 128
    assert exact.exact_shapes
    assert open_length.flops_low == 6 * products + 3 * 2 * 4 * 32 * 64
    assert open_length.flops_high == 6 * (products + 2 * 2 * 64 + 64) + 12 * 2 * 64 * 8192
    assert not counted(Stated(workload=Workload(**shapes, arch="vit", params_total=1e6))).exact_shapes
    nothing = counted(Stated(workload=Workload()))
    assert (nothing.flops_low, nothing.flops_high, nothing.parameters) == (None, None, None)


@pytest.mark.parametrize(
    ("told", "use"),
    [
        ({"low": 5.0}, True),
        ({"low": 1.0}, True),
        ({"low": 0.5}, False),
        ({"low": 5.0, "high": 6.0}, False),
        ({"low": None}, False),
        ({"low": 5.0, "scenario": True}, False),
        ({"low": 5.0, "device": "other"}, False),
    ],
)
def test_a_fact_is_one_definite_number_of_this_run(told: dict[str, Any], use: bool) -> None:
    """No range, no limit, no supposed case, no other device."""
    assert usable(figure("steps", **told)) is use


def test_facts_of_the_text_fill_what_is_not_given() -> None:
    """The first of each; counts are whole, parameters and epochs are not; names of precision and optimizer too."""
    known = stated(
        Workload(seq_len=512), None,
        [
            figure("seq_len", 1024.0), figure("micro_batch", 8.0), figure("micro_batch", 16.0), figure("epochs", 1.5),
            figure("parameters", 1.25e8), figure("step_time", 3.0), figure("precision", None, name="bf16"),
            figure("precision", None, name="fp32"), figure("optimizer", None, name="adamw", scenario=True),
        ],
        (card(),), 4,
    )  # fmt: skip
    w = known.workload

    assert (w.seq_len, w.micro_batch, w.epochs, w.params_total) == (512, 8, 1.5, 1.25e8)
    assert (w.precision, w.optimizer, known.n_devices) == ("bf16", None, 4)
    assert known.from_text == {
        "micro_batch": "n:1", "epochs": "n:1", "params_total": "n:1", "precision": "n:1",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("machine", "told", "count", "n"),
    [
        (Machine(accelerator=card(), n_devices=8), None, 2, 8),
        (Machine(accelerator=card()), None, 2, 2),
        (Machine(accelerator=card()), 3, 2, 3),
        (Machine(accelerator=card()), None, None, 1),
        (None, None, None, None),
        (None, None, 2, 2),
    ],
)
def test_how_many_devices(machine: Machine | None, told: int | None, count: int | None, n: int | None) -> None:
    """Several of a machine, then the workload's, then the text's; one where there is a device at all."""
    assert stated(Workload(n_devices=told), machine, [], (), count).n_devices == n


def test_stated_parameters_give_way_to_given_shapes() -> None:
    """A workload with layers and width counts for itself."""
    shapes = Workload(n_layer=2, d_model=64, vocab=100)

    assert stated(shapes, None, [figure("parameters", 1e9)], (), None).workload.params_total is None
    assert stated(Workload(), None, [figure("parameters", 1e9)], (), None).workload.params_total == 1e9


def test_a_named_model_fills_shapes_that_fit() -> None:
    """Not those that contradict what is stated; its size alone where no shapes are known."""
    shapes = {"n_layer": 12, "d_model": 768, "n_head": 12, "params_total": 124e6}

    assert with_model(Workload(), shapes, None).n_layer == 12
    assert with_model(Workload(n_head=16), shapes, None).n_head == 16
    assert with_model(Workload(n_layer=24), shapes, None).d_model is None
    assert with_model(Workload(params_total=130e6), shapes, None).n_layer == 12
    assert with_model(Workload(params_total=350e6), shapes, None).n_layer is None
    assert with_model(Workload(), {}, 7e9).params_total == 7e9
    assert with_model(Workload(n_layer=3), {}, 7e9).params_total is None
    assert with_model(Workload(params_total=1e9), {}, 7e9).params_total == 1e9


def test_the_model_of_the_text_is_left_out_where_one_is_given() -> None:
    """A workload with layers or parameters is the model."""
    model = ({"n_layer": 12, "d_model": 768, "vocab": 50257}, None)

    assert stated(None, None, [], (), None, model).workload.n_layer == 12
    assert stated(Workload(n_layer=2), None, [], (), None, model).workload.d_model is None
    assert stated(Workload(params_total=1e9), None, [], (), None, model).workload.n_layer is None


def test_facts_of_another_device_are_those_of_its_sentences() -> None:
    """Its batch replaces the main run's, with accumulation open; figures of other devices and ranges stay out."""
    known = Stated(workload=Workload(seq_len=10, micro_batch=4, grad_accum=8, global_batch=64, params_total=1e9))
    other = card(name="other")
    found = there(known, other, [
        figure("micro_batch", 2.0, device="other"), figure("seq_len", 20.0, device="third"),
        figure("steps", 5.0, 6.0, device="other"), figure("parameters", 2.5e9, device="other"),
    ])  # fmt: skip
    w = found.workload

    assert (w.micro_batch, w.grad_accum, w.global_batch, w.seq_len, w.steps) == (2, None, None, 10, None)
    assert w.params_total == 2.5e9
    assert found.devices == (other,)
    assert there(known, other, []).workload.grad_accum == 8


def test_one_device_is_known_or_several_are_meant() -> None:
    """The machine of a prediction takes the first."""
    one, two = card(), card(name="two")

    assert Stated(workload=Workload(), devices=(one,)).device is one
    assert Stated(workload=Workload(), devices=(one, two)).device is None
    assert Stated(workload=Workload()).machine is None
    machine = Stated(workload=Workload(), devices=(one, two), n_devices=4).machine
    assert machine == Machine(accelerator=one, n_devices=4)


def test_tolerance_of_a_figure() -> None:
    """Rounding, and 10 % where it is about."""
    assert tolerance(figure("step_time", 1.0, rounding=0.01)) == 0.01
    assert tolerance(figure("step_time", 1.0, rounding=0.01, about=True)) == pytest.approx(0.11)


def facts(known: Stated) -> dict[str, list[tuple[float, float, str]]]:
    """(low, high, label) of each fact by quantity."""
    found: dict[str, list[tuple[float, float, str]]] = {}
    for one in known_facts(known):
        found.setdefault(one.quantity, []).append((one.low, one.high, one.label))
    return found


def test_facts_of_a_run() -> None:
    """Batch, plan, work, devices, and the peaks that an MFU may be against."""
    known = Stated(
        workload=Workload(seq_len=10, micro_batch=4, grad_accum=2, steps=100, dp=3), devices=(card(),), n_devices=4,
        flops_low=1.0, flops_high=2.0, parameters=7.0, tokens_per_step=240.0,
    )  # fmt: skip

    assert facts(known) == {
        "flops_per_token": [(1.0, 2.0, "")], "tokens_per_step": [(240.0, 240.0, "")], "seq_len": [(10.0, 10.0, "")],
        "micro_batch": [(4.0, 4.0, "")], "grad_accum": [(2.0, 2.0, "")], "global_batch": [(24.0, 24.0, "")],
        "steps": [(100.0, 100.0, "")], "parameters": [(7.0, 7.0, "")], "seconds_per_hour": [(3600.0, 3600.0, "")],
        "n_devices": [(4.0, 4.0, "")], "replicas": [(3.0, 3.0, "")],
        "peak": [(1e12, 1e12, "card bf16"), (0.5e12, 0.5e12, "card fp32"), (312e12, 312e12, "A100")],
    }  # fmt: skip


def test_facts_that_are_open() -> None:
    """No accumulation told: the least, maybe more; a printed peak replaces the named one; fp8 only if it is said."""
    known = Stated(
        workload=Workload(global_batch=5), tokens_per_step_least=100.0, printed_peak=9e13, n_devices=2,
        devices=(card(peaks={"bf16": 1e12, "fp8": 2e12}),),
    )  # fmt: skip
    found = facts(known)

    assert found["tokens_per_step"] == [(100.0, 100.0, ""), (150.0, math.inf, "more, if gradients are accumulated")]
    assert found["global_batch"] == [(5.0, 5.0, "")]
    assert found["replicas"] == [(2.0, 2.0, "")]
    assert [label for _low, _high, label in found["peak"]] == ["card bf16", "printed"]
    said = facts(Stated(workload=Workload(precision="fp8"), devices=known.devices, printed_peak=1.0))
    assert [label for _low, _high, label in said["peak"]] == ["card fp8", "printed"]
    assert [label for _low, _high, label in facts(Stated(workload=Workload(), devices=(card(peaks={}),)))["peak"]] == [
        "A100"
    ]


def test_claims_become_values_and_replace_facts() -> None:
    """Indices, limits, tolerance; supposed cases, other devices, negative figures and unrelated quantities stay out."""
    known = Stated(workload=Workload(seq_len=10, steps=100), tokens_per_step=240.0)
    listed = [
        figure("step_time", 1.0, 2.0, rounding=0.01), figure("steps", 50.0), figure("step_time", 9.0, scenario=True),
        figure("step_time", 9.0, device="x"), figure("mfu", -1.0), figure("vocab", 5.0), figure("peak_flops", 3e12),
        Figure(text="", where="", line=1, quantity="total_time", low=None, high=8.0),
        Figure(text="", where="", line=1, quantity="tokens_per_second", low=7.0, high=None),
        figure("seq_len", 20.0),
    ]  # fmt: skip
    found = {(one.quantity, one.claim): one for one in values(listed, known)}
    claimed = {key: (one.low, one.high) for key, one in found.items() if key[1] is not None}

    assert claimed == {
        ("step_time", 0): (1.0, 2.0), ("steps", 1): (50.0, 50.0), ("peak", 6): (3e12, 3e12),
        ("total_time", 7): (0.0, 8.0), ("tokens_per_second", 8): (7.0, math.inf),
    }  # fmt: skip
    assert found["step_time", 0].tolerance == 0.01
    assert ("steps", None) not in found
    assert ("tokens_per_step", None) in found
    assert found["seq_len", None].low == 10.0  # batch figures count where tokens a step are claimed


def test_batch_figures_count_beside_claimed_tokens_of_a_step() -> None:
    """Then `seq_len = 20` is a claim like another."""
    found = values([figure("seq_len", 20.0), figure("tokens_per_step", 240.0)], Stated(workload=Workload()))

    assert {(one.quantity, one.claim) for one in found if one.claim is not None} == {
        ("seq_len", 0),
        ("tokens_per_step", 1),
    }
