"""Whether a workload can be: where it is wrong, absurd or contradicts itself, one error names key and value."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from msgspec.structs import asdict

from traincast.errors import WorkloadError
from traincast.workload import Workload
from traincast.workloads.keys import PRECISIONS
from traincast.workloads.ranges import LIMITS, check_ranges, shown
from traincast.workloads.tables import table

PLAN_TOLERANCE = 0.1
"""steps and tokens that are both told may differ by this share: plans are written in round numbers"""


def validate(workload: Workload) -> None:
    """Raise WorkloadError at the first thing that cannot be."""
    check_ranges({key: getattr(workload, key) for key in LIMITS})
    for check in CHECKS:
        check(workload)


def check_words(workload: Workload) -> None:
    """Precision and optimizer are known ones."""
    if workload.precision is not None and workload.precision not in PRECISIONS:
        raise WorkloadError(
            "precision = {precision} is not known",
            hint="one of {names}",
            precision=shown(workload.precision),
            names=", ".join(PRECISIONS),
        )
    name = workload.optimizer
    if name is not None and not _is_optimizer(name):
        raise WorkloadError(
            "optimizer = {name} is not known",
            hint="name it as its library does: adamw, adamw-fused, muon, sgd",
            name=shown(name),
        )


@lru_cache(maxsize=1024)
def _is_optimizer(name: str) -> bool:
    """Whether a known optimizer is part of `name`."""
    return any(stem in name.lower() for stem in table("keys")["optimizers"]["stems"])


def check_heads(w: Workload) -> None:
    """Heads divide the width, key-value heads the heads."""
    if w.d_model and w.n_head and w.head_dim is None and w.d_model % w.n_head:
        raise WorkloadError(
            "d_model = {d_model} is not divisible by n_head = {n_head}",
            hint="change one of them, or tell head_dim where heads are not d_model / n_head wide",
            **asdict(w),
        )
    if w.n_head and w.n_kv_head and w.n_head % w.n_kv_head:
        raise WorkloadError(
            "n_head = {n_head} is not a multiple of n_kv_head = {n_kv_head}",
            hint="each key-value head serves the same number of heads",
            **asdict(w),
        )


def check_adapters(w: Workload) -> None:
    """Packed weights are frozen: something else is trained."""
    if w.base_bits is not None and w.base_bits < 16 and not w.lora_rank:
        raise WorkloadError(
            "base_bits = {base_bits} without adapters",
            hint="tell lora_rank, or leave base_bits out",
            **asdict(w),
        )


def check_experts(w: Workload) -> None:
    """A mixture has experts of a width, and no more at work than there are."""
    if w.num_experts and w.experts_per_token and w.experts_per_token > w.num_experts + (w.shared_experts or 0):
        raise WorkloadError(
            "experts_per_token = {experts_per_token} is more than num_experts = {num_experts}",
            hint="a token can visit each expert once",
            **asdict(w),
        )
    if w.shared_experts and w.experts_per_token and w.shared_experts > w.experts_per_token:
        raise WorkloadError(
            "shared_experts = {shared_experts} is more than experts_per_token = {experts_per_token}",
            hint="experts_per_token counts the shared ones too",
            **asdict(w),
        )
    if w.num_experts and w.num_experts > 1 and w.d_ff is None and w.n_layer:
        raise WorkloadError(
            "num_experts = {num_experts} without the width of one",
            hint="tell it with d_ff (--d-ff)",
            **asdict(w),
        )
    if w.params_total and w.params_active and w.params_active > w.params_total:
        raise WorkloadError(
            "params_active = {params_active} is more than params_total = {params_total}",
            hint="params_active counts the parameters at work for one token",
            params_active=shown(w.params_active),
            params_total=shown(w.params_total),
        )


def check_depth(w: Workload) -> None:
    """Layers of one kind are no more than all layers."""
    for key in ("encoder_layers", "dense_layers"):
        some = getattr(w, key)
        if some and w.n_layer and some > w.n_layer:
            raise WorkloadError(
                "{key} = {some} is more than n_layer = {n_layer}",
                hint="n_layer counts all layers",
                key=key,
                some=some,
                **asdict(w),
            )


def check_shares(w: Workload) -> None:
    """Parallel ranks divide what they share."""
    if w.tp and w.n_head and w.n_head % w.tp:
        raise WorkloadError(
            "tp = {tp} does not divide n_head = {n_head}",
            hint="each tensor rank holds whole heads",
            **asdict(w),
        )
    if w.pp and w.n_layer and w.pp > w.n_layer:
        raise WorkloadError(
            "pp = {pp} is more than n_layer = {n_layer}",
            hint="each stage holds a layer at least",
            **asdict(w),
        )
    if w.ep and w.num_experts and w.num_experts % w.ep:
        raise WorkloadError(
            "ep = {ep} does not divide num_experts = {num_experts}",
            hint="each expert rank holds whole experts",
            **asdict(w),
        )
    if w.cp and w.seq_len and w.cp > w.seq_len:
        raise WorkloadError(
            "cp = {cp} is more than seq_len = {seq_len}",
            hint="each rank holds a token at least",
            **asdict(w),
        )


def check_devices(w: Workload) -> None:
    """Parallel ranks multiply to the devices."""
    if not w.n_devices:
        return
    model = (w.tp or 1) * (w.pp or 1) * (w.cp or 1)
    ranks = " x ".join(f"{key} {value}" for key in ("tp", "pp", "cp") if (value := getattr(w, key)) and value > 1)
    if w.n_devices % model:
        raise WorkloadError(
            "n_devices = {n_devices} is no multiple of {ranks}",
            hint="dp takes up the rest",
            ranks=ranks,
            **asdict(w),
        )
    if w.dp and w.dp * model != w.n_devices:
        told = f"dp {w.dp}" + (f" x {ranks}" if ranks else "")
        raise WorkloadError(
            "{told} makes {product} devices, not n_devices = {n_devices}",
            hint="leave dp out to have it derived",
            told=told,
            product=w.dp * model,
            **asdict(w),
        )
    if w.ep and w.ep > w.n_devices:
        raise WorkloadError(
            "ep = {ep} is more than n_devices = {n_devices}",
            hint="each rank needs a device",
            **asdict(w),
        )


def check_batch(w: Workload) -> None:
    """The batch of a step is what its parts multiply to."""
    if w.global_batch is None:
        return
    product = (w.micro_batch or 1) * (w.grad_accum or 1) * (w.dp or 1)
    if w.global_batch % product:
        told = _product(w, "micro_batch", "grad_accum", "dp")
        raise WorkloadError(
            "global_batch = {global_batch} is no multiple of {told}",
            hint="leave one of them out",
            told=told,
            **asdict(w),
        )
    if w.micro_batch and w.grad_accum and w.dp and product != w.global_batch:
        raise WorkloadError(
            "{told} makes {product}, not global_batch = {global_batch}",
            hint="leave one of them out to have it derived",
            told=_product(w, "micro_batch", "grad_accum", "dp"),
            product=product,
            **asdict(w),
        )


def _product(w: Workload, *keys: str) -> str:
    """The told ones of `keys` as a product in words."""
    return " x ".join(f"{key} {value}" for key in keys if (value := getattr(w, key)))


def check_plan(w: Workload) -> None:
    """Steps and tokens that are both told agree."""
    if not (w.steps and w.tokens and w.global_batch and w.seq_len):
        return
    seen = w.steps * w.global_batch * w.seq_len
    if abs(seen - w.tokens) > max(PLAN_TOLERANCE * w.tokens, w.global_batch * w.seq_len):
        raise WorkloadError(
            "steps = {steps} of {global_batch} x {seq_len} tokens see {seen:.3g}, not tokens = {tokens:.3g}",
            hint="leave one of them out to have it derived",
            seen=seen,
            **asdict(w),
        )


CHECKS: tuple[Callable[[Workload], None], ...] = (
    check_words,
    check_heads,
    check_adapters,
    check_experts,
    check_depth,
    check_shares,
    check_devices,
    check_batch,
    check_plan,
)
"""in the order in which they are made: later ones rely on earlier ones"""
