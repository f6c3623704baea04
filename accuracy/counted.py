"""Image networks told by counts: `python -m accuracy.counted` prints and writes docs/accuracy-counted.md.

python -m accuracy.counted --fit            # fits anew and writes src/traincast/calibrate/counted.toml
"""

from __future__ import annotations

import argparse
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from scipy.optimize import least_squares

from accuracy.facts import rows, whole
from accuracy.report import table
from accuracy.scatter import scatter
from accuracy.scores import weighted_quantile
from traincast.catalog.devices import accelerators
from traincast.cost.offered import listed_rate
from traincast.machine import Machine
from traincast.predict import prior
from traincast.predict.counted import Fitted, seconds
from traincast.workload import Workload
from traincast.workloads.resolve import resolve

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "docs" / "accuracy-counted.md"
PICTURE = TARGET.with_suffix(".svg")
SHIPPED = ROOT / "src" / "traincast" / "calibrate" / "counted.toml"
RESNET50_GMACS, DEEP = 4.1, 280.0
"""G multiply-adds of a forward pass at 224 x 224; FLOP a written value of ResNet-101 and 152 (215 in ResNet-50)"""
NAMES = ("rate", "passes", "attention over convolution", "tuned over plain")
PRIOR = np.log([0.9, 8.0, 1.0, 0.6])
PRIOR_SD = np.array([0.1, 0.5, 0.5, 0.5])
NOISE = 0.2
Array = np.ndarray[Any, Any]


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """One measured run of an image network."""

    id: str
    source: str
    model: str
    workload: Workload
    machine: Machine
    log_seconds: float


