"""Probes by torch do what their names say."""

from __future__ import annotations

import time

import pytest

torch = pytest.importorskip("torch")

from traincast.probing.clock import measure  # noqa: E402
from traincast.probing.with_torch import TorchBackend  # noqa: E402
from traincast.stats.robust import median  # noqa: E402

pytestmark = pytest.mark.torch


@pytest.fixture
def backend() -> TorchBackend:
    """torch on the CPU with the threads it has."""
    return TorchBackend("cpu")


def test_every_piece_runs(backend: TorchBackend) -> None:
    """Two calls each, without a warning."""
    actions = [
        backend.matmul(64, 32, 16, "bf16", "tn"), backend.copy(1 << 16), backend.launch(), backend.optimizer(1 << 20),
        backend.attention(2, 2, 32, 16, "bf16"), backend.pointwise(1 << 14, "fp32"),
        backend.layer(2, 16, 32, 2, "bf16"), backend.head(32, 32, 64, "fp32"),
    ]  # fmt: skip

    for action in actions:
        assert action is not None
        action(2)
    assert backend.all_reduce(1024) is None


def test_product_is_as_fast_as_a_plain_loop(backend: TorchBackend) -> None:
    """The figure is within 10 % of a loop of torch.matmul, both in CPU time of one thread, blocks interleaved.

    CPU time, because on a busy machine wall time would compare what the scheduler gave each.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    a, b = torch.randn(384, 384), torch.randn(384, 384)
    ratios = []
    for _ in range(7):
        begin = time.process_time()
        for _ in range(40):
            torch.matmul(a, b)
        plain = (time.process_time() - begin) / 40
        action = backend.matmul(384, 384, 384, "fp32", "nn")
        figure = measure(action, budget=0.2, clock=time.process_time)
        ratios.append(figure.seconds.value / plain)
    torch.set_num_threads(threads)

    assert median(ratios) == pytest.approx(1.0, abs=0.1)


def test_optimizer_changes_weights_and_layer_gathers_gradients(backend: TorchBackend) -> None:
    """Twice the weights take longer; a wider layer takes longer: the work is done and not skipped."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    backend.layer(1, 8, 8, 1, "fp32")(1)  # the first backward pass of a process loads code
    small, large = (
        measure(backend.layer(4, 32, width, 4, "fp32"), budget=0.3, clock=time.process_time).seconds.value  # type: ignore[arg-type]
        for width in (64, 256)
    )
    few, many = (
        measure(backend.optimizer(millions << 20), budget=0.3, clock=time.process_time).seconds.value  # type: ignore[arg-type]
        for millions in (1, 8)
    )
    torch.set_num_threads(threads)

    assert large > 4 * small  # sixteen times the FLOP
    assert many > 3 * few
