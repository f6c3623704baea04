"""`traincast train`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import msgspec
from msgspec import inspect

from traincast.errors import UsageError
from traincast.training.recipe import PRESETS, Recipe, recipe


def settings() -> list[click.Option]:
    """One option for each setting of a recipe, with the text and the bounds that the record gives."""
    options = []
    for field in msgspec.inspect.type_info(Recipe).fields:  # type: ignore[attr-defined]
        kind, about = unwrapped(field.type)
        flag = "--" + field.name.replace("_", "-")
        name = f"{flag}/--no-{flag[2:]}" if isinstance(kind, inspect.BoolType) else flag
        options.append(
            click.Option(
                [name, field.name],
                type=option_type(kind),
                default=None,
                help=f"{about}  [default: {field.default}]",
            )
        )
    return options


def unwrapped(kind: inspect.Type) -> tuple[inspect.Type, str]:
    """A field's type and its description."""
    if isinstance(kind, inspect.Metadata):
        return kind.type, (kind.extra_json_schema or {}).get("description", "")
    return kind, ""


def option_type(kind: inspect.Type) -> click.ParamType[Any]:
    """How click reads a value of `kind`."""
    if isinstance(kind, inspect.LiteralType):
        return click.Choice([str(value) for value in kind.values])
    if isinstance(kind, inspect.BoolType):
        return click.BOOL
    return click.INT if isinstance(kind, inspect.IntType) else click.FLOAT


@click.command(params=settings())
@click.option("--preset", metavar="NAME", help=f"Start from: {', '.join(PRESETS)}.")
@click.option("--text", type=click.Path(path_type=Path), help="Train on this file; without it, on a text that ships.")
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="Keep checkpoints here.")
@click.option("--resume", is_flag=True, help="Go on from the checkpoint in DIR; start where there is none yet.")
@click.option("--device", metavar="NAME", help="cpu, cuda, mps, xpu; without it, the accelerator that is there.")
@click.option("--threads", type=click.IntRange(min=1), help="Threads of the CPU.")
@click.option("--stamps", is_flag=True, help="Begin each line with date and time.")
def command(
    preset: str | None,
    text: Path | None,
    out: Path | None,
    resume: bool,
    device: str | None,
    threads: int | None,
    stamps: bool,
    **given: Any,
) -> None:
    """Train a small GPT, with nanoGPT's log lines on stdout (needs torch).

    \b
    Examples:
      traincast train --preset small --steps 200 > train.log
      traincast train --preset small --precision bf16 --compile --out runs/a
      traincast train --preset small --out runs/a --resume
      torchrun --nproc-per-node 2 -m traincast train --preset medium

    MFU is printed as nanoGPT prints it: a share of 312 TFLOPS, whatever the device.
    """
    asked = recipe(preset, **given)
    try:
        import torch
    except ImportError as error:
        raise UsageError("traincast train needs torch", hint="pip install 'traincast[torch]'") from error
    from traincast.training.gpt import SHIPPED, train
    from traincast.training.lines import at_once, stamped

    if threads:
        torch.set_num_threads(threads)
    say = stamped if stamps else at_once
    try:
        train(asked, text=text or SHIPPED, out=out, resume=resume, device=device, say=say)
    except RuntimeError as error:
        if "memory" not in str(error):
            raise
        raise UsageError("the run does not fit in memory", hint="a smaller --micro-batch or --seq-len") from error
