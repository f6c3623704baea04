"""WORKLOAD, whatever it is, to one checked workload."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from traincast.errors import UnknownNameError, UsageError, WorkloadError
from traincast.findings import Finding
from traincast.phrases import phrase
from traincast.workload import Workload
from traincast.workloads import files, huggingface, nanogpt, presets, trainers
from traincast.workloads.keys import canonical_key, workload
from traincast.workloads.relations import checked

Source = Workload | Mapping[str, Any] | str | Path | None
VOID = {
    "micro_batch": ("global_batch",),
    "grad_accum": ("global_batch",),
    "global_batch": ("grad_accum",),
    "n_devices": ("dp",),
    "tp": ("dp",),
    "pp": ("dp",),
    "cp": ("dp",),
    "dp": ("n_devices",),
    "steps": ("tokens", "epochs"),
    "tokens": ("steps", "epochs"),
    "epochs": ("steps", "tokens"),
    "n_layer": ("params_total", "params_active"),
    "d_model": ("params_total", "params_active", "d_ff", "head_dim"),
    "n_head": ("n_kv_head", "head_dim"),
    "d_ff": ("params_total", "params_active"),
    "vocab": ("params_total", "params_active"),
    "num_experts": ("params_total", "params_active"),
}
"""what a file or preset says of the keys on the right no longer holds when an option sets the key on the left"""

SHAPE = frozenset({"n_layer", "d_model", "params_total"})
"""keys that a model with a shape of its own has"""


def resolve(
    source: Source = None, *, arguments: Sequence[str] = (), on_devices: int | None = None, **options: Any
) -> tuple[Workload, list[Finding]]:
    """The workload of a preset, a file or flat keys, with `options` (not None) over it, and what was noticed.

    A file is a traincast TOML or JSON, a nanoGPT `config/*.py` (parsed, never executed; `arguments` are its
    `--key=value` overrides), a Hugging Face `config.json` or a trainer's YAML or TOML. `on_devices` is how many devices
    the machine has. Raises WorkloadError, UnknownNameError, UnreadableError, UsageError.
    """
    given = {canonical_key(key): value for key, value in options.items() if value is not None}
    flat, findings = keys_of(source, arguments, given)
    told = {canonical_key(key): value for key, value in flat.items() if value is not None}
    if (preset := published({**told, **given})) is not None:
        told = overridden(presets.preset_values(preset), told)
    found = checked(workload(overridden(told, given)), on_devices=on_devices)
    if found.model is None and isinstance(source, str | Path) and (name := name_of(Path(source))):
        found = msgspec.structs.replace(found, model=name)
    return found, findings


def name_of(path: Path) -> str:
    """What a file without the name of a model is called by: itself, or its folder where all are called alike."""
    return path.parent.name if path.stem == "config" else path.stem


def overridden(told: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """`told` with `given` over it, without what no longer holds."""
    void = {old for key in given.keys() & VOID.keys() for old in VOID[key]}
    if "micro_batch" in given and not {"grad_accum"} & (told.keys() | given.keys()):
        void.discard("global_batch")  # the accumulation follows from it
    return {**{key: value for key, value in told.items() if key not in void}, **given}


def published(values: Mapping[str, Any]) -> str | None:
    """The preset that `model` names, where no shape is told beside it."""
    name = values.get("model")
    if not isinstance(name, str) or any(values.get(key) is not None for key in SHAPE):
        return None
    return name if presets.is_preset(name) else None


def load(source: Source) -> Workload:
    """The workload of a preset, a file or flat keys."""
    return resolve(source)[0]


def keys_of(
    source: Source, arguments: Sequence[str], given: Mapping[str, Any]
) -> tuple[Mapping[str, Any], list[Finding]]:
    """The flat keys of whatever names a workload."""
    if isinstance(source, str | Path):
        return named_keys(str(source), arguments, given)
    if arguments:
        raise UsageError(
            "{argument!r} overrides nothing", hint="give a nanoGPT config/*.py before it", argument=arguments[0][:60]
        )
    if source is None:
        return {}, []
    return (msgspec.structs.asdict(source) if isinstance(source, Workload) else dict(source)), []


def named_keys(
    name: str, arguments: Sequence[str], given: Mapping[str, Any]
) -> tuple[Mapping[str, Any], list[Finding]]:
    """The flat keys of a file or a preset."""
    if files.is_file(name):
        return file_keys(Path(name), arguments, given)
    if arguments and not files.looks_like_file(name):
        raise UsageError(
            "{argument!r} overrides nothing", hint="it needs a nanoGPT config/*.py", argument=arguments[0][:60]
        )
    if files.looks_like_file(name) and not presets.is_preset(name):
        files.text(Path(name))  # raises: it is not there, or no file
    try:
        return presets.preset_values(name), []
    except UnknownNameError as error:
        if files.stands(name):
            error.advice = phrase(
                "the file of that name has no ending of settings: {endings}", endings=", ".join(files.SUFFIXES)
            )
        elif not error.near:
            error.advice = phrase(
                "give a preset of `traincast models`, a file, or the keys as options (--n-layer, ...)"
            )
        raise


def file_keys(
    path: Path, arguments: Sequence[str], given: Mapping[str, Any]
) -> tuple[Mapping[str, Any], list[Finding]]:
    """The flat keys of a settings file. Raises UnreadableError, WorkloadError."""
    if path.suffix == ".py":
        return nanogpt.nanogpt_values(files.text(path), str(path), arguments, given)
    if arguments:
        raise UsageError(
            "{argument!r} overrides nothing", hint="it needs a nanoGPT config/*.py", argument=arguments[0][:60]
        )
    document = files.document(path)
    if huggingface.is_config(document):
        return huggingface.huggingface_values(document, str(path))
    if isinstance(inner := document.get("workload"), dict) and len(document) == 1:
        document = inner
    if (found := trainers.trainer_values(document, str(path))) is not None:
        return found
    return own_keys(document, path)


def own_keys(document: Mapping[str, Any], path: Path) -> tuple[Mapping[str, Any], list[Finding]]:
    """The flat keys of a traincast file, over those of the preset that it names in `preset`."""
    tables = [key for key, value in document.items() if isinstance(value, dict | list)]
    if tables:
        raise WorkloadError(
            "{path}: {table!r} is a table of no trainer that is known",
            hint="write flat keys: n_layer = 12",
            path=path,
            table=tables[0][:60],
        )
    if "preset" not in document:
        return document, []
    own = {canonical_key(key): value for key, value in document.items() if key != "preset"}
    return overridden(presets.preset_values(str(document["preset"])), own), []
