"""What a layer keeps, worked by hand and counted by autograd."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from shapes_of import gpt3_layer

from traincast.cost import kept
from traincast.cost.kept import Keeping
from traincast.cost.recipe import recipe, recipes
from traincast.cost.shape import Shape, shape


def keeping(**told: float) -> Keeping:
    """16-bit products over an fp32 stream, flash attention, torch, one rank."""
    usual = {
        "e": 2.0, "w": 4.0, "compiled": 0.0, "naive": 0.0, "dropout": 0.0, "norm": 0.0, "gated": 4.0, "plain": 2.0,
        "qkv": 1.0, "scores": 6.0, "casts": 0.0, "expanded": 0.0, "tp": 1.0, "norms_over": 1.0, "inputs_over": 1.0,
    }  # fmt: skip
    return Keeping(**{name: np.asarray(value) for name, value in {**usual, **told}.items()})


def layer(s: Shape, **told: float) -> float:
    """Bytes of a layer and token."""
    return float(kept.layer_bytes(s, keeping(**told)))


def test_a_gpt_layer_under_autocast_keeps_36_bytes_a_width() -> None:
    """Norms 2 (4 + 2), queries to values 6, attention's output 2, feed-forward 2 x 2 x 4; a sum of 4 bytes a head."""
    s = shape(L=1, d=768, H=12, V=1, T=1024)

    assert layer(s) == 36 * 768 + 4 * 12
    assert layer(s, compiled=1.0) == layer(s)


def test_a_layer_of_16_bit_weights_keeps_four_bytes_a_width_less() -> None:
    """The residual stream is narrow, in two norms."""
    s = shape(L=1, d=768, H=12, V=1, T=1024)

    assert layer(s) - layer(s, w=2.0) == 2 * 2 * 768


def test_dropout_and_scores_add_what_korthikanti_counts() -> None:
    """2.869 GB for GPT-3's layer at 2048 tokens: 34 d + 5 H T bytes a token (arXiv:2205.05198)."""
    s = gpt3_layer()
    megatron = {"w": 2.0, "dropout": 1.0, "naive": 1.0, "scores": 2.0}

    assert layer(s, **megatron) * 2048 == pytest.approx(2.869e9, rel=0.001)


def test_a_gated_layer_keeps_both_halves_the_activation_and_the_product() -> None:
    """8 F against 4 F in 16 bits; compiled, the activation is computed again: 6 F."""
    plain, gated = shape(L=1, d=64, H=4, V=1, T=8, F=100), shape(L=1, d=64, H=4, V=1, T=8, F=100, g=2)

    assert layer(gated) - layer(plain) == 2 * 2 * 100
    assert layer(gated) - layer(gated, compiled=1.0) == 2 * 100


def test_tensor_parallelism_splits_what_it_splits() -> None:
    """Attention and feed-forward by the ranks; norms and inputs only with sequence parallelism."""
    s = shape(L=1, d=768, H=12, V=1, T=1024)
    around = 2 * (4 + 2) * 768

    assert layer(s, tp=4.0) == around + (layer(s) - around) / 4
    assert layer(s, tp=4.0, norms_over=4.0, inputs_over=4.0) == layer(s) / 4


def test_every_recipe_can_be_reached_and_the_last_takes_the_rest() -> None:
    """The first match decides, so that no recipe may lie behind a wider one."""
    for one in recipes():
        assert recipe(f"{one.match[0]} 1.0").name == one.name
    assert recipe(None).name == recipe("nanoGPT (pytorch)").name == "torch"


def test_every_recipe_says_where_its_figures_were_read() -> None:
    """Or that they are assumed."""
    assert [one.name for one in recipes() if not one.source] == []


def counted(k: dict[str, Any], dtype: str) -> float:
    """Bytes that autograd keeps for one layer more, a token, weights and their copies left out."""
    torch = pytest.importorskip("torch")
    from accuracy.peaks_here import made

    def bytes_of(layers: int) -> int:
        model = made({**k, "n_layer": layers})
        sizes = {tuple(p.shape) for p in model.parameters()}
        weights = {p.untyped_storage().data_ptr() for p in model.parameters()}
        alive: dict[int, Any] = {}

        def pack(tensor: Any) -> Any:
            storage = tensor.untyped_storage()
            if storage.data_ptr() not in weights and not {tuple(tensor.shape), tuple(tensor.shape)[::-1]} & sizes:
                alive[storage.data_ptr()] = storage
            return tensor

        tokens = torch.zeros(k["micro_batch"], k["seq_len"], dtype=torch.long)
        enabled = torch.autocast("cpu", torch.bfloat16, enabled=dtype == "bf16")
        with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t), enabled:
            model(tokens)
        return sum(storage.nbytes() for storage in alive.values())

    return (bytes_of(3) - bytes_of(2)) / (k["micro_batch"] * k["seq_len"])


SMALL = {
    "d_model": 96, "n_head": 4, "d_ff": 320, "vocab": 211, "seq_len": 48, "micro_batch": 3, "tied": True,
    "mlp": "gelu", "attention": "flash",
}  # fmt: skip
GATED = SMALL | {"arch": "llama", "mlp": "swiglu", "n_kv_head": 2, "tied": False}


@pytest.mark.torch
@pytest.mark.parametrize(
    ("net", "dtype", "told"),
    [
        (SMALL | {"arch": "gpt"}, "fp32", {"e": 4.0}),
        (SMALL | {"arch": "gpt"}, "bf16", {}),
        (SMALL | {"arch": "gpt", "attention": "naive"}, "fp32", {"e": 4.0, "naive": 1.0}),
        (SMALL | {"arch": "gpt", "attention": "naive"}, "bf16", {"naive": 1.0, "scores": kept.HOST_SCORES}),
        (SMALL | {"arch": "gpt", "mlp": "relu"}, "fp32", {"e": 4.0, "plain": 1.0}),
        (GATED, "fp32", {"e": 4.0, "norm": 4.0, "expanded": 1.0}),
        (GATED, "bf16", {"norm": 4.0, "casts": 3.0, "expanded": 1.0}),
    ],
)
def test_autograd_keeps_what_is_counted(net: dict[str, Any], dtype: str, told: dict[str, float]) -> None:
    """saved_tensors_hooks of torch on the CPU, one layer more against one less, within 2 %."""
    gates = 2.0 if net["mlp"] == "swiglu" else 1.0
    s = shape(L=1, d=96, H=4, V=1, T=48, F=320, g=gates, kv_heads=net.get("n_kv_head", 4))

    assert layer(s, **told) == pytest.approx(counted(net, dtype), rel=0.02)
