"""A GPT, and the loop that trains it: everything that a training run needs, and nothing else.

Read it from the top: a text, a model, an optimizer, a loop. A byte is a token. Every
random draw is made from the seed and the number of the step alone, so a run that was killed and resumed sees the
batches, and prints the losses, of a run that was not. The lines it prints are those of nanoGPT.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import msgspec
import torch
from torch import Tensor, nn
from torch.nn import functional

from traincast.errors import UnreadableError, UsageError, WorkloadError
from traincast.training.checkpoint import load, save
from traincast.training.place import Place, check_compiler, find_place
from traincast.training.recipe import VOCAB, Recipe

SHIPPED = Path(__file__).with_name("harbour.txt")
DTYPES = {"fp32": torch.float32, "tf32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
NANOGPT_PEAK = 312e12
"""FLOP/s that nanoGPT's MFU is a share of, whatever the card: bf16 peak of an A100"""


# A text


class Text:
    """Bytes to train on, and the last tenth to judge by."""

    def __init__(self, path: Path, seq_len: int) -> None:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise UnreadableError(
                "cannot read {path}: {reason}", hint="give a text with --text", path=path, reason=error.strerror
            ) from error
        if len(content) < 10 * (seq_len + 2):
            raise WorkloadError(
                "{name} has {size} bytes, too few for sequences of {seq_len}",
                hint="a text of at least {least} bytes, or a smaller --seq-len",
                name=path.name,
                size=len(content),
                seq_len=seq_len,
                least=10 * (seq_len + 2),
            )
        tokens = torch.frombuffer(bytearray(content), dtype=torch.uint8)
        cut = len(tokens) * 9 // 10
        self.splits = {"train": tokens[:cut], "val": tokens[cut:]}
        self.seq_len = seq_len

    def batch(self, split: str, size: int, *key: object) -> tuple[Tensor, Tensor]:
        """`size` sequences of `split` and what follows each byte, int64 [size, seq_len]; `key` alone decides which."""
        tokens = self.splits[split]
        draw = random.Random(repr(key))
        starts = [draw.randrange(len(tokens) - self.seq_len) for _ in range(size)]
        windows = torch.stack([tokens[start : start + self.seq_len + 1] for start in starts]).long()
        return windows[:, :-1], windows[:, 1:]


# A model


