"""Flat keys as people, files and the tables of measurements write them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traincast.errors import TraincastError, UnknownNameError, WorkloadError
from traincast.workloads.keys import TYPES, canonical_key, converted, kind_of, workload
from traincast.workloads.ranges import LIMITS
from traincast.workloads.tables import table


@pytest.mark.parametrize(
    ("key", "written", "value"),
    [
        ("n_layer", "12", 12),
        ("n_layer", 12.0, 12),
        ("n_layer", "1_2", 12),
        ("steps", "600k", 600_000),
        ("tokens", "300B", 3e11),
        ("tokens", "1.5T", 1.5e12),
        ("precision", "bfloat16", "bf16"),
        ("precision", "BF16", "bf16"),
        ("precision", "16-mixed", "fp16"),
        ("precision", "torch.float32", "fp32"),
        ("attention", "flash_attention_2", "flash"),
        ("attention", "unknown", None),
        ("attention", "eager", "naive"),
        ("mlp", "gelu_new", "gelu"),
        ("mlp", "silu", "swiglu"),
        ("recompute", "none", "no"),
        ("recompute", True, "full"),
        ("recompute", "full+offload", "full"),
        ("compile", "yes", True),
        ("compile", "n/a", None),
        ("compile", 0, False),
        ("zero", "fsdp-full", 3),
        ("zero", "fsdp-shard-grad-op", 2),
        ("zero", 0, 0),
        ("eval_interval", 0, None),
        ("lora_rank", 0, None),
        ("n_layer", "", None),
        ("framework", " nanoGPT ", "nanoGPT"),
    ],
)
def test_values_in_other_spellings(key: str, written: object, value: object) -> None:
    """Exact numbers in strings, words of trainers, and words for no answer."""
    assert getattr(workload({key: written}), key) == value


@pytest.mark.parametrize(
    ("key", "written"),
    [
        ("n_layer", 12.5),
        ("n_layer", "twelve"),
        ("n_layer", True),
        ("n_layer", [12]),
        ("n_layer", {}),
        ("tokens", math.nan),
        ("tokens", math.inf),
        ("tokens", "nan"),
        ("tokens", "1e999"),
        pytest.param("steps", 10**5000, id="steps-huge"),
        ("precision", "fp7"),
        ("precision", 16),
        ("attention", "magic"),
        ("compile", "maybe"),
        ("compile", 2),
        ("framework", 3),
        ("optimizer", ["adamw"]),
        ("zero", 4),
        ("zero", -1),
    ],
)
def test_wrong_values_name_key_and_value(key: str, written: object) -> None:
    """One line, with a hint."""
    with pytest.raises(WorkloadError, match=key) as caught:
        workload({key: written})

    assert caught.value.hint
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("key", LIMITS)
def test_values_outside_the_range_are_refused(key: str) -> None:
    """Just inside is taken, just outside is not."""
    low, high = LIMITS[key]
    whole = kind_of(key)[0] is int
    assert getattr(workload({key: high}), key) == high
    assert getattr(workload({key: low}), key) == low or key in table("keys")["off"]["keys"]
    for wrong in (high * 2 if high else 1, -1, low - 1 if whole and low > 1 else -2):
        with pytest.raises(WorkloadError, match=key):
            workload({key: wrong})


def test_every_number_has_a_range() -> None:
    """A new key is not forgotten."""
    assert set(LIMITS) == {key for key in TYPES if kind_of(key)[0] in (int, float)}


def test_unknown_keys_offer_the_nearest() -> None:
    """A typing error is not dropped in silence."""
    with pytest.raises(UnknownNameError, match="n_layr") as caught:
        workload({"n_layr": 3})

    assert "n_layer" in caught.value.near
    assert converted({"n_layr": 3, "n_layer": 2})[1] == ["n_layr"]


@pytest.mark.parametrize(
    ("said", "key"), [("n-layer", "n_layer"), ("hidden_size", "d_model"), ("batch_size", "micro_batch")]
)
def test_other_names_of_keys(said: str, key: str) -> None:
    """As options and trainers write them."""
    assert canonical_key(said) == key


ANYTHING = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.lists(st.integers())


@given(st.dictionaries(st.sampled_from([*TYPES]), ANYTHING, max_size=6))
def test_no_value_breaks_the_conversion(values: dict[str, object]) -> None:
    """Anything is taken or refused with a hint."""
    try:
        workload(values)
    except TraincastError as error:
        refused = error
    else:
        return

    assert refused.hint
