"""`traincast read LOG...`."""

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


@click.command(epilog="A directory is read as all logs in it; - is standard input.")
@click.argument("logs", metavar="LOG...", nargs=-1, required=True)
@on_option
@steps_option
@level_option
@dialect_option
@click.option("--fail-on", metavar="CODE,...", help="Exit with 1 if one of these findings (or a severity) is there.")
@json_option
@lang_option
@quiet_option
def command(
    logs: tuple[str, ...],
    on: str | None,
    steps: int | None,
    level: float,
    dialect: str | None,
    fail_on: str | None,
    as_json: bool,
    lang: str,
    quiet: bool,
) -> None:
    """What do these logs say: steps, true speed, phases, re-based MFU.

    \b
    Examples:
      traincast read train.log
      traincast read train.log --on "RTX 4070"
      traincast read runs/ --json
      traincast read train.log --fail-on slowdown,stall
    """
    from traincast import api
    from traincast.cli.fail_on import failing

    answer = api.read(list(logs), on=on, steps=steps, level=level, dialect=dialect)
    findings = [found for run in answer.runs for found in run.findings]
    failed = failing(findings, fail_on)
    if as_json:
        emit_json(answer)
    else:
        from traincast.reports.read_page import read_page
        from traincast.reports.text import show

        for run in answer.runs:
            show(read_page(run, lang=lang))
            emit_findings(run.findings, quiet=quiet)
    if failed:
        click.get_current_context().exit(1)
