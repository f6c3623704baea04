"""The parts of a step, worked on a card of round figures: 1 TFLOP/s, 100 GB/s, 100 multiprocessors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from traincast.cost import step
from traincast.cost.cases import Cases, cases
from traincast.cost.matmul import matmul_seconds
from traincast.machine import Accelerator, Machine
from traincast.sources import Source
from traincast.workload import Workload

RATE, BANDWIDTH, UNITS, CACHE = 1e12, 1e11, 100, 1e6
L, D, H, V, T, B, M = 2, 64, 4, 1000, 128, 4, 3
TOKENS = B * T
WORKLOAD = Workload(
    n_layer=L, d_model=D, n_head=H, vocab=V, seq_len=T, micro_batch=B, grad_accum=M, precision="bf16", mlp="gelu",
    tied=True, attention="flash", compile=True, recompute="no", optimizer="adamw-fused", framework="torch",
    dropout=False, software_year=2026,
)  # fmt: skip
PARAMETERS = 12 * L * D * D + 2 * L * D + D + V * D
MODES = ("eager", "compiled", "fused", "core")
BY_MODE = {
    f"{stem}_{mode}": size * (i + 1)
    for stem, size in (("score", 3.0), ("element", 1.0), ("logit", 8.0), ("host", 50.0), ("gap", 5.0))
    for i, mode in enumerate(MODES)
}
P: dict[str, float] = {
    "gemm": 0.8, "copy": 0.9, "wave": 0.2, "order": 6.0, "low": 1.5, "low4": 1.25, "lora": 0.1, "expert": 1.2,
    "flash_torch": 0.5, "flash_old": 0.4, "flash_core": 0.7, "flash_rate": 0.1, "flash_rate_core": 0.2,
    "relative": 1.5, "flash_head": 0.5, "mask": 0.3,
    "dropout": 0.25, "resident": 0.7, "accumulate": 6.0, "update": 28.0, "unfused": 2.0, "muon": 1.1, "link": 0.8,
    "muon_host": 500.0, "host_python": 700.0, "unpack": 1.5, "efficient": 0.4,
    "latency": 2e-5, "expose_tp": 0.9, "expose_ep": 0.6, "expose_dp": 0.2, "permute": 12.0, "route": 100.0,
    "year": 0.03, "recurrent": 1.7, "bubble": 1.1, "scale": 0.02, "fixed": 1e-3, "feed": 1e-4, **BY_MODE,
}  # fmt: skip
FRACTION = 0.5


def card(*, arch: str = "ada", memory: float = 1e10, **changes: Any) -> Machine:
    """The card of round figures; `changes` to the machine."""
    device = Accelerator(
        name="card", title="Card", vendor="nvidia", family="geforce-0", arch=arch, year=2023, memory_bytes=memory,
        memory_bandwidth=BANDWIDTH, l2_bytes=CACHE, num_sm=UNITS, link="nvlink", link_bandwidth=2e10,
        host_bandwidth=1e10,
        peaks={"bf16": RATE, "fp16": RATE, "fp32": RATE / 2, "fp8": 2 * RATE, "fp4": 4 * RATE},
        source=Source(text="made up"),
    )  # fmt: skip
    return Machine(accelerator=device, gemm_fraction=FRACTION, **changes)


def case(machine: Machine | None = None, **changes: Any) -> Cases:
    """One case."""
    told = {name: getattr(WORKLOAD, name) for name in WORKLOAD.__struct_fields__} | changes
    return cases([Workload(**told)], [machine or card()])


def product(m: float, n: float, k: float, *, rate: float = RATE, element: float = 2.0) -> float:
    """Seconds of one product on the card."""
    return float(
        matmul_seconds(
            m, n, k, rate=0.8 * FRACTION * rate, bandwidth=0.9 * BANDWIDTH, units=UNITS, element=element, tail=0.2,
            order=6.0,
        )
    )  # fmt: skip


def linear(m: float, n: float, k: float, *, again: float = 0.0, weights: float = 1.0, **told: float) -> float:
    """Forward (1 + `again` times), input gradient and weight gradient."""
    return (1 + again) * product(m, n, k, **told) + product(m, k, n, **told) + weights * product(n, k, m, **told)


def layers(m: float = TOKENS, **told: float) -> float:
    """The four products of the two dense layers: queries, keys and values; projection; up; down."""
    return L * sum(linear(m, n, k, **told) for n, k in ((3 * D, D), (D, D), (4 * D, D), (D, 4 * D)))


HEAD = linear(TOKENS, V, D)


@pytest.mark.parametrize(
    ("changes", "passes"),
    [
        ({"compile": False}, 1.0),
        ({"compile": True}, 2.0),
        ({"compile": None}, 2**0.75),  # torch: compiled in three cases of four, geometric mean of 1 and 2
        ({"framework": "llm.c", "compile": True}, 3.0),  # kernels made by hand stay what they are
        ({"framework": "nemo", "compile": False}, 4.0),
    ],
)
def test_how_element_wise_work_runs(changes: dict[str, Any], passes: float) -> None:
    """Eager 1, compiled 2, fused 3, core 4 passes."""
    assert float(step.by_mode(case(**changes), P, "element")[0]) == pytest.approx(passes)


@pytest.mark.parametrize(
    ("changes", "kernels", "head", "power"),
    [
        ({}, 0.5, 16, 0.1),
        ({"framework": "deepspeed"}, 0.4, 16, 0.1),
        ({"framework": "nemo"}, 0.7, 16, 0.2),
        ({"head_dim": 256}, 0.5, 128, 0.1),
    ],
)
def test_flash_attention_by_stack_and_head(changes: dict[str, Any], kernels: float, head: int, power: float) -> None:
    """Kernels' share x (10 GFLOP/s a unit over 1.3 T)^-power x (head / 128)^.5; a head above 128 counts as 128."""
    expected = kernels * (1e10 / 1.3e12) ** -power * (head / 128) ** 0.5

    assert float(step.flash_efficiency(case(**changes), P)[0]) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("arch", "framework", "share"),
    [
        ("volta", "torch", 0.4), ("turing", "torch", 0.4), ("pascal", "torch", 0.4), ("ampere", "torch", 1.0),
        ("turing", "deepspeed", 1.0),  # kernels of its own
    ],
)  # fmt: skip
def test_torch_has_no_flash_kernels_for_old_chips(arch: str, framework: str, share: float) -> None:
    """Memory-efficient kernels reach .4 of flash ones."""
    told, other = (step.flash_efficiency(case(card(arch=a), framework=framework), P)[0] for a in (arch, "ada"))

    assert float(told / other) == pytest.approx(share)


