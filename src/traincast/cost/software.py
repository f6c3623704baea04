"""What the software of a workload does, as told or as is usual in its stack."""

from __future__ import annotations

from typing import NamedTuple

from traincast.cost.stack import stack
from traincast.workload import Workload

MOMENTS, NARROW_MOMENTS = 8.0, 2.0
"""bytes a parameter of Adam's two moments, in 32 bits and in 8"""


class Software(NamedTuple):
    """How a workload's software runs it; what is not told is a probability between 0 and 1."""

    flash: float
    """probability of flash attention"""
    compiled: float
    """probability that element-wise work is compiled"""
    recompute: float
    """share of layers run again in the backward pass"""
    score_recompute: float
    """share of layers whose attention scores alone are run again"""
    fused: float
    """probability that the optimizer is fused"""
    muon: float
    """share of runs with Muon (or SOAP): 1 or 0"""
    recurrent: float
    """share of runs of Transformer-XL: 1 or 0"""
    dropout: float
    """probability that dropout is on"""
    year: float
    """year of the software"""


def software(w: Workload) -> Software:
    """As told; where not, what the stack usually does."""
    usual = stack(w.framework)
    flash = usual.attention if w.attention is None else float(w.attention != "naive")
    compiled = usual.compile if w.compile is None else float(w.compile)
    recompute = usual.recompute if w.recompute is None else float(w.recompute == "full")
    score = recompute if w.recompute != "selective" else 1.0
    name = (w.optimizer or "").lower()
    fused = 0.6 if not name else float("fused" in name or "sgd" in name or "lamb" in name)
    if "unfused" in name:
        fused = 0.0
    elif compiled > 0.5:
        fused = max(fused, 0.8)
    muon = float("muon" in name or "soap" in name)
    dropout = 0.3 if w.dropout is None else float(w.dropout)
    return Software(
        flash=flash, compiled=compiled, recompute=recompute, score_recompute=score, fused=fused, muon=muon,
        recurrent=float(w.arch in ("txl", "transformer-xl")), dropout=dropout, year=usual_year(w),
    )  # fmt: skip


def is_narrow(optimizer: str | None) -> bool:
    """Whether an optimizer keeps its moments in 8 bits."""
    return optimizer is not None and ("8bit" in optimizer.lower() or "8-bit" in optimizer.lower())


def needs_mask(w: Workload) -> bool:
    """Whether a window reaches torch's attention as a mask."""
    return w.attention == "sdpa" and w.window is not None and w.window < (w.seq_len or 0)


def usual_year(w: Workload) -> float:
    """Year of the software; 2025 where it is not told."""
    return float(w.software_year or 2025)


def loops(w: Workload) -> float:
    """1 where Muon's iterations are issued matrix by matrix; 0 where its step is compiled over stacked matrices."""
    name = (w.optimizer or "").lower()
    return float("muon" in name and "compiled" not in name)


def packed(w: Workload) -> float:
    """Bytes of a frozen weight below adapters where it is packed, else 0."""
    return w.base_bits / 8 if w.lora_rank and w.base_bits and w.base_bits < 16 else 0.0


def paged(w: Workload, parameters: float, capacity: float) -> float:
    """Bytes a parameter of paged states where weights and they exceed `capacity` bytes: then all of them move, else 0.

    An update passes over all states in the same order, and pages that were used last are evicted last.
    """
    if "paged" not in (w.optimizer or "").lower() or w.lora_rank:
        return 0.0
    each = NARROW_MOMENTS if is_narrow(w.optimizer) else MOMENTS
    weights = 2.0 if stack(w.framework).pure else 4.0
    return each if (weights + each) * parameters > capacity else 0.0
