"""Probes by torch: CUDA, ROCm, XPU, MPS and CPU."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional

from traincast.errors import UsageError
from traincast.probing.clock import Action

DTYPES = {"fp32": torch.float32, "tf32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
ROW = 1024
"""elements of a row in `pointwise`"""


class TorchBackend:
    """torch on one device; under torchrun, on one device of each process."""

    def __init__(self, device: str | None = None, threads: int | None = None) -> None:
        kinds = [
            kind for kind in ("cuda", "xpu", "mps") if hasattr(torch, kind) and getattr(torch, kind).is_available()
        ]
        self.kind: str = device or (kinds[0] if kinds else "cpu")
        if self.kind != "cpu" and self.kind not in kinds:
            raise UsageError("torch sees no {kind} device here", hint="leave out --device", kind=self.kind)
        if threads:
            torch.set_num_threads(threads)
        self.device = self.kind
        self.world, self.rank = 1, 0
        if "RANK" in os.environ:
            self.join()

    def join(self) -> None:
        """Become one of the processes that torchrun started."""
        if self.kind == "cuda":
            self.device = f"cuda:{os.environ['LOCAL_RANK']}"
            torch.cuda.set_device(self.device)
        if not torch.distributed.is_initialized():
            torch.distributed.init_process_group("nccl" if self.kind == "cuda" else "gloo")
        self.world, self.rank = int(torch.distributed.get_world_size()), int(torch.distributed.get_rank())

    @property
    def name(self) -> str:
        """torch and its version."""
        return f"torch {torch.__version__}"

    @property
    def title(self) -> str:
        """What the driver calls the device."""
        if self.kind in ("cuda", "xpu"):
            return str(getattr(torch, self.kind).get_device_name())
        return "Apple GPU" if self.kind == "mps" else ""

    @property
    def threads(self) -> int | None:
        """Threads that torch computes with."""
        return int(torch.get_num_threads())

    @property
    def precisions(self) -> tuple[str, ...]:
        """fp16 on a CPU is left out: there training runs it through fp32 conversions that no peak describes."""
        if self.kind == "cpu":
            return ("fp32", "bf16")
        return ("fp32", "tf32", "fp16", "bf16") if self.kind == "cuda" else ("fp32", "fp16", "bf16")

    def wait(self) -> None:
        """Return when the device is done."""
        if self.kind != "cpu":
            getattr(torch, self.kind).synchronize()

    def repeat(self, call: Callable[[], Any]) -> Action:
        """An action that makes `call` and waits for the last."""

        def action(calls: int) -> None:
            for _ in range(calls):
                call()
            self.wait()

        return action

    def numbers(self, *shape: int, dtype: Any, grad: bool = False) -> Any:
        """Random numbers: zeros need less power and let a board clock higher than training does."""
        return torch.randn(*shape, device=self.device).to(dtype).requires_grad_(grad)

    def matmul(self, m: int, n: int, k: int, precision: str, form: str) -> Action:
        """C[m, n] = A[m, k] B[k, n] with a new C each time, as in training."""
        torch.set_float32_matmul_precision("high" if precision == "tf32" else "highest")
        dtype = DTYPES[precision]
        a = self.numbers(k, m, dtype=dtype).T if form == "tn" else self.numbers(m, k, dtype=dtype)
        b = self.numbers(n, k, dtype=dtype).T if form == "nt" else self.numbers(k, n, dtype=dtype)
        return self.repeat(lambda: torch.matmul(a, b))

    def copy(self, size: int) -> Action:
        """Copy `size` bytes on the device, all threads."""
        source = torch.ones(size // 4, dtype=torch.float32, device=self.device)
        target = torch.zeros_like(source)
        return self.repeat(lambda: target.copy_(source))

    def launch(self) -> Action:
        """Add one to one number."""
        one = torch.ones(1, device=self.device)
        return self.repeat(lambda: one.add_(1))

    def optimizer(self, parameters: int) -> Action | None:
        """Fused AdamW on matrices of a million weights."""
        weights = [self.numbers(1024, 1024, dtype=torch.float32, grad=True) for _ in range(max(1, parameters >> 20))]
        for weight in weights:
            weight.grad = torch.randn_like(weight)
        try:
            adamw = torch.optim.AdamW(weights, lr=1e-9, fused=True)
            adamw.step()
        except RuntimeError:  # no fused kernel on this device
            adamw = torch.optim.AdamW(weights, lr=1e-9)
        return self.repeat(adamw.step)

    def attention(self, batch: int, heads: int, tokens: int, head_dim: int, precision: str) -> Action | None:
        """Causal scaled-dot-product attention, forward and backward."""
        q, k, v = (self.numbers(batch, heads, tokens, head_dim, dtype=DTYPES[precision], grad=True) for _ in range(3))
        out = torch.ones_like(q)

        def call() -> None:
            functional.scaled_dot_product_attention(q, k, v, is_causal=True).backward(out)

        return self.repeat(call)

    def pointwise(self, size: int, precision: str) -> Action | None:
        """Layer norm and GELU, forward and backward."""
        x = self.numbers(max(1, size // ROW), ROW, dtype=DTYPES[precision], grad=True)
        out = torch.ones_like(x)

        def call() -> None:
            functional.gelu(functional.layer_norm(x, (ROW,))).backward(out)

        return self.repeat(call)

    def autocast(self, precision: str) -> Any:
        """As a trainer casts: weights stay fp32, products run in `precision`."""
        torch.set_float32_matmul_precision("high" if precision == "tf32" else "highest")
        half = precision in ("bf16", "fp16")
        return torch.autocast(self.kind, DTYPES[precision] if half else torch.bfloat16, enabled=half)

    def layer(self, batch: int, tokens: int, width: int, heads: int, precision: str) -> Action | None:
        """One pre-norm layer without biases; its gradients are added up, as in accumulation."""
        fp32 = torch.float32
        shapes = ((3 * width, width), (width, width), (4 * width, width), (width, 4 * width))
        weights = [(0.02 * self.numbers(*shape, dtype=fp32)).requires_grad_() for shape in shapes]
        scales = [torch.ones(width, device=self.device, requires_grad=True) for _ in range(2)]
        x = self.numbers(batch, tokens, width, dtype=fp32, grad=True)
        out = torch.ones_like(x)

        def norm(values: Any, scale: Any) -> Any:
            return functional.layer_norm(values, (width,), scale)

        def call() -> None:
            with self.autocast(precision):
                looked = functional.linear(norm(x, scales[0]), weights[0]).view(batch, tokens, 3, heads, -1)
                q, k, v = looked.permute(2, 0, 3, 1, 4)
                seen = functional.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2)
                y = x + functional.linear(seen.reshape(batch, tokens, width), weights[1])
                thought = functional.gelu(functional.linear(norm(y, scales[1]), weights[2]))
                y = y + functional.linear(thought, weights[3])
            y.backward(out)

        return self.repeat(call)

    def head(self, tokens: int, width: int, vocab: int, precision: str) -> Action | None:
        """Norm, head and loss; the logits are widened to fp32, as trainers do."""
        weight = (0.02 * self.numbers(vocab, width, dtype=torch.float32)).requires_grad_()
        scale = torch.ones(width, device=self.device, requires_grad=True)
        x = self.numbers(tokens, width, dtype=torch.float32, grad=True)
        following = torch.randint(vocab, (tokens,), device=self.device)

        def call() -> None:
            with self.autocast(precision):
                logits = functional.linear(functional.layer_norm(x, (width,), scale), weight)
            functional.cross_entropy(logits.float(), following).backward()

        return self.repeat(call)

    def agree(self, seconds: float) -> float:
        """The longest of the `seconds` of all processes."""
        if self.world == 1:
            return seconds
        longest = torch.tensor(seconds, device=self.device)
        torch.distributed.all_reduce(longest, torch.distributed.ReduceOp.MAX)
        return float(longest)

    def all_reduce(self, size: int) -> Action | None:
        """Sum of `size` bytes over the processes."""
        if self.world == 1:
            return None
        buffer = torch.zeros(size // 4, device=self.device)
        return self.repeat(lambda: torch.distributed.all_reduce(buffer))