def test_a_tensor_in_cache_saves_traffic() -> None:
    """As large as the cache: half of .7 is saved; three times as large: a tenth; no cache: nothing."""
    sizes, caches = np.array([1e6, 3e6, 1e6]), np.array([1e6, 1e6, 0.0])

    assert step.resident(sizes, caches, P) == pytest.approx([1 - 0.35, 1 - 0.07, 1.0])


@pytest.mark.parametrize(
    ("changes", "body", "head"),
    [
        ({}, layers(), HEAD),
        ({"precision": "fp8"}, layers(rate=2 * RATE * 1.5), HEAD),
        ({"precision": "fp4"}, layers(rate=4 * RATE * 1.5 * 1.25), HEAD),
        ({"precision": "fp32"}, layers(rate=RATE / 2, element=4.0), linear(TOKENS, V, D, rate=RATE / 2, element=4.0)),
        ({"recompute": "full"}, layers(again=1.0), HEAD),
        ({"lora_rank": 8}, layers(weights=0.1), linear(TOKENS, V, D, weights=0.1)),
        ({"arch": "bert"}, layers(), linear(0.15 * TOKENS, V, D)),
    ],
)
def test_products_of_layers_and_head(changes: dict[str, Any], body: float, head: float) -> None:
    """Each product has a forward, an input gradient and a weight gradient; heads run in 16 bits."""
    found = step.matmuls(case(**changes), P)

    assert [float(one[0]) for one in found] == pytest.approx([body, head])


def test_a_memory_has_keys_and_positions_of_its_own() -> None:
    """Transformer-XL: keys and values of as many tokens again, half a product of queries for relative positions."""
    more = linear(TOKENS, 5.5 * D, D) - linear(TOKENS, 3 * D, D)

    assert float(step.matmuls(case(arch="txl"), P)[0][0]) == pytest.approx(layers() + L * more)


