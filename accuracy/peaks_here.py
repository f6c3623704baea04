"""Peaks measured on this CPU: `python -m accuracy.peaks_here` writes their rows into measured_memory.csv.

torch's profiler reports every allocation of the CPU allocator; the largest sum over one optimizer step, on top of the
weights and the optimizer's state that are there before, is the peak. It depends neither on speed nor on load.
"""

from __future__ import annotations

import gc
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import nn

from accuracy import networks
from accuracy.collect_memory import rows, write

GPT = {
    "arch": "gpt", "n_layer": 6, "d_model": 256, "n_head": 4, "d_ff": 1024, "mlp": "gelu", "vocab": 3000,
    "seq_len": 256,     "micro_batch": 8, "tied": True, "positions": "learned", "attention": "flash",
}  # fmt: skip
LLAMA = GPT | {
    "arch": "llama", "n_kv_head": 2, "d_ff": 768, "mlp": "swiglu", "tied": False, "positions": "rotary",
}  # fmt: skip
CASES: dict[str, dict[str, Any]] = {
    "gpt": GPT | {"precision": "fp32"},
    "gpt-bf16": GPT | {"precision": "bf16"},
    "gpt-naive": GPT | {"precision": "fp32", "attention": "naive"},
    "gpt-naive-bf16": GPT | {"precision": "bf16", "attention": "naive"},
    "gpt-relu2-bf16": GPT | {"precision": "bf16", "mlp": "relu2"},
    "gpt-accumulate-bf16": GPT | {"precision": "bf16", "grad_accum": 2},
    "gpt-update": GPT | {"precision": "fp32", "micro_batch": 1, "seq_len": 64, "optimizer": "adamw"},
    "gpt-vocabulary": GPT | {"precision": "fp32", "vocab": 16384, "n_layer": 2},
    "gpt-vocabulary-bf16": GPT | {"precision": "bf16", "vocab": 16384, "n_layer": 2},
    "gpt-compiled": GPT | {"precision": "fp32", "compile": True},
    "gpt-compiled-bf16": GPT | {"precision": "bf16", "compile": True},
    "gpt-naive-compiled-bf16": GPT | {"precision": "bf16", "compile": True, "attention": "naive"},
    "gpt-vocabulary-compiled-bf16": GPT | {"precision": "bf16", "compile": True, "vocab": 16384, "n_layer": 2},
    "llama": LLAMA | {"precision": "fp32"},
    "llama-bf16": LLAMA | {"precision": "bf16"},
    "llama-compiled-bf16": LLAMA | {"precision": "bf16", "compile": True},
    "mixtral": LLAMA | {"precision": "fp32", "arch": "moe", "d_ff": 384, "num_experts": 4, "experts_per_token": 2},
    "bert": GPT | {"precision": "fp32", "arch": "bert"},
    "bert-naive": GPT | {"precision": "fp32", "arch": "bert", "attention": "naive"},
}
MAKERS = {"gpt": networks.gpt, "llama": networks.llama, "moe": networks.llama, "bert": networks.bert}


def made(k: dict[str, Any]) -> nn.Module:
    """The network with these keys."""
    torch.manual_seed(0)
    return MAKERS[k["arch"]](k)


def peak_bytes(k: dict[str, Any]) -> int:
    """Bytes that the allocator holds at most during an optimizer step, what is there before it included."""
    model = made(k)
    optimizer = torch.optim.AdamW(model.parameters(), fused=k.get("optimizer", "adamw-fused") == "adamw-fused")
    run: Any = torch.compile(model) if k.get("compile") else model
    tokens = torch.randint(0, k["vocab"], (k["micro_batch"], k["seq_len"]))

    def cast() -> AbstractContextManager[Any]:
        return torch.autocast("cpu", torch.bfloat16) if k["precision"] == "bf16" else nullcontext()

    def step() -> None:
        for _ in range(k.get("grad_accum", 1)):
            with cast():
                _logits, loss = run(tokens)
            loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    step()
    step()
    gc.collect()
    before = sum(p.numel() * p.element_size() for p in {*model.parameters(), *model.buffers()})
    before += sum(t.numel() * t.element_size() for s in optimizer.state.values() for t in s.values())
    return before + highest(step)


def highest(step: Any) -> int:
    """The largest sum of what is allocated and not yet freed while `step` runs."""
    activities = [torch.profiler.ProfilerActivity.CPU]
    with torch.profiler.profile(activities=activities, profile_memory=True) as profile:
        step()
    now = most = 0
    for event in profile.profiler.kineto_results.events():  # type: ignore[union-attr]
        if event.name() == "[memory]":
            now += event.nbytes()
            most = max(most, now)
    return most


def row(name: str, k: dict[str, Any]) -> dict[str, str]:
    """The row of a case."""
    words = {True: "yes", False: "no"}
    told = {key: words.get(value, str(value)) if isinstance(value, bool) else str(value) for key, value in k.items()}
    usual = {
        "compile": "no", "dropout": "no", "recompute": "no", "grad_accum": "1", "n_devices": "1", "dp": "1", "zero": "",
        "optimizer": "adamw-fused", "framework": "torch",
    }  # fmt: skip
    return {
        "id": f"here-{name}", "device": "cpu", "kind": "allocated", "peak_bytes": str(peak_bytes(k)),
        "source": "here, torch on a CPU", "locator": "python -m accuracy.peaks_here", **usual, **told,
    }  # fmt: skip


def main() -> None:
    """Measure all cases and put their rows in place of the old ones."""
    torch.set_num_threads(1)
    kept = [one for one in rows() if not one["source"].startswith("here")]
    write([*kept, *(row(name, k) for name, k in CASES.items())])


if __name__ == "__main__":
    main()
