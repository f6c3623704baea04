"""What is known of the run that is audited: from the workload and device given, and from the text itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from traincast.audit.claims import Figure
from traincast.audit.models import NEAR
from traincast.machine import Accelerator, Machine
from traincast.workload import Workload

FIELDS = {
    "n_layer": "n_layer", "d_model": "d_model", "n_head": "n_head", "n_kv_head": "n_kv_head", "d_ff": "d_ff",
    "vocab": "vocab", "seq_len": "seq_len", "micro_batch": "micro_batch", "grad_accum": "grad_accum",
    "global_batch": "global_batch", "steps": "steps", "epochs": "epochs", "parameters": "params_total",
    "n_devices": "n_devices",
}  # fmt: skip
"""quantity of a claim -> field of a workload"""
INPUT_TABLE_SHARE = ((1e8, 0.5), (1e9, 0.35), (1e10, 0.15), (float("inf"), 0.05))
"""greatest share of parameters that an own input table is likely to hold, by size: it is read, not multiplied with"""
ATTENTION_SHARE = 1.6
"""PaLM count over 6N where shapes are not known: most that attention adds in common models (assumed)"""
SHORTEST, LONGEST = 64, 8192
"""tokens of a sequence between which an unknown length is taken to lie"""
MIXTURE = 0.03
"""least share of parameters at work in a mixture of experts (sparsest public models)"""


class Stated(msgspec.Struct, frozen=True, kw_only=True):
    """Facts that claims are held against; `None` is unknown."""

    workload: Workload
    devices: tuple[Accelerator, ...] = ()
    """the device, or all that its name may mean"""
    n_devices: int | None = None
    from_text: dict[str, str] = {}
    """field -> place in the text it was taken from"""
    flops_low: float | None = None
    """model FLOP of one token that cannot be avoided"""
    flops_high: float | None = None
    """by the most generous convention"""
    flops_palm: float | None = None
    parameters: float | None = None
    exact_shapes: bool = False
    tokens_per_step: float | None = None
    tokens_per_step_least: float | None = None
    """without gradient accumulation, where none is stated: there may be more"""
    printed_peak: float | None = None
    """FLOP/s that the trainer of a log divides its MFU by"""

    @property
    def device(self) -> Accelerator | None:
        """The device where it is known which."""
        return self.devices[0] if len(self.devices) == 1 else None

    @property
    def machine(self) -> Machine | None:
        """The machine that prediction takes."""
        return Machine(accelerator=self.devices[0], n_devices=self.n_devices or 1) if self.devices else None


def stated(
    workload: Workload | None,
    machine: Machine | None,
    figures: Sequence[Figure],
    named: Sequence[Accelerator],
    count: int | None,
    model: tuple[Mapping[str, Any], float | None] = ({}, None),
) -> Stated:
    """Facts of `workload` and `machine`; where they are silent, those that the text states without doubt.

    `model` is (shapes, size) of the model that the text names.
    """
    known = workload or Workload()
    taken: dict[str, str] = {}
    changes: dict[str, object] = {}
    for figure in figures:
        name = FIELDS.get(figure.quantity)
        if name and getattr(known, name) is None and name not in changes and usable(figure):
            assert figure.low is not None
            changes[name] = figure.low if name in ("params_total", "epochs") else round(figure.low)
            taken[name] = figure.where
        elif (
            figure.quantity in ("precision", "optimizer")
            and not figure.scenario
            and getattr(known, figure.quantity) is None
            and figure.quantity not in changes
        ):
            changes[figure.quantity] = figure.name
            taken[figure.quantity] = figure.where
    if workload is not None and workload.n_layer and workload.d_model:
        changes.pop("params_total", None)
    known = msgspec.structs.replace(known, **changes)
    shapes, size = model
    if workload is None or not (workload.n_layer or workload.params_total):
        known = with_model(known, shapes, size)
    devices = (machine.accelerator,) if machine else tuple(named)
    several = machine.n_devices if machine and machine.n_devices > 1 else None
    n_devices = several or known.n_devices or count or (1 if devices else None)
    return counted(Stated(workload=known, devices=devices, n_devices=n_devices, from_text=taken))


def there(known: Stated, device: Accelerator, figures: Sequence[Figure]) -> Stated:
    """Facts of the run on another device: those of the sentences about it over those of the main run."""
    changes: dict[str, object] = {
        FIELDS[figure.quantity]: figure.low if figure.quantity == "parameters" else round(figure.low)
        for figure in figures
        if figure.device == device.name and figure.quantity in FIELDS and figure.low and figure.low == figure.high
    }
    if "micro_batch" in changes:
        changes = {"grad_accum": None, "global_batch": None, **changes}
    workload = msgspec.structs.replace(known.workload, **changes)
    return counted(msgspec.structs.replace(known, workload=workload, devices=(device,)))


def with_model(known: Workload, shapes: Mapping[str, Any], size: float | None) -> Workload:
    """`known` with the shapes of the model that the text names, where they fit what is stated, or with its size."""
    told = known.params_total
    listed = shapes.get("params_total")
    fits = all(
        getattr(known, key, None) in (None, value) for key, value in shapes.items() if key in ("n_layer", "d_model")
    )
    if shapes and fits and (told is None or listed is None or abs(listed / told - 1) < NEAR):
        missing = {key: value for key, value in shapes.items() if getattr(known, key) is None}
        return msgspec.structs.replace(known, **missing)
    if told is None and size is not None and not known.n_layer:
        return msgspec.structs.replace(known, params_total=size)
    return known


def usable(figure: Figure) -> bool:
    """Whether a figure is one definite positive number of this run."""
    return (
        not figure.scenario
        and not figure.device
        and figure.low is not None
        and figure.low == figure.high
        and figure.low >= 1
    )


def counted(known: Stated) -> Stated:
    """`known` with FLOP a token and tokens a step."""
    w = known.workload
    low = high = palm = parameters = None
    exact = bool(w.n_layer and w.d_model and w.vocab and w.arch not in ("resnet", "unet", "vit"))
    if exact:
        from traincast.cost.flops import exact_causal_flops_per_token, palm_flops_per_token
        from traincast.cost.parameters import parameters as counted_parameters
        from traincast.cost.shapes import shapes

        shape = shapes([w if w.seq_len else msgspec.structs.replace(w, seq_len=SHORTEST)])
        longest = shape if w.seq_len else shapes([msgspec.structs.replace(w, seq_len=LONGEST)])
        low = float(exact_causal_flops_per_token(shape)[0])
        palm = high = float(palm_flops_per_token(longest)[0])
        parameters = float(counted_parameters(shape)[0])
    elif at_work := w.params_active or w.params_total:
        parameters = w.params_total or at_work
        mixture = w.params_active is None and ((w.num_experts or 1) > 1 or w.arch == "moe")
        share = next(most for size, most in INPUT_TABLE_SHARE if at_work < size)
        low, high, palm = 6 * at_work * (MIXTURE if mixture else 1 - share), 6 * at_work * ATTENTION_SHARE, 6 * at_work
    if w.lora_rank and low:
        low *= 2 / 3
    return msgspec.structs.replace(
        known, flops_low=low, flops_high=high, flops_palm=palm, parameters=parameters, exact_shapes=exact,
        tokens_per_step=tokens_per_step(w, known.n_devices),
        tokens_per_step_least=tokens_per_step(single(w), known.n_devices),
    )  # fmt: skip


def single(w: Workload) -> Workload:
    """`w` with one micro-step, where accumulation is not stated."""
    return w if w.grad_accum else msgspec.structs.replace(w, grad_accum=1)


def tokens_per_step(w: Workload, n_devices: int | None) -> float | None:
    """Tokens of one optimizer step over all devices; `None` where batch or length is unknown."""
    if w.seq_len is None:
        return None
    if w.global_batch:
        return float(w.global_batch) * w.seq_len
    if w.micro_batch is None or w.grad_accum is None:
        return None
    others = (w.tp or 1) * (w.pp or 1) * (w.cp or 1)
    replicas = w.dp or max(1, (n_devices or 1) // others)
    return float(w.micro_batch) * w.grad_accum * replicas * w.seq_len