def test_a_memory_is_looked_at_with_relative_positions() -> None:
    """Scores twice as long, by two products where there was one of two: 3 x the FLOP; 2 x 1.5 x the passes."""
    products = 3 * 4 * TOKENS * T * D * 3 / (0.7 * FRACTION * RATE * 0.8)
    moved = 3 * 6.0 * 2 * B * H * T * T / (0.9 * BANDWIDTH)

    assert float(step.attention(case(arch="txl", attention="naive"), P)[0]) == pytest.approx(L * (products + moved))


def test_products_of_a_mixture() -> None:
    """8 experts, 2 at work: 1024 rows and 64 of padding for each of 8; gated: twice as wide a product up; x 1.2."""
    rows = TOKENS * 2 + 64 * 8
    attention = linear(TOKENS, 3 * D, D) + linear(TOKENS, D, D)
    feed = linear(rows, 2 * 100, D) + linear(rows, D, 100)
    found, _head = step.matmuls(case(num_experts=8, experts_per_token=2, d_ff=100, mlp="swiglu"), P)

    assert float(found[0]) == pytest.approx(L * (attention + 1.2 * feed))


def test_products_that_are_split_over_devices() -> None:
    """tp 2 halves widths, cp 2 halves the tokens, pp 2 the layers."""
    c = case(card(n_devices=8), tp=2, cp=2, pp=2, n_devices=8)
    m = TOKENS / 2
    body = linear(m, 3 * D / 2, D) + linear(m, D, D / 2) + linear(m, 2 * D, D) + linear(m, D, 2 * D)

    assert [float(one[0]) for one in step.matmuls(c, P)] == pytest.approx([L / 2 * body, linear(m, V / 2, D) / 2])


def flash(pairs: float, again: float = 0.0, kernels: float = 0.5) -> float:
    """Seconds of flash attention of two layers over `pairs` of tokens: 4 d FLOP each, 3.5 passes."""
    efficiency = kernels * (1e10 / 1.3e12) ** -0.1 * (16 / 128) ** 0.5
    return L * 4 * pairs * D * (3.5 + again) / (FRACTION * RATE * efficiency)


def naive(again: float = 0.0, dropped: float = 0.0, passes: float = 6.0) -> float:
    """Seconds of written-out attention of two layers: three products at .7 of the rate, passes over the scores."""
    products = 4 * TOKENS * T * D * (3 + again) / (0.7 * FRACTION * RATE * 0.8)
    moved = 2 * B * H * T * T * (1 + 0.3 * again) / (0.9 * BANDWIDTH)
    return L * (products + passes * (1 + 0.25 * dropped) * moved)


@pytest.mark.parametrize(
    ("changes", "seconds"),
    [
        ({}, flash(TOKENS * T / 2)),
        ({"arch": "bert"}, flash(TOKENS * T)),
        ({"window": 32}, flash(TOKENS * 28)),  # 32 (1 - 32/256)
        ({"window": 32, "attention": "sdpa"}, flash(TOKENS * T) / 0.3),
        ({"recompute": "selective"}, flash(TOKENS * T / 2, again=1.0)),
        ({"attention": "naive"}, naive()),
        ({"attention": "naive", "compile": False}, naive(passes=3.0)),
        ({"attention": "naive", "dropout": True, "recompute": "full"}, naive(again=1.0, dropped=1.0)),
        ({"attention": None}, 0.95 * flash(TOKENS * T / 2) + 0.05 * naive()),  # torch: flash in 95 of 100 cases
    ],
)
def test_scores_by_kernel(changes: dict[str, Any], seconds: float) -> None:
    """Flash computes what is attended to; a mask computes everything at .3; written out moves the scores six times."""
    assert float(step.attention(case(**changes), P)[0]) == pytest.approx(seconds)


def test_scores_that_are_split_over_devices() -> None:
    """tp 2 halves the heads, cp 2 the tokens, pp 2 the layers: an eighth."""
    changes = {"tp": 2, "cp": 2, "pp": 2, "n_devices": 8}
    assert float(step.attention(case(card(n_devices=8), **changes), P)[0]) == pytest.approx(flash(TOKENS * T / 2) / 8)
    split = case(card(n_devices=8), attention="naive", **changes)
    assert float(step.attention(split, P)[0]) == pytest.approx(naive() / 8)
    masked = case(card(n_devices=8), attention="sdpa", window=32, **changes)
    assert float(step.attention(masked, P)[0]) == pytest.approx(flash(TOKENS * T) / 0.3 / 8)


