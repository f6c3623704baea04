"""The keys of a workload: what type each has, what values make sense, what else people call them."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin, get_type_hints

from traincast.errors import UnknownNameError, WorkloadError
from traincast.workload import Workload

SYNONYMS = {
    "layers": "n_layer", "num_layers": "n_layer", "num_hidden_layers": "n_layer",
    "n_embd": "d_model", "hidden_size": "d_model", "n_embed": "d_model", "width": "d_model",
    "heads": "n_head", "n_heads": "n_head", "num_heads": "n_head", "num_attention_heads": "n_head",
    "n_kv_heads": "n_kv_head", "kv_heads": "n_kv_head", "num_key_value_heads": "n_kv_head",
    "intermediate_size": "d_ff", "n_inner": "d_ff", "ffn_dim": "d_ff",
    "vocab_size": "vocab", "block_size": "seq_len", "sequence_length": "seq_len", "context_length": "seq_len",
    "max_seq_len": "seq_len", "batch_size": "micro_batch", "micro_batch_size": "micro_batch",
    "gradient_accumulation_steps": "grad_accum", "accumulation": "grad_accum", "global_batch_size": "global_batch",
    "dtype": "precision", "max_iters": "steps", "max_steps": "steps", "eval_iters": "eval_batches",
    "params": "params_total", "parameters": "params_total", "tie_word_embeddings": "tied",
    "experts": "num_experts", "gpus": "n_devices", "num_devices": "n_devices",
}  # fmt: skip
"""names that trainers give to the same thing"""
VALUES = {
    "precision": {
        "float32": "fp32", "float": "fp32", "32": "fp32", "32-true": "fp32", "float16": "fp16", "half": "fp16",
        "16": "fp16", "16-mixed": "fp16", "bfloat16": "bf16", "bf16-mixed": "bf16", "bf16-true": "bf16",
        "float8": "fp8", "fp8-hybrid": "fp8", "nvfp4": "fp4", "mxfp4": "fp4",
    },
    "attention": {"flash_attention_2": "flash", "flash-attention": "flash", "eager": "naive", "fa2": "flash"},
    "recompute": {"none": "no", "false": "no", "true": "full", "off": "no", "on": "full"},
    "mlp": {"gelu_new": "gelu", "silu": "swiglu", "swish": "swiglu", "gelu_pytorch_tanh": "geglu", "relu^2": "relu2"},
    "optimizer": {
        "adamw_torch_fused": "adamw-fused", "adamw fused": "adamw-fused", "fused adamw": "adamw-fused",
        "adamw_fused": "adamw-fused", "adamw_torch": "adamw", "adamw_bnb_8bit": "adamw-8bit", "adam8bit": "adamw-8bit",
        "adamw8bit": "adamw-8bit", "paged_adamw_8bit": "adamw-8bit", "adam fused": "adamw-fused",
    },
}  # fmt: skip
"""other spellings of values"""
CHOICES = {
    "precision": ("fp64", "fp32", "tf32", "fp16", "bf16", "fp8", "fp4", "int8"),
    "optimizer": (
        "adamw", "adamw-fused", "adam", "adam-fused", "adamw-8bit", "adafactor", "lion", "lamb", "lars", "muon", "sgd",
        "soap", "shampoo", "rmsprop", "adagrad",
    ),
    "arch": (
        "gpt", "gpt2", "llama", "mpt", "moe", "bert", "t5", "vit", "resnet", "unet", "dit", "diffusion", "txl", "other",
    ),
}  # fmt: skip
LIMITS: dict[str, tuple[float, float]] = {
    "n_layer": (1, 10_000), "d_model": (1, 1_000_000), "n_head": (1, 10_000), "n_kv_head": (1, 10_000),
    "head_dim": (1, 100_000), "d_ff": (1, 10_000_000), "vocab": (2, 100_000_000), "seq_len": (1, 100_000_000),
    "window": (1, 100_000_000), "params_total": (1, 1e17), "params_active": (1, 1e17), "num_experts": (1, 100_000),
    "experts_per_token": (1, 100_000), "micro_batch": (1, 10_000_000), "grad_accum": (1, 10_000_000),
    "global_batch": (1, 1_000_000_000), "software_year": (2012, 2035), "lora_rank": (1, 100_000),
    "n_devices": (1, 10_000_000), "devices_per_node": (1, 100_000), "dp": (1, 10_000_000), "zero": (0, 3),
    "tp": (1, 100_000), "pp": (1, 100_000), "cp": (1, 100_000), "ep": (1, 100_000), "steps": (1, 1e12),
    "tokens": (1, 1e18), "epochs": (1e-9, 1e9), "dataset_tokens": (1, 1e18), "dataset_samples": (1, 1e15),
    "eval_interval": (1, 1e12), "eval_batches": (0, 1e9), "eval_splits": (0, 1000),
    "checkpoint_interval": (1, 1e12), "log_interval": (1, 1e12),
}  # fmt: skip
"""least and greatest value that makes sense: far beyond any run that was made, so that a slip is caught"""
TYPES: dict[str, Any] = get_type_hints(Workload)


def canonical_key(key: str) -> str:
    """The workload's own name of `key`. Raises UnknownNameError with near misses."""
    plain = key.strip().lower().replace("-", "_")
    plain = SYNONYMS.get(plain, plain)
    if plain not in TYPES:
        near = difflib.get_close_matches(plain, [*TYPES, *SYNONYMS], 3, 0.6)
        raise UnknownNameError(
            "workload key", key[:80], [SYNONYMS.get(name, name) for name in near], listing="schema predict"
        )
    return plain


