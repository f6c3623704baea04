"""`traincast forecast LOG`."""

from __future__ import annotations

import click

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


@click.command()
@click.argument("log")
@steps_option
@on_option
@click.option("--workload", metavar="FILE", help="Config, TOML or preset: weighs the prediction in.")
@click.option("--deadline", metavar="WHEN|DURATION", help="Probability to be done by 18:00, 2026-11-24T18:00, in 6h.")
@click.option("--schedule", metavar="STEP:WORK,...", help="Work of a step from each counter on: 0:1,1000:2.")
@level_option
@dialect_option
@click.option("--fail-on", metavar="CODE,...", help="Exit with 1 if one of these findings (or a severity) is there.")
@json_option
@lang_option
@quiet_option
def command(
    log: str,
    steps: int | None,
    on: str | None,
    workload: str | None,
    deadline: str | None,
    schedule: str | None,
    level: float,
    dialect: str | None,
    fail_on: str | None,
    as_json: bool,
    lang: str,
    quiet: bool,
) -> None:
    """When will the run that writes LOG end, with what certainty.

    \b
    Examples:
      traincast forecast train.log
      traincast forecast train.log --steps 6000 --deadline 18:00
      traincast forecast train.log --on "RTX 4070" --workload config/train_gpt2.py
      traincast forecast train.log --schedule 0:32,2000:64,8000:128   # batch size by step
    """
    from traincast import api
    from traincast.cli.fail_on import failing

    answer = api.forecast(
        log, steps=steps, on=on, workload=workload, deadline=deadline, level=level, dialect=dialect, schedule=schedule
    )
    failed = failing(answer.findings, fail_on)
    if as_json:
        emit_json(answer)
    else:
        from traincast.reports.forecast_page import forecast_page
        from traincast.reports.text import show

        show(forecast_page(answer, lang=lang))
        emit_findings(answer.findings, quiet=quiet)
    if failed:
        click.get_current_context().exit(1)