@pytest.mark.parametrize(
    ("changes", "size", "layers_here", "again"),
    [
        ({}, 2 * TOKENS * (40 * D + 6 * 4 * D), L, 0.0),
        ({"mlp": "swiglu", "d_ff": 100}, 2 * TOKENS * (40 * D + 6 * 2 * 100), L, 0.0),
        ({"recompute": "full"}, 2 * TOKENS * (40 * D + 6 * 4 * D), L, 0.4),
        ({"tp": 2, "pp": 2, "n_devices": 4}, 2 * TOKENS * (40 * D + 3 * 4 * D), L / 2, 0.0),
        ({"num_experts": 8, "experts_per_token": 2, "d_ff": 64}, 2 * TOKENS * (40 * D + 6 * 64 * 2), L, 0.0),
    ],
)
def test_element_wise_work(changes: dict[str, Any], size: float, layers_here: float, again: float) -> None:
    """Two passes (compiled) over 40 d + 6 g F k elements a token; a tensor of 64 KiB is nearly in 1 MB of cache."""
    near = 1 - 0.7 / (1 + (2 * TOKENS * D / CACHE) ** 2)
    expected = layers_here * 2.0 * size * near * (1 + again) / (0.9 * BANDWIDTH)

    assert float(step.elementwise(case(card(n_devices=8), **changes), P)[0]) == pytest.approx(expected)


def test_logits_and_loss() -> None:
    """Compiled: 16 bytes a logit; an encoder computes 15 % of them; tp, pp and cp each halve."""
    seconds = 16.0 * TOKENS * V / (0.9 * BANDWIDTH)
    split = case(card(n_devices=8), tp=2, pp=2, cp=2, n_devices=8)

    assert float(step.logits(case(), P)[0]) == pytest.approx(seconds)
    assert float(step.logits(case(arch="bert"), P)[0]) == pytest.approx(0.15 * seconds)
    assert float(step.logits(split, P)[0]) == pytest.approx(seconds / 8)


EXPERTS = L * 8 * 2 * D * 64
"""parameters of eight experts of width 64 in two layers"""
MIXTURE = {"num_experts": 8, "experts_per_token": 2, "d_ff": 64}


def test_parameters_of_one_rank() -> None:
    """tp 2 and pp 2 leave a quarter; ep 4 leaves a quarter of the experts; a tenth at least is not experts."""
    whole = float(step.local_parameters(case())[0])
    split = case(card(n_devices=8), tp=2, pp=2, n_devices=8)
    mixture = case(card(n_devices=8), ep=4, n_devices=8, params_total=EXPERTS + 1e5, **MIXTURE)
    told_too_small = case(params_total=EXPERTS, **MIXTURE)

    assert whole == PARAMETERS
    assert float(step.local_parameters(split)[0]) == PARAMETERS / 4
    assert float(step.local_parameters(mixture)[0]) == pytest.approx(1e5 + EXPERTS / 4)
    assert float(step.local_parameters(told_too_small)[0]) == pytest.approx(1.1 * EXPERTS)


