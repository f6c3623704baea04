"""Logs of other runs on a machine correct what is predicted there."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from traincast import api
from traincast.errors import UnreadableError, UsageError
from traincast.ledger.seen import observed, opened, taught
from traincast.predict import prior
from traincast.probing.machines import machine

SETTINGS = """
n_layer = 12
n_head = 12
d_model = {width}
seq_len = 1024
vocab = 50304
micro_batch = 12
grad_accum = 40
precision = "bf16"
compile = true
attention = "flash"
recompute = "no"
optimizer = "adamw-fused"
framework = "nanogpt"
"""


@pytest.fixture
def seen(tmp_path: Path) -> str:
    """A log of 2 s a step and the workload that made it."""
    lines = [f"iter {i}: loss 4.0, time 2000.00ms, mfu 30.00%" for i in range(30)]
    (tmp_path / "run.log").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for width in (384, 768):
        (tmp_path / f"gpt-{width}.toml").write_text(SETTINGS.format(width=width), encoding="utf-8")
    return f"{tmp_path}/run.log={tmp_path}/gpt-768.toml"


def test_residual_is_true_over_predicted(seen: str) -> None:
    """2 s a step were seen; what was predicted is the prior's median."""
    log, workload = opened(seen)
    here = machine("A100-SXM4-40GB")

    assert observed(log, workload, here).workload == workload
    assert observed(log, workload, here).log_error == pytest.approx(math.log(2.0) - prior(workload, here)[0])


def test_workload_that_tells_little_is_like_itself(tmp_path: Path) -> None:
    """Neither sequence nor batch told: both sides assume the same ones, and .98 of what the run was off is believed."""
    log, workload = tmp_path / "run.log", tmp_path / "gpt.toml"
    log.write_text("".join(f"step {i}/90 loss=4.0 time=2.00s\n" for i in range(1, 31)), encoding="utf-8")
    workload.write_text("n_layer = 12\nd_model = 768\n", encoding="utf-8")
    one = f"{log}={workload}"
    before = api.predict(str(workload), on="A100-SXM4-40GB")
    after = api.predict(str(workload), on="A100-SXM4-40GB", seen=[one])
    off = taught("A100-SXM4-40GB", [one]).seen[0].log_error

    assert before.step_time is not None
    assert after.step_time is not None
    assert math.log(after.step_time.value / before.step_time.value) == pytest.approx(0.98 * off, rel=1e-6)


def test_slow_run_makes_another_one_slower_and_surer(seen: str, tmp_path: Path) -> None:
    """Half as wide: by .98 x 2^-.2 of what the other was off, and the interval narrows; a finding says so."""
    other = str(tmp_path / "gpt-384.toml")
    before = api.predict(other, on="A100-SXM4-40GB")
    after = api.predict(other, on="A100-SXM4-40GB", seen=[seen])
    off = taught("A100-SXM4-40GB", [seen]).seen[0].log_error

    assert before.step_time is not None
    assert after.step_time is not None
    assert math.log(after.step_time.value / before.step_time.value) == pytest.approx(off * 0.98 * 2**-0.2, abs=0.002)
    assert (after.step_time.relative_width or 9) < (before.step_time.relative_width or 0)
    assert [found.code for found in after.findings if found.code == "seen-runs"] == ["seen-runs"]


@pytest.mark.parametrize("text", ["run.log", "=config.toml", "run.log="])
def test_a_log_without_its_workload_is_refused(text: str) -> None:
    """What trained must be known, or nothing is learned from how long it took."""
    with pytest.raises(UsageError, match="LOG=WORKLOAD"):
        opened(text)


def test_machine_must_be_named(seen: str) -> None:
    """Seen where?"""
    with pytest.raises(UsageError, match="machine"):
        taught(None, [seen])


def test_log_without_steps_is_refused(tmp_path: Path, seen: str) -> None:
    """An empty story teaches nothing."""
    (tmp_path / "run.log").write_text("hello\nworld\n", encoding="utf-8")
    with pytest.raises(UnreadableError):
        taught("A100-SXM4-40GB", [seen])
