"""`traincast findings`: what traincast may warn about."""

from __future__ import annotations

import click

from traincast.cli.options import json_option, lang_option


@click.command()
@click.argument("code", required=False)
@json_option
@lang_option
def command(code: str | None, as_json: bool, lang: str) -> None:
    """What traincast may warn about, or one finding by its CODE.

    \b
    Examples:
      traincast findings
      traincast findings mfu-sentinel --json
    """
    import msgspec

    from traincast.findings import kind, kinds

    found = [kind(code)] if code is not None else list(kinds().values())
    if as_json:
        click.echo(msgspec.json.encode({"schema": "traincast.findings/1", "findings": found}))
        return
    from traincast.reports.findings_page import finding_page, findings_page
    from traincast.reports.text import show

    show(finding_page(found[0], lang=lang) if code is not None else findings_page(found, lang=lang))
