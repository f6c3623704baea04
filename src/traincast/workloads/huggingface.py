"""Hugging Face `config.json`: shapes of a model, nothing of its training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from traincast.errors import UnreadableError

GATED = {
    "llama", "mistral", "mixtral", "qwen2", "qwen2_moe", "qwen3", "qwen3_moe", "gemma", "gemma2", "gemma3",
    "gemma3_text", "phi3", "olmo", "olmo2", "olmoe", "cohere", "deepseek_v2", "deepseek_v3", "smollm3", "stablelm", "granite",
    "internlm2", "baichuan", "starcoder2_gated", "glm4", "exaone4", "minicpm",
}  # fmt: skip
"""model types whose feed-forward has three matrices"""
ENCODERS = {
    "bert",
    "roberta",
    "distilbert",
    "electra",
    "deberta",
    "deberta-v2",
    "xlm-roberta",
    "modernbert",
    "camembert",
}
LEARNED = {"gpt2", "opt", "bert", "roberta", "distilbert", "electra", "vit", "gpt_bigcode"}
FIRST: dict[str, tuple[str, ...]] = {
    "n_layer": ("num_hidden_layers", "n_layer", "n_layers", "num_layers"),
    "d_model": ("hidden_size", "n_embd", "d_model", "dim"),
    "n_head": ("num_attention_heads", "n_head", "n_heads", "num_heads"),
    "n_kv_head": ("num_key_value_heads",),
    "head_dim": ("head_dim", "d_kv"),
    "d_ff": ("moe_intermediate_size", "intermediate_size", "n_inner", "ffn_dim", "d_ff", "hidden_dim"),
    "vocab": ("vocab_size", "padded_vocab_size"),
    "seq_len": ("n_positions", "max_position_embeddings", "n_ctx"),
    "num_experts": ("num_local_experts", "num_experts", "n_routed_experts"),
    "experts_per_token": ("num_experts_per_tok", "moe_top_k", "top_k_experts"),
    "tied": ("tie_word_embeddings",),
    "precision": ("torch_dtype", "dtype"),
}
"""our key -> theirs, first that is there"""


def is_config(document: Mapping[str, Any]) -> bool:
    """Whether a JSON document looks like a model's config."""
    inner = document.get("text_config")
    return "model_type" in document or "architectures" in document or (isinstance(inner, dict) and is_config(inner))


def flat_keys(document: Mapping[str, Any]) -> dict[str, object]:
    """The flat workload of a model's config. Raises UnreadableError where it has no shapes."""
    inner = document.get("text_config")
    if isinstance(inner, dict):
        document = {**document, **inner}
    kind = str(document.get("model_type", "")).lower()
    flat: dict[str, object] = {
        ours: next(value for key in theirs if (value := document.get(key)) is not None)
        for ours, theirs in FIRST.items()
        if any(document.get(key) is not None for key in theirs)
    }
    if "n_layer" not in flat or "d_model" not in flat:
        raise UnreadableError(
            f"config of model type {kind or 'unknown'!r} tells no layers or width", hint="give n_layer and d_model"
        )
    experts = flat.get("num_experts")
    gated = kind in GATED or "moe" in kind or bool(experts)
    if kind in GATED or kind in LEARNED:
        flat.setdefault("tied", kind not in GATED or kind.startswith("gemma"))
    if "n_head" in flat and flat.get("n_kv_head") is None:
        flat["n_kv_head"] = 1 if document.get("multi_query") else flat["n_head"]
    if kind == "falcon" and document.get("multi_query", True) and not document.get("new_decoder_architecture"):
        flat["n_kv_head"] = 1
    return {
        **flat,
        "model": document.get("_name_or_path") or kind or None,
        "arch": "bert" if kind in ENCODERS else "moe" if experts else "llama" if gated else "gpt2",
        "mlp": "swiglu" if gated else "relu" if document.get("activation_function") == "relu" else "gelu",
        "positions": "learned" if kind in LEARNED else "rotary",
        "window": document.get("sliding_window") if document.get("use_sliding_window", kind == "mistral") else None,
    }
