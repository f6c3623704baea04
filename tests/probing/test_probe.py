"""A probe measures what there is time for, and says what it left out."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from traincast.probing import loader
from traincast.probing.clock import Action, measure
from traincast.probing.host import Host
from traincast.probing.pieces import LARGEST_PRODUCT, plan
from traincast.probing.probe import probe, promised, result, run
from traincast.probing.profile import read
from traincast.workload import Workload

HOST = Host(system="Linux", cpu="Test", cores=2, clock_hz=1e9, flags=("fma",), memory_bytes=8e9)


class FakeDevice:
    """A backend whose calls move its own clock: 1 TFLOP/s, 10 GB/s, 10 us a call."""

    name, kind, title, world, rank, threads = "fake 1", "cpu", "Fake", 1, 0, 2
    precisions = ("fp32",)

    def __init__(self, slower: float = 1.0) -> None:
        self.now = 0.0
        self.slower = slower

    def clock(self) -> float:
        return self.now

    def spend(self, seconds: float) -> Action:
        def action(calls: int) -> None:
            self.now += calls * (1e-5 + seconds) * self.slower

        return action

    def matmul(self, m: int, n: int, k: int, precision: str, form: str) -> Action:
        return self.spend(2 * m * n * k / 1e12)

    def copy(self, size: int) -> Action:
        return self.spend(2 * size / 1e10)

    def launch(self) -> Action:
        return self.spend(0.0)

    def optimizer(self, parameters: int) -> Action | None:
        return self.spend(parameters * 4e-9)

    def attention(self, batch: int, heads: int, tokens: int, head_dim: int, precision: str) -> Action | None:
        return self.spend(batch * heads * tokens**2 * 1e-9)

    def pointwise(self, size: int, precision: str) -> Action | None:
        return self.spend(size * 1e-9)

    def layer(self, batch: int, tokens: int, width: int, heads: int, precision: str) -> Action | None:
        return self.spend(72 * batch * tokens * width**2 / 1e12)

    def head(self, tokens: int, width: int, vocab: int, precision: str) -> Action | None:
        return self.spend(6 * tokens * width * vocab / 1e12)

    def all_reduce(self, size: int) -> Action | None:
        return self.spend(size / 1e9) if self.world > 1 else None

    def agree(self, seconds: float) -> float:
        return 2 * seconds  # another process is slower


@pytest.fixture
def no_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk has a clock of its own; leave it out."""
    monkeypatch.setattr("traincast.probing.pieces.loading", lambda *_: [])


@pytest.mark.usefixtures("no_disk")
def test_quiet_device_is_measured_whole_and_stops_early() -> None:
    """Steady calls are sure after five blocks: all figures are there, right, and most of the budget is left."""
    device = FakeDevice()
    found = probe(device, budget=60.0, clock=device.clock)

    assert {one.kind for one in found.measured} == {
        "copy", "launch", "matmul", "layer", "head", "optimizer", "attention", "pointwise",
    }  # fmt: skip
    assert found.best_rate("copy") == pytest.approx(1e10, rel=0.01)
    assert found.best_rate("matmul", "fp32") == pytest.approx(1e12, rel=0.01)
    assert all(one.figure.settled for one in found.measured)
    assert found.spent_seconds < 30


@pytest.mark.usefixtures("no_disk")
@pytest.mark.parametrize("slower", [1.0, 30.0, 1000.0])
def test_budget_holds_on_a_device_of_any_speed(slower: float) -> None:
    """Whatever a call takes, the probe ends within its budget and one call; what it left out is told."""
    device = FakeDevice(slower)
    found = probe(device, budget=10.0, clock=device.clock)

    longest = max(one.figure.seconds.value for one in found.measured)
    assert found.spent_seconds < 10 + longest + 0.2
    left_out = "probe-budget" in {one.code for one in found.findings}
    assert left_out == (slower > 100)


@pytest.mark.usefixtures("no_disk")
def test_processes_reduce_the_same_number_of_times() -> None:
    """25 MiB at 1 GB/s: 26 ms, of which the slower process says 52; 1 s (5 %) holds 19. Of n = 4 a link carries 1.5."""
    device = FakeDevice()
    device.world = 4  # type: ignore[misc]
    found = probe(device, budget=20.0, clock=device.clock).of("all-reduce")

    assert [one.figure.calls for one in found] == [30, 19, 4]
    assert found[1].rate is not None
    assert found[1].rate.value == pytest.approx(1.5e9, rel=0.01)


