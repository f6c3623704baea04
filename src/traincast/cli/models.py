"""`traincast models`: presets."""

from __future__ import annotations

import click

from traincast.cli.options import emit_findings, json_option, lang_option


@click.command(epilog="NAME may also be a repository: meta-llama/Llama-3.1-8B.")
@click.argument("name", required=False)
@json_option
@lang_option
def command(name: str | None, as_json: bool, lang: str) -> None:
    """Published models that are known by name, or the shapes of one.

    \b
    Examples:
      traincast models
      traincast models llama-3-8b
      traincast models gpt2 --json
    """
    import msgspec

    from traincast.plugins import problems
    from traincast.workloads.presets import preset, presets

    found = [preset(name)] if name is not None else list(presets().values())
    if as_json:
        click.echo(msgspec.json.encode({"schema": "traincast.models/1", "models": found}))
        return
    from traincast.reports.models_page import model_page, models_page
    from traincast.reports.text import show

    show(model_page(found[0], lang=lang) if name is not None else models_page(found, lang=lang))
    emit_findings(problems())
