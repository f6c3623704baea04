"""A nanoGPT `config/*.py` as a workload: parsed, never executed, with its own `--key=value` overrides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from traincast.errors import UnreadableError, UsageError, WorkloadError
from traincast.findings import Finding, finding
from traincast.workloads.constants import constants
from traincast.workloads.keys import whole
from traincast.workloads.presets import preset_values
from traincast.workloads.ranges import shown
from traincast.workloads.tables import table


def settings() -> frozenset[str]:
    """The names of nanoGPT's settings."""
    rules = table("nanogpt")
    return frozenset(rules["defaults"]) | frozenset(rules["silent"]["keys"]) | {"dtype"}


def nanogpt_values(
    text: str, name: str, arguments: Iterable[str] = (), given: Mapping[str, Any] | None = None
) -> tuple[dict[str, Any], list[Finding]]:
    """Keys of the workload that the config `text` describes, with train.py's own settings for the rest.

    `given` are keys that options set: a micro-batch changes the batch of a step as it would in train.py. Raises
    UnreadableError, UsageError for an argument that train.py would refuse, WorkloadError.
    """
    said, others = constants(text, name)
    said |= overrides(arguments)
    if not said.keys() & settings():
        raise WorkloadError("{name} sets nothing that nanoGPT has", hint="give a nanoGPT config/*.py", name=name)
    rules = table("nanogpt")
    config = {**rules["defaults"], **said}
    if (micro := (given or {}).get("micro_batch")) is not None:
        config["batch_size"] = whole("micro_batch", micro)
    values = {**rules["fixed"], **{key: config[setting] for setting, key in rules["keys"].items()}}
    values |= _shape(config) | _precision(config) | _batch(config)
    return values, _findings(name, said, [one for one in others if one in settings()], config)


def overrides(arguments: Iterable[str]) -> dict[str, Any]:
    """Settings of `--key=value` arguments, as nanoGPT's configurator takes them."""
    found: dict[str, Any] = {}
    for argument in arguments:
        key, equals, value = argument.partition("=")
        if not key.startswith("--") or not equals:
            raise UsageError(
                "{argument} is no --key=value",
                hint="write it as nanoGPT takes it: --batch_size=8",
                argument=shown(argument),
            )
        name = key[2:].replace("-", "_")
        if name not in settings():
            raise UsageError("nanoGPT has no setting {name}", hint="see the top of its train.py", name=shown(name))
        found[name] = _literal(value)
    return found


def _literal(text: str) -> Any:
    """The constant that `text` writes, or the text itself."""
    try:
        found, _ = constants(f"x = {text}", "argument") if text.isprintable() else ({}, [])
    except UnreadableError:
        return text
    return found.get("x", text)


def _shape(config: Mapping[str, Any]) -> dict[str, Any]:
    """Vocabulary, dropout, and the shape of a pretrained model where one is continued."""
    rules = table("nanogpt")
    vocab = rules["vocab"].get(config["dataset"], rules["vocab"]["default"])
    shape: dict[str, Any] = {"vocab": vocab, "dropout": bool(config["dropout"])}
    if (name := rules["init_from"].get(config["init_from"])) is not None:
        pretrained = preset_values(name)
        shape |= {key: pretrained[key] for key in ("n_layer", "n_head", "d_model", "vocab")}
    return shape


def _precision(config: Mapping[str, Any]) -> dict[str, Any]:
    """Precision by train.py's dtype; unknown where the device decides."""
    if "dtype" not in config:
        return {}
    rules = table("nanogpt")["dtype"]
    if config["dtype"] not in rules:
        raise WorkloadError(
            "dtype = {dtype} is none of nanoGPT's",
            hint="one of {names}",
            dtype=shown(config["dtype"]),
            names=", ".join(rules),
        )
    on_cpu = str(config["device"]).startswith("cpu") and config["dtype"] == "float32"
    return {"precision": "fp32" if on_cpu else rules[config["dtype"]]}


def _batch(config: Mapping[str, Any]) -> dict[str, Any]:
    """The global batch: train.py shares its accumulation steps out to the ranks. Saving goes with evaluation."""
    micro, accumulated = config["batch_size"], config["gradient_accumulation_steps"]
    for key, value in (("batch_size", micro), ("gradient_accumulation_steps", accumulated)):
        if type(value) is not int or value < 1:
            raise WorkloadError(
                "{key} = {value} cannot be", hint="{key} is a whole number from 1 on", key=key, value=shown(value)
            )
    return {"global_batch": micro * accumulated, "checkpoint_interval": config["eval_interval"]}


def _findings(name: str, said: Mapping[str, Any], others: list[str], config: Mapping[str, Any]) -> list[Finding]:
    """What could not be read, and what was taken from train.py."""
    found = []
    if others:
        found.append(finding("setting-not-constant", evidence=name, names=", ".join(others)))
    strange = sorted(said.keys() - settings())
    if strange:
        found.append(finding("keys-ignored", evidence=name, names=", ".join(strange[:20])))
    taken = [key for key in ("n_layer", "n_embd", "block_size", "batch_size", "max_iters") if key not in said]
    if taken:
        told = ", ".join(f"{key} {config[key]}" for key in taken)
        found.append(finding("trainer-defaults", evidence=table("nanogpt")["source"], trainer="nanoGPT", values=told))
    return found
