"""What the software of a workload does, as told or as is usual in its stack."""

from __future__ import annotations

from traincast.cost.stack import stack
from traincast.workload import Workload

MOMENTS, NARROW_MOMENTS = 8.0, 2.0
"""bytes a parameter of Adam's two moments, in 32 bits and in 8"""


def software(w: Workload) -> tuple[float, ...]:
    """(flash, compiled, recompute, score recompute, fused, muon, recurrent, dropout, year)."""
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
    return (
        flash,
        compiled,
        recompute,
        score,
        fused,
        muon,
        float(w.arch in ("txl", "transformer-xl")),
        dropout,
        usual_year(w),
    )


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
