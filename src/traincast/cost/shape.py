"""The shape of a network as columns: one entry a workload, scalars broadcast.

Letters: L layers, d width, q = heads * head width, kv = key-value heads * head width, F feed-forward width,
g matrices before the activation (2 where gated), V vocabulary, T tokens a sequence, E experts, k of them active.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]
"""floats"""
Codes: TypeAlias = npt.NDArray[Any]
"""whole numbers or flags"""
Number: TypeAlias = "Array | float"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Transformer shapes; every field broadcasts. Sizes are counts, `window` and `T` are tokens."""

    L: Array
    """layers"""
    d: Array
    """width of the residual stream"""
    H: Array
    """number of query heads"""
    q: Array
    """width of all query heads together; d unless the head width is given"""
    kv: Array
    """width of all key (or value) heads together"""
    F: Array
    """feed-forward width, of one expert in a mixture"""
    g: Array
    """factor of the widening matrices: 1, or 2 where the activation is gated"""
    V: Array
    """number of rows of the token table"""
    T: Array
    """tokens of a sequence"""
    window: Array
    """tokens that attention looks back; T where it sees all"""
    causal: Array
    """1 where a token sees the earlier ones alone"""
    tied: Array
    """1 where the head shares the token table"""
    E: Array
    """number of experts; 1 in a dense network"""
    k: Array
    """experts at work per token, shared ones included"""
    biases: Array
    """1 where linear and norm layers have biases"""
    positions: Array
    """number of learned position tables: 1 or 0"""
    shared: Array
    """experts that every token visits; k counts them, E does not"""
    dense: Array
    """layers before a mixture begins whose feed-forward has no experts"""
    Fd: Array
    """feed-forward width of those layers"""
    q_rank: Array
    """width that queries are squeezed through in latent attention (DeepSeek-V2, arXiv:2405.04434); 0 where not"""
    kv_rank: Array
    """width that keys and values are squeezed through; above 0 attention is latent"""
    rope: Array
    """width of the rotated part of a head that all heads share, beside the plain part"""
    value: Array
    """width of a head's values"""
    encoders: Array
    """layers that are an encoder's; above 0 the others are a decoder's with cross-attention"""
    target: Array
    """tokens of the decoder's sequence; T are the encoder's"""

    @property
    def head(self) -> Array:
        """Width of one head."""
        return self.q / np.maximum(self.H, 1)

    @property
    def scored(self) -> Array:
        """Mean width of the two products of attention, scores and mixing, all heads together."""
        return np.where(self.kv_rank > 0, self.H * (self.head + self.rope + self.value) / 2, self.q)

    @property
    def attended(self) -> Array:
        """Tokens that a token attends to on average, T_k."""
        w = np.minimum(self.window, self.T)
        return np.where(self.causal > 0, w * (1 - w / (2 * self.T)), w)


def shape(
    *,
    L: Number,
    d: Number,
    V: Number,
    T: Number,
    H: Number = 1.0,
    kv_heads: Number | None = None,
    head: Number | None = None,
    F: Number | None = None,
    g: Number = 1.0,
    window: Number | None = None,
    causal: Number = 1.0,
    tied: Number = 1.0,
    E: Number = 1.0,
    k: Number = 1.0,
    biases: Number = 0.0,
    positions: Number = 0.0,
    shared: Number = 0.0,
    dense: Number = 0.0,
    Fd: Number = 0.0,
    q_rank: Number = 0.0,
    kv_rank: Number = 0.0,
    rope: Number = 0.0,
    value: Number | None = None,
    encoders: Number = 0.0,
    target: Number | None = None,
) -> Shape:
    """A shape with the usual defaults: F = 4d (8d/3 where gated), head width d / H, all heads with own keys.

    One kind of attention a layer, a dense network, no encoder.
    """
    width, heads, gates = (np.asarray(x, dtype=float) for x in (d, H, g))
    head_width = width / heads if head is None else np.asarray(head, dtype=float)
    key_heads = heads if kv_heads is None else np.asarray(kv_heads, dtype=float)
    told = {
        "L": L, "d": width, "H": heads, "q": heads * head_width, "kv": key_heads * head_width,
        "F": np.where(gates > 1, 8 / 3, 4.0) * width if F is None else F, "g": gates, "V": V, "T": T,
        "window": T if window is None else window, "causal": causal, "tied": tied, "E": E, "k": k, "biases": biases,
        "positions": positions, "shared": shared, "dense": dense, "Fd": Fd, "q_rank": q_rank, "kv_rank": kv_rank,
        "rope": rope, "value": head_width if value is None else value, "encoders": encoders,
        "target": T if target is None else target,
    }  # fmt: skip
    columns = np.broadcast_arrays(*(np.asarray(x, dtype=float) for x in told.values()))
    return Shape(**dict(zip(told, columns, strict=True)))
