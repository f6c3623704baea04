"""Classes of boards."""

from __future__ import annotations

import pytest

from traincast.cost.board import board_class
from traincast.machine import Accelerator
from traincast.sources import Source


def board(vendor: str, family: str, form: str) -> str:
    """The class of a made-up device."""
    return board_class(
        Accelerator(
            name="x", title="X", vendor=vendor, family=family, arch="", year=2024, memory_bytes=None,
            memory_bandwidth=None, form=form, source=Source(text="made up"),
        )
    )  # fmt: skip


@pytest.mark.parametrize(
    ("vendor", "family", "form", "expected"),
    [
        ("AMD", "instinct", "oam", "amd"),
        ("Apple", "m-series", "laptop", "apple"),
        ("Google", "tpu-v5e", "", "tpu"),
        ("Intel", "gaudi", "oam", "other"),
        ("NVIDIA", "geforce-40", "desktop", "geforce"),
        ("NVIDIA", "geforce-40", "laptop", "laptop"),
        ("NVIDIA", "geforce-40-laptop", "desktop", "laptop"),
        ("NVIDIA", "rtx-ada", "pcie", "workstation"),
        ("NVIDIA", "titan", "desktop", "workstation"),
        ("NVIDIA", "quadro-rtx", "pcie", "workstation"),
        ("NVIDIA", "hopper", "sxm", "dc-sxm"),
        ("NVIDIA", "hopper", "pcie", "dc-pcie"),
        ("NVIDIA", "jetson", "module", "other"),
    ],
)
def test_the_class_of_a_board(vendor: str, family: str, form: str, expected: str) -> None:
    """Maker, then form, then family."""
    assert board(vendor, family, form) == expected
