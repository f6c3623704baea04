"""Paces are found again from the figures that they made, and steps follow from them."""

from __future__ import annotations

import math
import random
from pathlib import Path

import pytest

from traincast.cost.paced import can_pace, dot, head_features, layer_features, paced_parts, paced_spread
from traincast.errors import UnreadableError
from traincast.estimate import Estimate
from traincast.machine import Paces
from traincast.predict import prior
from traincast.probing.clock import Figure
from traincast.probing.host import Host
from traincast.probing.machines import load, machine, machine_of, unprobed
from traincast.probing.paces import fit, paces
from traincast.probing.profile import Measured, Profile, save
from traincast.workload import Workload

LAYER = (2e-4, 1e-11, 2e-10, 2e-9, 3e-10, 4e-10)
HEAD = (1e-4, 1e-11, 1e-10, 1e-10, 4e-10)
TRUE = Paces(layer={"fp32": LAYER}, head={"fp32": HEAD}, optimizer=(1e-4, 5e-10), spread=0.0)
SHAPES = [(4, 64, 64, 2), (12, 64, 128, 4), (4, 256, 128, 4), (8, 64, 256, 8), (8, 128, 384, 12)]


def figure(seconds: float) -> Figure:
    """A sure figure."""
    value = Estimate(value=seconds, low=seconds * 0.99, high=seconds * 1.01)
    return Figure(seconds=value, calls=10, blocks=10, settled=True)


def measured(kind: str, seconds: float, work: float | None = None, **shape: int) -> Measured:
    """One figure of a profile."""
    rate = Estimate(value=work / seconds, unit="FLOP/s") if work else None
    precision = None if kind in ("copy", "launch", "optimizer") else "fp32"
    return Measured(kind=kind, shape=shape, precision=precision, figure=figure(seconds), rate=rate)


def profile(noise: float = 0.0, seed: int = 0) -> Profile:
    """What a probe would find on a machine of the paces `TRUE`."""
    draw = random.Random(seed)

    def noisy(seconds: float) -> float:
        return seconds * math.exp(draw.gauss(0, noise))

    found = [
        measured("attention", 2e-9 * 4096 + 3e-10 * 1024 * 64 * 128, batch=16, heads=4, tokens=64, head_dim=64),
        measured("attention", 2e-9 * 4096 + 3e-10 * 1024 * 512 * 128, batch=2, heads=4, tokens=512, head_dim=64),
        measured("copy", 0.01, 4e8, bytes=200_000_000),
        measured("launch", 2e-6),
        measured("matmul", noisy(2 * 512**3 * 1e-11), 2 * 512**3, m=512, n=512, k=512),
        measured("optimizer", 1e-4 + 5e-10 * 2**20, parameters=2**20),
        measured("optimizer", 1e-4 + 5e-10 * 2**23, parameters=2**23),
    ]
    for batch, tokens, width, heads in SHAPES:
        seconds = dot(LAYER, layer_features(batch * tokens, tokens, width, heads, 4 * width))
        found.append(measured("layer", noisy(seconds), batch=batch, tokens=tokens, width=width, heads=heads))
    for vocab in (256, 4096):
        seconds = dot(HEAD, head_features(512, 256, vocab))
        found.append(measured("head", noisy(seconds), tokens=512, width=256, vocab=vocab))
    host = Host(system="Linux", cpu="Test CPU 3000", cores=2, clock_hz=2e9, memory_bytes=8e9)
    return Profile(made_at="2026-01-02T03:04:05+00:00", backend="torch 2", kind="cpu", device=host.cpu, threads=2,
                   host=host, peaks={"fp32": 2e11}, measured=found, budget_seconds=20, spent_seconds=19)  # fmt: skip


def gpt(**more: object) -> Workload:
    """A small decoder."""
    shape = {"n_layer": 4, "n_head": 4, "d_model": 128, "seq_len": 64, "vocab": 256, "mlp": "gelu", "micro_batch": 12}
    return Workload(**{**shape, "precision": "fp32", "compile": False, **more})  # type: ignore[arg-type]


def test_features_of_a_layer_worked_by_hand() -> None:
    """d 64, F 256: 4 * 4096 + 2 * 16384 = 49,152 weights; 256 tokens of 64: 75.5 MFLOP, 512 queries, 2^19 scores."""
    assert layer_features(256, 64, 64, 2, 256) == (
        1.0, 6 * 256 * 49_152, 256 * (40 * 64 + 6 * 256), 512, 256 * 64 * 64 / 2, 49_152,
    )  # fmt: skip


def test_parts_of_a_step_worked_by_hand() -> None:
    """Two micro-steps of four layers: eight calls at 0.2 ms, 8 % dearer together; parameters at 0.5 ns and 0.1 ms."""
    parts = paced_parts(gpt(grad_accum=2), TRUE, 820_352)

    assert parts["launch"] == pytest.approx(1.08 * 8 * 2e-4)
    assert parts["matmul"] == pytest.approx(1.08 * 8 * 6 * 768 * 12 * 128**2 * 1e-11)
    assert parts["optimizer"] == pytest.approx(1e-4 + 820_352 * 5e-10)


