"""`traincast dialects`: log formats that are known; draft or check one."""

from __future__ import annotations

import click

from traincast.cli.options import emit_findings, json_option, lang_option
from traincast.errors import UsageError


@click.command()
@click.argument("words", metavar="[NAME | draft LOG | check FILE LOG]", nargs=-1)
@click.option("--toml", "as_toml", is_flag=True, help="The dialect's file itself.")
@json_option
@lang_option
def command(words: tuple[str, ...], as_toml: bool, as_json: bool, lang: str) -> None:
    """Log formats that are known, one of them by NAME, or work on one of your own.

    \b
    draft LOG        writes a dialect file for a log of unknown format
    check FILE LOG   reads LOG by the dialect FILE and its samples as they say

    \b
    Examples:
      traincast dialects
      traincast dialects nanogpt
      traincast dialects draft train.log > my.toml
      traincast dialects check my.toml train.log
    """
    if words[:1] == ("draft",):
        if len(words) != 2:
            raise UsageError("draft takes one LOG", hint="traincast dialects draft train.log > my.toml")
        draft(words[1])
    elif words[:1] == ("check",):
        if len(words) != 3:
            raise UsageError("check takes a FILE and a LOG", hint="traincast dialects check my.toml train.log")
        check(words[1], words[2], as_json=as_json, lang=lang)
    elif len(words) > 1:
        raise UsageError("one NAME at a time, not {count}", hint="`traincast dialects` lists them", count=len(words))
    else:
        listing(words[0] if words else None, as_toml=as_toml, as_json=as_json, lang=lang)


def listing(name: str | None, *, as_toml: bool, as_json: bool, lang: str) -> None:
    """Show all dialects, or one."""
    import msgspec

    from traincast.plugins import problems
    from traincast.reading.dialect import dialect_text, load, openings
    from traincast.reports.dialects_page import dialect_page, dialects_page
    from traincast.reports.text import show

    if as_toml:
        if name is None:
            raise UsageError("--toml needs a NAME", hint="traincast dialects nanogpt --toml")
        click.echo(dialect_text(name), nl=False)
        return
    found = [load(one) for one in ([name] if name else openings())]
    if as_json:
        click.echo(msgspec.json.encode({"schema": "traincast.dialects/1", "dialects": found}))
    elif name:
        show(dialect_page(found[0], lang=lang))
    else:
        show(dialects_page(found, lang=lang))
    if not as_json:
        emit_findings(problems())


def draft(log: str) -> None:
    """Write a dialect file for a log."""
    from traincast.reading.induce import draft_text
    from traincast.reading.named import open_sources

    source = open_sources(log)[0]
    click.echo(draft_text(source.blocks(), source.name), nl=False)


def check(path: str, log: str, *, as_json: bool, lang: str) -> None:
    """Show how a dialect file fares on a log; exits with 1 where a sample fails."""
    import msgspec

    from traincast.reading import read_logs
    from traincast.reading.check import failures
    from traincast.reading.dialect import load_file
    from traincast.reports.dialects_page import check_page
    from traincast.reports.text import show

    failed = failures(load_file(path))
    logs = read_logs(log, dialect=path)
    if as_json:
        click.echo(msgspec.json.encode({"schema": "traincast.dialects/1", "failures": failed, "runs": logs}))
    else:
        show(check_page(path, logs, failed, lang=lang))
    if failed:
        raise SystemExit(1)