@pytest.mark.parametrize(
    ("changes", "share"),
    [
        ({}, 1.0),
        ({"lora_rank": 8}, 0.2),
        ({"zero": 2, "n_devices": 4}, 1.0),
        ({"zero": 3, "n_devices": 4}, 1 / 4 + 0.3),
        ({"zero": 3, "n_devices": 16}, 1 / 8 + 0.3),  # eight at most
        ({"framework": "torchtune"}, 0.5),  # 16-bit weights: no cast
        ({"framework": "torchtune", "grad_accum": 1}, 0.1),  # nor anything added up
    ],
)
def test_gradients_are_accumulated(changes: dict[str, Any], share: float) -> None:
    """6 bytes a parameter."""
    expected = 6.0 * share * PARAMETERS / (0.9 * BANDWIDTH)

    assert float(step.gradients(case(card(n_devices=16), **changes), P)[0]) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("bits", "recompute", "bytes_each"),
    [
        (4, "no", 1.5 * 2 * 2.5),  # read half a byte, write two, forward and backward
        (4, "full", 1.5 * 3 * 2.5),
        (8, "no", 1.5 * 2 * 3.0),
        (16, "no", 0.0),
        (None, "full", 0.0),
    ],
)
def test_packed_weights_are_unpacked_for_each_pass(bits: int | None, recompute: str, bytes_each: float) -> None:
    """Beside a fifth of 6 bytes a parameter, which adapters need; 1.5 times as long as the traffic."""
    expected = (0.2 * 6.0 + bytes_each) * PARAMETERS / (0.9 * BANDWIDTH)

    found = step.gradients(case(lora_rank=8, base_bits=bits, recompute=recompute), P)
    assert float(found[0]) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("optimizer", "lora_rank", "room", "moved"),
    [
        ("paged-adamw-8bit-fused", None, 5.9, 2.0),  # fp32 weights and 2 bytes of moments: 6 a parameter
        ("paged-adamw-8bit-fused", None, 6.1, 0.0),
        ("paged-adamw-fused", None, 11.9, 8.0),
        ("adamw-8bit-fused", None, 1.0, 0.0),
        ("paged-adamw-fused", 8, 1.0, 0.0),  # states of adapters are small
    ],
)
def test_paged_states_without_room_cross_the_host_link(
    optimizer: str, lora_rank: int | None, room: float, moved: float
) -> None:
    """At 10 GB/s; `room` in bytes a parameter."""
    tight, wide = (
        step.optimizer(case(card(memory=memory), optimizer=optimizer, lora_rank=lora_rank), P)[0]
        for memory in (room * PARAMETERS, 1e12)
    )

    assert float(tight - wide) == pytest.approx(moved * PARAMETERS / 1e10)


@pytest.mark.parametrize(
    ("changes", "each"),
    [
        ({}, 28.0),
        ({"optimizer": "adamw", "compile": False}, 56.0),  # twice as much where it is not fused
        ({"optimizer": "adamw"}, 28.0 * 2**0.2),  # compiled: fused in eight of ten cases
        ({"lora_rank": 8}, 0.02 * 28.0),
        ({"zero": 1, "n_devices": 4}, 28.0 / 4),
        ({"zero": 0, "n_devices": 4}, 28.0),
        ({"framework": "torchtune"}, 14.0),  # all of it in 16 bits
        ({"framework": "torchtune", "optimizer": "adamw-8bit-fused"}, 11.2),
        ({"optimizer": "fused AdamW8bit"}, 11.2),
    ],
)
def test_the_update(changes: dict[str, Any], each: float) -> None:
    """28 bytes a parameter of this rank's share."""
    expected = each * PARAMETERS / (0.9 * BANDWIDTH)

    assert float(step.optimizer(case(card(n_devices=4), **changes), P)[0]) == pytest.approx(expected)


def test_muon_multiplies_matrices() -> None:
    """400 FLOP a parameter x 1.1 and 500 us a layer, shared out by ZeRO; a compiled step issues little."""
    plain = 28.0 * PARAMETERS / (0.9 * BANDWIDTH)
    newton = 1.1 * 400 * PARAMETERS / (FRACTION * RATE)

    assert float(step.optimizer(case(optimizer="muon-fused (compiled)"), P)[0]) == pytest.approx(plain + newton)
    newton += L * 500e-6
    assert float(step.optimizer(case(optimizer="muon-fused"), P)[0]) == pytest.approx(plain + newton)
    shared = case(card(n_devices=4), optimizer="muon-fused", zero=1, n_devices=4)
    assert float(step.optimizer(shared, P)[0]) == pytest.approx((plain + newton) / 4)


def test_bandwidth_between_ranks() -> None:
    """.8 of the 20 GB/s link inside a node of 8; across nodes of 8 devices with 1 GB/s each no more than 8 GB/s."""
    c = case(card(n_devices=64, node_bandwidth=1e9), n_devices=64)

    assert float(step.link_bandwidth(c, P, np.array([8.0]))[0]) == pytest.approx(0.8 * 2e10)
    assert float(step.link_bandwidth(c, P, np.array([16.0]))[0]) == pytest.approx(0.8 * 8e9)
    quick = case(card(n_devices=64, node_bandwidth=1e10), n_devices=64)
    assert float(step.link_bandwidth(quick, P, np.array([16.0]))[0]) == pytest.approx(0.8 * 2e10)