def run(row: dict[str, str]) -> Image | None:
    """A run that tells its device, its work and its speed."""
    gmacs = float(row["forward_gmacs"] or (RESNET50_GMACS if "ResNet-50 v1.5" in row["model"] else 0))
    if row["arch"] not in ("resnet", "vit") or not (row["accelerator"] and gmacs) or row["never_fit"]:
        return None
    n, batch = whole(row["n_devices"]) or 1, whole(row["global_batch"]) or whole(row["micro_batch"])
    rate = float(row["images_per_s"] or 0) or (batch or 0) / float(row["step_time_s"] or "inf")
    if not rate:
        return None
    each = whole(row["micro_batch"]) or max(1, (batch or 64 * n) // n)
    machine = Machine(accelerator=accelerators()[row["accelerator"]], n_devices=n)
    deep = any(name in row["model"] for name in ("101", "152"))
    tuned = row["source"].startswith(("mlcommons", "NVIDIA"))
    w = Workload(
        arch=row["arch"], forward_flops=2e9 * gmacs, forward_values=2e9 * gmacs / DEEP if deep else None,
        params_total=float(row["params_total"] or 25.6e6), micro_batch=each, precision=row["precision"] or None, dp=n,
        framework="mlperf" if tuned else row["framework"], grad_accum=1,
    )  # fmt: skip
    if not np.isfinite(listed_rate(machine, w.precision or "fp16")) or not machine.accelerator.memory_bandwidth:
        return None
    return Image(
        id=row["id"], source=row["source"], model=row["model"], workload=w, machine=machine,
        log_seconds=float(np.log(each * n / rate)),
    )  # fmt: skip


def runs() -> list[Image]:
    """All runs that can be scored."""
    return [one for row in rows() if (one := run(row)) is not None]


def made(theta: Array, half: tuple[float, float] = (0.0, 0.0), n: int = 0) -> Fitted:
    """A fit with these logarithms."""
    rate, passes, ratio, tuned = np.exp(theta).tolist()  # attention from convolution, where no ViT was seen
    figures = {"rate": rate, "passes": passes, "passes_attention": passes * ratio, "passes_tuned": tuned}
    today = datetime.now(timezone.utc).date().isoformat()
    return Fitted(date=today, rows=n, half_width=half[0], half_width_attention=half[1], **figures)


def predicted(measured: list[Image], theta: Array) -> Array:
    """Log seconds of a step."""
    f = made(theta)
    return np.log([sum(seconds(one.workload, one.machine, f).values()) for one in measured])


def fit(measured: list[Image]) -> Array:
    """Most probable logarithms; outliers count little."""
    y = np.array([one.log_seconds for one in measured])

    def residuals(theta: Array) -> Array:
        return np.concatenate([(predicted(measured, theta) - y) / NOISE, (theta - PRIOR) / PRIOR_SD])

    return np.asarray(least_squares(residuals, PRIOR, loss="soft_l1").x)


def left_out(measured: list[Image], key: list[str]) -> Array:
    """Log errors of every run by a fit that never saw its group."""
    error = np.zeros(len(measured))
    for name in sorted(set(key)):
        out = [i for i, one in enumerate(key) if one == name]
        theta = fit([one for one, of in zip(measured, key, strict=True) if of != name])
        mu = predicted([measured[i] for i in out], theta)
        error[out] = mu - np.array([measured[i].log_seconds for i in out])
    return error


def groups(measured: list[Image]) -> dict[str, Array]:
    """Group -> rows."""
    vit = np.array([one.workload.arch == "vit" for one in measured])
    many = np.array([one.machine.n_devices > 1 for one in measured])
    found = {
        "all": vit | ~vit, "convolutional, one device": ~vit & ~many, "convolutional, several": many,
        "ViT": vit & ~many,
    }  # fmt: skip
    return {name: np.flatnonzero(mask) for name, mask in found.items() if mask.any()}


def half_widths(measured: list[Image], error: Array) -> tuple[float, float]:
    """What 90 % of the rows of left-out sources need, of convolution and of attention; large sources weighed down."""
    source = [one.source for one in measured]
    weights = np.array([source.count(name) ** -0.5 for name in source])
    vit = np.array([one.workload.arch == "vit" for one in measured])
    conv = weighted_quantile(np.abs(error)[~vit], weights[~vit], 0.9)
    return conv, max(conv, weighted_quantile(np.abs(error)[vit], weights[vit], 0.9))


def scores(measured: list[Image], error: Array, half: Array) -> str:
    """Scores by group, beside the best constant MFU of all rows."""
    work = [3 * (w.forward_flops or 0) * (w.micro_batch or 1) for w in (one.workload for one in measured)]
    rate = [listed_rate(one.machine, one.workload.precision or "fp16") for one in measured]
    ideal = np.log(work) - np.log(rate) - np.array([one.log_seconds for one in measured])
    rule = ideal - np.median(ideal)
    lines = []
    for name, here in groups(measured).items():
        ape, theirs = 100 * np.abs(np.expm1(error[here])), 100 * np.abs(np.expm1(rule[here]))
        lines.append(
            [
                name, str(len(here)), f"{np.median(ape):.1f} %", f"{np.quantile(ape, 0.9):.0f} %",
                f"{np.median(error[here]):+.3f}", f"{100 * np.mean(np.abs(error[here]) < half[here]):.0f} %",
                f"{np.median(theirs):.1f} / {np.quantile(theirs, 0.9):.0f}",
            ]
        )  # fmt: skip
    return table(["group", "rows", "median", "90th pct", "bias (log)", "coverage", "constant MFU, in sample"], lines)


def chart(measured: list[Image]) -> str:
    """Predicted against measured step times, source left out, as an SVG."""
    error = left_out(measured, [one.source for one in measured])
    y = np.array([one.log_seconds for one in measured])
    points = {
        name: [(float(np.exp(y[i])), float(np.exp(y[i] + error[i]))) for i in here]
        for name, here in groups(measured).items()
        if name != "all"
    }
    return scatter(points, title="Step times of image networks, source left out", unit="s a step")


SHAPED = {
    "vit_small_patch16_224": "vit-s16", "deit3_small": "vit-s16", "vit_base_patch16_224": "vit-b16",
    "deit3_base": "vit-b16", "beit_base": "vit-b16", "vit_large_patch16_224": "vit-l16", "deit3_large": "vit-l16",
    "beit_large": "vit-l16",
}  # fmt: skip
"""part of a model's name -> the preset with its shape"""


def by_shape(measured: list[Image]) -> str:
    """Vision transformers predicted from their shape, as encoders; no image network is in that fit."""
    errors, told = [], {"compile": False, "attention": "naive", "optimizer": "sgd"}
    for one in measured:
        name = next((preset for part, preset in SHAPED.items() if part in one.model), None)
        if name is None:
            continue
        w = resolve(name, micro_batch=one.workload.micro_batch, precision=one.workload.precision, **told)[0]
        errors.append(prior(w, one.machine)[0] - one.log_seconds)
    ape = 100 * np.abs(np.expm1(errors))
    return BY_SHAPE.format(
        n=len(errors), median=np.median(ape), worst=ape.max(), bias=float(np.median(errors))
    )  # fmt: skip


BY_SHAPE = """{n} runs of ViT-S, B and L told by layers, width and heads (the presets) go another way: as encoders, by
the model of language networks, which no image network was fitted to. Their median error is {median:.0f} %, the
largest {worst:.0f} %, the bias {bias:+.2f}."""


def page(measured: list[Image]) -> tuple[str, tuple[float, float]]:
    """The whole page, and the half-widths of the interval."""
    source = left_out(measured, [one.source for one in measured])
    device = left_out(measured, [one.machine.accelerator.name for one in measured])
    widths = half_widths(measured, source)
    half = np.where([one.workload.arch == "vit" for one in measured], widths[1], widths[0])
    theta = fit(measured)
    fitted = ", ".join(f"{name} {value:.3g}" for name, value in zip(NAMES, np.exp(theta), strict=True))
    parts = [
        INTRODUCTION.format(rows=len(measured), half=np.exp(widths[0]), attention=np.exp(widths[1])),
        f"Fitted on all rows: {fitted}.",
        f"![Predicted against measured step times, source left out]({PICTURE.name})",
        "## Leave one source out", scores(measured, source, half), "## Leave one device out",
        scores(measured, device, half), "## Vision transformers by their shape", by_shape(measured),
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n", widths


INTRODUCTION = """# Accuracy of counted networks

Written by `make accuracy`. {rows} measured runs of image networks that tell the work of a forward pass, the device and
the speed; a network that is counted (`traincast.predict(module, inputs=...)`, `--forward-flops`) is predicted in the
same way. The interval of 90 % is x/÷{half:.2f} for convolution and x/÷{attention:.2f} for attention: FLOP and bytes
alone say little of a software that nobody measured."""


def main() -> None:
    """Print and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--fit", action="store_true")
    measured = runs()
    text, half = page(measured)
    if parser.parse_args().fit:
        shipped = msgspec.structs.asdict(made(fit(measured), half, len(measured)))
        lines = [f'{k} = "{v}"' if isinstance(v, str) else f"{k} = {v:.4g}" for k, v in shipped.items()]
        SHIPPED.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    TARGET.write_text(text, encoding="utf-8")
    PICTURE.write_text(chart(measured), encoding="utf-8")
    print(text)


HEAD = "# Fitted by `python -m accuracy.counted --fit`; predict/counted.py says what each figure is.\n"


if __name__ == "__main__":
    main()
