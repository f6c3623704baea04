"""Pieces at measured paces, added up by hand."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest

from traincast.cost import paced
from traincast.machine import Paces
from traincast.workload import Workload

LAYER = (1e-5, 1e-12, 1e-10, 1e-9, 1e-11, 1e-13)
HEAD = (2e-5, 2e-12, 2e-10, 2e-9, 2e-13)
PACES = Paces(
    layer={"fp32": LAYER, "bf16": tuple(pace / 2 for pace in LAYER)}, head={"fp32": HEAD, "bf16": HEAD},
    optimizer=(1e-4, 1e-10), compiled=(0.4, 0.5), spread=0.06,
)  # fmt: skip
KNOWN = {
    "n_layer": 2, "d_model": 128, "n_head": 4, "seq_len": 64, "micro_batch": 8, "grad_accum": 3, "vocab": 1000,
    "precision": "fp32", "mlp": "gelu",
}  # fmt: skip
TOKENS = 8 * 64


def parts(**changes: Any) -> dict[str, float]:
    """Seconds of the known workload with `changes`."""
    return paced.paced_parts(Workload(**KNOWN | changes), PACES, 1e6)


def test_features_of_a_layer() -> None:
    """Attention 4 d^2, two matrices d x F; 6 FLOP a weight and token; 40 d + 6 F activations; half of the scores."""
    weights = 4 * 128**2 + 2 * 128 * 512

    assert paced.layer_features(TOKENS, 64, 128, 4, 512) == (
        1.0, 6 * TOKENS * weights, TOKENS * (40 * 128 + 6 * 512), TOKENS * 4, TOKENS * 64 * 128 / 2, weights,
    )  # fmt: skip
    assert paced.layer_features(TOKENS, 64, 128, 4, 512, 2)[-1] == 4 * 128**2 + 3 * 128 * 512
    assert paced.layer_features(TOKENS, 64, 128, 4, 512, 2)[2] == TOKENS * (40 * 128 + 12 * 512)


def test_features_of_a_head() -> None:
    """One call, 6 FLOP, width, a logit a vocabulary entry, the weights."""
    assert paced.head_features(512, 128, 1000) == (1.0, 6 * 512 * 128 * 1000, 512 * 128, 512 * 1000, 128 * 1000)


def test_every_feature_has_its_pace() -> None:
    """1 x 4 + 2 x 5 + 3 x 6 = 32; lengths that differ are a mistake."""
    assert paced.dot((1, 2, 3), (4, 5, 6)) == 32
    with pytest.raises(ValueError, match="shorter"):
        paced.dot((1, 2, 3), (4, 5))


def test_a_step_by_hand() -> None:
    """Two layers, three micro-steps, 8 % more than the pieces alone; the update once."""
    features = paced.layer_features(TOKENS, 64, 128, 4, 512)
    each = [3 * 2 * 1.08 * pace * feature for pace, feature in zip(LAYER, features, strict=True)]
    head = 3 * 1.08 * sum(a * b for a, b in zip(HEAD, paced.head_features(TOKENS, 128, 1000), strict=True))
    found = parts()

    assert found == pytest.approx({
        "matmul": each[1], "attention": each[3] + each[4], "elementwise": each[2], "gradient": each[5],
        "launch": each[0], "logits": head, "optimizer": 1e-4 + 1e-4,
    })  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "part", "factor"),
    [
        ({"compile": True}, "launch", 0.4),
        ({"compile": True}, "elementwise", 0.5),
        ({"compile": True}, "matmul", 1.0),
        ({"precision": "bf16"}, "matmul", 0.5),
        ({"precision": None}, "matmul", 1.0),  # fp32 where nothing is said
        ({"grad_accum": None}, "matmul", 1 / 3),
        ({"grad_accum": None}, "optimizer", 1.0),
        ({"n_head": None}, "matmul", 1.0),
        ({"d_ff": 512}, "matmul", 1.0),  # 4 d is the default
        ({"mlp": "swiglu", "d_ff": 512}, "gradient", (4 * 128 + 3 * 512) / (4 * 128 + 2 * 512)),
        ({"mlp": "swiglu"}, "gradient", (4 + 3 * 8 / 3) / 12),  # 8/3 d where gated
        ({"mlp": "geglu"}, "gradient", 1.0),
    ],
)
def test_what_changes_a_part(changes: dict[str, Any], part: str, factor: float) -> None:
    """Compilation saves calls and activations, a precision has its own paces."""
    assert parts(**changes)[part] == pytest.approx(factor * parts()[part])


def test_attention_by_kernel_and_window() -> None:
    """Written out, a score costs 2.5 times as much; a window of half the length halves the scores."""
    queries = 3 * 2 * 1.08 * 1e-9 * TOKENS * 4
    scores = 3 * 2 * 1.08 * 1e-11 * TOKENS * 64 * 128 / 2

    assert parts()["attention"] == pytest.approx(queries + scores)
    assert parts(attention="naive")["attention"] == pytest.approx(queries + 2.5 * scores)
    assert parts(window=32)["attention"] == pytest.approx(queries + scores / 2)
    assert parts(window=640)["attention"] == pytest.approx(queries + scores)
    assert parts(n_head=None)["attention"] == pytest.approx(queries / 2 + scores)  # heads of 64: two
    assert parts(d_model=32, n_head=None)["attention"] == pytest.approx(queries / 4 + scores / 4)


def test_a_head_without_a_known_vocabulary_has_bytes() -> None:
    """256."""
    assert parts(vocab=None)["logits"] == pytest.approx(parts(vocab=256)["logits"])


@pytest.mark.parametrize(
    ("changes", "possible"),
    [
        ({}, True),
        ({"arch": "gpt"}, True),
        ({"arch": "llama"}, True),
        ({"arch": "bert"}, False),
        ({"num_experts": 8}, False),
        ({"lora_rank": 8}, False),
        ({"n_devices": 1}, True),
        ({"n_devices": 2}, False),
        ({"precision": "bf16"}, True),
        ({"precision": "fp8"}, False),
        ({"precision": None}, True),
        ({"n_layer": None}, False),
        ({"d_model": None}, False),
        ({"seq_len": None}, False),
        ({"micro_batch": None}, False),
    ],
)
def test_which_workloads_can_be_paced(changes: dict[str, Any], possible: bool) -> None:
    """Dense decoders on one device, with shapes, in a precision that was measured."""
    assert paced.can_pace(Workload(**KNOWN | changes), PACES) is possible


def test_both_pieces_must_have_been_measured() -> None:
    """A layer without a head is not enough, nor the other way."""
    for more in ({"head": {}}, {"layer": {}}):
        told = {"layer": PACES.layer, "head": PACES.head, "optimizer": (0.0, 0.0), "spread": 0.1}
        assert not paced.can_pace(Workload(**KNOWN), Paces(**told | more))


def test_the_spread_of_a_paced_step() -> None:
    """.03 of the pieces with .04; .06 with .15 where compiled."""
    assert paced.paced_spread(Workload(**KNOWN), msgspec.structs.replace(PACES, spread=0.03)) == pytest.approx(0.05)
    assert paced.paced_spread(Workload(**KNOWN, compile=True), PACES) == pytest.approx(math.hypot(0.06, 0.15))