def talk(machine: Machine, micro: float, **changes: Any) -> tuple[float, float]:
    """Exposed seconds of a micro-step and of a step."""
    each, data = step.communication(case(machine, **changes), P, np.array([micro]))
    return float(each[0]), float(data[0])


def test_one_device_talks_to_nobody() -> None:
    """Nothing is moved and nothing waits."""
    assert talk(card(), 1.0) == (0.0, 0.0)


LINK = 0.8 * 2e10


@pytest.mark.parametrize(
    ("changes", "each"),
    [
        ({"tp": 4}, 0.9 * L * (8 * TOKENS * D * 3 / 4 / LINK + 8 * 2e-5)),
        ({"cp": 4}, 0.3 * L * 4 * (TOKENS / 4) * 2 * D * 2 * 3 / LINK),
        ({"pp": 2, "tp": 2}, 0.9 * L / 2 * (8 * TOKENS * D / 2 / LINK + 8 * 2e-5)),
        ({"ep": 4, **MIXTURE}, 0.6 * L * (4 * TOKENS * 2 * D * 2 * 3 / 4 / LINK + 4 * 2e-5)),
        ({"ep": 4}, 0.0),  # experts of a dense network
        ({"tp": 4, "recompute": "full"}, 1.5 * 0.9 * L * (8 * TOKENS * D * 3 / 4 / LINK + 8 * 2e-5)),  # forward twice
        ({"tp": 4, "recompute": "selective"}, 0.9 * L * (8 * TOKENS * D * 3 / 4 / LINK + 8 * 2e-5)),
    ],
)
def test_what_layers_exchange(changes: dict[str, Any], each: float) -> None:
    """Tensor parallel 8 M d, context 16 M kv, experts 8 M k d bytes a layer over the link, with their latencies."""
    assert talk(card(n_devices=4), 1e9, n_devices=4, **changes)[0] == pytest.approx(each)


@pytest.mark.parametrize(
    ("changes", "transfers", "rounds"),
    [({}, 2.0, 1.0), ({"zero": 2}, 2.0, 1.0), ({"zero": 3}, 3.0, 3.0), ({"lora_rank": 8}, 0.2, 1.0)],
)
def test_gradients_of_replicas(changes: dict[str, Any], transfers: float, rounds: float) -> None:
    """Four replicas: 2 bytes x 3/4 a transfer, log2 5 latencies; .2 is exposed, more where .6 of the step is short."""
    moved = 2 * PARAMETERS * transfers * 3 / 4 / LINK + 2e-5 * L * math.log2(5) / 2
    micro = moved / 10 / rounds

    assert talk(card(n_devices=4), 1e9, n_devices=4, **changes)[1] == pytest.approx(0.2 * moved)
    assert talk(card(n_devices=4), micro, n_devices=4, **changes)[1] == pytest.approx((0.2 + 0.8 - 0.06) * moved)


@pytest.mark.parametrize(
    ("changes", "each"),
    [({}, 2.0), ({"base_bits": 4}, 0.5), ({"base_bits": 8}, 1.0), ({"zero": 2}, 0.0), ({"lora_rank": None}, 0.0)],
)
def test_sharded_frozen_weights_are_gathered_for_both_passes(changes: dict[str, Any], each: float) -> None:
    """In the bits they are kept in, in each of three micro-steps; hidden where the step is long enough."""
    told: dict[str, Any] = {"zero": 3, "lora_rank": 8} | changes
    c = case(card(n_devices=4), n_devices=4, **told)
    gathered = 2 * M * each * PARAMETERS

    assert float(step.frozen_bytes(c)[0]) == pytest.approx(gathered)
    slow, fast = (talk(card(n_devices=4), micro, n_devices=4, **told)[1] for micro in (0.0, 1e9))
    plain = 2 * PARAMETERS * 3.0 * 0.1 * 3 / 4 / LINK + 2e-5 * L * math.log2(5) / 2
    if each:
        assert slow == pytest.approx(plain + gathered * 3 / 4 / LINK)
        assert fast == pytest.approx(0.2 * plain)


