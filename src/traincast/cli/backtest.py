"""`traincast backtest LOG...`."""

from __future__ import annotations

import click

from traincast.cli.options import dialect_option, emit_json, json_option, lang_option, level_option


@click.command()
@click.argument("logs", metavar="LOG...", nargs=-1, required=True)
@level_option
@dialect_option
@json_option
@lang_option
def command(logs: tuple[str, ...], level: float, dialect: str | None, as_json: bool, lang: str) -> None:
    """How good would the forecast have been at each moment of finished runs.

    The logs are replayed: at 1, 5, 10, 25, 50 and 75 % of their steps and after ten lines the forecast, made from
    nothing that comes later, is compared with what came, beside the rules of other tools.

    \b
    Examples:
      traincast backtest finished.log
      traincast backtest runs/ --json
    """
    from traincast import api

    answer = api.backtest(list(logs), level=level, dialect=dialect)
    if as_json:
        emit_json(answer)
    else:
        from traincast.reports.backtest_page import backtest_page
        from traincast.reports.text import show

        show(backtest_page(answer, lang=lang))
