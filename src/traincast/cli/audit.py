"""`traincast audit LOG|FILE|-`, `traincast audit --claim TEXT`."""

from __future__ import annotations

import sys
from typing import Any

import click

from traincast.cli.options import (
    dialect_option,
    emit_findings,
    emit_json,
    json_option,
    lang_option,
    on_option,
    quiet_option,
    steps_option,
)
from traincast.cli.workload_options import workload_options


@click.command(epilog="Verdicts: impossible, contradictory, implausible, consistent, unverifiable.")
@click.argument("source", metavar="LOG|FILE|-", required=False)
@click.option("--claim", multiple=True, metavar="TEXT", help='A claim to audit: "100 ms per step on an RTX 4070".')
@click.option("--workload", metavar="FILE", help="What is trained: a preset, a config or a TOML file.")
@on_option
@steps_option
@workload_options
@dialect_option
@click.option("--fail-on", metavar="VERDICT,...", help="Exit with 1 on one of these verdicts or finding codes.")
@json_option
@lang_option
@quiet_option
def command(
    source: str | None,
    claim: tuple[str, ...],
    workload: str | None,
    on: str | None,
    dialect: str | None,
    fail_on: str | None,
    as_json: bool,
    lang: str,
    quiet: bool,
    **keys: Any,
) -> None:
    """Can these numbers be true: of a note (Markdown or text, English or French), a log, or a claim.

    \b
    Examples:
      traincast audit note.md --on "RTX 4070" --workload config/train_gpt2.py
      traincast audit --claim "GPT-2 124M at 2M tokens/s on one RTX 4090" --seq-len 1024
      traincast audit train.log --on A100-SXM4-80GB
      traincast audit note.md --fail-on impossible,contradictory --quiet
    """
    from traincast import api
    from traincast.cli.fail_on import failing

    answer = api.audit(source, claim=claim, workload=workload, on=on, lang=lang, dialect=dialect, **keys)
    conditions = [name.strip() for name in (fail_on or "").split(",") if name.strip()]
    codes = [name for name in conditions if name not in VERDICTS]
    failed = answer.verdict in conditions or any(one.verdict in conditions for one in answer.claims)
    failed = failing(answer.findings, ",".join(codes)) or failed
    if as_json:
        emit_json(answer)
    else:
        from traincast.reports.audit_page import audit_page
        from traincast.reports.text import show

        show(audit_page(answer, lang=lang))
        emit_findings(answer.findings, quiet=quiet)
    if failed:
        sys.stdout.flush()
        raise SystemExit(1)


VERDICTS = frozenset({"impossible", "contradictory", "implausible", "consistent", "unverifiable"})
