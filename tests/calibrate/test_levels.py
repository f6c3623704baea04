"""Groups that share an offset are found by what a workload tells."""

from __future__ import annotations

import pytest

from traincast.calibrate.levels import unversioned
from traincast.calibrate.model import model


@pytest.mark.parametrize(
    ("told", "stack", "name"),
    [
        ("nanogpt", "torch", "nanogpt"),
        ("nanogpt (pytorch 2.9)", "torch", "nanogpt"),
        ("pytorch 2.8.0 cu12.8 (runpod image)", "torch", "pytorch (runpod image)"),
        ("torchtune (pytorch ~2.4)", "recipes", "torchtune"),
        ("pytorch >=2.4 (build-nanogpt style)", "torch", "pytorch (build-nanogpt style)"),
        ("llm.c", "llm-c", "llm.c"),
        ("2.4", "unknown", ""),
        ("", "unknown", ""),
        ("pytorch 1.13.0a0+d0d6b1f", "container", "pytorch 1.13.0a0+d0d6b1f"),  # a release is a date
    ],
)
def test_a_framework_is_one_whatever_its_version(told: str, stack: str, name: str) -> None:
    """Versions go, and that it is built on torch."""
    assert unversioned(told, stack) == name


def test_a_new_version_of_a_known_framework_is_known() -> None:
    """No name of the fitted offsets holds a version, but for releases."""
    known = model().offsets["framework"]

    assert {"nanochat", "pytorch"} <= set(known)
    assert {name for name in known if name.startswith("torchtune")} == {"torchtune"}