def test_compiled_step_is_cheaper_and_less_sure() -> None:
    """torch.compile saves calls and passes over memory, how much is known less well."""
    eager, compiled = gpt(), gpt(compile=True)

    assert sum(paced_parts(compiled, TRUE, 1e6).values()) < sum(paced_parts(eager, TRUE, 1e6).values())
    assert paced_spread(compiled, TRUE) > paced_spread(eager, TRUE)


@pytest.mark.parametrize(
    "more", [{"precision": "bf16"}, {"num_experts": 8}, {"n_devices": 2}, {"arch": "resnet"}, {"micro_batch": None}]
)
def test_what_was_not_measured_is_not_paced(more: dict[str, object]) -> None:
    """Another precision, a mixture, several devices, another network, an unknown batch."""
    assert can_pace(gpt(), TRUE)
    assert not can_pace(gpt(**more), TRUE)


@pytest.mark.parametrize("noise", [0.0, 0.03])
def test_steps_are_predicted_from_the_pieces(noise: float) -> None:
    """Paces fitted to five layers and two heads tell the step of other shapes within 2 % (plus the noise)."""
    found = paces(profile(noise))

    assert found is not None
    for more in ({}, {"d_model": 256, "n_layer": 6}, {"seq_len": 128, "micro_batch": 4}, {"d_model": 192, "n_head": 6}):
        w = gpt(**more)
        truth, told = (sum(paced_parts(w, each, 1e6).values()) for each in (TRUE, found))
        assert told == pytest.approx(truth, rel=0.02 + 3 * noise)


def test_one_spoilt_figure_does_not_move_the_rest() -> None:
    """A layer that took thirty times too long (another job had the core) is passed over."""
    spoilt = profile()
    layers = [i for i, one in enumerate(spoilt.measured) if one.kind == "layer"]
    bad = spoilt.measured[layers[0]]
    spoilt.measured[layers[0]] = measured("layer", 30 * bad.figure.seconds.value, **bad.shape)
    found = paces(spoilt)

    assert found is not None
    truth, told = (sum(paced_parts(gpt(), each, 1e6).values()) for each in (TRUE, found))
    assert told == pytest.approx(truth, rel=0.15)


def test_paces_that_the_rows_leave_open_stay_at_the_guess() -> None:
    """A row without calls says nothing of their cost."""
    found, errors = fit([(0.0, 1e9)], [0.02], (5e-4, 1e-11))

    assert found[0] == pytest.approx(5e-4)
    assert 1e-11 < found[1] < 2e-11
    assert len(errors) == 1


def test_profile_without_layers_has_no_paces() -> None:
    """NumPy measures products and copies; its machine has a rate and no paces."""
    bare = profile()
    bare.measured[:] = [one for one in bare.measured if one.kind in ("copy", "launch", "matmul")]
    here = machine_of(bare)

    assert here.paces is None
    assert here.gemm_fraction == pytest.approx(0.5)  # 1e11 of 2e11
    assert here.copy_bandwidth == pytest.approx(4e10)


def test_saved_profile_is_a_machine_to_predict_on(tmp_path: Path) -> None:
    """The file that `traincast probe -o` writes is what `--on` takes."""
    path = tmp_path / "here.json"
    save(profile(), path)
    here = load(path)

    assert machine(str(path)) == here == machine_of(profile())
    assert (here.accelerator.title, here.accelerator.memory_bytes) == ("Test CPU 3000", 8e9)
    assert here.accelerator.peak("fp32") == 2e11


def test_cpu_without_a_probe_is_predicted_with_a_wide_interval() -> None:
    """A virtual machine names its base clock: 32 FLOP x 2 GHz x 2 cores x 1.4; 35 % of doubt, more than a probe's."""
    here = Host(system="Linux", cpu="Test", cores=2, clock_hz=2e9, flags=("fma",), virtual=True, memory_bytes=8e9)
    unknown, probed = unprobed(here), machine_of(profile())

    assert unknown.accelerator.peak("fp32") == pytest.approx(1.4 * 128e9)
    assert 0.5 > prior(gpt(), unknown)[1] > 0.35 > 3 * prior(gpt(), probed)[1]


def test_device_of_the_catalog_is_still_a_name() -> None:
    """What is no file is looked up."""
    assert machine("RTX 4090x2").n_devices == 2


@pytest.mark.parametrize("content", [b"", b"{}", b"not json", b"\x00\xff" * 50, b'{"schema": "traincast.read/1"}'])
def test_what_is_no_profile_is_refused(tmp_path: Path, content: bytes) -> None:
    """A file of something else is an error with a hint, not a crash."""
    path = tmp_path / "other.json"
    path.write_bytes(content)

    with pytest.raises(UnreadableError) as caught:
        machine(str(path))
    assert "traincast probe" in caught.value.hint


def test_absent_profile_is_refused(tmp_path: Path) -> None:
    """A path that ends in .json is never taken for a device name."""
    with pytest.raises(UnreadableError, match=r"absent\.json"):
        machine(str(tmp_path / "absent.json"))
