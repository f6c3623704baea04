"""Workloads and machines as columns: what is told is kept, what is not follows the rules of each column."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from test_offered import device
from test_step import card, case

from traincast.catalog.lookup import machine
from traincast.cost import cases as columns
from traincast.cost.inferred import experts
from traincast.machine import Machine
from traincast.workload import Workload


@pytest.mark.parametrize(
    ("told", "pair"),
    [
        ({}, (1.0, 1.0)),
        ({"num_experts": 1, "experts_per_token": 1}, (1.0, 1.0)),
        ({"num_experts": 8, "experts_per_token": 2}, (8.0, 2.0)),
        ({"num_experts": 8}, (8.0, 1.0)),
        ({"params_total": 1e9, "params_active": 0.96e9, "d_ff": 64, "n_layer": 2, "d_model": 64}, (1.0, 1.0)),
        ({"params_total": 1e9, "params_active": 0.5e9, "n_layer": 2, "d_model": 64}, (1.0, 1.0)),  # width not told
    ],
)
def test_experts_as_told(told: dict[str, Any], pair: tuple[float, float]) -> None:
    """A dense network has one of one."""
    assert experts(Workload(**told)) == pair


def test_experts_from_total_and_active_parameters() -> None:
    """A block of 2 x 100 x 50 x 10 layers is 100,000; active less tables and attention is two blocks; 6 are idle."""
    rest = 2 * 1000 * 100 + 4 * 10 * 100**2
    told = {"n_layer": 10, "d_model": 100, "d_ff": 50, "vocab": 1000, "mlp": "gelu"}
    dense = Workload(**told, params_active=rest + 2e5, params_total=rest + 8e5)
    gated = Workload(**{**told, "mlp": "swiglu"}, params_active=rest + 3e5, params_total=rest + 12e5)
    few = Workload(**told, params_active=rest / 2, params_total=rest + 5e5)
    many = Workload(**told, params_active=rest + 1e8, params_total=rest + 3e8)

    assert experts(dense) == pytest.approx((8.0, 2.0))
    assert experts(gated) == pytest.approx((8.0, 2.0))
    assert experts(few)[1] == 1.0
    assert experts(many)[1] == 64.0


@pytest.mark.parametrize(
    ("told", "micro", "sequences"),
    [
        ({"grad_accum": 4, "micro_batch": 8}, 4.0, 8.0),
        ({"global_batch": 64, "micro_batch": 8}, 4.0, 8.0),  # 64 / (8 x 2 replicas)
        ({"global_batch": 4, "micro_batch": 8}, 1.0, 8.0),
        ({"global_batch": 64}, 1.0, 32.0),
        ({"global_batch": 64, "grad_accum": 4}, 4.0, 8.0),
        ({"global_batch": 1}, 1.0, 1.0),
        ({}, 1.0, 1.0),
    ],
)
def test_micro_steps_and_sequences_of_two_replicas(told: dict[str, Any], micro: float, sequences: float) -> None:
    """As told; else what the global batch leaves, and one at least."""
    assert columns.micro_steps(Workload(**told), 2.0) == micro
    assert columns.sequences(Workload(**told), 2.0) == sequences


@pytest.mark.parametrize(
    ("told", "dp"),
    [
        ({}, 16.0),
        ({"tp": 2}, 8.0),
        ({"tp": 2, "pp": 2, "cp": 2}, 2.0),
        ({"tp": 32}, 1.0),
        ({"dp": 4}, 4.0),
        ({"ep": 8}, 16.0),
    ],
)
def test_ranks_that_are_not_told_about_are_data_parallel(told: dict[str, Any], dp: float) -> None:
    """16 devices over tp x pp x cp."""
    c = case(card(n_devices=16), n_devices=16, **told)

    assert float(c.dp[0]) == dp
    assert [float(x[0]) for x in (c.tp, c.pp, c.cp, c.ep)] == [told.get(key, 1) for key in ("tp", "pp", "cp", "ep")]
    assert (float(c.zero[0]), float(c.P[0])) == (0, 16)


@pytest.mark.parametrize(
    ("told", "column", "value"),
    [
        ({"attention": "naive"}, "flash", 0.0),
        ({"attention": "sdpa"}, "flash", 1.0),
        ({"attention": None}, "flash", 0.95),
        ({"compile": None}, "compiled", 0.75),
        ({"compile": False}, "compiled", 0.0),
        ({"recompute": None}, "recompute", 0.05),
        ({"recompute": "full"}, "recompute", 1.0),
        ({"recompute": "selective"}, "recompute", 0.0),
        ({"recompute": "selective"}, "score_recompute", 1.0),
        ({"recompute": None}, "score_recompute", 0.05),
        ({"optimizer": "adamw-fused"}, "fused", 1.0),
        ({"optimizer": "AdamW-Fused"}, "fused", 1.0),
        ({"optimizer": "Adam (unfused)"}, "fused", 0.0),
        ({"optimizer": "sgd", "compile": False}, "fused", 1.0),
        ({"optimizer": "lamb", "compile": False}, "fused", 1.0),
        ({"optimizer": "adamw", "compile": False}, "fused", 0.0),
        ({"optimizer": None, "compile": False}, "fused", 0.6),
        ({"optimizer": None, "compile": True}, "fused", 0.8),
        ({"optimizer": "adamw", "compile": True}, "fused", 0.8),
        ({"optimizer": "muon"}, "muon", 1.0),
        ({"optimizer": "soap"}, "muon", 1.0),
        ({"optimizer": "adamw"}, "muon", 0.0),
        ({"dropout": None}, "dropout", 0.3),
        ({"dropout": True}, "dropout", 1.0),
        ({"software_year": None}, "year", 2025.0),
        ({"software_year": 2021}, "year", 2021.0),
        ({"arch": "txl"}, "recurrent", 1.0),
        ({"arch": "transformer-xl"}, "recurrent", 1.0),
        ({"arch": "gpt"}, "recurrent", 0.0),
        ({"arch": "bert"}, "headed", 0.15),
        ({"arch": "gpt"}, "headed", 1.0),
        ({"attention": "sdpa", "window": 64}, "masked", 1.0),
        ({"attention": "sdpa", "window": 128}, "masked", 0.0),  # as long as the sequence
        ({"attention": "flash", "window": 64}, "masked", 0.0),
        ({"attention": "sdpa"}, "masked", 0.0),
        ({"compile": True}, "mode_told", True),
        ({"compile": None}, "mode_told", False),
        ({"framework": "llm.c"}, "handmade", True),
        ({"framework": "nemo"}, "handmade", True),
        ({"framework": "torch"}, "handmade", False),
        ({"framework": "nemo"}, "kernel_code", 2),
        ({"framework": "nemo"}, "mode_code", 3),
        ({"lora_rank": 8}, "lora", 1.0),
        ({"lora_rank": 8}, "adapter", 8 * 2 * (4 * 64 + 2 * 64 + 2 * 64)),
        ({"params_total": 5e6}, "params", 5e6),
        ({}, "params", 12 * 2 * 64**2 + 2 * 2 * 64 + 64 + 1000 * 64),
        ({"precision": "fp8"}, "low", 1.0),
        ({"precision": "int8"}, "low", 1.0),
        ({"precision": "fp4"}, "low", 2.0),
        ({"precision": "bf16"}, "low", 0.0),
        ({"precision": "fp8"}, "rate", 2e12),
        ({"precision": "fp8"}, "rate16", 1e12),
        ({"precision": "fp32"}, "rate16", 0.5e12),
        ({"precision": "tf32"}, "element", 4.0),
        ({"precision": "fp64"}, "element", 4.0),
        ({"precision": "fp16"}, "element", 2.0),
    ],
)
def test_a_column_by_its_key(told: dict[str, Any], column: str, value: float) -> None:
    """What each setting becomes; what is not told is what is usual in torch."""
    assert float(getattr(case(**told), column)[0]) == pytest.approx(float(value))


@pytest.mark.parametrize(
    ("arch", "many", "kind"),
    [
        (None, False, "decoder"), ("gpt", False, "decoder"), ("bert", False, "encoder"), ("vit", False, "encoder"),
        ("txl", False, "recurrent"), ("transformer-xl", False, "recurrent"), ("bert", True, "moe"), (None, True, "moe"),
    ],
)  # fmt: skip
def test_the_kind_of_a_network(arch: str | None, many: bool, kind: str) -> None:
    """Experts come first."""
    assert columns.kind(Workload(arch=arch), many) == kind


def test_names_travel_with_the_columns() -> None:
    """Framework in lower case, board, chip and device."""
    c = case(framework="nanoGPT")

    assert (c.framework, c.stack, c.mode) == (("nanogpt",), ("torch",), ("compiled",))
    assert (c.kind, c.board, c.chip, c.device) == (("decoder",), ("geforce",), ("ada",), ("card",))
    assert case(framework=None).framework == ("",)
    assert len(columns.cases([Workload(n_layer=1, d_model=64)] * 3, [card()] * 3)) == 3
    assert len(columns.cases([], [])) == 0


@pytest.mark.parametrize(("year", "rate"), [(2024, 50e9), (2023, 50e9), (2022, 25e9), (2020, 25e9), (2019, 12.5e9)])
def test_the_network_between_nodes_follows_the_year(year: int, rate: float) -> None:
    """EDR, HDR, NDR; a figure that is told wins."""
    peaks = {"bf16": 1e12}
    workload = Workload(n_layer=1, d_model=64)
    usual = columns.cases([workload], [Machine(accelerator=device(year=year, peaks=peaks))])
    told = columns.cases([workload], [Machine(accelerator=device(year=year, peaks=peaks), node_bandwidth=7e9)])

    assert (float(usual.node[0]), float(told.node[0])) == (rate, 7e9)


def test_a_device_with_little_told() -> None:
    """6 MB of cache, 80 multiprocessors, 16 GB/s of PCIe that is used by half; bandwidth stays unknown."""
    c = columns.cases([Workload(n_layer=1, d_model=64)], [Machine(accelerator=device(peaks={"bf16": 1e12}))])

    assert [float(x[0]) for x in (c.cache, c.units, c.link)] == [6e6, 80, 8e9]
    assert math.isnan(float(c.bandwidth[0]))


def test_each_workload_meets_its_own_machine() -> None:
    """Two cards, three precisions: columns keep their order."""
    workload = Workload(n_layer=1, d_model=64, precision="bf16")
    slow = Workload(n_layer=1, d_model=64, precision="fp32")
    c = columns.cases([workload, slow, workload], [machine("RTX 4070"), machine("RTX 4070"), machine("A100-SXM4-80GB")])

    assert c.device == ("nvidia-rtx-4070", "nvidia-rtx-4070", "nvidia-a100-sxm4-80gb")
    assert c.rate.tolist() == pytest.approx([58.3e12, 29.15e12, 312e12], rel=1e-3)
    assert np.array_equal(c.element, [2.0, 4.0, 2.0])
