"""Answers: one workload on one machine, or many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from traincast.answers import MachineAnswer, Memory, PredictAnswer
from traincast.calibrate.model import model
from traincast.catalog.capability import name_findings
from traincast.cost import flops
from traincast.cost.parameters import matmul_parameters, parameters
from traincast.cost.shapes import shapes
from traincast.errors import UsageError
from traincast.findings import Finding, finding
from traincast.machine import Machine
from traincast.predict import counted
from traincast.predict.assumed import complete, has_shape
from traincast.predict.columns import columns
from traincast.predict.document import document, sources
from traincast.predict.listed import listed
from traincast.predict.plan import micro_steps
from traincast.workload import Workload


def predict(
    workload: Workload, machine: Machine | None, *, steps: int | None = None, level: float = 0.9,
    findings: Sequence[Finding] = (),
) -> PredictAnswer:  # fmt: skip
    """The whole answer; without a machine, parameters and FLOP alone. `findings` are passed on."""
    if machine is not None and counted.is_counted(workload):
        return counted.answer(workload, machine, steps=steps, level=level, findings=findings)
    if machine is None or not has_shape(workload):
        return without_time(workload, machine, steps=steps, findings=findings)
    return many([workload], [machine], steps=[steps], level=level, findings=[findings])[0]


def many(
    workloads: Sequence[Workload], machines: Sequence[Machine], *, steps: Sequence[int | None] | None = None,
    level: float = 0.9, findings: Sequence[Sequence[Finding]] | None = None,
) -> list[PredictAnswer]:  # fmt: skip
    """Answers in order; all workloads have shapes."""
    if not workloads:
        return []
    completed = [complete(w) for w in workloads]
    with np.errstate(all="ignore"):
        rows = listed(columns(completed, machines, level=level))
    fitted = model()
    cited: dict[str, list[str]] = {}
    answers = []
    for i, (done, told, machine) in enumerate(zip(completed, workloads, machines, strict=True)):
        name = machine.accelerator.name
        if name not in cited:
            cited[name] = sources(machine, fitted.rows, fitted.date)
        answers.append(
            document(
                i, rows, done, told, machine, level=level, steps=steps[i] if steps else None,
                findings=findings[i] if findings else (), sources=cited[name],
            )
        )  # fmt: skip
    return answers


def without_time(
    w: Workload, machine: Machine | None, *, steps: int | None, findings: Sequence[Finding]
) -> PredictAnswer:
    """Parameters, FLOP and batch: where no device is named, or the network is of a kind without a time model."""
    count, per_token = None, None
    if w.n_layer and w.d_model:
        s = shapes([complete(w).workload])
        count, per_token = float(parameters(s)[0]), float(flops.palm_flops_per_token(s, matmul_parameters(s))[0])
    elif w.params_total:
        count = float(w.params_total)
        per_token = float(flops.kaplan_flops_per_token(w.params_active or w.params_total))
    sequences = w.global_batch or (micro_steps(w) * (w.dp or 1) * w.micro_batch if w.micro_batch else None)
    device = machine.accelerator if machine else None
    reason = finding("no-device") if machine is None else finding("no-time-model", arch=str(w.arch))
    return PredictAnswer(
        workload=w,
        machine=MachineAnswer(
            device=device.name if device else None, title=device.title if device else "",
            n_devices=w.n_devices or (machine.n_devices if machine else 1), peak_flops=None,
            memory_bandwidth=device.memory_bandwidth if device else None,
            memory_bytes=device.memory_bytes if device else None,
        ),
        parameters=count, flops_per_token=per_token,
        tokens_per_step=sequences * w.seq_len if sequences and w.seq_len else None, samples_per_step=sequences,
        step_time=None, tokens_per_second=None, mfu=None, floor_seconds=None,
        memory=Memory(peak_bytes=None, capacity_bytes=device.memory_bytes if device else None, fits=None),
        first_iteration=None, total=None, steps=steps or w.steps, findings=[*findings, reason],
    )  # fmt: skip


def asked(
    source: Workload | Mapping[str, object] | str | Path | None, *, on: str | Machine | None, steps: int | None,
    level: float, keys: Mapping[str, Any],
) -> PredictAnswer:  # fmt: skip
    """The answer for whatever names a workload, on the device that `on` names or the machine that it is."""
    from traincast.probing.machines import machine as named
    from traincast.workloads.resolve import resolve

    if not 0 < level < 1:
        raise UsageError("level {level} is not between 0 and 1", hint="a probability, such as 0.9", level=level)
    if source is None and not any(value for value in keys.values()):
        raise UsageError("no workload is given", hint="name a preset or a file, or give sizes: --n-layer, --d-model")
    machine = named(on) if isinstance(on, str) else on
    workload, noticed = resolve(source, on_devices=machine.n_devices if machine else None, steps=steps, **keys)
    if isinstance(on, str) and machine is not None:
        noticed = [*name_findings(on, machine.accelerator), *noticed]
    return predict(workload, machine, level=level, findings=noticed)
