"""WORKLOAD, whatever it is, to one checked workload."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from traincast.errors import TraincastError, UnreadableError
from traincast.findings import Finding, finding
from traincast.workload import Workload
from traincast.workloads import huggingface, nanogpt, presets, trainers
from traincast.workloads.keys import canonical_key, workload
from traincast.workloads.relations import checked

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LARGEST_FILE = 4 * 2**20
"""bytes; a settings file is far smaller"""
SUFFIXES = (".py", ".json", ".toml", ".yaml", ".yml")


def resolve(
    source: Workload | Mapping[str, object] | str | Path | None = None, **options: object
) -> tuple[Workload, list[Finding]]:
    """The workload of a preset, a file or flat keys, with `options` (not None) over it, and what was noticed.

    A file is TOML, a nanoGPT `config/*.py` (parsed, never executed), a Hugging Face `config.json` or a trainer's
    YAML or TOML. Raises WorkloadError, UnknownNameError, UnreadableError.
    """
    flat, findings = flat_keys(source)
    given = {canonical_key(key): value for key, value in options.items() if value is not None}
    merged = {**{canonical_key(key): value for key, value in flat.items() if value is not None}, **given}
    for key in derived(given) - given.keys():
        merged.pop(key, None)
    return checked(workload(merged)), findings


def derived(given: Mapping[str, object]) -> set[str]:
    """Keys of the file that an option makes void: a global batch when an option changes what it is made of."""
    void = set()
    if {"micro_batch", "grad_accum"} & given.keys():
        void.add("global_batch")
    if "global_batch" in given:
        void.add("grad_accum")
    if "steps" in given:
        void |= {"tokens", "epochs"}
    if {"tokens", "epochs"} & given.keys():
        void.add("steps")
    if {"n_layer", "d_model", "d_ff", "vocab", "num_experts"} & given.keys():
        void |= {"params_total", "params_active"}
    return void


def flat_keys(source: Workload | Mapping[str, object] | str | Path | None) -> tuple[dict[str, object], list[Finding]]:
    """The flat keys of whatever names a workload."""
    if source is None:
        return {}, []
    if isinstance(source, Workload):
        return msgspec.structs.asdict(source), []
    if isinstance(source, Mapping):
        return dict(source), []
    text = str(source)
    if presets.is_preset(text) and not Path(text).is_file():
        return presets.preset(text), []
    if not text.endswith(SUFFIXES) and not Path(text).exists():
        return presets.preset(text), []  # raises with near misses
    return file_keys(Path(text))


def file_keys(path: Path) -> tuple[dict[str, object], list[Finding]]:
    """The flat keys of a settings file. Raises UnreadableError."""
    text = content(path)
    if path.suffix == ".py":
        config = nanogpt.assignments(text, str(path))
        if not nanogpt.is_config(text):
            raise UnreadableError(f"{path} sets none of nanoGPT's keys", hint="give a nanoGPT config/*.py")
        return nanogpt.flat_keys(config), [finding("nanogpt-defaults", evidence=str(path))]
    document = parsed(path, text)
    if huggingface.is_config(document):
        return huggingface.flat_keys(document), []
    nested = any(isinstance(value, Mapping) for value in document.values())
    if path.suffix in (".yaml", ".yml") or nested:
        flat = trainers.flat_keys(document)
        if not flat:
            raise UnreadableError(f"{path} sets no key of a trainer that is known", hint="write a flat traincast TOML")
        return with_named_model(flat)
    return dict(document), []


def with_named_model(flat: dict[str, object]) -> tuple[dict[str, object], list[Finding]]:
    """Shapes of the preset that a trainer's settings name, where it is one."""
    name = flat.get("model")
    if isinstance(name, str) and presets.is_preset(name):
        return {**presets.preset(name), **flat}, []
    return flat, [] if name is None else [finding("model-not-known", model=str(name)[:80])]


def content(path: Path) -> str:
    """Text of a settings file. Raises UnreadableError."""
    try:
        if path.is_dir():
            raise UnreadableError(f"{path} is a folder", hint="give the settings file in it")
        if path.stat().st_size > LARGEST_FILE:
            raise UnreadableError(f"{path} has {path.stat().st_size:,} bytes: no settings file", hint="give a config")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UnreadableError(
            f"{path}: {(error.strerror or 'cannot be read').lower()}", hint="check the name"
        ) from error
    except UnicodeDecodeError as error:
        raise UnreadableError(
            f"{path} is not UTF-8 text", hint="give a config in TOML, JSON, YAML or Python"
        ) from error
    if not text.strip():
        raise UnreadableError(f"{path} is empty", hint="give a config in TOML, JSON, YAML or Python")
    return text


def parsed(path: Path, text: str) -> dict[str, Any]:
    """The tables of a TOML, JSON or YAML file. Raises UnreadableError."""
    try:
        if path.suffix == ".json":
            document = json.loads(text)
        elif path.suffix == ".toml":
            document = tomllib.loads(text)
        else:
            document = yaml_tables(text)
    except TraincastError:
        raise
    except (ValueError, RecursionError) as error:
        reason = str(error).splitlines()[0][:120]
        raise UnreadableError(f"{path} is not {path.suffix[1:].upper()}: {reason}", hint="correct the file") from error
    if not isinstance(document, dict):
        raise UnreadableError(f"{path} holds no keys", hint="write key = value")
    return document


def yaml_tables(text: str) -> Any:
    """YAML without tags, anchors or aliases: an alias can blow a small file up."""
    try:
        import yaml
    except ImportError as error:
        raise UnreadableError("YAML needs PyYAML", hint="pip install 'traincast[formats]'") from error
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
            raise UnreadableError("YAML with aliases is not read", hint="write the values out")
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(str(error).replace("\n", " ")) from error
