"""What is taken for granted where a workload does not tell its shape or batch, and what that costs in certainty."""

from __future__ import annotations

import math
from typing import NamedTuple

import msgspec

from traincast.workload import Workload

SHAPE_SD = 0.15
"""log seconds: depth and width guessed from the number of parameters"""
BATCH_SD = 0.35
"""log seconds: batch or sequence length guessed"""
USUAL_SEQ_LEN = 1024
USUAL_MICRO_BATCH = 8
NO_TRANSFORMER = ("resnet", "unet")


class Completed(NamedTuple):
    """A workload with what was filled in, and the sd of log seconds that filling in adds."""

    workload: Workload
    filled: tuple[str, ...]
    sd: float
    """of log seconds"""


def has_shape(w: Workload) -> bool:
    """Whether depth and width are told or can be guessed."""
    return not w.forward_flops and w.arch not in NO_TRANSFORMER and bool((w.n_layer and w.d_model) or w.params_total)


def complete(w: Workload) -> Completed:
    """`w` with depth, width, sequence and batch filled in where they are not told."""
    if w.n_layer and w.d_model and w.seq_len and (w.micro_batch or w.global_batch):
        return Completed(w, (), 0.0)
    filled: dict[str, int] = {}
    variance = 0.0
    if not (w.n_layer and w.d_model) and w.params_total:
        filled |= guessed_shape(w)
        variance += SHAPE_SD**2
    if not w.seq_len:
        filled["seq_len"] = 197 if w.arch == "vit" else 512 if w.arch == "bert" else USUAL_SEQ_LEN
        variance += BATCH_SD**2
    if not (w.micro_batch or w.global_batch):
        filled["micro_batch"] = USUAL_MICRO_BATCH
        variance += BATCH_SD**2
    return Completed(msgspec.structs.replace(w, **filled), tuple(filled), math.sqrt(variance))


def guessed_shape(w: Workload) -> dict[str, int]:
    """Depth and width of a network with `params_total` parameters, 128 times wider than deep at 7B and 64 at 0.1B."""
    n = float(w.params_active or w.params_total or 0)
    aspect = min(128.0, max(32.0, 64 * (n / 1.2e8) ** 0.17))
    width = (n * aspect / 12) ** (1 / 3)
    rounded = max(64, round(width / 64) * 64)
    return {"d_model": w.d_model or rounded, "n_layer": w.n_layer or max(1, round(n / (12 * rounded**2)))}
