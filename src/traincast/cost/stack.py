"""Which software stack a framework's name belongs to."""

from __future__ import annotations

import sys
from functools import cache
from importlib.resources import files

import msgspec

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


MODES = ("eager", "compiled", "fused", "core")
"""how element-wise work runs: kernel by kernel, compiled, fused by hand, as in Megatron-Core"""
KERNELS = ("torch", "old", "core")
"""whose flash attention: torch's, those of 2023 outside it, Transformer Engine's"""


class Stack(msgspec.Struct, frozen=True, kw_only=True):
    """A family of training software and what is usual in it."""

    name: str
    match: tuple[str, ...]
    mode: str
    """one of MODES"""
    kernels: str = "torch"
    """one of KERNELS"""
    compile: float
    """probability that element-wise work is compiled, where not told"""
    attention: float
    """probability of flash attention, where not told"""
    recompute: float
    """share of layers recomputed, where not told"""
    precision: str = ""
    """of runs on several devices that have it, where not told; empty: 16 bits"""
    python: bool = False
    """whether Python issues its hand-fused operators one by one, and no graph replays them"""
    pure: bool = False
    """whether weights, gradients and moments are 16 bits wide, without a copy in 32"""


@cache
def stacks() -> tuple[Stack, ...]:
    """All stacks, the most specific first; the last matches anything."""
    text = files("traincast.cost").joinpath("stacks.toml").read_text(encoding="utf-8")
    return tuple(msgspec.convert({"name": name, **row}, Stack) for name, row in tomllib.loads(text).items())


@cache
def stack(framework: str | None) -> Stack:
    """The stack that `framework` belongs to."""
    text = (framework or "").lower()
    if not text:
        return stacks()[-1]
    return next(one for one in stacks() if any(part in text for part in one.match))
