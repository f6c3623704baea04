"""`traincast plugins`: what other installed packages add."""

from __future__ import annotations

import click

from traincast.cli.options import emit_findings, json_option, lang_option, quiet_option
from traincast.plugins import installed, problems


@click.command(epilog="TRAINCAST_PLUGINS=off leaves all of them out.")
@json_option
@lang_option
@quiet_option
def command(as_json: bool, lang: str, quiet: bool) -> None:
    """Dialects, readers, devices, presets and reports of other installed packages, and which cannot be used.

    \b
    Examples:
      traincast plugins
      traincast plugins --json
      TRAINCAST_PLUGINS=off traincast read train.log
    """
    import msgspec

    load_all()
    if as_json:
        document = {"schema": "traincast.plugins/1", "plugins": installed(), "findings": problems()}
        click.echo(msgspec.json.encode(document))
        return
    from traincast.reports.plugins_page import plugins_page
    from traincast.reports.text import show

    show(plugins_page(installed(), problems(), lang=lang))
    emit_findings(problems(), quiet=quiet)


def load_all() -> None:
    """Have every group looked through, so that each plug-in shows whether it can be used."""
    from traincast.catalog.devices import accelerators
    from traincast.reading.dialect import openings
    from traincast.reading.structured import formats as structured
    from traincast.reports.formats import formats as forms
    from traincast.workloads.presets import presets

    for everything in (accelerators, openings, structured, forms, presets):
        everything()