def test_time_before_the_probe_counts() -> None:
    """A budget that importing torch has used up leaves nothing to measure."""
    device = FakeDevice()
    device.now = 100.0
    measured, skipped = run(plan(device, HOST, None, Path()), 100.0, device.clock)

    assert measured == []
    assert len(skipped) == len(plan(device, HOST, None, Path()))


def test_shapes_of_the_workload_come_first_and_never_run_away() -> None:
    """Products of the workload lead; a product of 2e13 FLOP is timed with fewer rows."""
    w = Workload(n_layer=12, n_head=12, d_model=4096, seq_len=1024, micro_batch=16, vocab=50304, precision="fp32")
    pieces = plan(FakeDevice(), HOST, w, Path())
    own = [piece for piece in pieces if piece.purpose == "workload"]

    assert [piece.purpose for piece in pieces[2 : 2 + len(own)]] == ["workload"] * len(own)
    products = [piece for piece in own if piece.kind == "matmul"]
    assert len(products) == 15
    assert max(piece.work or 0 for piece in products) <= 1.1 * LARGEST_PRODUCT
    fewer = int(2e11 / (2 * 3 * 4096 * 4096))  # 1,986 tokens
    assert (3 * 4096, 4096, fewer) in {tuple(piece.shape.values()) for piece in products if piece.form == "tn"}


def test_copy_buffer_is_too_large_for_the_cache() -> None:
    """Eight times a cache of 32 MiB; on a host of little memory a sixteenth of it."""
    large = plan(
        FakeDevice(), Host(system="", cpu="", cores=1, last_cache_bytes=2.0**25, memory_bytes=1e12), None, Path()
    )
    small = plan(
        FakeDevice(), Host(system="", cpu="", cores=1, last_cache_bytes=2.0**25, memory_bytes=2.0**30), None, Path()
    )

    assert large[0].shape["bytes"] == 8 * 2**25
    assert small[0].shape["bytes"] == 2**26


def test_product_faster_than_the_named_clock_shows_the_true_one() -> None:
    """32 FLOP a cycle, two cores, 1 GHz: 64 GFLOP/s; 96 were measured, so the clock is at least 1.5 GHz."""
    device = FakeDevice()
    piece = next(piece for piece in plan(device, HOST, None, Path()) if piece.kind == "matmul")
    seconds = (piece.work or 0) / 96e9
    fast = result(piece, measure(device.spend(seconds - 1e-5), budget=5, clock=device.clock))

    assert promised(HOST, None, [fast])["fp32"] == pytest.approx(96e9)
    assert promised(HOST, None, [])["fp32"] == 64e9


def test_batches_are_drawn_from_a_file_and_a_file_is_read_whole(tmp_path: Path) -> None:
    """Both actions run; the file is made once."""
    loader.sequential(tmp_path, 1 << 20)(2)
    loader.batches(tmp_path, 1 << 20, 4, 64)(3)

    assert [path.stat().st_size for path in tmp_path.iterdir()] == [1 << 20]


def test_probe_by_numpy_keeps_its_budget_and_its_profile(tmp_path: Path) -> None:
    """The command ends in time and writes a profile of this machine; figures are positive and within their ends."""
    path = tmp_path / "here.json"
    command = [
        sys.executable,
        "-m",
        "traincast",
        "probe",
        "--budget",
        "2s",
        "--backend",
        "numpy",
        "-o",
        str(path),
        "--json",
    ]
    begin = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert time.monotonic() - begin < 4
    found = read(path)
    assert json.loads(done.stdout)["schema"] == "traincast.probe/1"
    assert found.backend.startswith("numpy")
    assert found.best_rate("copy", None)
    for one in found.measured:
        seconds = one.figure.seconds
        assert seconds.value > 0
        assert seconds.low is None or (seconds.high is not None and seconds.low <= seconds.value <= seconds.high)


@pytest.mark.parametrize(
    "options", [["--budget", "soon"], ["--backend", "numpy", "--device", "cuda"], ["--workload", "no-such-file.toml"]]
)
def test_mistakes_are_told_in_one_line(options: list[str]) -> None:
    """Exit 2, an error, a hint, no traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "traincast", "probe", *options], capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr
