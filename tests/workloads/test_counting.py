"""Any torch module is counted, without data, and agrees with torch's own counter and with the formulas."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch.nn.attention import SDPBackend, sdpa_kernel  # noqa: E402
from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

from accuracy import networks  # noqa: E402
from traincast import api  # noqa: E402
from traincast.cost.flops import exact_flops_per_token, forward_flops_per_token  # noqa: E402
from traincast.cost.parameters import parameters  # noqa: E402
from traincast.cost.shapes import shapes  # noqa: E402
from traincast.errors import UsageError, WorkloadError  # noqa: E402
from traincast.workload import Workload  # noqa: E402
from traincast.workloads.counting import counted, counted_factory, counted_workload  # noqa: E402
from traincast.workloads.presets import preset_values  # noqa: E402

pytestmark = pytest.mark.torch
GPT = {
    "arch": "gpt", "n_layer": 2, "d_model": 64, "n_head": 4, "d_ff": 256, "mlp": "gelu", "vocab": 301, "seq_len": 32,
    "tied": True, "positions": "learned",
}  # fmt: skip
LLAMA = GPT | {
    "arch": "llama", "n_kv_head": 2, "d_ff": 160, "mlp": "swiglu", "tied": False, "positions": "rotary",
}  # fmt: skip
T5 = {
    "arch": "t5", "n_layer": 5, "encoder_layers": 2, "d_model": 64, "n_head": 4, "head_dim": 16, "d_ff": 256,
    "mlp": "relu", "vocab": 301, "seq_len": 32, "target_len": 12, "tied": True, "positions": "none",
}  # fmt: skip
RELATIVE = 2 * 32 * 4
"""entries of T5's two tables of relative positions, which the network here does without"""
SHAPED: dict[str, tuple[Any, dict[str, Any]]] = {
    "GPT-2": (networks.gpt, GPT),
    "OPT": (networks.gpt, GPT | {"mlp": "relu"}),
    "Llama": (networks.llama, LLAMA | {"n_kv_head": 4}),
    "Llama 3, grouped keys": (networks.llama, LLAMA),
    "Gemma, wide heads": (networks.llama, LLAMA | {"head_dim": 32, "tied": True, "mlp": "geglu"}),
    "Qwen, tied": (networks.llama, LLAMA | {"tied": True}),
    "Falcon, one key": (networks.llama, LLAMA | {"n_kv_head": 1}),
    "Mixtral": (networks.llama, LLAMA | {"arch": "moe", "num_experts": 4, "experts_per_token": 2}),
    "DeepSeek, latent attention": (
        networks.deepseek,
        GPT | {
            "arch": "llama", "mlp": "swiglu", "tied": False, "positions": "rotary", "q_rank": 24, "kv_rank": 16,
            "head_dim": 8, "rope_dim": 4, "value_dim": 12,
        },
    ),
    "T5": (networks.EncoderDecoder, T5),
    "T5, gated": (networks.EncoderDecoder, T5 | {"mlp": "geglu", "head_dim": 8, "target_len": 32}),
}  # fmt: skip


def tokens(k: dict[str, Any], batch: int = 2) -> Any:
    """A batch of tokens."""
    return torch.zeros(batch, k["seq_len"], dtype=torch.long)


@pytest.mark.parametrize("name", SHAPED)
def test_flops_and_parameters_of_shapes_agree_with_torch(name: str) -> None:
    """FLOP of forward and backward within 1 % of FlopCounterMode, all scores counted; weights exactly."""
    make, k = SHAPED[name]
    net = make(k)
    s = shapes([Workload(**k)])
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        out = net(tokens(k))
        (out[1] if isinstance(out, tuple) else out).backward()

    ours = float(exact_flops_per_token(s)[0]) * 2 * k["seq_len"]
    assert ours == pytest.approx(counter.get_total_flops(), rel=0.01)
    with_positions = float(parameters(s, with_positions=True)[0]) - (RELATIVE if k["arch"] == "t5" else 0)
    assert with_positions == sum(p.numel() for p in net.parameters())


def test_a_window_is_counted_as_what_it_needs_and_as_what_a_mask_computes() -> None:
    """torch computes all scores under a mask; ours are those inside the window, 8 of 32 tokens."""
    k = LLAMA | {"window": 8}
    s = shapes([Workload(**k)])
    found = counted(networks.llama(k), tokens(k))
    outside = 4 * (32 - 8) * 64 * 2 * 2 * 32  # 4 (T - w) q a layer and token, two layers, two sequences

    assert float(forward_flops_per_token(s)[0]) * 64 == pytest.approx(found.forward_flops - outside, rel=0.001)


NETS: dict[str, tuple[Any, tuple[int, ...]]] = {
    "latent attention": (
        lambda: networks.deepseek(
            GPT | {"q_rank": 24, "kv_rank": 16, "head_dim": 8, "rope_dim": 4, "value_dim": 8}
        ),
        (),
    ),
    "BERT": (lambda: networks.bert(GPT), ()),
    "T5": (
        lambda: networks.EncoderDecoder(T5),
        (),
    ),
    "ViT": (
        lambda: networks.Vision(
            {"d_model": 64, "n_head": 4, "d_ff": 256, "n_layer": 2, "image_size": 64, "patch_size": 16, "classes": 10}
        ),
        (2, 3, 64, 64),
    ),
    "ResNet": (lambda: networks.resnet((1, 1, 1, 1), 10), (2, 3, 64, 64)),
    "U-Net": (networks.UNet, (2, 3, 32, 32)),
    "DiT": (networks.DiT, (2, 4, 16, 16)),
}  # fmt: skip


@pytest.mark.parametrize("name", NETS)
def test_fake_tensors_count_what_real_ones_do(name: str) -> None:
    """FLOP of forward and backward, and parameters, of a real run under FlopCounterMode."""
    make, size = NETS[name]
    net, given = make(), torch.zeros(size) if size else tokens(GPT)
    found = counted(net, given)
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        out = net(given)
        (out[1] if isinstance(out, tuple) else out.sum()).backward()

    assert found.training_flops == counter.get_total_flops()
    assert found.parameters == sum(p.numel() for p in net.parameters())
    assert found.samples == 2


def test_counting_grows_with_the_batch_and_leaves_the_module_alone() -> None:
    """Twice the batch is twice the FLOP and values; no gradient appears, no weight changes."""
    net = networks.UNet()
    before = [p.clone() for p in net.parameters()]
    one, two = counted(net, torch.empty(1, 3, 32, 32)), counted(net, torch.empty(2, 3, 32, 32))

    assert two.forward_flops == 2 * one.forward_flops
    assert two.kept_values == pytest.approx(2 * one.kept_values, rel=0.01)
    assert all(p.grad is None and torch.equal(p, old) for p, old in zip(net.parameters(), before, strict=True))


@pytest.mark.parametrize(
    ("name", "depths"), [("resnet50", (3, 4, 6, 3)), ("resnet101", (3, 4, 23, 3)), ("resnet152", (3, 8, 36, 3))]
)
def test_presets_of_residual_networks_are_their_counts(name: str, depths: tuple[int, ...]) -> None:
    """Parameters exactly (25,557,032 of torchvision's ResNet-50), FLOP and values as rounded in the preset."""
    with torch.device("meta"):
        net = networks.resnet(depths)
    found, told = counted(net, torch.empty(1, 3, 224, 224, device="meta")), preset_values(name)

    assert found.parameters == told["params_total"]
    assert found.forward_flops == pytest.approx(told["forward_flops"], rel=0.002)
    assert found.written_values == pytest.approx(told["forward_values"], rel=0.01)
    assert found.kept_values == pytest.approx(told["kept_values"], rel=0.01)


