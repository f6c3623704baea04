"""Seconds of a step by llm-analysis (github.com/cli99/llm-analysis, Apache-2.0), where it is installed.

    pip install llm-analysis

Given are shapes, batch, accumulation, parallelism, ZeRO stage, recomputation, flash attention or not, gated or not, the
device as the catalog lists it: 16-bit peak, bandwidth, links. What it lets a user choose and its manual leaves open,
the shares of peak and bandwidth that a run reaches, are told in SETTINGS. Rows that it refuses (it knows 16 bits, no
encoders, no adapters) have no figure.
"""

from __future__ import annotations

import logging
from typing import Any

import numpy as np

from traincast.calibrate.fit import Evidence
from traincast.cost.shape import Array

SETTINGS = {"flops_efficiency": 0.5, "hbm_memory_efficiency": 0.9}
GIGA, TERA = 1e9, 1e12


def installed() -> Any:
    """The package's module, None where it is not there."""
    try:
        from llm_analysis import analysis
    except ImportError:
        return None
    logging.getLogger("llm_analysis").setLevel(logging.CRITICAL)
    logging.disable(logging.CRITICAL)
    return analysis


def log_seconds(known: Evidence) -> Array | None:
    """Log seconds of each row, NaN where it gives none; None where it is not installed."""
    analysis = installed()
    if analysis is None:
        return None
    out = np.full(len(known.y), np.nan)
    for i in range(len(known.y)):
        out[i] = one(analysis, known, i)
    logging.disable(logging.NOTSET)
    return out


def one(analysis: Any, known: Evidence, i: int) -> float:
    """Log seconds of row `i`."""
    c, s = known.c, known.c.shape
    if c.element[i] != 2 or c.low[i] or c.lora[i] or c.kind[i] not in ("decoder", "moe"):
        return float("nan")
    try:
        found = analyser(analysis, known, i).training(
            batch_size_per_gpu=int(c.b[i]), gradient_accumulation_steps=int(c.m[i]), seq_len=int(s.T[i]),
            activation_recomputation=recomputation(analysis, known, i), ds_zero=analysis.DSZeRO(int(c.zero[i])),
            flash_attn=bool(c.flash[i] > 0.5), mlp_gated_linear_units=bool(s.g[i] > 1),
        )  # fmt: skip
        return float(np.log(found["latency_per_iter"]))
    except (AssertionError, ValueError, TypeError, ZeroDivisionError):
        return float("nan")  # its own checks: memory, divisible sizes


def recomputation(analysis: Any, known: Evidence, i: int) -> Any:
    """Its word for what is computed again."""
    kinds = analysis.ActivationRecomputation
    if known.c.recompute[i] > 0.5:
        return kinds.FULL
    return kinds.SELECTIVE if known.c.score_recompute[i] > 0.5 else kinds.NONE


def analyser(analysis: Any, known: Evidence, i: int) -> Any:
    """Its analysis of the model, device and ranks of row `i`."""
    c, s = known.c, known.c.shape
    model = analysis.ModelConfig(
        name="row", num_layers=int(s.L[i]), n_head=int(s.H[i]), hidden_dim=int(s.d[i]), vocab_size=int(s.V[i]),
        max_seq_len=int(s.T[i]), num_key_value_heads=max(1, round(float(s.kv[i] / s.head[i]))),
        ffn_embed_dim=int(s.F[i]), expansion_ratio=float(s.F[i] / s.d[i]), moe_num_experts=int(s.E[i]),
        moe_top_k=max(1, round(float(s.k[i]))),
    )  # fmt: skip
    device = analysis.GPUConfig(
        name="row", mem_per_GPU_in_GB=1e6, hbm_bandwidth_in_GB_per_sec=float(c.bandwidth[i]) / GIGA,
        intra_node_bandwidth_in_GB_per_sec=float(c.link[i]) / GIGA, intra_node_min_message_latency=8e-6,
        peak_fp16_TFLOPS=float(c.rate16[i]) / TERA,
        inter_node_bandwidth_in_GB_per_sec=float(c.node[i] * c.per_node[i]) / GIGA,
    )  # fmt: skip
    ranks = analysis.ParallelismConfig(
        tp_size=int(c.tp[i]), pp_size=int(c.pp[i]), dp_size=int(c.dp[i]), ep_size=int(c.ep[i]), sp_size=int(c.tp[i])
    )
    return analysis.LLMAnalysis(model, device, parallelism_config=ranks, **SETTINGS)
