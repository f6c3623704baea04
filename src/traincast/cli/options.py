"""Options that several verbs share, and how an answer leaves."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click
import msgspec

from traincast.findings import Finding

F = TypeVar("F", bound=Callable[..., Any])


def json_option(function: F) -> F:
    """`--json`: one document on stdout, nothing else."""
    return click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout, nothing else.")(function)


def lang_option(function: F) -> F:
    """`--lang en|fr`: language of the text; `cli/root.py` tells errors in it, wherever it stands."""
    return click.option(
        "--lang",
        type=click.Choice(["en", "fr"]),
        default="en",
        show_default=True,
        help="Language of the text and of errors.",
    )(function)


def quiet_option(function: F) -> F:
    """`--quiet`: no findings or progress on stderr."""
    return click.option("--quiet", "-q", is_flag=True, help="No findings and no progress on stderr.")(function)


def level_option(function: F) -> F:
    """`--level`: probability that an interval holds the truth."""
    return click.option(
        "--level",
        type=click.FloatRange(0.0, 1.0, min_open=True, max_open=True),
        default=0.9,
        show_default=True,
        help="Probability that an interval holds the truth.",
    )(function)


def on_option(function: F) -> F:
    """`--on DEVICE[xN]`: any alias of the catalog, or a machine profile."""
    return click.option(
        "--on", metavar="DEVICE[xN]", help='Device, as a person or a driver writes it: "RTX 4070", "H100x8".'
    )(function)


class WholeNumber(click.IntRange):
    """A count, named so where it is none."""

    name = "whole number"


def steps_option(function: F) -> F:
    """`--steps N`: optimizer steps of the whole run."""
    return click.option("--steps", type=WholeNumber(min=1, max=10**15), help="Steps of the whole run.")(function)


def dialect_option(function: F) -> F:
    """`--dialect FILE|NAME|none`: how a log is read where that is not to be found out."""
    return click.option("--dialect", metavar="FILE|NAME|none", help="Read as this dialect; none: induce the format.")(
        function
    )


def emit_json(answer: msgspec.Struct) -> None:
    """Write `answer` as the only thing on stdout."""
    click.echo(msgspec.json.encode(answer))


def emit_findings(findings: Iterable[Finding], *, quiet: bool = False) -> None:
    """Write findings to stderr, one a paragraph."""
    if quiet:
        return
    findings = list(findings)
    if not findings:
        return
    from traincast.reports.wording import evidence_text, finding_text, severity_label, translator

    context = click.get_current_context(silent=True)
    lang = str(context.params.get("lang", "en")) if context else "en"
    _ = translator(lang)
    for found in findings:
        message, remedy = finding_text(found, lang)
        emit_wrapped(f"{severity_label(found.severity, lang)}{message} [{found.code}]")
        if found.evidence:
            emit_wrapped("  " + _("evidence: {text}").format(text=evidence_text(found, lang)))
        if remedy:
            emit_wrapped("  " + _("remedy: {text}").format(text=remedy))


def emit_wrapped(line: str) -> None:
    """Write `line` to stderr; on a terminal no word is broken at its edge."""
    if sys.stderr.isatty():
        import shutil
        import textwrap

        indent = " " * (len(line) - len(line.lstrip()) + 2)
        line = textwrap.fill(line, shutil.get_terminal_size().columns, subsequent_indent=indent, break_on_hyphens=False)
    click.echo(line, err=True)
