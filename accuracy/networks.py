"""Small networks in plain torch, each with the keys that describe it: what counts and peaks are compared with."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

Keys = dict[str, Any]


class RMSNorm(nn.Module):
    """As transformers writes it: in 32 bits, cast back, scaled (Zhang & Sennrich 2019)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        wide = x.float()
        return self.weight * (wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + 1e-6)).to(x.dtype)


def rotated(x: Tensor) -> Tensor:
    """Rotary positions (Su et al. 2021); [batch, heads, tokens, width]."""
    tokens, width = x.shape[-2:]
    angle = torch.arange(tokens, device=x.device)[:, None] * 1e4 ** (
        -torch.arange(0, width, 2, device=x.device) / width
    )
    cos, sin = (table.repeat(1, 2).to(x.dtype) for table in (angle.cos(), angle.sin()))
    left, right = x.chunk(2, -1)
    return x * cos + torch.cat((-right, left), -1) * sin


def split(x: Tensor, heads: int) -> Tensor:
    """[batch, tokens, heads x width] to [batch, heads, tokens, width]."""
    return x.view(*x.shape[:2], heads, -1).transpose(1, 2)


def mask_of(tokens: int, window: int) -> Tensor:
    """True where a token looks: itself and the `window` - 1 before it."""
    near = torch.ones(tokens, tokens, dtype=torch.bool)
    return near.tril() & near.triu(1 - window)


