"""What the keys of a workload say about each other: what follows, and what cannot be."""

from __future__ import annotations

import math

import msgspec

from traincast.errors import WorkloadError
from traincast.workload import Workload


def product(*factors: int | None) -> int | None:
    """Product of known factors; None where one is unknown."""
    return None if None in factors else math.prod(factor for factor in factors if factor is not None)


def checked(w: Workload) -> Workload:
    """`w` with what follows from it filled in. Raises WorkloadError where it contradicts itself."""
    check_shape(w)
    check_experts(w)
    w = with_layout(w)
    w = with_batch(w)
    return with_plan(w)


def check_shape(w: Workload) -> None:
    """Heads divide the width and each other."""
    if w.d_model and w.n_head and w.head_dim is None and w.d_model % w.n_head:
        raise WorkloadError(
            f"d_model {w.d_model} is not a multiple of n_head {w.n_head}",
            hint="change one of them, or say head_dim",
        )
    if w.n_head and w.n_kv_head and w.n_head % w.n_kv_head:
        raise WorkloadError(
            f"n_head {w.n_head} is not a multiple of n_kv_head {w.n_kv_head}",
            hint="query heads share key heads evenly",
        )
    if w.n_head and w.tp and w.n_head % w.tp:
        raise WorkloadError(
            f"tp {w.tp} does not divide n_head {w.n_head}", hint="tensor parallelism splits heads evenly"
        )
    if w.n_layer and w.pp and w.pp > w.n_layer:
        raise WorkloadError(
            f"pp {w.pp} is more than n_layer {w.n_layer}", hint="each pipeline stage holds a layer at least"
        )
    if w.seq_len and w.cp and w.cp > w.seq_len:
        raise WorkloadError(
            f"cp {w.cp} is more than seq_len {w.seq_len}", hint="context parallelism splits the sequence"
        )


def check_experts(w: Workload) -> None:
    """A mixture of experts says how many, how wide and how many at work."""
    if w.num_experts is None or w.num_experts == 1:
        if w.experts_per_token and w.experts_per_token > 1:
            raise WorkloadError(
                f"experts_per_token {w.experts_per_token} without num_experts",
                hint="say num_experts, or leave both out",
            )
        return
    if w.d_ff is None and w.params_active is None:
        raise WorkloadError(
            f"num_experts {w.num_experts} without the width of an expert",
            hint="say d_ff (of one expert) or params_active",
        )
    if w.experts_per_token and w.experts_per_token > w.num_experts:
        raise WorkloadError(
            f"experts_per_token {w.experts_per_token} is more than num_experts {w.num_experts}", hint="swap them?"
        )
    if w.params_total and w.params_active and w.params_active > w.params_total:
        raise WorkloadError(
            f"params_active {w.params_active:.4g} is more than params_total {w.params_total:.4g}", hint="swap them?"
        )


def with_layout(w: Workload) -> Workload:
    """Devices from the parallel layout, or data parallelism from the devices."""
    inner = math.prod(size or 1 for size in (w.tp, w.pp, w.cp))
    if w.n_devices is None and w.dp is None and inner == 1:
        return w
    n_devices = w.n_devices or inner * (w.dp or 1)
    if n_devices % inner or (w.dp is not None and w.dp * inner != n_devices):
        told = " x ".join(f"{name} {size}" for name in ("dp", "tp", "pp", "cp") if (size := getattr(w, name)))
        raise WorkloadError(
            f"{told} does not make {n_devices} devices", hint="dp x tp x pp x cp is the number of devices"
        )
    if w.ep and w.num_experts and w.num_experts % w.ep:
        raise WorkloadError(f"ep {w.ep} does not divide num_experts {w.num_experts}", hint="experts are spread evenly")
    return msgspec.structs.replace(w, n_devices=n_devices, dp=n_devices // inner)


def with_batch(w: Workload) -> Workload:
    """The one of global batch, micro-batch and accumulation that follows from the others."""
    dp = w.dp or 1
    made = product(w.micro_batch, w.grad_accum, dp)
    if made is not None and w.global_batch is not None and made != w.global_batch:
        raise WorkloadError(
            f"micro_batch {w.micro_batch} x grad_accum {w.grad_accum} x dp {dp} is {made}, "
            f"not global_batch {w.global_batch}",
            hint="leave one of them out",
        )
    if made is not None:
        return msgspec.structs.replace(w, global_batch=made)
    if w.global_batch is None:
        return w
    known, missing = (w.micro_batch, "grad_accum") if w.micro_batch else (w.grad_accum, "micro_batch")
    if known is None:
        return w
    if w.global_batch % (known * dp):
        raise WorkloadError(
            f"global_batch {w.global_batch} is not a multiple of {known} x dp {dp}", hint=f"change it, or say {missing}"
        )
    return msgspec.structs.replace(w, **{missing: w.global_batch // (known * dp)})


def with_plan(w: Workload) -> Workload:
    """Steps from tokens or epochs, and tokens from steps."""
    per_step = product(w.global_batch, w.seq_len)
    samples = w.dataset_samples or (w.dataset_tokens / w.seq_len if w.dataset_tokens and w.seq_len else None)
    steps = w.steps
    if steps is None and w.tokens and per_step:
        steps = max(1, math.ceil(w.tokens / per_step))
    if steps is None and w.epochs and samples and w.global_batch:
        steps = max(1, math.ceil(w.epochs * samples / w.global_batch))
    tokens = w.tokens or (steps * per_step if steps and per_step else None)
    return msgspec.structs.replace(w, steps=steps, tokens=None if tokens is None else float(tokens))
