"""`traincast predict [WORKLOAD] --on DEVICE`."""

from __future__ import annotations

import sys
from typing import Any

import click

from traincast.cli.options import (
    emit_findings,
    emit_json,
    json_option,
    lang_option,
    level_option,
    on_option,
    quiet_option,
    steps_option,
)
from traincast.cli.workload_options import WorkloadCommand, trainer_arguments, workload_options
from traincast.errors import UsageError


@click.command(
    cls=WorkloadCommand, epilog="WORKLOAD: a preset, a nanoGPT config/*.py, a Hugging Face config.json, TOML, YAML."
)
@click.argument("workload", required=False)
@on_option
@steps_option
@workload_options
@level_option
@click.option(
    "--batch", metavar="FILE.jsonl", help="One flat workload a line with id and on; one document a line comes out."
)
@click.option(
    "--seen",
    metavar="LOG=WORKLOAD",
    multiple=True,
    help="A log of another workload on that machine, and what it trained; may be given again.",
)
@click.option(
    "--module",
    metavar="PKG.MOD:FACTORY",
    help="Imports and runs your code: FACTORY() returns a torch module and its inputs, which are counted.",
)
@click.option("--explain", is_flag=True, help="Formula with numbers, source of each constant, rows that calibrated it.")
@json_option
@lang_option
@quiet_option
def command(
    workload: Any,
    on: str | None,
    level: float,
    batch: str | None,
    seen: tuple[str, ...],
    module: str | None,
    explain: bool,
    as_json: bool,
    lang: str,
    quiet: bool,
    **keys: Any,
) -> None:
    """How fast, how long, does it fit, what will the first step cost.

    \b
    Examples:
      traincast predict gpt2 --on "RTX 4090" --micro-batch 12 --grad-accum 40 --steps 6000
      traincast predict config/train_gpt2.py --on A100-SXM4-80GBx8 --batch_size=16 --compile=False
      traincast predict llama-3-8b --on H100x8 --zero 3 --explain
      traincast predict --n-layer 12 --d-model 768 --vocab 50304 --seq-len 1024
      traincast predict --module mycode.nets:small_unet --on "RTX 4090" --precision fp16
      traincast predict --batch workloads.jsonl > answers.jsonl
    """
    from traincast import api

    if batch is not None:
        from traincast.predict.batch import answer_lines

        if workload is not None:
            raise UsageError("--batch and WORKLOAD exclude each other", hint="write the workload as a line of the file")
        answer_lines(batch, sys.stdout.buffer, on=on, level=level, keys=keys)
        return
    if module is not None:
        from traincast.workloads.counting import counted_factory

        if workload is not None:
            raise UsageError("--module and WORKLOAD exclude each other", hint="the module is the workload")
        workload, keys = counted_factory(module, **keys), {"steps": keys.get("steps")}
    answer = api.predict(workload, on=on, level=level, seen=seen, arguments=trainer_arguments(), **keys)
    if as_json:
        emit_json(answer)
        return
    from traincast.reports.predict_page import predict_page
    from traincast.reports.text import show

    extra: tuple[Any, ...] = ()
    if explain:
        from traincast.reports.explain_page import explanation

        extra = explanation(answer, lang=lang)
    show(predict_page(answer, lang=lang, extra=extra))
    emit_findings(answer.findings, quiet=quiet)
