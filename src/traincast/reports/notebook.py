"""Answers in a notebook: as a fragment of HTML, as rows of a table, as a chart."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from typing import Any

import msgspec

from traincast.answers import (
    AuditAnswer,
    ForecastAnswer,
    PredictAnswer,
    ReadAnswer,
    RehearseAnswer,
    ReportAnswer,
    RunAnswer,
    WatchAnswer,
)
from traincast.errors import UsageError
from traincast.estimate import Estimate
from traincast.findings import Finding
from traincast.reports import charts
from traincast.reports.audit_page import audit_page
from traincast.reports.backtest_page import backtest_page
from traincast.reports.forecast_page import forecast_page
from traincast.reports.html import block_html, grouped, shown
from traincast.reports.page import Findings, Page
from traincast.reports.predict_page import predict_page
from traincast.reports.read_page import read_page
from traincast.reports.rehearse_page import rehearse_page
from traincast.reports.report_page import report_page, time_parts
from traincast.reports.watch_page import watch_page
from traincast.reports.wording import translator
from traincast.scorecard import BacktestAnswer

PAGES: dict[type, Callable[..., Page]] = {
    PredictAnswer: predict_page,
    RunAnswer: read_page,
    ForecastAnswer: forecast_page,
    WatchAnswer: watch_page,
    RehearseAnswer: rehearse_page,
    AuditAnswer: audit_page,
    BacktestAnswer: backtest_page,
    ReportAnswer: report_page,
}
TELL_THEMSELVES = (WatchAnswer, ReportAnswer)
"""answers whose pages hold their findings already"""
Row = dict[str, Any]


def html(answer: Any, *, lang: str) -> str:
    """The pages of `answer` one below the other, with their own style and no script."""
    style = files("traincast.reports").joinpath("notebook.css").read_text(encoding="utf-8")
    drawings = {}
    if isinstance(answer, ReportAnswer) and charts.can_draw():
        drawings = {name: charts.svg(spec, lang=lang) for name, spec in charts.specs(answer, lang=lang).items()}
    inner = "\n".join(fragment(page, drawings) for page in pages(answer, lang))
    return f'<div class="traincast" lang="{shown(lang)}">\n<style>\n{style}</style>\n{inner}\n</div>'


def pages(answer: Any, lang: str) -> Iterator[Page]:
    """What the verb of `answer` shows, findings included."""
    for one in answer.runs if isinstance(answer, ReadAnswer) else [answer]:
        page = PAGES[type(one)](one, lang=lang)
        findings: list[Finding] = [] if isinstance(one, TELL_THEMSELVES) else one.findings
        told = Findings(title=translator(lang)("What to know"), findings=tuple(findings))
        yield msgspec.structs.replace(page, blocks=(*page.blocks, told))


def fragment(page: Page, drawings: Mapping[str, str]) -> str:
    """One page without a document around it."""
    parts = [f"<h3>{shown(page.title)}</h3>"]
    if page.lead:
        parts.append(f'<p class="lead">{shown(page.lead)}</p>')
    for title, blocks in grouped(page):
        parts += [f"<h4>{shown(title)}</h4>"] if title else []
        parts += [block_html(block, page.lang, drawings) for block in blocks]
    return "\n".join(parts)


def rows(answer: Any) -> list[Row]:
    """The rows of `answer`: its runs, claims, moments or stretches; itself where it has none."""
    if isinstance(answer, BacktestAnswer):
        return [{"source": one.source, **flat(moment)} for one in answer.replays for moment in one.moments]
    if isinstance(answer, ReportAnswer):
        return [flat(point) for point in answer.course]
    if isinstance(answer, ReadAnswer):
        return [flat(run) for run in answer.runs]
    if isinstance(answer, AuditAnswer):
        return [flat(claim) for claim in answer.claims]
    return [flat(answer)]


def flat(record: msgspec.Struct, prefix: str = "") -> Row:
    """The fields of a record as cells: estimates as three, records inside by their names, findings as codes.

    Lists of anything else are left out.
    """
    found: Row = {}
    for name in record.__struct_fields__:
        value, key = getattr(record, name), prefix + name
        if isinstance(value, Estimate):
            found |= {key: value.value, f"{key}_low": value.low, f"{key}_high": value.high}
        elif isinstance(value, msgspec.Struct):
            found |= flat(value, f"{key}_")
        elif name == "findings":
            found[key] = " ".join(one.code for one in value)
        elif not isinstance(value, list | dict | tuple):
            found[key] = value
    return found


def chart(answer: Any, *, lang: str) -> Mapping[str, Any]:
    """What there is to draw: the course of a run, claims against their bounds, or the shares of a time."""
    if isinstance(answer, ReportAnswer):
        found = charts.specs(answer, lang=lang)
        spec = charts.together(found) if found else None
    elif isinstance(answer, AuditAnswer):
        spec = charts.claims(answer, lang)
    else:
        spec = charts.shares(parts(answer), lang)
    if spec is None:
        raise UsageError("there is nothing to draw", hint="traincast.report(LOG) draws the course of a run")
    bare = {key: value for key, value in spec.items() if key != "$schema"}  # altair brings its own version
    return {**bare, "background": "transparent"}


def parts(answer: Any) -> list[tuple[str, float]]:
    """(part, seconds): of a predicted step, of what remains, or of a log that was read."""
    if isinstance(answer, ReadAnswer):
        answer = next(iter(answer.runs), None)
    if isinstance(answer, RunAnswer):
        return time_parts(ReportAnswer(title="", date="", source="", run=answer))
    return [(part.name, part.seconds) for part in getattr(answer, "parts", []) if part.seconds > 0]
