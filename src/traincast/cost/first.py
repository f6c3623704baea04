"""What the first iteration costs: compilation, an evaluation, the step."""

from __future__ import annotations

import numpy as np

from traincast.cost.shape import Array, Number

FORWARD_SHARE = 0.31
"""forward over forward + backward, measured 0.30 to 0.33"""
COMPILE_COLD = (28.0, 0.44)
"""median seconds and log sd of torch.compile, 6 to 12 layers, nothing cached; set by the host CPU"""
COMPILE_WARM = (6.0, 0.68)
"""the same with a warm cache"""
EAGER_EXTRA = (1.82, 0.98)
"""seconds that the first eager step takes longer: context, autotuning, allocator; 234 measured first steps"""
XLA_COLD = (13.0, 0.68)
"""XLA just-in-time compilation"""


def evaluation_seconds(step: Number, micro_steps: Number, *, batches: Number) -> Array:
    """Seconds of `batches` forward-only micro-batches, all splits counted, from the optimizer step's seconds."""
    return np.asarray(np.asarray(batches, dtype=float) * FORWARD_SHARE * np.asarray(step) / micro_steps)


def compile_seconds(layers: Number) -> Array:
    """Median seconds of torch.compile between warm and cold cache; 24 layers take about twice 12 layers.

    Geometric mean of both medians: whether a cache is there is not known before the run.
    """
    middle = np.sqrt(COMPILE_COLD[0] * COMPILE_WARM[0])
    return np.asarray(middle * np.maximum(np.asarray(layers, dtype=float) / 12, 0.5) ** 0.8)
