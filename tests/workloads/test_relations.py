"""What the keys of a workload say about each other."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from traincast.errors import WorkloadError
from traincast.workload import Workload
from traincast.workloads.relations import checked
from traincast.workloads.validate import validate

SHAPE = {"n_layer": 12, "d_model": 384, "n_head": 12, "seq_len": 1024, "vocab": 50304}


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"d_model": 385}, ("d_model = 385", "n_head = 12")),
        ({"n_kv_head": 5}, ("n_head = 12", "n_kv_head = 5")),
        ({"tp": 5}, ("tp = 5", "n_head = 12")),
        ({"tp": 3, "n_head": 8}, ("tp = 3", "n_head = 8")),
        ({"pp": 13}, ("pp = 13", "n_layer = 12")),
        ({"cp": 2048}, ("cp = 2048", "seq_len = 1024")),
        ({"num_experts": 8}, ("num_experts = 8",)),
        ({"num_experts": 8, "d_ff": 99, "experts_per_token": 9}, ("experts_per_token = 9", "num_experts = 8")),
        ({"experts_per_token": 1, "shared_experts": 2}, ("shared_experts = 2", "experts_per_token = 1")),
        ({"n_layer": 12, "encoder_layers": 13}, ("encoder_layers = 13", "n_layer = 12")),
        ({"n_layer": 12, "dense_layers": 13}, ("dense_layers = 13", "n_layer = 12")),
        ({"num_experts": 8, "d_ff": 99, "ep": 3}, ("ep = 3", "num_experts = 8")),
        ({"params_total": 1e9, "params_active": 2e9}, ("params_active", "params_total")),
        ({"n_devices": 8, "tp": 3, "n_head": 12}, ("n_devices = 8", "tp 3")),
        ({"n_devices": 8, "dp": 3, "tp": 2}, ("dp 3", "n_devices = 8")),
        ({"n_devices": 2, "ep": 4}, ("ep = 4", "n_devices = 2")),
        ({"micro_batch": 16, "grad_accum": 32, "global_batch": 500}, ("micro_batch 16", "global_batch = 500")),
        ({"micro_batch": 16, "grad_accum": 32, "dp": 1, "global_batch": 1024}, ("512", "global_batch = 1024")),
        ({"micro_batch": 7, "dp": 1, "global_batch": 512}, ("micro_batch 7", "global_batch = 512")),
        ({"global_batch": 512, "dp": 1, "steps": 10, "tokens": 1e12}, ("steps = 10", "tokens")),
        ({"precision": "fp7"}, ("fp7",)),
        ({"optimizer": "gradient magic"}, ("gradient magic",)),
        ({"micro_batch": 0}, ("micro_batch = 0",)),
        ({"micro_batch": -4}, ("micro_batch = -4",)),
        ({"steps": 10**30}, ("steps = 1000000000000000000000000000000",)),
    ],
)
def test_contradictions_name_both_sides(values: dict[str, Any], named: tuple[str, ...]) -> None:
    """One error, with a hint, from the check alone and from the filling in."""
    wrong = Workload(**{**SHAPE, **values})
    for check in (validate, checked):
        with pytest.raises(WorkloadError) as caught:
            check(wrong)
        assert all(text in str(caught.value) for text in named)
        assert caught.value.hint


@pytest.mark.parametrize(
    ("values", "devices", "follows"),
    [
        ({"micro_batch": 16, "grad_accum": 32}, 1, {"dp": 1, "global_batch": 512}),
        ({"micro_batch": 12, "global_batch": 480}, 8, {"dp": 8, "grad_accum": 5, "n_devices": 8}),
        ({"grad_accum": 4, "global_batch": 512}, 8, {"micro_batch": 16}),
        ({"tp": 2, "pp": 3, "n_devices": 24}, None, {"dp": 4}),
        ({"tp": 2, "dp": 4}, None, {"n_devices": 8}),
        ({"micro_batch": 2, "tp": 2}, 1, {"n_devices": 2, "dp": 1, "global_batch": 2}),
        ({"micro_batch": 2}, None, {"dp": None, "global_batch": None}),
        ({"micro_batch": 16, "grad_accum": 32, "tokens": 3.2e9}, 1, {"steps": 6104}),
        ({"micro_batch": 10, "epochs": 3, "dataset_samples": 1005}, 1, {"steps": 302}),
        ({"micro_batch": 1, "epochs": 1, "dataset_tokens": 1024 * 7}, 1, {"steps": 7}),
        ({"micro_batch": 1, "tokens": 5.0}, 1, {"steps": 1}),
        ({"n_devices": 64}, 1, {"n_devices": 64}),
    ],
)
def test_what_follows(values: dict[str, Any], devices: int | None, follows: dict[str, Any]) -> None:
    """480 / (12 x 8) = 5; 3.2e9 / (512 x 1024) = 6103.5; 3 x 1005 / 10 = 301.5."""
    found = checked(Workload(**SHAPE, **values), on_devices=devices)

    assert {key: getattr(found, key) for key in follows} == follows


def test_a_batch_that_does_not_spread_over_all_devices_leaves_the_layout_open() -> None:
    """8 sequences on 16 devices: the model is split in a way that is not told."""
    assert checked(Workload(**SHAPE, global_batch=8), on_devices=16).dp is None


def test_counts_of_devices_must_agree() -> None:
    """n_devices = 4 on H100x8."""
    with pytest.raises(WorkloadError, match="n_devices = 4"):
        checked(Workload(n_devices=4), on_devices=8)


def test_the_workload_given_is_not_changed() -> None:
    """Filling in works on a copy."""
    given_one = Workload(**SHAPE, micro_batch=2)
    before = msgspec.structs.asdict(given_one)
    checked(given_one, on_devices=2)

    assert msgspec.structs.asdict(given_one) == before


@given(
    micro=st.integers(1, 64), accum=st.integers(1, 64), dp=st.integers(1, 64), tp=st.sampled_from([1, 2, 3, 4, 6]),
    hide=st.sampled_from(["micro_batch", "grad_accum", "global_batch", "dp", "n_devices"]),
)  # fmt: skip
def test_one_hidden_key_is_found_again(micro: int, accum: int, dp: int, tp: int, hide: str) -> None:
    """Any one of batch and layout follows from the others; a second pass changes nothing."""
    whole = {
        "micro_batch": micro, "grad_accum": accum, "global_batch": micro * accum * dp, "dp": dp, "tp": tp,
        "n_devices": dp * tp, "pp": 1, "cp": 1,
    }  # fmt: skip
    found = checked(Workload(**{**SHAPE, **whole, hide: None}))

    assert {key: getattr(found, key) for key in whole} == whole
    assert checked(found) == found


def test_packed_weights_need_adapters() -> None:
    """4-bit weights are frozen, so that something else must be trained; 16 bits are those of any run."""
    with pytest.raises(WorkloadError, match="base_bits"):
        checked(Workload(n_layer=2, d_model=64, base_bits=4))
    with pytest.raises(WorkloadError, match="base_bits"):
        validate(Workload(base_bits=8))

    assert checked(Workload(n_layer=2, d_model=64, base_bits=4, lora_rank=16)).base_bits == 4
    assert checked(Workload(n_layer=2, d_model=64, base_bits=16)).base_bits == 16
