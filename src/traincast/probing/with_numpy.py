"""Probes by NumPy, where torch is not installed: matrix products, copies and calls of the CPU."""

from __future__ import annotations

import numpy as np

from traincast.probing.clock import Action


class NumpyBackend:
    """NumPy and the BLAS it was built with; threads are those of the BLAS."""

    kind = "cpu"
    title = ""
    world = 1
    rank = 0
    threads = None
    precisions = ("fp32",)

    @property
    def name(self) -> str:
        """NumPy and its version."""
        return f"numpy {np.__version__}"

    def agree(self, seconds: float) -> float:
        """`seconds` as they are: there is no other process."""
        return seconds

    def matmul(self, m: int, n: int, k: int, precision: str, form: str) -> Action:
        """C[m, n] = A[m, k] B[k, n] in fp32."""
        draw = np.random.default_rng(0)
        a = draw.standard_normal((k, m) if form == "tn" else (m, k), dtype=np.float32)
        b = draw.standard_normal((n, k) if form == "nt" else (k, n), dtype=np.float32)
        a, b = a.T if form == "tn" else a, b.T if form == "nt" else b
        c = np.empty((m, n), dtype=np.float32)

        def action(calls: int) -> None:
            for _ in range(calls):
                np.matmul(a, b, out=c)

        return action

    def copy(self, size: int) -> Action:
        """Copy `size` bytes in one thread."""
        source = np.ones(size, dtype=np.uint8)
        target = np.zeros_like(source)

        def action(calls: int) -> None:
            for _ in range(calls):
                np.copyto(target, source)

        return action

    def launch(self) -> Action:
        """Add one to one number."""
        one = np.ones(1, dtype=np.float32)

        def action(calls: int) -> None:
            for _ in range(calls):
                np.add(one, 1, out=one)
            one[0] = 1

        return action

    def optimizer(self, parameters: int) -> Action | None:
        """NumPy trains nothing."""
        return None

    def attention(self, batch: int, heads: int, tokens: int, head_dim: int, precision: str) -> Action | None:
        """NumPy has no attention."""
        return None

    def pointwise(self, size: int, precision: str) -> Action | None:
        """NumPy has no backward pass."""
        return None

    def layer(self, batch: int, tokens: int, width: int, heads: int, precision: str) -> Action | None:
        """NumPy trains nothing."""
        return None

    def head(self, tokens: int, width: int, vocab: int, precision: str) -> Action | None:
        """NumPy trains nothing."""
        return None

    def all_reduce(self, size: int) -> Action | None:
        """NumPy runs in one process."""
        return None
