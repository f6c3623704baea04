"""Settings files of trainers as workloads: torchtitan, LitGPT, LLaMA-Factory, Axolotl, Hugging Face, NeMo."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from traincast.findings import Finding, finding
from traincast.workloads.presets import is_preset, preset_values
from traincast.workloads.tables import table

DEEPEST = 8
"""tables inside tables that are followed"""


def leaves(document: Mapping[str, Any], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Settings with dotted names."""
    for key, value in document.items():
        if isinstance(value, Mapping) and depth < DEEPEST:
            yield from leaves(value, f"{prefix}{key}.", depth + 1)
        else:
            yield f"{prefix}{key}", value


def trainer_of(settings: Mapping[str, Any]) -> str | None:
    """The trainer that has these dotted settings."""
    rules = {name: rule for name, rule in table("trainers").items() if name != "common"}
    hits = {name: sum(when in settings for when in rule["when"]) for name, rule in rules.items()}
    best = max(hits, key=lambda name: hits[name])
    return best if hits[best] else None


def trainer_values(document: Mapping[str, Any], name: str) -> tuple[dict[str, Any], list[Finding]] | None:
    """Keys of the workload of a trainer's settings, with the shapes of the model it names.

    None where no trainer that is known has such settings.
    """
    settings = dict(leaves(document))
    trainer = trainer_of(settings)
    if trainer is None:
        return None
    rule = table("trainers")[trainer]
    told = {key: value for key, names in rule["keys"].items() if (value := _told(settings, names)) is not None}
    for switch, keys in rule.get("switch", {}).items():
        if not settings.get(switch):
            told = {key: value for key, value in told.items() if key not in keys}
    values = {**rule["values"], **_common(settings), **told}
    if "lora_rank" in values and (bits := _base_bits(settings)) is not None:
        values["base_bits"] = bits
    if isinstance(values.get("epochs"), int | float) and "steps" in values:
        del values["epochs"]
    if trainer in ("llama-factory", "axolotl") and _full_finetuning(settings):
        values.pop("lora_rank", None)
    if isinstance(optimizer := values.get("optimizer"), str):
        values["optimizer"] = optimizer.rsplit(".", 1)[-1]
    shapes, findings = _model(values.pop("model", None), settings, rule)
    return {**shapes, **values}, [finding("trainer-settings", evidence=name, trainer=rule["title"]), *findings]


def _base_bits(settings: Mapping[str, Any]) -> int | None:
    """Bits of frozen weights: bitsandbytes' switches, LLaMA-Factory's number, LitGPT's word."""
    if settings.get("load_in_4bit") is True or str(settings.get("quantize", "")).startswith("bnb.nf4"):
        return 4
    if settings.get("load_in_8bit") is True:
        return 8
    bits = settings.get("quantization_bit")
    return bits if isinstance(bits, int) and bits in (4, 8) else None


def _told(settings: Mapping[str, Any], names: list[str]) -> Any:
    """The first of `names` that is set."""
    found = (settings[name] for name in names if settings.get(name) is not None)
    return next((value for value in found if not _unset(value)), None)


def _unset(value: Any) -> bool:
    """Whether a trainer means "not set" by `value`."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return (number and value < 0) or isinstance(value, list | dict) or value == "auto"


def _common(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What the same settings mean in every trainer."""
    rules = table("trainers")["common"]
    on = {key: any(settings.get(name) is True for name in names) for key, names in rules.items()}
    said = {key: any(name in settings for name in names) for key, names in rules.items()}
    found: dict[str, Any] = {}
    if on["bf16"] or on["fp16"]:
        found["precision"] = "bf16" if on["bf16"] else "fp16"
    if said["checkpointing"]:
        found["recompute"] = "full" if on["checkpointing"] else "no"
    if on["no-checkpointing"]:
        found["recompute"] = "no"
    if on["flash"]:
        found["attention"] = "flash"
    if said["fsdp"] and any(settings.get(name) for name in rules["fsdp"]):
        found["zero"] = 3
    for name in rules["zero"]:
        if stage := re.search(r"(?:z|zero|stage)[-_]?([0-3])", str(settings.get(name, ""))[:200].lower()):
            found["zero"] = int(stage[1])
    return found


def _full_finetuning(settings: Mapping[str, Any]) -> bool:
    """Whether all weights are trained although a rank is set."""
    kind = settings.get("finetuning_type", settings.get("adapter", "full"))
    return kind in (None, "", "full", "freeze")


def _model(told: Any, settings: Mapping[str, Any], rule: Mapping[str, Any]) -> tuple[dict[str, Any], list[Finding]]:
    """Shapes of the model that the settings name."""
    flavors = rule.get("models", {}).get(str(settings.get("model.name", "")).lower(), {})
    name = flavors.get(settings.get("model.flavor"), told)
    if isinstance(name, str) and is_preset(name):
        return preset_values(name), []
    asked = name or " ".join(str(settings[key]) for key in ("model.name", "model.flavor") if key in settings)
    return {}, [finding("model-unknown", name=str(asked)[:80])] if asked else []