class Attention(nn.Module):
    """Queries, grouped keys and values, a mixture of both, and their way back."""

    def __init__(
        self, width: int, heads: int, groups: int | None = None, *, bias: bool = False, rotary: bool = False,
        causal: bool = True, naive: bool = False, window: int = 0, head: int | None = None, dropout: float = 0.0,
        fused: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        self.heads, self.groups, self.head = heads, groups or heads, head or width // heads
        self.rotary, self.causal, self.naive, self.window = rotary, causal, naive, window
        wide, narrow = heads * self.head, self.groups * self.head
        parts = [wide + 2 * narrow] if fused else [wide, narrow, narrow]
        self.project = nn.ModuleList(nn.Linear(width, part, bias=bias) for part in parts)
        self.sizes = [wide, narrow, narrow]
        self.out = nn.Linear(wide, width, bias=bias)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor, memory: Tensor | None = None) -> Tensor:
        """[batch, tokens, width]; over `memory` where it is given."""
        seen = x if memory is None else memory
        if len(self.project) == 1:
            made = self.project[0](x).split(self.sizes, -1)
        else:
            made = [part(x if i == 0 else seen) for i, part in enumerate(self.project)]
        q, k, v = split(made[0], self.heads), split(made[1], self.groups), split(made[2], self.groups)
        if self.rotary:
            q, k = rotated(q), rotated(k)
        if self.groups < self.heads:
            k, v = (t.repeat_interleave(self.heads // self.groups, 1) for t in (k, v))
        return self.out(self.mixed(q, k, v).transpose(1, 2).reshape(*x.shape[:2], -1))

    def mixed(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """softmax(q k) v."""
        if self.window:
            return functional.scaled_dot_product_attention(q, k, v, attn_mask=mask_of(q.shape[2], self.window))
        if not self.naive:
            return functional.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
        if self.causal:
            scores = scores.masked_fill(~mask_of(q.shape[2], q.shape[2]), -torch.inf)
        return self.drop(scores.softmax(-1)) @ v


class Latent(nn.Module):
    """Multi-head latent attention (DeepSeek-V2, arXiv:2405.04434): keys and values through a narrow waist."""

    def __init__(self, width: int, heads: int, *, q_rank: int, kv_rank: int, plain: int, rope: int, value: int) -> None:
        super().__init__()
        self.heads, self.plain, self.rope, self.value, self.kv_rank = heads, plain, rope, value, kv_rank
        self.q_down, self.q_norm = nn.Linear(width, q_rank, bias=False), RMSNorm(q_rank)
        self.q_up = nn.Linear(q_rank, heads * (plain + rope), bias=False)
        self.kv_down, self.kv_norm = nn.Linear(width, kv_rank + rope, bias=False), RMSNorm(kv_rank)
        self.kv_up = nn.Linear(kv_rank, heads * (plain + value), bias=False)
        self.out = nn.Linear(heads * value, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """[batch, tokens, width]."""
        batch, tokens, _ = x.shape
        q_plain, q_rope = split(self.q_up(self.q_norm(self.q_down(x))), self.heads).split([self.plain, self.rope], -1)
        narrow, shared = self.kv_down(x).split([self.kv_rank, self.rope], -1)
        k_plain, v = split(self.kv_up(self.kv_norm(narrow)), self.heads).split([self.plain, self.value], -1)
        k_rope = rotated(shared[:, None]).expand(batch, self.heads, tokens, self.rope)
        q, k = torch.cat((q_plain, rotated(q_rope)), -1), torch.cat((k_plain, k_rope), -1)
        scores = (q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])).softmax(-1)
        return self.out((scores @ v).transpose(1, 2).reshape(batch, tokens, -1))


class Feed(nn.Module):
    """Two matrices, or three where gated."""

    def __init__(self, width: int, inner: int, kind: str = "gelu", *, bias: bool = False) -> None:
        super().__init__()
        self.kind = kind
        self.up = nn.Linear(width, inner, bias=bias)
        self.gate = nn.Linear(width, inner, bias=bias) if kind in ("swiglu", "geglu") else None
        self.down = nn.Linear(inner, width, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        if self.gate is not None:
            act = functional.silu if self.kind == "swiglu" else functional.gelu
            return self.down(act(self.gate(x)) * self.up(x))
        h = self.up(x)
        return self.down({"gelu": functional.gelu, "relu": functional.relu}.get(self.kind, squared_relu)(h))


def squared_relu(x: Tensor) -> Tensor:
    """So et al. (2021)."""
    return functional.relu(x).square()


class Experts(nn.Module):
    """A mixture: every token goes to `active` of its experts, chosen by position here so that counts repeat."""

    def __init__(self, width: int, inner: int, experts: int, active: int) -> None:
        super().__init__()
        self.router = nn.Linear(width, experts, bias=False)
        self.experts = nn.ModuleList(Feed(width, inner, "swiglu") for _ in range(experts))
        self.active = active

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        flat = x.reshape(-1, x.shape[-1])
        weights = self.router(flat).softmax(-1)
        out = torch.zeros_like(flat)
        n = len(self.experts)
        for place, expert in enumerate(self.experts):
            for turn in range(self.active):
                rows = torch.arange((place + turn) % n, flat.shape[0], n)
                out = out.index_add(0, rows, expert(flat[rows]) * weights[rows, place, None])
        return out.view_as(x)


class Block(nn.Module):
    """Attention and feed-forward, each added to what came in; norms before (or after, `post`)."""

    def __init__(
        self, width: int, look: nn.Module, think: nn.Module, norm: Callable[[int], nn.Module], *, post: bool = False,
        cross: nn.Module | None = None, dropout: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__()
        self.look, self.think, self.cross, self.post = look, think, cross, post
        self.norm_look, self.norm_think = norm(width), norm(width)
        self.norm_cross = norm(width) if cross is not None else None
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor, memory: Tensor | None = None) -> Tensor:
        """The same shape."""
        if self.post:
            x = self.norm_look(x + self.drop(self.look(x)))
            return self.norm_think(x + self.drop(self.think(x)))
        x = x + self.drop(self.look(self.norm_look(x)))
        if self.cross is not None and self.norm_cross is not None:
            x = x + self.cross(self.norm_cross(x), memory)
        return x + self.drop(self.think(self.norm_think(x)))


class Language(nn.Module):
    """Tokens in, loss out; the head may share the token table."""

    def __init__(
        self, blocks: list[Block], width: int, vocab: int, norm: nn.Module, *, positions: int = 0, tied: bool = True,
        asked: float = 1.0,
    ) -> None:  # fmt: skip
        super().__init__()
        self.tokens = nn.Embedding(vocab, width)
        self.positions = nn.Embedding(positions, width) if positions else None
        self.blocks, self.norm, self.asked = nn.ModuleList(blocks), norm, asked
        self.head = nn.Linear(width, vocab, bias=False)
        if tied:
            self.head.weight = self.tokens.weight

    def forward(self, tokens: Tensor, following: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Logits and loss, as nanoGPT returns both."""
        x = self.tokens(tokens)
        if self.positions is not None:
            x = x + self.positions(torch.arange(tokens.shape[1], device=tokens.device))
        for block in self.blocks:
            x = block(x)
        wanted = tokens if following is None else following
        if self.asked < 1:  # an encoder's head sees the masked tokens alone
            n = round(self.asked * tokens.shape[1])
            x, wanted = x[:, :n], wanted[:, :n]
        logits = self.head(self.norm(x))
        return logits, functional.cross_entropy(logits.view(-1, logits.shape[-1]), wanted.reshape(-1))


def norm(width: int) -> nn.Module:
    """A layer norm with scale and shift."""
    return nn.LayerNorm(width)


def bare_norm(width: int) -> nn.Module:
    """A layer norm with a scale alone, as nanoGPT's without biases."""
    return nn.LayerNorm(width, bias=False)


def gpt(k: Keys) -> nn.Module:
    """GPT-2 without biases."""
    blocks = [
        Block(
            k["d_model"],
            Attention(k["d_model"], k["n_head"], naive=k.get("attention") == "naive", fused=True),
            Feed(k["d_model"], k["d_ff"], k["mlp"]),
            bare_norm,
        )
        for _ in range(k["n_layer"])
    ]
    return Language(blocks, k["d_model"], k["vocab"], bare_norm(k["d_model"]), positions=k["seq_len"])


def llama(k: Keys) -> nn.Module:
    """Llama: rotary, grouped keys, gated; with `window` Mistral, with experts Mixtral."""
    d = k["d_model"]

    def think() -> nn.Module:
        if k.get("num_experts"):
            return Experts(d, k["d_ff"], k["num_experts"], k["experts_per_token"])
        return Feed(d, k["d_ff"], k["mlp"])

    def look() -> nn.Module:
        return Attention(
            d, k["n_head"], k["n_kv_head"], rotary=True, window=k.get("window", 0), head=k.get("head_dim")
        )  # fmt: skip

    blocks = [Block(d, look(), think(), RMSNorm) for _ in range(k["n_layer"])]
    return Language(blocks, d, k["vocab"], RMSNorm(d), tied=k["tied"])


def deepseek(k: Keys) -> nn.Module:
    """Latent attention under gated feed-forward."""
    d = k["d_model"]
    blocks = [
        Block(
            d,
            Latent(
                d, k["n_head"], q_rank=k["q_rank"], kv_rank=k["kv_rank"], plain=k["head_dim"], rope=k["rope_dim"],
                value=k["value_dim"],
            ),
            Feed(d, k["d_ff"], "swiglu"),
            RMSNorm,
        )
        for _ in range(k["n_layer"])
    ]  # fmt: skip
    return Language(blocks, d, k["vocab"], RMSNorm(d), tied=False)


def bert(k: Keys) -> nn.Module:
    """An encoder with biases and norms behind."""
    d = k["d_model"]
    blocks = [
        Block(
            d,
            Attention(d, k["n_head"], bias=True, causal=False, naive=k.get("attention") == "naive", fused=True),
            Feed(d, k["d_ff"], "gelu", bias=True), norm, post=True,
        )
        for _ in range(k["n_layer"])
    ]  # fmt: skip
    return Language(blocks, d, k["vocab"], norm(d), positions=k["seq_len"], asked=0.15)


class EncoderDecoder(nn.Module):
    """T5: an encoder, and a decoder that also looks at what it made."""

    def __init__(self, k: Keys) -> None:
        super().__init__()
        d, heads, width = k["d_model"], k["n_head"], k["head_dim"]

        def look(*, causal: bool) -> Attention:
            return Attention(d, heads, causal=causal, head=width)

        self.tokens = nn.Embedding(k["vocab"], d)
        self.encoder = nn.ModuleList(
            Block(d, look(causal=False), Feed(d, k["d_ff"], k["mlp"]), RMSNorm) for _ in range(k["encoder_layers"])
        )
        self.decoder = nn.ModuleList(
            Block(d, look(causal=True), Feed(d, k["d_ff"], k["mlp"]), RMSNorm, cross=look(causal=False))
            for _ in range(k["n_layer"] - k["encoder_layers"])
        )
        self.norm_encoder, self.norm_decoder = RMSNorm(d), RMSNorm(d)
        self.target = k["target_len"]

    def forward(self, tokens: Tensor) -> Tensor:
        """Loss on the first `target_len` of the same tokens."""
        memory = self.tokens(tokens)
        for block in self.encoder:
            memory = block(memory)
        memory, wanted = self.norm_encoder(memory), tokens[:, : self.target]
        x = self.tokens(wanted)
        for block in self.decoder:
            x = block(x, memory)
        logits = functional.linear(self.norm_decoder(x), self.tokens.weight)
        return functional.cross_entropy(logits.flatten(0, 1), wanted.flatten())


class Vision(nn.Module):
    """ViT (Dosovitskiy et al. 2021): patches, a class token, an encoder, a head on the class token."""

    def __init__(self, k: Keys) -> None:
        super().__init__()
        d, size = k["d_model"], k["image_size"] // k["patch_size"]
        self.patches = nn.Conv2d(3, d, k["patch_size"], k["patch_size"])
        self.first = nn.Parameter(torch.zeros(1, 1, d))
        self.positions = nn.Parameter(torch.zeros(1, size * size + 1, d))
        self.blocks = nn.ModuleList(
            Block(d, Attention(d, k["n_head"], bias=True, causal=False), Feed(d, k["d_ff"], bias=True), norm)
            for _ in range(k["n_layer"])
        )
        self.norm, self.head = norm(d), nn.Linear(d, k["classes"])

    def forward(self, images: Tensor) -> Tensor:
        """Scores of the classes."""
        x = self.patches(images).flatten(2).transpose(1, 2)
        x = torch.cat((self.first.expand(x.shape[0], -1, -1), x), 1) + self.positions
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x[:, 0]))


class Bottleneck(nn.Module):
    """Three convolutions around a narrow waist (He et al. 2016)."""

    def __init__(self, into: int, waist: int, stride: int) -> None:
        super().__init__()
        out = 4 * waist
        self.path = nn.Sequential(
            nn.Conv2d(into, waist, 1, bias=False), nn.BatchNorm2d(waist), nn.ReLU(inplace=True),
            nn.Conv2d(waist, waist, 3, stride, 1, bias=False), nn.BatchNorm2d(waist), nn.ReLU(inplace=True),
            nn.Conv2d(waist, out, 1, bias=False), nn.BatchNorm2d(out),
        )  # fmt: skip
        self.around: nn.Module = nn.Identity()
        if stride != 1 or into != out:
            self.around = nn.Sequential(nn.Conv2d(into, out, 1, stride, bias=False), nn.BatchNorm2d(out))

    def forward(self, x: Tensor) -> Tensor:
        """Fewer pixels where it strides, 4 x waist channels."""
        return functional.relu(self.path(x) + self.around(x))


def resnet(depths: tuple[int, ...] = (3, 4, 6, 3), classes: int = 1000) -> nn.Module:
    """ResNet-50 with the usual depths."""
    layers: list[nn.Module] = [
        nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1),
    ]  # fmt: skip
    into = 64
    for stage, depth in enumerate(depths):
        for i in range(depth):
            layers.append(Bottleneck(into, 64 << stage, 2 if stage and not i else 1))
            into = 256 << stage
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(into, classes))