def test_replicas_across_nodes_use_the_slower_link() -> None:
    """16 replicas in nodes of 8: 8 x 1 GB/s."""
    moved = 2 * PARAMETERS * 2 * 15 / 16 / (0.8 * 8e9) + 2e-5 * L * math.log2(17) / 2

    assert talk(card(n_devices=16, node_bandwidth=1e9), 1e9, n_devices=16)[1] == pytest.approx(0.2 * moved)


@pytest.mark.parametrize(("micro_steps", "rounds"), [(1, 4.0), (2, 4.6), (3, 4.6), (4, 4.6), (8, 8.6)])
def test_no_schedule_shortens_a_pipeline_that_has_fewer_micro_steps_than_stages(
    micro_steps: int, rounds: float
) -> None:
    """One micro-step passes four stages in four times what one takes; two in five, but in no more than four do."""
    c = case(card(n_devices=4), pp=4, n_devices=4, grad_accum=micro_steps)
    found = step.parts(c, P | {"bubble": 0.2})
    work = sum(float(value[0]) for name, value in found.items() if name in pieces(c))

    assert float(found["bubble"][0]) == pytest.approx(work / micro_steps * (rounds - micro_steps), rel=1e-6)


@pytest.mark.parametrize(
    ("changes", "factor"), [({}, 1.0), ({"recompute": "full"}, 1.33), ({"pp": 2, "n_devices": 2}, 0.5)]
)
def test_launches_and_gaps_of_a_layer(changes: dict[str, Any], factor: float) -> None:
    """Compiled: 100 us of host and 10 us of gaps a layer; a third more with recompute."""
    c = case(card(n_devices=2), **changes)

    assert float(step.launches(c, P)[0]) == pytest.approx(L * 100e-6 * factor)
    assert float(step.gaps(c, P)[0]) == pytest.approx(L * 10e-6 * factor)


@pytest.mark.parametrize(
    ("framework", "each"),
    [("llm.c", 150e-6), ("Megatron-LM", 700e-6), ("NeMo 24.07", 700e-6), ("NVIDIA NGC PyTorch", 200e-6)],
)
def test_who_issues_the_operators_of_hand_made_layers(framework: str, each: float) -> None:
    """A program without Python, Python, a graph that replays them: 150, 700 and 200 us a layer."""
    assert float(step.launches(case(framework=framework), P)[0]) == pytest.approx(L * each)


def test_routing_of_a_mixture() -> None:
    """12 x 2 bytes for each routed token element, three times the expert weights (two matrices, 2 bytes), 100 us."""
    traffic = 12.0 * TOKENS * 2 * D * 2 + 3 * 8 * 2 * 2 * D * 64
    split = 12.0 * TOKENS * 2 * D * 2 + 3 * 8 / 4 * 2 * 2 * D * 64

    assert float(step.routing(case(**MIXTURE), P)[0]) == pytest.approx(L * (traffic / (0.9 * BANDWIDTH) + 1e-4))
    c = case(card(n_devices=4), ep=4, n_devices=4, **MIXTURE)
    assert float(step.routing(c, P)[0]) == pytest.approx(L * (split / (0.9 * BANDWIDTH) + 1e-4))
    assert float(step.routing(case(), P)[0]) == 0


def pieces(c: Cases) -> dict[str, float]:
    """Device seconds of one micro-step by part."""
    body, head = step.matmuls(c, P)
    found = {
        "matmul": body + head, "attention": step.attention(c, P), "elementwise": step.elementwise(c, P),
        "logits": step.logits(c, P), "gradient": step.gradients(c, P), "routing": step.routing(c, P),
        "launch": step.gaps(c, P),
    }  # fmt: skip
    return {name: float(value[0]) for name, value in found.items()}


