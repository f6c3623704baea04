"""What `traincast train` is asked for: one record, checked before torch is imported."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from traincast.errors import UnknownNameError, WorkloadError
from traincast.workload import Workload

VOCAB = 256
"""a byte is a token"""

PRESETS: dict[str, dict[str, Any]] = {
    "tiny": {"n_layer": 2, "n_head": 2, "d_model": 64, "seq_len": 64, "micro_batch": 8},
    "small": {"n_layer": 4, "n_head": 4, "d_model": 128, "seq_len": 64, "micro_batch": 12},
    "medium": {"n_layer": 6, "n_head": 6, "d_model": 384, "seq_len": 256, "micro_batch": 64, "learning_rate": 1e-3},
    "gpt-40m": {"n_layer": 12, "n_head": 12, "d_model": 384, "seq_len": 1024, "micro_batch": 16, "grad_accum": 32},
}
"""`small` and `medium` are the shapes that nanoGPT gives for a CPU and for one GPU"""

Count = Annotated[int, Meta(ge=0)]


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """Model, batch, software and plan of one training; names are the workload keys."""

    n_layer: Annotated[int, Meta(ge=1, le=1000, description="Layers.")] = 4
    n_head: Annotated[int, Meta(ge=1, le=1000, description="Attention heads.")] = 4
    d_model: Annotated[int, Meta(ge=1, le=100_000, description="Width, a multiple of the heads.")] = 128
    seq_len: Annotated[int, Meta(ge=1, le=1_000_000, description="Tokens (bytes) of one sequence.")] = 64
    micro_batch: Annotated[int, Meta(ge=1, le=1_000_000, description="Sequences of one forward pass.")] = 12
    grad_accum: Annotated[int, Meta(ge=1, le=1_000_000, description="Micro-steps of one optimizer step.")] = 1
    precision: Annotated[
        Literal["fp32", "tf32", "bf16", "fp16"], Meta(description="Of the matrix products; weights stay fp32.")
    ] = "fp32"
    attention: Annotated[Literal["flash", "naive"], Meta(description="Fused kernels, or every score written.")] = (
        "flash"
    )
    optimizer: Annotated[Literal["adamw-fused", "adamw"], Meta(description="Optimizer.")] = "adamw-fused"
    compile: Annotated[bool, Meta(description="torch.compile the model.")] = False
    steps: Annotated[int, Meta(ge=1, le=10**9, description="Optimizer steps of the whole run.")] = 200
    eval_interval: Annotated[int, Meta(ge=0, description="Steps between evaluations; 0 is never.")] = 100
    eval_batches: Annotated[int, Meta(ge=1, description="Micro-batches of an evaluation, per split.")] = 20
    checkpoint_interval: Annotated[int, Meta(ge=0, description="Steps between checkpoints; 0 is never.")] = 100
    log_interval: Annotated[int, Meta(ge=1, description="Steps between log lines.")] = 1
    learning_rate: Annotated[float, Meta(gt=0, description="Highest learning rate.")] = 1e-3
    """at its highest, a factor without unit"""
    seed: Annotated[int, Meta(ge=0, description="Equal seeds give equal losses.")] = 1337

    def __post_init__(self) -> None:
        if self.d_model % self.n_head:
            raise WorkloadError(
                "d_model {d_model} is not a multiple of n_head {n_head}",
                hint="try --d-model {width}",
                d_model=self.d_model,
                n_head=self.n_head,
                width=self.d_model // self.n_head * self.n_head or self.n_head,
            )

    @property
    def parameters(self) -> int:
        """Weights without the position table: two norms and 12 d^2 a layer, a last norm, the tied token table."""
        d = self.d_model
        return self.n_layer * (12 * d * d + 2 * d) + d + VOCAB * d

    def workload(self, n_devices: int = 1) -> Workload:
        """The same as a workload to predict."""
        shared = {name: getattr(self, name) for name in self.__struct_fields__ if name in Workload.__struct_fields__}
        shared.update(eval_interval=self.eval_interval or None, checkpoint_interval=self.checkpoint_interval or None)
        return Workload(
            model="traincast train",
            arch="gpt",
            mlp="gelu",
            vocab=VOCAB,
            tied=True,
            positions="learned",
            framework="nanogpt",
            dropout=False,
            eval_splits=2,
            n_devices=n_devices,
            **shared,
        )


def recipe(preset: str | None = None, **given: Any) -> Recipe:
    """`preset` with what is given on top of it; None means not given.

    Raises UnknownNameError for a preset that is not there, WorkloadError for values that cannot be.
    """
    if preset is not None and preset not in PRESETS:
        raise UnknownNameError("training preset", preset, tuple(PRESETS))
    settings = PRESETS.get(preset or "", {}) | {key: value for key, value in given.items() if value is not None}
    try:
        return msgspec.convert(settings, Recipe)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at ")
        name = re.sub(r"[`$.]", "", path)
        setting = f"{name} {settings.get(name)}: " if name else ""
        raise WorkloadError(
            "{setting}{reason}",
            hint="`traincast train --help` shows what each setting may be",
            setting=setting,
            reason=message,
        ) from None
