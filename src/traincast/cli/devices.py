"""`traincast devices`: accelerators of the catalog."""

from __future__ import annotations

import click

from traincast.cli.options import emit_findings, json_option, lang_option, quiet_option


@click.command(epilog="NAME is written as a person or a driver writes it.")
@click.argument("name", required=False)
@json_option
@lang_option
@quiet_option
def command(name: str | None, as_json: bool, lang: str, quiet: bool) -> None:
    """Accelerators that are known, or all that is known of one, with sources.

    \b
    Examples:
      traincast devices
      traincast devices "RTX 4070"
      traincast devices H100 --json
    """
    import msgspec

    from traincast.catalog.capability import name_findings
    from traincast.catalog.devices import accelerators
    from traincast.catalog.lookup import accelerator
    from traincast.plugins import problems

    found = [accelerator(name)] if name is not None else list(accelerators().values())
    findings = [*(name_findings(name, found[0]) if name is not None else []), *problems()]
    if as_json:
        click.echo(msgspec.json.encode({"schema": "traincast.devices/1", "devices": found, "findings": findings}))
        return
    from traincast.reports.devices_page import device_page, devices_page
    from traincast.reports.text import show

    show(device_page(found[0], lang=lang) if name is not None else devices_page(found, lang=lang))
    emit_findings(findings, quiet=quiet)
