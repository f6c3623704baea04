"""`traincast report LOG|-`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from traincast.answers import ReportAnswer
from traincast.cli.options import (
    emit_findings,
    emit_json,
    lang_option,
    level_option,
    on_option,
    quiet_option,
    steps_option,
)
from traincast.cli.workload_options import workload_options
from traincast.errors import UnreadableError, UsageError

FORMATS = ("text", "markdown", "html", "json")
SUFFIXES = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".json": "json",
    ".txt": "text",
}


@click.command(epilog="Without --format the suffix of -o decides; text is shown otherwise.")
@click.argument("source", metavar="LOG|-")
@click.option("--workload", metavar="FILE", help="What is trained: a preset, a config or a TOML file.")
@on_option
@steps_option
@workload_options
@click.option("--claims", metavar="NOTE.md", help="A note whose figures are checked against the run.")
@click.option("--format", "form", type=click.Choice(FORMATS), help="How it is written.")
@click.option("-o", "--output", metavar="FILE", help="Write there; standard output otherwise.")
@click.option("--plot", metavar="FILE.png|svg", help="The charts as one picture.")
@click.option("--date", metavar="YYYY-MM-DD", help="Date of the report; today otherwise.")
@click.option("--dialect", metavar="FILE|NAME|none", help="Read as this dialect; none: induce the format.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@level_option
@lang_option
@quiet_option
def command(
    source: str,
    workload: str | None,
    on: str | None,
    claims: str | None,
    form: str | None,
    output: str | None,
    plot: str | None,
    date: str | None,
    dialect: str | None,
    as_json: bool,
    level: float,
    lang: str,
    quiet: bool,
    **keys: Any,
) -> None:
    """The whole answer on a run: first iteration, speed, total, MFU, how long to wait.

    \b
    Examples:
      traincast report train.log --on "RTX 4070" --workload config/train_gpt2.py -o report.html
      traincast report train.log --format markdown --lang fr -o note.md
      traincast report train.log --claims note.md --plot charts.svg
      traincast report - < ten-pasted-lines.txt
    """
    from traincast import api

    answer = api.report(
        source, workload=workload, on=on, claims=claims, level=level, lang=lang, dialect=dialect, date=date, **keys
    )
    if plot is not None:
        draw(answer, plot, lang)
    form = "json" if as_json else form or SUFFIXES.get(Path(output or "").suffix.lower(), "text")
    if form == "json" and output is None:
        emit_json(answer)
        return
    content = written(answer, form, lang)
    if output is None:
        click.echo(content, nl=False)
    else:
        save(output, content.encode("utf-8"))
    if answer.audit is not None:
        emit_findings(answer.audit.findings, quiet=quiet)


def written(answer: ReportAnswer, form: str, lang: str) -> str:
    """The report as text of the asked form."""
    if form == "json":
        from traincast.answers import to_json

        return to_json(answer).decode("utf-8") + "\n"
    from traincast.reports.report_page import report_page

    page = report_page(answer, lang=lang)
    if form == "markdown":
        from traincast.reports.markdown import markdown

        return markdown(page, date=answer.date)
    if form == "html":
        from traincast.reports.html import page_html

        return page_html(page, drawings=drawings(answer, lang), date=answer.date)
    from traincast.reports.text import plain

    return plain(page)


def drawings(answer: ReportAnswer, lang: str) -> dict[str, str]:
    """Charts as SVG by name; none where the library is not installed, which is said."""
    from traincast.reports.charts import specs, svg

    try:
        return {name: svg(spec, lang=lang) for name, spec in specs(answer, lang=lang).items()}
    except UsageError as error:
        click.echo(f"warning: {error}; the page has words in their place ({error.hint})", err=True)
        return {}


def draw(answer: ReportAnswer, target: str, lang: str) -> None:
    """Write the charts as one PNG or SVG."""
    from traincast.reports.charts import png, specs, svg, together

    kind = Path(target).suffix.lower()
    if kind not in (".png", ".svg"):
        raise UsageError(f"a picture ends in .png or .svg, not {kind or 'nothing'!r}", hint="--plot charts.svg")
    found = specs(answer, lang=lang)
    if not found:
        raise UsageError("there is nothing to draw", hint="give a log with more steps, or --workload and --on")
    picture = together(found)
    save(target, png(picture, lang=lang) if kind == ".png" else svg(picture, lang=lang).encode("utf-8"))


def save(target: str, content: bytes) -> None:
    """Write a file; raises UnreadableError where that cannot be."""
    try:
        Path(target).write_bytes(content)
    except OSError as error:
        reason = (error.strerror or "cannot be written").lower()
        raise UnreadableError(f"{target}: {reason}", hint="check folder and rights") from error
