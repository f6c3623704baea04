"""What holds of every prediction."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from traincast import api
from traincast.answers import PredictAnswer

BASE: dict[str, Any] = {
    "n_layer": 12, "n_head": 12, "d_model": 768, "d_ff": 3072, "seq_len": 1024, "vocab": 50304, "mlp": "gelu",
    "tied": True, "micro_batch": 4, "grad_accum": 4, "precision": "bf16", "compile": True, "attention": "flash",
    "recompute": "no", "optimizer": "adamw-fused", "framework": "nanogpt", "software_year": 2025,
}  # fmt: skip
SHARDED = ("optimizer", "gradient")
"""parts of a step that ranks share where states are sharded"""
DEVICES = ("RTX 4090", "H100 SXM", "A100-SXM4-80GB", "RTX 3060 12GB", "MI300X", "L4", "B200")
workloads = st.fixed_dictionaries(
    {
        "n_layer": st.integers(1, 96),
        "d_model": st.sampled_from([384, 768, 1536, 3072]),
        "seq_len": st.integers(64, 8192),
        "vocab": st.integers(256, 250_000),
        "micro_batch": st.integers(1, 64),
        "grad_accum": st.integers(1, 64),
        "compile": st.booleans(),
        "attention": st.sampled_from(["flash", "naive"]),
        "recompute": st.sampled_from(["no", "full"]),
        "precision": st.sampled_from(["bf16", "fp16", "fp32"]),
        "framework": st.sampled_from([None, "nanogpt", "hugging face transformers", "megatron-lm", "jax"]),
    }
)


def answer(device: str, **told: Any) -> PredictAnswer:
    """The answer for the base workload with `told` over it, its width kept to four times the model's."""
    keys = {**BASE, **told}
    keys["d_ff"] = told.get("d_ff", 4 * keys["d_model"])
    return api.predict(keys, on=device)


def step(device: str, **told: Any) -> float | None:
    """Seconds of a step, None where it does not fit."""
    estimate = answer(device, **told).step_time
    return None if estimate is None else estimate.value


@settings(max_examples=25, deadline=None)
@given(told=workloads, device=st.sampled_from(DEVICES))
def test_no_prediction_is_below_the_floor(told: dict[str, Any], device: str) -> None:
    """Nor its interval below what boost and rounding of the listed figures allow."""
    found = answer(device, **told)
    if found.step_time is not None and found.floor_seconds is not None:
        assert found.step_time.value >= found.floor_seconds
        assert found.step_time.low is not None
        assert found.step_time.low >= found.floor_seconds / 1.25 * (1 - 1e-9)


@pytest.mark.parametrize("size", ["n_layer", "d_model", "seq_len", "vocab", "micro_batch", "grad_accum", "d_ff"])
@settings(max_examples=25, deadline=None)
@given(told=workloads, device=st.sampled_from(DEVICES), factor=st.integers(2, 3))
def test_time_grows_with_every_size(size: str, told: dict[str, Any], device: str, factor: int) -> None:
    """Nothing becomes faster by being larger."""
    keys = {**BASE, **told, "d_ff": 4 * told["d_model"]}
    less, more = (step(device, **{**keys, size: value}) for value in (keys[size], keys[size] * factor))
    if less is not None and more is not None:
        assert more >= less * (1 - 1e-9)


@pytest.mark.parametrize(
    "key", ["precision", "compile", "attention", "recompute", "optimizer", "framework", "software_year"]
)
@settings(max_examples=25, deadline=None)
@given(told=workloads, device=st.sampled_from(DEVICES))
def test_an_unknown_never_narrows_the_interval(key: str, told: dict[str, Any], device: str) -> None:
    """Leaving an answer out widens the interval or leaves it."""
    known, unknown = answer(device, **told).step_time, answer(device, **{**told, key: None}).step_time
    if known is None or unknown is None or known.high is None or unknown.high is None:
        return
    assert unknown.high / unknown.value >= known.high / known.value * (1 - 1e-9)


def doubled(
    told: dict[str, Any], n: int, once: dict[str, Any] | None = None, both: dict[str, Any] | None = None
) -> tuple[PredictAnswer, PredictAnswer]:
    """The answers for `n` devices with `once`, and for twice as many with `both` over what is told."""
    few, many = {**told, **(once or {})}, {**told, **(both or {})}
    return answer(f"H100 SXMx{n}", **few), answer(f"H100 SXMx{2 * n}", **many)