class Block(nn.Module):
    """One layer: tokens look at those before them, then each one thinks for itself."""

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        width = recipe.d_model
        self.heads = recipe.n_head
        self.naive = recipe.attention == "naive"
        self.norm_look = nn.LayerNorm(width, bias=False)
        self.query_key_value = nn.Linear(width, 3 * width, bias=False)
        self.mix = nn.Linear(width, width, bias=False)
        self.norm_think = nn.LayerNorm(width, bias=False)
        self.up = nn.Linear(width, 4 * width, bias=False)
        self.down = nn.Linear(4 * width, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Attention, then the feed-forward part, each added to what came in; [batch, tokens, width] in and out."""
        x = x + self.mix(self.look(self.norm_look(x)))
        return x + self.down(functional.gelu(self.up(self.norm_think(x))))

    def look(self, x: Tensor) -> Tensor:
        """Causal self-attention; [batch, tokens, width] in and out."""
        batch, tokens, width = x.shape
        q, k, v = self.query_key_value(x).view(batch, tokens, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        if self.naive:
            scores = q @ k.transpose(-2, -1) / math.sqrt(width // self.heads)
            future = torch.ones(tokens, tokens, dtype=torch.bool, device=x.device).triu(1)
            seen = scores.masked_fill(future, -torch.inf).softmax(-1) @ v
        else:
            seen = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        return seen.transpose(1, 2).reshape(batch, tokens, width)


class GPT(nn.Module):
    """Radford et al. (2019) without biases and dropout; the output head shares the token table."""

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        self.tokens = nn.Embedding(VOCAB, recipe.d_model)
        self.positions = nn.Embedding(recipe.seq_len, recipe.d_model)
        self.blocks = nn.ModuleList(Block(recipe) for _ in range(recipe.n_layer))
        self.norm = nn.LayerNorm(recipe.d_model, bias=False)
        into_residual = 0.02 / math.sqrt(2 * recipe.n_layer)  # so that depth does not widen the sum
        for name, weight in self.named_parameters():
            if weight.dim() == 2:
                nn.init.normal_(weight, std=into_residual if name.endswith(("mix.weight", "down.weight")) else 0.02)

    def forward(self, tokens: Tensor, following: Tensor) -> Tensor:
        """Mean cross-entropy of `following`, nat per token."""
        x = self.tokens(tokens) + self.positions(torch.arange(tokens.shape[1], device=tokens.device))
        for block in self.blocks:
            x = block(x)
        logits = functional.linear(self.norm(x), self.tokens.weight)
        return functional.cross_entropy(logits.flatten(0, 1).float(), following.flatten())


# An optimizer


def adamw(model: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """AdamW that pulls matrices towards zero and leaves the scales of the norms alone."""
    groups = [
        {"params": [p for p in model.parameters() if p.dim() >= 2], "weight_decay": 0.1},
        {"params": [p for p in model.parameters() if p.dim() < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(
        groups, lr=recipe.learning_rate, betas=(0.9, 0.95), fused=recipe.optimizer == "adamw-fused"
    )


def learning_rate(step: int, recipe: Recipe) -> float:
    """A straight climb over the first 5 % of the steps, half a cosine down to a tenth."""
    climb = max(1, min(100, recipe.steps // 20))
    if step < climb:
        return recipe.learning_rate * (step + 1) / climb
    done = (step - climb) / max(1, recipe.steps - climb)
    return recipe.learning_rate * (0.1 + 0.45 * (1 + math.cos(math.pi * done)))


# A loop


def shape_of(recipe: Recipe) -> list[int]:
    """What a checkpoint and a model must share."""
    return [recipe.n_layer, recipe.n_head, recipe.d_model, recipe.seq_len]


class Training:
    """A model on its way: what a step changes and a checkpoint keeps."""

    def __init__(self, recipe: Recipe, text: Text, place: Place) -> None:
        self.recipe, self.text, self.place = recipe, text, place
        torch.manual_seed(recipe.seed)
        self.bare = GPT(recipe).to(place.device)
        self.optimizer = adamw(self.bare, recipe)
        kind = place.kind
        self.scaler = torch.amp.GradScaler(kind, enabled=recipe.precision == "fp16")
        self.dtype = DTYPES[recipe.precision]
        self.model: Any = torch.compile(self.bare) if recipe.compile else self.bare
        if place.world > 1:
            self.model = nn.parallel.DistributedDataParallel(self.model)
        self.step = 0

    def cast(self) -> AbstractContextManager[Any]:
        """Matrix products in the precision asked for."""
        if self.dtype is torch.float32:
            return nullcontext()
        context: AbstractContextManager[Any] = torch.autocast(self.place.kind, self.dtype)
        return context

    def loss(self, split: str, *key: object) -> Tensor:
        """Loss on the batch that `key` names."""
        tokens, following = self.text.batch(split, self.recipe.micro_batch, *key)
        with self.cast():
            return self.model(tokens.to(self.place.device), following.to(self.place.device))

    def advance(self) -> Tensor:
        """One optimizer step; the mean loss of its micro-steps."""
        recipe, total = self.recipe, torch.zeros((), device=self.place.device)
        for micro in range(recipe.grad_accum):
            waits = self.place.world > 1 and micro < recipe.grad_accum - 1
            with self.model.no_sync() if waits else nullcontext():
                loss = self.loss("train", recipe.seed, self.step, micro, self.place.rank) / recipe.grad_accum
                self.scaler.scale(loss).backward()
            total += loss.detach()
        self.scaler.unscale_(self.optimizer)
        nn.utils.clip_grad_norm_(self.bare.parameters(), 1.0)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.step, recipe)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.optimizer.zero_grad(set_to_none=True)
        self.step += 1
        return total

    def evaluate(self) -> dict[str, float]:
        """Mean loss of each split, always on the same batches."""
        batches = range(self.recipe.eval_batches)
        with torch.no_grad():
            return {s: sum(self.loss(s, "judge", i).item() for i in batches) / len(batches) for s in self.text.splits}

    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        return {
            "shape": shape_of(self.recipe),
            "step": self.step,
            "model": self.bare.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(),
        }

    def restore(self, checkpoint: dict[str, Any]) -> None:
        """Go on from `checkpoint`."""
        self.bare.load_state_dict(checkpoint["model"])
        self.optimizer.load_state_dict(checkpoint["optimizer"])
        self.scaler.load_state_dict(checkpoint["scaler"])
        self.step = checkpoint["step"]


def train(
    recipe: Recipe,
    *,
    text: Path = SHIPPED,
    out: Path | None = None,
    resume: bool = False,
    device: str | None = None,
    say: Callable[[str], None] = print,
) -> dict[str, float]:
    """Train as `recipe` says; the last evaluation, nat per token of each split (empty where there was none).

    `out` keeps the checkpoint, `resume` goes on from it, `say` takes the lines of the log. Raises WorkloadError,
    UsageError, UnreadableError.
    """
    place = find_place(device)
    if recipe.compile:
        check_compiler(place)
    if place.rank > 0:
        say = ignore
    torch.set_float32_matmul_precision("high" if recipe.precision == "tf32" else "highest")
    training = Training(recipe, Text(text, recipe.seq_len), place)
    found = load(out, shape_of(recipe)) if out else None
    if found and not resume:
        raise UsageError(
            "{out} holds a checkpoint of step {step}", hint="--resume, or another --out", out=out, step=found["step"]
        )
    echo(recipe, place, say)
    if found:
        training.restore(found)
        say(f"Resuming training from {out}")
    judged: dict[str, float] = {}

    def pause(*, evaluation: bool, checkpoint: bool) -> None:
        """What comes between two steps."""
        if evaluation:
            judged.update(training.evaluate())
            say(f"step {training.step}: train loss {judged['train']:.4f}, val loss {judged['val']:.4f}")
        if checkpoint and out and place.rank == 0:
            say(f"saving checkpoint to {out}")
            save(training.state(), out)

    steps(training, pause, say)
    if not found or found["step"] < recipe.steps:
        pause(evaluation=recipe.eval_interval > 0, checkpoint=True)
    if place.world > 1:
        torch.distributed.destroy_process_group()
    return judged


def steps(training: Training, pause: Callable[..., None], say: Callable[[str], None]) -> None:
    """All steps that are left. An iteration's time holds the pause before it, and is its own, not a mean."""
    recipe, first, mfu = training.recipe, training.step, -1.0
    while training.step < recipe.steps:
        step, begin = training.step, time.perf_counter()
        keep = step != first and divides(recipe.checkpoint_interval, step)
        pause(evaluation=divides(recipe.eval_interval, step), checkpoint=keep)
        loss = training.advance()
        training.place.wait()
        seconds = time.perf_counter() - begin
        if step % recipe.log_interval == 0:
            if step - first >= 5:  # nanoGPT lets the first iterations settle, and smooths what follows
                share = flops_per_step(recipe) / seconds / NANOGPT_PEAK
                mfu = share if mfu < 0 else 0.9 * mfu + 0.1 * share
            say(f"iter {step}: loss {loss.item():.4f}, time {seconds * 1e3:.2f}ms, mfu {mfu * 100:.2f}%")


def divides(interval: int, step: int) -> bool:
    """Whether `step` is one of every `interval`; 0 is never."""
    return interval > 0 and step % interval == 0


def flops_per_step(recipe: Recipe) -> float:
    """FLOP of one optimizer step of one replica: 6 N + 12 L d T per token, Chowdhery et al. (2022), appendix B."""
    per_token = 6 * recipe.parameters + 12 * recipe.n_layer * recipe.d_model * recipe.seq_len
    return float(per_token * recipe.seq_len * recipe.micro_batch * recipe.grad_accum)


def ignore(line: str) -> None:
    """One process speaks for all."""


def echo(recipe: Recipe, place: Place, say: Callable[[str], None]) -> None:
    """The settings under nanoGPT's names, and the sizes that follow from them."""
    names = {
        "n_layer": "n_layer", "n_head": "n_head", "n_embd": "d_model", "block_size": "seq_len",
        "batch_size": "micro_batch", "gradient_accumulation_steps": "grad_accum", "max_iters": "steps",
        "eval_interval": "eval_interval", "eval_iters": "eval_batches", "log_interval": "log_interval",
        "compile": "compile", "seed": "seed",
    }  # fmt: skip
    for name, key in names.items():
        say(f"{name} = {msgspec.structs.asdict(recipe)[key]}")
    say(f"dtype = '{str(DTYPES[recipe.precision]).removeprefix('torch.')}'")
    say(f"device = '{place.device}'")
    tokens = place.world * recipe.grad_accum * recipe.micro_batch * recipe.seq_len
    say(f"tokens per iteration will be: {tokens:,}")
    say(f"number of parameters: {recipe.parameters / 1e6:.2f}M")
    if recipe.compile:
        say("compiling the model... (takes a ~minute)")
