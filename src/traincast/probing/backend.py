"""What a probe asks of a framework: calls that can be timed."""

from __future__ import annotations

from typing import Protocol

from traincast.errors import UsageError
from traincast.probing.clock import Action


class Backend(Protocol):
    """One framework on one device. Every action waits for the device before it returns."""

    @property
    def name(self) -> str:
        """Framework and version."""

    @property
    def kind(self) -> str:
        """cpu, cuda, xpu, mps"""

    @property
    def title(self) -> str:
        """What the driver calls the device; empty for the CPU, which the host names."""

    @property
    def precisions(self) -> tuple[str, ...]:
        """Precisions worth measuring."""

    @property
    def world(self) -> int:
        """Processes that measure together."""

    @property
    def threads(self) -> int | None:
        """Threads of the CPU that it computes with; `None` where it does not tell."""

    @property
    def rank(self) -> int:
        """Which of them this is."""

    def agree(self, seconds: float) -> float:
        """The longest of the `seconds` that the processes give, the same in all."""

    def matmul(self, m: int, n: int, k: int, precision: str, form: str) -> Action:
        """C[m, n] = A[m, k] B[k, n]; `form` is nn, nt or tn: which operand is stored transposed."""

    def copy(self, size: int) -> Action:
        """Copy `size` bytes: read once, written once."""

    def launch(self) -> Action:
        """The smallest operation there is: what is left is the cost of asking for it."""

    def optimizer(self, parameters: int) -> Action | None:
        """One fused AdamW step on fp32 weights; `None` where there is none."""

    def attention(self, batch: int, heads: int, tokens: int, head_dim: int, precision: str) -> Action | None:
        """Causal attention, forward and backward."""

    def pointwise(self, size: int, precision: str) -> Action | None:
        """Layer norm and GELU over `size` elements in rows of 1024, forward and backward."""

    def layer(self, batch: int, tokens: int, width: int, heads: int, precision: str) -> Action | None:
        """One layer of a GPT under autocast, forward and backward, with its weight gradients."""

    def head(self, tokens: int, width: int, vocab: int, precision: str) -> Action | None:
        """Last norm, output head and cross-entropy under autocast, forward and backward."""

    def all_reduce(self, size: int) -> Action | None:
        """Sum `size` bytes over all processes; `None` in a single one."""


def backend(name: str | None = None, device: str | None = None, threads: int | None = None) -> Backend:
    """torch where it is installed, else NumPy; `name` asks for one. Raises UsageError where it is not there."""
    if name in (None, "torch"):
        try:
            from traincast.probing.with_torch import TorchBackend
        except ImportError as error:
            if name == "torch" or device not in (None, "cpu"):
                raise UsageError("torch is not installed", hint="pip install 'traincast[torch]'") from error
        else:
            return TorchBackend(device, threads)
    if device not in (None, "cpu"):
        raise UsageError("NumPy knows no {device}", hint="leave out --backend", device=device)
    from traincast.probing.with_numpy import NumpyBackend

    return NumpyBackend()