@settings(max_examples=30, deadline=None)
@given(told=workloads, zero=st.sampled_from([0, None]), log2=st.integers(0, 9))
def test_twice_the_devices_give_at_most_twice_the_throughput(told: dict[str, Any], zero: int | None, log2: int) -> None:
    """Communication costs."""
    one, two = doubled({**told, "zero": zero}, 2**log2)
    if one.tokens_per_second is not None and two.tokens_per_second is not None:
        assert two.tokens_per_second.value <= 2 * one.tokens_per_second.value * (1 + 1e-9)


@settings(max_examples=40, deadline=None)
@given(told=workloads, zero=st.sampled_from([1, 2, 3]), log2=st.integers(0, 9))
def test_sharded_states_save_a_rank_at_most_its_share_of_the_update(told: dict[str, Any], zero: int, log2: int) -> None:
    """Twice the devices give twice the throughput at most, but for update and gradients, of which each rank does half.

    Without them a step takes as long as before, or longer.
    """
    found = doubled({**told, "zero": zero}, 2**log2)
    if found[0].step_time is None or found[1].step_time is None:
        return
    (one, two), updates = (
        [each.step_time.value for each in found if each.step_time],
        [sum(part.seconds for part in each.parts if part.name in SHARDED) for each in found],
    )
    assert two - updates[1] >= (one - updates[0]) * (1 - 1e-6)
    assert two >= (one - updates[0] / 2) * (1 - 1e-6)


@pytest.mark.parametrize("key", ["tp", "pp", "cp"])
@settings(max_examples=25, deadline=None)
@given(told=workloads, log2=st.integers(0, 2), more=st.integers(0, 3))
def test_splitting_a_model_over_twice_the_ranks_at_most_halves_a_step(
    key: str, told: dict[str, Any], log2: int, more: int
) -> None:
    """Tensor, pipeline and context parallelism, with or without replicas beside them: a step halves at best."""
    ranks = 2**log2
    if key == "pp" and 2 * ranks > told["n_layer"]:
        return
    heads = {"n_head": 48, "d_model": max(768, told["d_model"])}
    found = doubled({**told, **heads}, ranks * 2**more, once={key: ranks}, both={key: 2 * ranks})
    if found[0].tokens_per_second is not None and found[1].tokens_per_second is not None:
        assert found[1].tokens_per_second.value <= 2 * found[0].tokens_per_second.value * (1 + 1e-9)


def test_the_most_valuable_answer_is_asked_for() -> None:
    """A workload that says nothing of its software is asked one question, with what the answer is worth."""
    found = answer("H100 SXM", compile=None, attention=None, recompute=None, framework=None)
    asked = [one for one in found.findings if one.code == "answer-narrows"]

    assert len(asked) == 1
    assert float(asked[0].values["then"]) < float(asked[0].values["now"])


@pytest.mark.parametrize(
    ("model", "device", "told", "fits"),
    [
        ("llama-2-7b", "RTX 4090", {"optimizer": "adamw", "micro_batch": 1}, False),
        ("gpt2", "RTX 4070", {"micro_batch": 8}, True),
        ("llama-2-7b", "RTX 4090", {"lora_rank": 16, "micro_batch": 1, "recompute": "full"}, True),
        ("llama-2-7b", "B200", {"optimizer": "adamw", "micro_batch": 1, "recompute": "full"}, True),
        ("llama-2-13b", "RTX 4090", {"lora_rank": 16, "base_bits": 4, "micro_batch": 1, "recompute": "full"}, True),
        (
            "llama-65b",
            "RTX A6000",
            {"lora_rank": 64, "base_bits": 4, "micro_batch": 1, "seq_len": 512, "recompute": "full"},
            True,
        ),
    ],
)
def test_what_fits_is_known(model: str, device: str, told: dict[str, Any], fits: bool) -> None:
    """7B with all of AdamW does not fit 24 GB, GPT-2 at 8 x 1024 fits 12 GB, 65B in 4 bits 48 GB."""
    found = api.predict(model, on=device, **told)

    assert found.memory.fits is fits
    assert (found.step_time is not None) is fits
