"""Settings files of trainers: torchtitan TOML, LLaMA-Factory, Axolotl and TRL YAML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

KEYS: dict[str, tuple[str, ...]] = {
    "seq_len": ("training.seq_len", "cutoff_len", "sequence_len", "max_seq_length", "max_length", "data.seq_length"),
    "micro_batch": (
        "training.local_batch_size", "training.batch_size", "per_device_train_batch_size", "micro_batch_size",
    ),
    "global_batch": ("training.global_batch_size", "global_batch_size"),
    "grad_accum": ("gradient_accumulation_steps", "training.gradient_accumulation_steps"),
    "steps": ("training.steps", "max_steps", "trainer.max_steps"),
    "epochs": ("num_train_epochs", "num_epochs"),
    "eval_interval": ("eval_steps", "validation.freq"),
    "checkpoint_interval": ("checkpoint.interval", "save_steps"),
    "log_interval": ("metrics.log_freq", "logging_steps"),
    "zero": ("parallelism.zero",),
    "tp": ("parallelism.tensor_parallel_degree",),
    "pp": ("parallelism.pipeline_parallel_degree",),
    "cp": ("parallelism.context_parallel_degree",),
    "compile": ("compile.enable", "training.compile", "torch_compile"),
    "lora_rank": ("lora_rank", "lora_r"),
    "optimizer": ("optimizer", "optim"),
    "model": ("model_name_or_path", "base_model", "model.flavor"),
}  # fmt: skip
"""our key -> dotted keys of trainers, first that is there"""
RECOMPUTE = {"full": "full", "selective": "selective", "none": "no"}


def dotted(document: Mapping[str, Any], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Leaves of nested tables with dotted names; tables deeper than eight are left out."""
    for key, value in document.items():
        if isinstance(value, Mapping) and depth < 8:
            yield from dotted(value, f"{prefix}{key}.", depth + 1)
        else:
            yield f"{prefix}{key}", value


def flat_keys(document: Mapping[str, Any]) -> dict[str, object]:
    """The flat workload of a trainer's settings; empty where none of its keys is known."""
    leaves = dict(dotted(document))
    flat: dict[str, object] = {}
    for ours, theirs in KEYS.items():
        value = next((leaves[key] for key in theirs if leaves.get(key) is not None), None)
        if value is not None and not (isinstance(value, int) and not isinstance(value, bool) and value < 0):
            flat[ours] = value  # -1 is how trainers write "not set"
    optimizer = flat.get("optimizer")
    if isinstance(optimizer, str):
        flat["optimizer"] = optimizer.lower()
    if isinstance(flat.get("lora_rank"), int) and leaves.get("finetuning_type", "lora") != "lora":
        del flat["lora_rank"]
    if any(leaves.get(key) is True for key in ("bf16", "bf16.enabled")):
        flat["precision"] = "bf16"
    elif any(leaves.get(key) is True for key in ("fp16", "fp16.enabled")):
        flat["precision"] = "fp16"
    mode = leaves.get("activation_checkpoint.mode")
    if mode in RECOMPUTE:
        flat["recompute"] = RECOMPUTE[mode]
    elif isinstance(leaves.get("gradient_checkpointing"), bool):
        flat["recompute"] = "full" if leaves["gradient_checkpointing"] else "no"
    if "training.local_batch_size" in leaves or "parallelism.data_parallel_shard_degree" in leaves:
        flat["framework"] = "torchtitan"
    return flat