def kind_of(key: str) -> tuple[type, tuple[str, ...]]:
    """(int, float, bool or str; choices) of a key."""
    options = [option for option in get_args(TYPES[key]) if option is not type(None)]
    if get_origin(options[0]) is Literal:
        return str, get_args(options[0])
    return options[0], CHOICES.get(key, ())


def wrong(key: str, value: object, expected: str) -> WorkloadError:
    """The error that `key` cannot be `value`."""
    return WorkloadError(f"{key} = {str(value)[:60]!s} is not {expected}", hint=f"`{key}` must be {expected}")


def typed(key: str, value: object) -> Any:
    """`value` in the type of `key`, other spellings turned into the usual one. Raises WorkloadError."""
    kind, choices = kind_of(key)
    if kind is bool:
        return truth(key, value)
    if kind is str:
        return word(key, value, choices)
    number = finite(key, value)
    low, high = LIMITS[key]
    if not low <= number <= high:
        raise WorkloadError(
            f"{key} = {str(value)[:60]} is outside {low:,.12g} to {high:,.12g}", hint=f"check {key}, or leave it out"
        )
    if kind is int:
        if number != int(number):
            raise wrong(key, value, "a whole number")
        return int(number)
    return float(number)


def finite(key: str, value: object) -> float:
    """`value` as a finite number."""
    try:
        number = float(value) if not isinstance(value, bool) else math.nan  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise wrong(key, value, "a number")
    return number


def truth(key: str, value: object) -> bool:
    """`value` as yes or no."""
    if isinstance(value, bool):
        return value
    found = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(str(value).lower())
    if found is None:
        raise wrong(key, value, "true or false")
    return found


def word(key: str, value: object, choices: tuple[str, ...]) -> str:
    """`value` as one of `choices`, where there are any."""
    if not isinstance(value, str | bool | int):
        raise wrong(key, value, "a word")
    text = str(value).strip()
    known = VALUES.get(key, {})
    text = known.get(text.lower().removeprefix("torch."), text)
    if choices and text.lower() not in choices:
        raise WorkloadError(f"{key} = {text[:60]!r} is not known", hint=f"one of {', '.join(choices)}")
    return text.lower() if choices else text[:200]


def workload(values: Mapping[str, object]) -> Workload:
    """A workload from flat keys; None values are unknown. Raises WorkloadError, UnknownNameError."""
    fields: dict[str, Any] = {}
    for key, value in values.items():
        if value is not None:
            name = canonical_key(key)
            fields[name] = typed(name, value)
    return Workload(**fields)
