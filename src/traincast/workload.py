"""What is trained, and for how long: one flat record, the same in TOML, JSON, options and API."""

from __future__ import annotations

from typing import Literal

import msgspec

Mlp = Literal["gelu", "swiglu", "geglu", "relu", "relu2"]
Attention = Literal["flash", "naive", "sdpa"]
Recompute = Literal["no", "selective", "full"]


class Workload(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=False):
    """A model, its batch, its software and its plan. `None` is unknown and is integrated over, not defaulted."""

    # model
    model: str | None = None
    """name for display; without a shape, the preset called so"""
    arch: str | None = None
    """gpt, llama, bert, t5, moe, vit, resnet, unet, dit, other; `None` with n_layer and d_model is a decoder"""
    n_layer: int | None = None
    d_model: int | None = None
    n_head: int | None = None
    n_kv_head: int | None = None
    """key and value heads; `None` is n_head"""
    head_dim: int | None = None
    """`None` is d_model / n_head"""
    d_ff: int | None = None
    """feed-forward width; of one expert in a mixture"""
    mlp: Mlp | None = None
    """gelu, relu, relu2: two matrices; swiglu, geglu: three"""
    vocab: int | None = None
    seq_len: int | None = None
    """tokens"""
    encoder_layers: int | None = None
    """of n_layer, those of the encoder; the others are a decoder's, which looks at it"""
    target_len: int | None = None
    """tokens of the decoder's sequence; `None` is seq_len"""
    q_rank: int | None = None
    """latent attention: width that queries are squeezed through"""
    kv_rank: int | None = None
    """latent attention: width that keys and values are squeezed through; head_dim is the part without positions"""
    rope_dim: int | None = None
    """latent attention: width of the part with positions"""
    value_dim: int | None = None
    """latent attention: width of a head's values"""
    window: int | None = None
    """tokens a sliding-window attention looks back; `None` is all"""
    tied: bool | None = None
    """the output head shares the token table"""
    positions: Literal["learned", "rotary", "none"] | None = None
    params_total: float | None = None
    params_active: float | None = None
    forward_flops: float | None = None
    """FLOP of one sample's forward pass, of a network that is told by counts instead of a shape"""
    forward_values: float | None = None
    """values that all operators of one sample's forward pass write"""
    kept_values: float | None = None
    """values of one sample's forward pass that are kept for the backward pass"""
    num_experts: int | None = None
    experts_per_token: int | None = None
    shared_experts: int | None = None
    """experts that every token visits; experts_per_token counts them, num_experts does not"""
    dense_layers: int | None = None
    """layers before the mixture begins"""
    dense_d_ff: int | None = None
    """feed-forward width of those layers"""
    # batch
    micro_batch: int | None = None
    """sequences (or images) per forward pass of one model replica"""
    grad_accum: int | None = None
    """micro-steps per optimizer step"""
    global_batch: int | None = None
    """sequences (or images) per optimizer step, all replicas"""
    # software
    precision: str | None = None
    """fp32, tf32, fp16, bf16, fp8, fp4"""
    attention: Attention | None = None
    compile: bool | None = None
    recompute: Recompute | None = None
    optimizer: str | None = None
    """adamw, adamw-fused, sgd, muon, adamw-8bit, ..."""
    framework: str | None = None
    software_year: int | None = None
    lora_rank: int | None = None
    base_bits: int | None = None
    """bits of the frozen weights below low-rank adapters, 4 or 8; `None` is 16"""
    dropout: bool | None = None
    # machine layout
    n_devices: int | None = None
    devices_per_node: int | None = None
    dp: int | None = None
    zero: int | None = None
    """0 to 3; fully sharded data parallel is 3"""
    tp: int | None = None
    pp: int | None = None
    cp: int | None = None
    ep: int | None = None
    # plan
    steps: int | None = None
    tokens: float | None = None
    """tokens to train on, all steps"""
    epochs: float | None = None
    dataset_tokens: float | None = None
    dataset_samples: float | None = None
    eval_interval: int | None = None
    """steps between evaluations"""
    eval_batches: int | None = None
    """micro-batches per evaluation and split"""
    eval_splits: int | None = None
    checkpoint_interval: int | None = None
    log_interval: int | None = None
