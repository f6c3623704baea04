"""Hugging Face configs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from traincast.errors import TraincastError
from traincast.findings import Finding
from traincast.workload import Workload
from traincast.workloads.huggingface import huggingface_values, is_config
from traincast.workloads.keys import workload
from traincast.workloads.resolve import resolve

LLAMA = {
    "model_type": "llama", "hidden_size": 4096, "num_hidden_layers": 32, "num_attention_heads": 32,
    "num_key_value_heads": 8, "intermediate_size": 14336, "vocab_size": 128256, "max_position_embeddings": 131072,
    "hidden_act": "silu", "tie_word_embeddings": False, "attention_dropout": 0.0, "torch_dtype": "bfloat16",
    "rope_scaling": {"original_max_position_embeddings": 8192},
}  # fmt: skip
BERT = {
    "model_type": "bert", "hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12,
    "intermediate_size": 3072, "vocab_size": 30522, "max_position_embeddings": 512, "hidden_act": "gelu",
    "hidden_dropout_prob": 0.1,
}  # fmt: skip
MIXTRAL = {
    **LLAMA, "model_type": "mixtral", "num_local_experts": 8, "num_experts_per_tok": 2, "vocab_size": 32000,
    "max_position_embeddings": 32768, "rope_scaling": None,
}  # fmt: skip
QWEN_MOE = {
    **LLAMA, "model_type": "qwen3_moe", "num_experts": 128, "num_experts_per_tok": 8, "moe_intermediate_size": 768,
    "intermediate_size": 6144, "head_dim": 128,
}  # fmt: skip


def read(config: dict[str, Any]) -> tuple[Workload, list[Finding]]:
    """The workload of a config."""
    values, findings = huggingface_values(config, "config.json")
    return workload(values), findings


def test_llama() -> None:
    """The precision of the weights is not that of training; the length is the pretraining one, and said so."""
    w, findings = read(LLAMA)

    assert (w.n_layer, w.d_model, w.n_head, w.n_kv_head, w.d_ff, w.vocab) == (32, 4096, 32, 8, 14336, 128256)
    assert (w.mlp, w.tied, w.positions, w.seq_len, w.precision, w.dropout) == (
        "swiglu",
        False,
        "rotary",
        8192,
        None,
        False,
    )
    assert [found.code for found in findings] == ["seq-len-assumed"]


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"model_type": "gpt2"}, {"n_layer": 12, "d_model": 768, "seq_len": 1024, "mlp": "gelu", "tied": True}),
        (
            {"model_type": "gpt2", "n_layer": 6, "n_embd": 256, "n_head": 4, "n_positions": 512, "resid_pdrop": 0.1},
            {"n_layer": 6, "d_model": 256, "n_head": 4, "seq_len": 512, "positions": "learned", "dropout": True},
        ),
        (BERT, {"arch": "bert", "seq_len": 512, "mlp": "gelu", "positions": "learned", "dropout": True, "tied": True}),
        (MIXTRAL, {"arch": "moe", "num_experts": 8, "experts_per_token": 2, "d_ff": 14336, "seq_len": 8192}),
        (QWEN_MOE, {"arch": "moe", "num_experts": 128, "experts_per_token": 8, "d_ff": 768, "head_dim": 128}),
        (
            {"model_type": "opt", "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2, "ffn_dim": 256},
            {"mlp": "relu", "d_ff": 256, "tied": True},
        ),
        (
            {"model_type": "gemma", "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2},
            {"mlp": "geglu", "tied": True, "head_dim": 256},
        ),
        (
            {"model_type": "gpt_neox", "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2,
             "hidden_act": "gelu"},
            {"mlp": "gelu", "tied": False, "positions": "rotary"},
        ),
        (
            {"model_type": "t5", "d_model": 512, "num_layers": 6, "num_heads": 8, "d_kv": 64, "d_ff": 2048,
             "vocab_size": 9},
            {"arch": "t5", "n_layer": 12, "encoder_layers": 6, "mlp": "relu", "head_dim": 64, "seq_len": 512},
        ),
        (
            {"model_type": "deepseek_v3", "hidden_size": 64, "num_hidden_layers": 4, "num_attention_heads": 4,
             "num_key_value_heads": 4, "q_lora_rank": 24, "kv_lora_rank": 16, "qk_nope_head_dim": 8,
             "qk_rope_head_dim": 4, "v_head_dim": 12, "n_routed_experts": 8, "num_experts_per_tok": 2,
             "n_shared_experts": 1, "first_k_dense_replace": 1, "intermediate_size": 160, "moe_intermediate_size": 32},
            {"q_rank": 24, "kv_rank": 16, "head_dim": 8, "rope_dim": 4, "value_dim": 12, "num_experts": 8,
             "experts_per_token": 3, "shared_experts": 1, "dense_layers": 1, "dense_d_ff": 160, "d_ff": 32,
             "n_kv_head": None},
        ),
        ({"model_type": "vit", "image_size": 384}, {"arch": "vit", "seq_len": 577, "d_model": 768}),
        (
            {"model_type": "mistral", "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 8,
             "sliding_window": 4096},
            {"window": 4096},
        ),
        (
            {"model_type": "falcon", "hidden_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4,
             "multi_query": True},
            {"n_kv_head": 1},
        ),
    ],
)  # fmt: skip
def test_model_types(config: dict[str, Any], expected: dict[str, Any]) -> None:
    """(384 / 16)^2 + 1 = 577 tokens; T5 has as many decoder layers as encoder layers."""
    w, _ = read(config)

    assert {key: getattr(w, key) for key in expected} == expected


def test_unknown_types_are_taken_as_decoders_and_told() -> None:
    """Shapes speak for themselves, the rest is a guess that is named."""
    w, findings = read({**LLAMA, "model_type": "brandnew"})

    assert (w.mlp, w.n_layer) == ("swiglu", 32)
    assert "model-type-unknown" in [found.code for found in findings]


def test_text_part_of_a_multimodal_model() -> None:
    """Its shapes are inside text_config."""
    assert read({"model_type": "llava", "text_config": LLAMA})[0].d_model == 4096


@pytest.mark.parametrize(
    "document",
    [{"model_type": "llama"}, {"model_type": "x", "hidden_size": "big"}, {"architectures": [], "n_layer": []}],
)
def test_configs_without_shapes_are_refused(document: dict[str, Any], tmp_path: Path) -> None:
    """A hint names the options."""
    path = tmp_path / "config.json"
    path.write_text(json.dumps(document))

    assert is_config(document)
    with pytest.raises(TraincastError) as caught:
        resolve(path)
    assert caught.value.hint
