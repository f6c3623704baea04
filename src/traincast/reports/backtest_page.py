"""The scores of a backtest as a page."""

from __future__ import annotations

from traincast import units
from traincast.reports.page import Page, Table
from traincast.reports.wording import counter, spoken, translator
from traincast.scorecard import BacktestAnswer

DETAILED = 12
"""logs up to which every moment of each is shown"""
LISTED = 60
"""logs up to which each is shown at one moment"""
LISTED_AT = "10%"


@spoken
def backtest_page(answer: BacktestAnswer, *, lang: str = "en") -> Page:
    """Errors by method and moment, intervals, logs left out."""
    _, many = translator(lang), counter(lang)
    count = len(answer.replays)
    return Page(
        title=_("Backtest of {log}").format(log=answer.replays[0].source)
        if count == 1
        else many("Backtest of {count} log", "Backtest of {count} logs", count).format(count=count),
        lead=_lead(answer, lang),
        blocks=(_errors(answer, lang), _intervals(answer, lang), _logs(answer, lang), _left(answer, lang)),
        lang="fr" if lang == "fr" else "en",
    )


def _lead(answer: BacktestAnswer, lang: str) -> str:
    """When the forecast is right for good, over the logs."""
    _ = translator(lang)
    good = sorted(one.good_from for one in answer.replays if one.good_from is not None)
    if not good:
        return _("No log can be replayed.") if not answer.replays else _("No forecast stayed within 5 %.")
    return _("Within 5 % for good from {share} of the steps on (median); {count} of {all} logs get there.").format(
        share=units.percent(good[len(good) // 2]), count=len(good), all=len(answer.replays)
    )


def _errors(answer: BacktestAnswer, lang: str) -> Table:
    """Method by moment: mean and median over families of the relative error, which are one figure of one log."""
    _ = translator(lang)
    alone = len(answer.replays) == 1
    methods = [method.method for method in answer.scores[0].methods] if answer.scores else []
    rows = [
        (
            method_name(name, lang),
            *(
                _pct(row.methods[i].mean) if alone else f"{_pct(row.methods[i].mean)} / {_pct(row.methods[i].median)}"
                for row in answer.scores
            ),
        )
        for i, name in enumerate(methods)
    ]
    counts = (_("logs / families"), *(f"{row.logs} / {row.families}" for row in answer.scores))
    return Table(
        title=_("Error of the remaining time, %")
        if alone
        else _("Error of the remaining time, %: mean / median over families"),
        head=(_("method"), *(moment_name(row.moment, lang) for row in answer.scores)),
        rows=(*rows, counts) if rows and not alone else tuple(rows),
        align="l" + "r" * len(answer.scores),
    )


def _intervals(answer: BacktestAnswer, lang: str) -> Table:
    """Coverage and width of the intervals."""
    _ = translator(lang)
    figures = (
        (_("coverage"), [row.coverage for row in answer.scores]),
        (_("half-width"), [row.half_width for row in answer.scores]),
        (_("half-width, median"), [row.half_width_median for row in answer.scores]),
        (_("interval score"), [row.interval_score for row in answer.scores]),
    )
    return Table(
        title=_("{level} intervals, %").format(level=units.level(answer.level)),
        head=("", *(moment_name(row.moment, lang) for row in answer.scores)),
        rows=tuple((name, *(_pct(value) for value in values)) for name, values in figures) if answer.scores else (),
        align="l" + "r" * len(answer.scores),
    )


def _logs(answer: BacktestAnswer, lang: str) -> Table:
    """Each log: at every moment where there are few, at one where there are more, not at all where there are many."""
    _ = translator(lang)
    few = answer.replays if len(answer.replays) <= LISTED else []
    several = len(few) > 1  # of one the title says which
    rows = tuple(
        (
            *([one.source] if several else []),
            moment_name(moment.name, lang),
            units.duration(moment.truth),
            units.duration(moment.forecast),
            f"{units.duration(moment.low)} - {units.duration(moment.high)}",
            _pct(moment.forecast / moment.truth - 1),
        )
        for one in few
        for moment in one.moments
        if len(few) <= DETAILED or moment.name == LISTED_AT
    )
    return Table(
        title=_("Forecasts"),
        head=(*([_("log")] if several else []), _("at"), _("came"), _("forecast"), _("interval"), _("error, %")),
        rows=rows,
        align="lrrrrr" if several else "rrrrr",
    )


def _left(answer: BacktestAnswer, lang: str) -> Table:
    """Logs that cannot be replayed."""
    _ = translator(lang)
    return Table(
        title=_("Left out"),
        head=(_("log"), _("reason")),
        rows=tuple((one.source, one.reason) for one in answer.left_out),
    )


def _pct(fraction: float) -> str:
    """A fraction as a number of per cent."""
    return units.localised(f"{fraction * 100:.3g}")


def moment_name(name: str, lang: str) -> str:
    """When a forecast was made."""
    _ = translator(lang)
    return _("10 lines") if name == "10 lines" else name


def method_name(name: str, lang: str) -> str:
    """A way to forecast; programs keep their names."""
    _ = translator(lang)
    names = {"cumulative mean": _("cumulative mean"), "median": _("median"), "last value": _("last value")}
    return names.get(name, name)