@pytest.mark.parametrize(
    ("changes", "factor"),
    [
        ({}, 1.0),
        ({"software_year": 2022}, math.exp(0.03 * 4)),  # four years older
        ({"software_year": 2030}, 1.0),  # none is newer than the latest that was measured
        ({"arch": "txl"}, 1.7),
    ],
)
def test_a_step_is_the_sum_of_its_parts(changes: dict[str, Any], factor: float) -> None:
    """Micro-steps x parts x age; host and device overlap but for a fourth power; update and feeding once."""
    c = case(**changes)
    found = {name: float(value[0]) for name, value in step.parts(c, P).items()}
    device = {name: seconds * factor for name, seconds in pieces(c).items()}
    total, host = sum(device.values()), factor * float(step.launches(c, P)[0])
    micro = max(total, host) * (1 + (min(total, host) / max(total, host)) ** 4) ** 0.25

    for name in ("matmul", "attention", "elementwise", "logits", "gradient", "routing"):
        assert found[name] == pytest.approx(M * device[name])
    assert found["launch"] == pytest.approx(M * (device["launch"] + micro - total))
    assert found["optimizer"] == pytest.approx(float(step.optimizer(c, P)[0]))
    assert (found["communication"], found["bubble"]) == (0, 0)
    assert found["fixed"] == pytest.approx(1e-3 + M * 1e-4)
    assert float(step.seconds(c, P)[0]) == pytest.approx(sum(found.values()))


def test_a_pipeline_waits_and_a_cluster_is_slower() -> None:
    """pp 4: 1.1 x 3 rounds of waiting beside 3; 64 devices are three doublings of a node: 6 % more."""
    c = case(card(n_devices=64), pp=4, n_devices=64)
    found = {name: float(value[0]) for name, value in step.parts(c, P).items()}
    alone = sum(pieces(c).values())
    host = float(step.launches(c, P)[0])
    micro = max(alone, host) * (1 + (min(alone, host) / max(alone, host)) ** 4) ** 0.25
    each, data = (float(one[0]) for one in step.communication(c, P, np.array([micro])))
    rounds = M + 1.1 * 3

    assert found["bubble"] == pytest.approx((rounds - M) * (micro + each))
    assert found["communication"] == pytest.approx(each * M + data + 0.06 * (micro + each) * rounds)


@pytest.mark.parametrize(
    ("changes", "share"),
    [({}, 1.0), ({"lora_rank": 8}, 2 / 3), ({"pp": 2, "n_devices": 2}, 0.5), ({"cp": 2, "n_devices": 2}, 0.5)],
)
def test_the_floor_is_arithmetic(changes: dict[str, Any], share: float) -> None:
    """Causal FLOP of all tokens at the listed peak where the batch is large; a boost divides it."""
    per_token = 3 * (L * (8 * D * D + 4 * (T / 2) * D + 16 * D * D) + 2 * D * V)
    expected = per_token * 64 * T * M * share / RATE
    c = case(card(n_devices=2), micro_batch=64, **changes)

    assert float(step.floor_seconds(c)[0]) == pytest.approx(expected)
    assert float(step.floor_seconds(c, boost=1.25)[0]) == pytest.approx(expected / 1.25)


@pytest.mark.parametrize(
    ("changes", "each"),
    [
        ({}, M * 2 * 2.0 + 20.0),
        ({"precision": "fp8"}, M * 2 * 1.0 + 20.0),
        ({"lora_rank": 8}, M * 2 * 2.0),
        ({"zero": 1, "n_devices": 4}, M * 2 * 2.0 + 5.0),
        ({"zero": 0, "n_devices": 4}, M * 2 * 2.0 + 20.0),
    ],
)
def test_the_floor_is_traffic_where_little_is_computed(changes: dict[str, Any], each: float) -> None:
    """One token: weights are read twice a micro-step, 20 bytes of optimizer state move once; a stretch divides it."""
    c = case(card(n_devices=4), micro_batch=1, seq_len=1, vocab=50000, **changes)
    parameters = PARAMETERS + (50000 - V) * D

    assert float(step.floor_seconds(c)[0]) == pytest.approx(each * parameters / BANDWIDTH)
    assert float(step.floor_seconds(c, stretch=1.05)[0]) == pytest.approx(each * parameters / BANDWIDTH / 1.05)


def test_an_encoder_need_not_compute_the_logits_of_all_tokens() -> None:
    """15 % of the tokens have a head; scores are not halved."""
    per_token = 3 * (L * (8 * D * D + 4 * T * D + 16 * D * D) + 0.15 * 2 * D * V)

    assert float(step.floor_seconds(case(arch="bert", micro_batch=64))[0]) == pytest.approx(
        per_token * 64 * T * M / RATE
    )
