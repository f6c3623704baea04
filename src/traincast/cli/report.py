"""`traincast report LOG|-`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from traincast.answers import ReportAnswer
from traincast.cli.options import (
    dialect_option,
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
from traincast.phrases import phrase


@click.command(epilog="Without --format the ending of -o decides; text is shown otherwise.")
@click.argument("source", metavar="LOG|-")
@click.option("--workload", metavar="FILE", help="What is trained: a preset, a config or a TOML file.")
@on_option
@steps_option
@workload_options
@click.option("--claims", metavar="NOTE.md", help="A note whose figures are checked against the run.")
@click.option(
    "--format", "form", metavar="text|markdown|html|json|NAME", help="How it is written; NAME is that of a plug-in."
)
@click.option("-o", "--output", metavar="FILE", help="Write there; standard output otherwise.")
@click.option("--plot", metavar="FILE.png|svg", help="The charts as one picture.")
@click.option("--date", metavar="YYYY-MM-DD", help="Date of the report; today otherwise.")
@dialect_option
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
    from traincast.reports.charts import NO_CHARTS, TO_DRAW, can_draw
    from traincast.reports.formats import named, of_file
    from traincast.reports.wording import severity_label
    from traincast.wording import told

    how = named("json" if as_json else str(form)) if as_json or form else of_file(output)
    answer = api.report(
        source, workload=workload, on=on, claims=claims, level=level, lang=lang, dialect=dialect, date=date, **keys
    )
    if plot is not None:
        draw(answer, plot, lang)
    if how.name == "json" and output is None:
        emit_json(answer)
        return
    if how.name == "html" and not can_draw():
        warning = phrase("{charts}; the page has words in their place ({to_draw})", charts=NO_CHARTS, to_draw=TO_DRAW)
        click.echo(severity_label("warning", lang) + told(warning, lang), err=True)
    content = how.write(answer, lang=lang)
    if output is None:
        click.echo(content, nl=False)
    else:
        save(output, content if isinstance(content, bytes) else content.encode("utf-8"))
    if answer.audit is not None:
        emit_findings(answer.audit.findings, quiet=quiet)


def draw(answer: ReportAnswer, target: str, lang: str) -> None:
    """Write the charts as one PNG or SVG."""
    from traincast.reports.charts import png, specs, svg, together

    kind = Path(target).suffix.lower()
    if kind not in (".png", ".svg"):
        raise UsageError(
            "a picture ends in .png or .svg, not {kind!r}", hint="--plot charts.svg", kind=kind or phrase("nothing")
        )
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
        reason = (error.strerror or "").lower() or phrase("cannot be written")
        raise UnreadableError("{path}: {reason}", hint="check folder and rights", path=target, reason=reason) from error
