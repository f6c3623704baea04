"""A Hugging Face `config.json` as a workload: the shapes of a model, nothing of its training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from traincast.errors import WorkloadError
from traincast.findings import Finding, finding
from traincast.workloads.ranges import shown
from traincast.workloads.tables import table

Config = Mapping[str, Any]


def is_config(document: Config) -> bool:
    """Whether a document looks like a model's config."""
    return "model_type" in document or "architectures" in document or isinstance(document.get("text_config"), dict)


def huggingface_values(document: Config, name: str) -> tuple[dict[str, Any], list[Finding]]:
    """Keys of the workload of the model with this config. Raises WorkloadError where it tells no layers or width."""
    config = {**document, **text} if isinstance(text := document.get("text_config"), dict) else document
    kind = str(config.get("model_type", "")).lower()
    known = table("huggingface")["type"].get(kind)
    usual: dict[str, Any] = dict(known or {"arch": None, "positions": "rotary"})
    values = {"arch": usual["arch"], "positions": usual["positions"], **_shape(config, usual), **_kind(config, usual)}
    if values.get("n_layer") is None or values.get("d_model") is None:
        raise WorkloadError(
            "{name} of model type {kind} tells no layers or width",
            hint="tell --n-layer and --d-model",
            name=name,
            kind=shown(kind),
        )
    findings = [] if known else [finding("model-type-unknown", evidence=name, kind=kind[:60] or "none")]
    length, found = _length(config, usual, name)
    values |= {"seq_len": length, "model": str(config.get("_name_or_path") or kind or "")[:80] or None}
    return {key: value for key, value in values.items() if value is not None}, [*findings, *found]


def _first(config: Config, names: list[str]) -> Any:
    """The first of `names` that the config tells."""
    return next((value for name in names if (value := config.get(name)) is not None), None)


def _shape(config: Config, usual: Config) -> dict[str, Any]:
    """Sizes, from the config or from the defaults of its class."""
    rules = table("huggingface")
    found = {key: _first(config, names) for key, names in rules["first"].items()}
    values = {key: usual.get(key) if value is None else value for key, value in found.items()}
    if (width := _first(config, rules["expert"]["d_ff"])) is not None and values["num_experts"]:
        values["d_ff"] = width
    if isinstance(values["d_ff"], list):  # one width a layer
        values["d_ff"] = max(values["d_ff"], default=None)
    if config.get("multi_query") and not config.get("new_decoder_architecture"):
        values["n_kv_head"] = 1
    shared = config.get("n_shared_experts")
    if isinstance(shared, int) and isinstance(values["experts_per_token"], int) and values["d_ff"] == width:
        values["experts_per_token"] += shared
    if usual["arch"] == "t5" and isinstance(values["n_layer"], int):
        values["encoder_layers"] = values["n_layer"]
        values["n_layer"] += config.get("num_decoder_layers") or values["n_layer"]
    if values["dense_layers"]:
        values["dense_d_ff"] = config.get("intermediate_size")
    if values["kv_rank"]:  # the config says that each head has own keys: they are made from the narrow ones
        values["n_kv_head"] = None
    return values


def _kind(config: Config, usual: Config) -> dict[str, Any]:
    """Activation, window and dropout."""
    rules = table("huggingface")
    activation = str(_first(config, rules["activation"]["any"]) or usual.get("activation") or "silu").lower()
    gated = (
        usual.get("gated", False) or activation.startswith("gated-") or (not usual.get("arch") and "silu" in activation)
    )
    slides = config.get("use_sliding_window", True)
    rates = [config.get(name) for name in rules["dropout"]["any"]]
    told = [rate for rate in rates if isinstance(rate, int | float)]
    return {
        "mlp": _mlp(activation, gated),
        "window": config.get("sliding_window") if slides and "layer_types" not in config else None,
        "dropout": any(rate > 0 for rate in told) if told else None,
    }


def _mlp(activation: str, gated: bool) -> str:
    """Our word for the feed-forward."""
    if gated:
        return "geglu" if "gelu" in activation else "swiglu"
    if activation in ("relu2", "relu_squared", "squared_relu"):
        return "relu2"
    return "relu" if activation == "relu" else "gelu"


def _length(config: Config, usual: Config, name: str) -> tuple[int | None, list[Finding]]:
    """Tokens of a training sequence: patches of an image, or the longest sequence where that is a usual length."""
    rules = table("huggingface")["positions"]
    if usual["arch"] == "vit":
        size, patch = config.get("image_size", usual["image_size"]), config.get("patch_size", usual["patch_size"])
        if isinstance(size, int) and isinstance(patch, int) and 0 < patch <= size:
            return (size // patch) ** 2 + 1, []
        return None, []
    scaling = config.get("rope_scaling")
    before = scaling.get("original_max_position_embeddings") if isinstance(scaling, dict) else None
    longest = _first(config, rules["longest"]) or usual.get("longest")
    if not isinstance(longest, int) or longest < 1:
        return None, []
    taken = min(before if isinstance(before, int) and before > 0 else longest, rules["usual"])
    if usual["positions"] == "learned" and longest <= rules["usual"]:
        return longest, []
    return taken, [finding("seq-len-assumed", evidence=name, taken=f"{taken:,}", allowed=f"{longest:,}")]
