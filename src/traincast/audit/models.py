"""Published models that a text names."""

from __future__ import annotations

import re
from typing import Any

from traincast.audit.words import any_of, compiled, vocabulary
from traincast.errors import TraincastError

SHAPE = frozenset(
    {
        "arch", "n_layer", "d_model", "n_head", "n_kv_head", "head_dim", "d_ff", "mlp", "vocab", "tied", "positions",
        "window", "num_experts", "experts_per_token", "params_total", "params_active",
    }
)  # fmt: skip
"""keys that a model's name tells; batch and sequence length are the run's"""
NEAR = 0.25
"""relative difference of parameters up to which a name and a stated size mean the same model"""
UNITS = {"B": 1e9, "M": 1e6}


def named_model(text: str) -> dict[str, Any]:
    """Shape keys of the one published model that `text` names; nothing where it names none or several."""
    from traincast.workloads.presets import is_preset, preset_values

    found: dict[str, dict[str, Any]] = {}
    names = any_of([vocabulary()["model"]["names"], *added_names()])
    for match in compiled(r"(?<![\w-])" + names).finditer(text):
        name = longest(match[0], is_preset)
        if name:
            values = preset_values(name)
            found[str(values.get("model", name))] = values
    if len(found) != 1:
        return {}
    return {key: value for key, value in next(iter(found.values())).items() if key in SHAPE}


def added_names() -> list[str]:
    """Patterns of what the presets of plug-ins are called."""
    from traincast.workloads.presets import built_in, presets

    added = (one for name, one in presets().items() if name not in built_in())
    return [re.escape(called).replace(r"\ ", "[ -]") for one in added for called in (one.name, one.title)]


def longest(text: str, known: Any) -> str | None:
    """The longest beginning of `text`, cut at blanks and hyphens, that is `known`."""
    words = re.split(r"(?<=[ -])", text)
    for size in range(len(words), 0, -1):
        name = "".join(words[:size]).rstrip(" -")
        try:
            if known(name):
                return name
        except TraincastError:
            continue
    return None


def named_size(text: str) -> float | None:
    """Parameters of the one model named by its size: `Llama-3-8B`, `Pythia 410M`."""
    sizes = {float(size) * UNITS[letter] for size, letter in re.findall(vocabulary()["model"]["sized"], text)}
    return sizes.pop() if len(sizes) == 1 else None
