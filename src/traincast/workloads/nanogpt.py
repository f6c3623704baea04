"""nanoGPT's `config/*.py` and `--key=value` overrides, read as data: nothing in the file is executed."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from traincast.errors import UnreadableError

DEFAULTS: dict[str, Any] = {
    "n_layer": 12, "n_head": 12, "n_embd": 768, "block_size": 1024, "batch_size": 12,
    "gradient_accumulation_steps": 40, "max_iters": 600_000, "eval_interval": 2000, "eval_iters": 200,
    "log_interval": 1, "dtype": "bfloat16", "compile": True, "dropout": 0.0,
}  # fmt: skip
"""train.py of github.com/karpathy/nanoGPT: what a config file that does not say otherwise gets"""
KEYS = {
    "n_layer": "n_layer", "n_head": "n_head", "n_embd": "d_model", "block_size": "seq_len",
    "batch_size": "micro_batch", "max_iters": "steps", "eval_interval": "eval_interval", "eval_iters": "eval_batches",
    "log_interval": "log_interval", "dtype": "precision", "compile": "compile",
}  # fmt: skip
VOCABULARIES = {"shakespeare_char": 65}
"""data sets whose characters are the tokens; the others use GPT-2's 50257, padded to a multiple of 64"""
ARITHMETIC: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.FloorDiv: operator.floordiv,
    ast.Div: operator.truediv,
}  # fmt: skip
LARGEST = 1e18


def constant(node: ast.expr, known: Mapping[str, Any]) -> Any:
    """Value of a literal, an earlier name, or arithmetic of those; None for anything else."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = constant(node.operand, known)
        return -value if isinstance(value, int | float) else None
    if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
        left, right = constant(node.left, known), constant(node.right, known)
        if all(isinstance(side, int | float) and abs(side) < LARGEST for side in (left, right)):
            try:
                return ARITHMETIC[type(node.op)](left, right)
            except ZeroDivisionError:
                return None
    return None


def assignments(text: str, where: str) -> dict[str, Any]:
    """Names that the file assigns a constant to, at its top level. Raises UnreadableError."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None)
        raise UnreadableError(
            f"{where}{f':{line}' if line else ''} is not Python", hint="give a nanoGPT config file"
        ) from error
    known: dict[str, Any] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            value = constant(node.value, known)
            if value is not None:
                known[node.targets[0].id] = value
    return known


def overrides(arguments: Iterable[str]) -> dict[str, Any]:
    """`--key=value` arguments as nanoGPT's configurator takes them."""
    found: dict[str, Any] = {}
    for argument in arguments:
        key, _, text = argument.removeprefix("--").partition("=")
        try:
            found[key] = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            found[key] = text
    return found


def flat_keys(config: Mapping[str, Any]) -> dict[str, object]:
    """The flat workload of a nanoGPT config; what it does not say is nanoGPT's default.

    Gradient accumulation is counted over all processes there: one process is assumed.
    """
    full = {**DEFAULTS, **config}
    flat: dict[str, object] = {ours: full[theirs] for theirs, ours in KEYS.items() if full.get(theirs) is not None}
    dataset = str(full.get("dataset", "openwebtext"))
    return {
        **flat,
        "grad_accum": full["gradient_accumulation_steps"],
        "vocab": full.get("vocab_size") or VOCABULARIES.get(dataset, 50304),
        "model": "nanoGPT",
        "arch": "gpt2",
        "mlp": "gelu",
        "tied": True,
        "positions": "learned",
        "attention": "flash",
        "optimizer": "adamw-fused",
        "framework": "nanogpt",
        "eval_splits": 2,
        "checkpoint_interval": full["eval_interval"],
        "dropout": bool(full["dropout"]),
        "recompute": "no",
    }


def is_config(text: str) -> bool:
    """Whether a Python file looks like a nanoGPT config."""
    return any(f"{key} =" in text or f"{key}=" in text for key in ("n_embd", "block_size", "max_iters", "eval_iters"))
