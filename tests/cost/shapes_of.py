"""Shapes that several tests work with."""

from __future__ import annotations

from traincast.cost.shape import Shape, shape


def seed() -> Shape:
    """nanoGPT with 12 layers of width 384: no biases, tied head."""
    return shape(L=12, d=384, H=12, V=50304, T=1024)


def gpt3_layer() -> Shape:
    """One layer of GPT-3."""
    return shape(L=1, d=12288, H=96, V=0, T=2048)
