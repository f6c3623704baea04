"""What was seen on a machine moves predictions on it, the more the more alike the workloads are."""

from __future__ import annotations

import math

import msgspec
import pytest

from traincast.machine import Seen
from traincast.predict.seen import corrected, correlation
from traincast.workload import Workload

USUAL = Workload(
    n_layer=12, d_model=768, seq_len=1024, micro_batch=8, n_devices=1, attention="flash", precision="bf16", compile=True
)


def like(**changes: object) -> Workload:
    """The usual workload with changes."""
    return msgspec.structs.replace(USUAL, **changes)


def test_without_evidence_the_prior_stays() -> None:
    """Nothing seen, nothing learned."""
    assert corrected((1.0, 0.3), USUAL, []) == (1.0, 0.3)
    assert corrected((1.0, 0.0), USUAL, [Seen(workload=USUAL, log_error=0.2)]) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, 1.0),
        ({"d_model": 384}, 2**-0.2),
        ({"d_model": 1536, "n_layer": 24}, 4**-0.2),
        ({"micro_batch": 16}, 2**-0.03),
        ({"attention": "naive"}, math.exp(-0.2)),
        ({"attention": "naive", "compile": None}, math.exp(-0.4)),
        ({"n_devices": 8, "seq_len": 2048}, 8**-0.03 * 2**-0.2),
        ({"grad_accum": 4}, 1.0),  # as many times the same
        ({"n_devices": None}, 1.0),  # a single one
    ],
)
def test_errors_are_alike_as_workloads_are(changes: dict[str, object], expected: float) -> None:
    """.98 of what sizes and choices leave, from either side."""
    assert correlation(USUAL, like(**changes)) == pytest.approx(0.98 * expected)
    assert correlation(like(**changes), USUAL) == pytest.approx(0.98 * expected)


def test_one_run_is_believed_as_far_as_it_is_alike() -> None:
    """rho = .98 / 2^.2: an error of .2 moves by .2 rho, and sigma shrinks to sqrt(1 - rho^2) of itself."""
    rho = 0.98 * 2**-0.2
    mu, sigma = corrected((1.0, 0.3), USUAL, [Seen(workload=like(d_model=384), log_error=0.2)])

    assert mu == pytest.approx(1.0 + 0.2 * rho)
    assert sigma == pytest.approx(0.3 * math.sqrt(1 - rho**2))


def test_two_runs_of_one_workload_weigh_little_more_than_one() -> None:
    """Equal correlations rho: rho r 2 / (1 + rho), as for exchangeable errors."""
    seen = [Seen(workload=USUAL, log_error=0.2)] * 2
    mu, sigma = corrected((0.0, 0.3), USUAL, seen)

    assert mu == pytest.approx(0.98 * 0.2 * 2 / 1.98)
    assert sigma == pytest.approx(0.3 * math.sqrt(1 - 2 * 0.98**2 / 1.98))


def test_the_run_that_is_more_alike_counts_for_more() -> None:
    """One just as this one was right, one of another kind was off."""
    near, far = like(micro_batch=16), like(d_model=3072, n_layer=48, attention="naive")
    off = [Seen(workload=near, log_error=0.0), Seen(workload=far, log_error=0.4)]

    assert abs(corrected((0.0, 0.3), USUAL, off)[0]) < 0.05
    assert corrected((0.0, 0.3), USUAL, off[1:])[0] > 0.1


def test_a_probed_machine_learns_less_from_its_runs() -> None:
    """Its paces hold what its workloads have in common."""
    mu, _ = corrected((0.0, 0.3), USUAL, [Seen(workload=USUAL, log_error=0.2)], probed=True)

    assert mu == pytest.approx(0.25 * 0.2)