class UNet(nn.Module):
    """Down, across and up again, each level with what it was on the way down (Ronneberger et al. 2015)."""

    def __init__(self, widths: tuple[int, ...] = (16, 32, 64)) -> None:
        super().__init__()

        def pair(into: int, out: int) -> nn.Module:
            return nn.Sequential(
                nn.Conv2d(into, out, 3, padding=1), nn.GroupNorm(4, out), nn.SiLU(),
                nn.Conv2d(out, out, 3, padding=1), nn.GroupNorm(4, out), nn.SiLU(),
            )  # fmt: skip

        self.down = nn.ModuleList(pair(a, b) for a, b in zip((3, *widths), widths, strict=False))
        self.up = nn.ModuleList(pair(a + b, b) for a, b in zip(widths[::-1], widths[-2::-1], strict=False))
        self.out = nn.Conv2d(widths[0], 3, 1)

    def forward(self, x: Tensor) -> Tensor:
        """An image of the same size."""
        kept = []
        for i, level in enumerate(self.down):
            x = level(x if i == 0 else functional.avg_pool2d(x, 2))
            kept.append(x)
        kept.pop()
        for level in self.up:
            x = level(torch.cat((functional.interpolate(x, scale_factor=2), kept.pop()), 1))
        return self.out(x)


class DiT(nn.Module):
    """Diffusion transformer (Peebles & Xie 2023): ViT blocks that a time shifts and scales."""

    def __init__(self, width: int = 64, heads: int = 4, layers: int = 2, patch: int = 2, channels: int = 4) -> None:
        super().__init__()
        self.patches = nn.Conv2d(channels, width, patch, patch)
        self.time = nn.Sequential(nn.Linear(width, width), nn.SiLU())
        self.blocks = nn.ModuleList(
            Block(width, Attention(width, heads, bias=True, causal=False), Feed(width, 4 * width, bias=True), norm)
            for _ in range(layers)
        )
        self.shifts = nn.ModuleList(nn.Linear(width, 6 * width) for _ in range(layers))
        self.out = nn.Linear(width, patch * patch * channels)

    def forward(self, images: Tensor) -> Tensor:
        """Patches of noise."""
        x = self.patches(images).flatten(2).transpose(1, 2)
        when = self.time(torch.ones(x.shape[0], x.shape[2], device=x.device, dtype=x.dtype))
        for block, shift in zip(self.blocks, self.shifts, strict=True):
            by = shift(when).chunk(6, -1)
            x = block(x * (1 + by[0][:, None]) + by[1][:, None])
        return self.out(x)
