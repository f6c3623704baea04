"""`traincast rehearse -- CMD...`."""

from __future__ import annotations

from pathlib import Path

import click

from traincast.cli.command_line import Figure, Span, WithCommand, command_words
from traincast.cli.options import (
    dialect_option,
    emit_findings,
    emit_json,
    json_option,
    lang_option,
    level_option,
    on_option,
    quiet_option,
    steps_option,
)
from traincast.errors import UsageError


class Share(Figure):
    """A share: `5%` or `0.05`."""

    name = "share"

    def convert(self, value: str | float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """A fraction above 0; raises UsageError."""
        text = str(value).strip()
        try:
            share = float(text.rstrip("% ")) / (100 if text.endswith("%") else 1)
        except ValueError:
            share = 0.0
        if not 0 < share < 10:
            raise UsageError("--sure {value!r} is no share", hint="write 5% or 0.05", value=value)
        return share


@click.command(cls=WithCommand, options_metavar="[OPTIONS] -- CMD...")
@click.option("--sure", type=Share(), default="5%", show_default=True, help="Stop when the interval is so narrow.")
@click.option("--budget", type=Span(), default="10m", show_default=True, help="Stop after so long in any case.")
@click.option("--evaluation/--no-evaluation", default=True, help="Whether to wait for an evaluation; on by default.")
@click.option("--log", type=click.Path(path_type=Path), metavar="FILE", help="Read this file, not the output.")
@click.option("--patience", type=Span(), default="10s", show_default=True, help="Time to end after SIGINT.")
@steps_option
@on_option
@click.option("--workload", metavar="FILE", help="Config, TOML or preset: weighs the prediction in.")
@click.option("--schedule", metavar="STEP:WORK,...", help="Work of a step from each counter on: 0:1,1000:2.")
@dialect_option
@level_option
@json_option
@lang_option
@quiet_option
def command(
    sure: float,
    budget: float,
    evaluation: bool,
    log: Path | None,
    patience: float,
    steps: int | None,
    on: str | None,
    workload: str | None,
    schedule: str | None,
    dialect: str | None,
    level: float,
    as_json: bool,
    lang: str,
    quiet: bool,
) -> int:
    """Run a command only until the forecast of its full run is sure enough, then stop it.

    \b
    Examples:
      traincast rehearse -- python train.py --steps 6000
      traincast rehearse --sure 3% --budget 20m -- torchrun --nproc-per-node 8 train.py
      traincast rehearse --log out/metrics.jsonl --no-evaluation -- ./train.sh

    It stops when the interval of the total is narrower than --sure and an evaluation was seen or is known; 1 %
    either way is allowed for what two runs differ by. The command gets SIGINT, then SIGTERM, then SIGKILL, and so
    do the processes it started; no other does. Its output goes to stderr (nowhere with --quiet). --json writes one
    traincast.rehearse/1 document: a traincast.forecast/1 with the total counted from the start of the command,
    finish_at as if the full run began now, and exit_status of the command. Exit status: 0 answered, 2 nothing to
    answer from, 130 interrupted; that of the command where it failed by itself.
    """
    from traincast.cli.root import complain
    from traincast.live.question import question
    from traincast.live.rehearse import FailedError, Rehearsal, Wish

    words = command_words()
    if words is None:
        raise UsageError("rehearse needs a command", hint="traincast rehearse -- python train.py")
    asked = question(steps=steps, on=on, workload=workload, level=level, dialect=dialect, schedule=schedule)
    wish = Wish(sure=sure, budget=budget, evaluation=evaluation, patience=patience)
    try:
        answer = Rehearsal(words, asked, wish, log=log, sink=None if quiet else 2).result()
    except FailedError as error:
        complain(error, lang)
        return error.status
    if as_json:
        emit_json(answer)
    else:
        from traincast.reports.rehearse_page import rehearse_page
        from traincast.reports.text import show

        show(rehearse_page(answer, lang=lang))
        emit_findings(answer.findings, quiet=quiet)
    return 0
