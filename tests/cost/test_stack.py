"""Which stack a framework's name belongs to."""

from __future__ import annotations

import pytest

from traincast.cost.stack import KERNELS, MODES, stack, stacks


@pytest.mark.parametrize(
    ("framework", "name"),
    [
        (None, "unknown"),
        ("", "unknown"),
        ("something new", "unknown"),
        ("nanoGPT", "torch"),
        ("PyTorch 2.3", "torch"),
        ("PyTorch 1.13 (APEX)", "container"),  # the more specific row stands first
        ("Megatron-LM", "megatron-lm"),
        ("Megatron-Core 0.9", "megatron-core"),
        ("HF Transformers", "hugging-face"),
        ("llm.c", "llm-c"),
    ],
)
def test_the_most_specific_row_wins(framework: str | None, name: str) -> None:
    """Case does not count; what no row names is unknown."""
    assert stack(framework).name == name


def test_rows_are_whole() -> None:
    """Modes and kernels are those that the model has figures for; shares are probabilities."""
    for one in stacks():
        assert one.mode in MODES
        assert one.kernels in KERNELS
        assert all(0 <= share <= 1 for share in (one.compile, one.attention, one.recompute))
    assert stacks()[-1].match == ("",)