@pytest.mark.parametrize(
    ("size", "width", "layers", "heads"), [("vit-s16", 384, 12, 6), ("vit-b16", 768, 12, 12), ("vit-l16", 1024, 24, 16)]
)
def test_presets_of_vision_transformers_have_the_parameters_of_their_networks(
    size: str, width: int, layers: int, heads: int
) -> None:
    """22,050,664, 86,567,656 and 304,326,632."""
    with torch.device("meta"):
        net = networks.Vision(
            {
                "d_model": width, "n_head": heads, "d_ff": 4 * width, "n_layer": layers, "image_size": 224,
                "patch_size": 16, "classes": 1000,
            }
        )  # fmt: skip

    assert sum(p.numel() for p in net.parameters()) == preset_values(size)["params_total"]


def test_a_module_is_predicted_with_a_wide_interval_and_says_that_it_was_counted() -> None:
    """A U-Net of 1.9M parameters at 16 x 3 x 64 x 64; the time is above the floor."""
    found = api.predict(
        networks.UNet((64, 128, 256)), inputs=torch.empty(16, 3, 64, 64), on="RTX 4090", precision="fp16"
    )

    assert found.step_time is not None
    assert found.step_time.value > (found.floor_seconds or 0) > 0
    assert (found.step_time.high or 0) > 2 * found.step_time.value
    assert [one.code for one in found.findings if one.code == "counted-network"] == ["counted-network"]
    assert found.samples_per_step == 16
    assert found.memory.fits is True


def test_more_devices_and_micro_steps_make_larger_steps() -> None:
    """Samples of a step multiply; a micro-step more is a micro-step longer."""
    net, batch = networks.UNet(), torch.empty(8, 3, 64, 64)
    one = api.predict(net, inputs=batch, on="A100-SXM4-80GB", precision="fp16")
    two = api.predict(net, inputs=batch, on="A100-SXM4-80GBx2", precision="fp16", grad_accum=3)

    assert (one.samples_per_step, two.samples_per_step) == (8, 48)
    assert one.step_time is not None
    assert two.step_time is not None
    assert 2 * one.step_time.value < two.step_time.value < 5 * one.step_time.value


def test_what_cannot_be_counted_says_why() -> None:
    """A wrong shape, work that depends on values, and what is no module."""

    class Choosy(torch.nn.Module):
        def forward(self, x: Any) -> Any:
            return x[x > 0] if x.sum() > 0 else x

    with pytest.raises(WorkloadError, match="cannot be counted"):
        counted(networks.UNet(), torch.empty(2, 5, 32, 32))
    with pytest.raises(WorkloadError, match="cannot be counted"):
        counted(Choosy(), torch.ones(3, 3))
    with pytest.raises(WorkloadError, match="no torch module"):
        counted(lambda x: x, torch.ones(3, 3))
    with pytest.raises(WorkloadError, match="cannot be counted"):
        counted(networks.UNet(), 3)


def test_named_code_is_run_only_when_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PACKAGE.MODULE:FACTORY is imported from the working directory; mistakes are one line."""
    (tmp_path / "some_nets.py").write_text(
        "import torch\ndef net():\n    return torch.nn.Linear(8, 4), torch.empty(5, 8)\ndef no():\n    return 3\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))

    found = counted_factory("some_nets:net", precision="fp32")
    assert (found.params_total, found.forward_flops, found.micro_batch) == (36, 2 * 8 * 4, 5)
    for wrong in ("some_nets", "some_nets:absent", "some_nets:no", "absent_nets:net"):
        with pytest.raises(UsageError):
            counted_factory(wrong)


def test_keys_lie_over_the_counts() -> None:
    """What counting does not tell is told by keys."""
    w = counted_workload(networks.UNet(), torch.empty(4, 3, 32, 32), arch="unet", precision="bf16", grad_accum=2)

    assert (w.arch, w.precision, w.grad_accum, w.micro_batch) == ("unet", "bf16", 2, 4)
