"""The forecast as a page."""

from __future__ import annotations

from datetime import datetime

from traincast import units
from traincast.answers import ForecastAnswer
from traincast.reports.page import Fact, Facts, Page, Table
from traincast.reports.unit_words import unit_name, unit_names, with_article
from traincast.reports.wording import source_name, spoken, translator


@spoken
def forecast_page(answer: ForecastAnswer, *, lang: str = "en") -> Page:
    """Remaining time, what it is made of, and how sure it is."""
    _ = translator(lang)
    return Page(
        title=_("Forecast of {source}").format(source=source_name(answer.source, lang)),
        lead=_lead(answer, lang),
        blocks=(Facts(rows=tuple(_facts(answer, lang))), _parts(answer, lang)),
        lang="fr" if lang == "fr" else "en",
    )


def _lead(answer: ForecastAnswer, lang: str) -> str:
    """The answer in one sentence."""
    _ = translator(lang)
    left = answer.remaining
    if left is None:
        return _("Nothing in the log tells how fast the run is.")
    if left.value == 0:
        return _("The run is over.")
    if left.low is None or left.high is None:
        return _("{time} to go.").format(time=units.duration(left.value))
    return _("{time} to go: {low} to {high} with probability {level}.").format(
        time=units.duration(left.value),
        low=units.duration(left.low),
        high=units.duration(left.high),
        level=units.level(left.level),
    )


def _facts(answer: ForecastAnswer, lang: str) -> list[Fact]:
    """The figures under the lead."""
    _ = translator(lang)
    rows = [Fact(label=_("done"), value=_progress(answer, lang))]
    if answer.finish_at:
        rows.append(Fact(label=_("ends"), value=_moment(answer.finish_at)))
    if answer.step_time:
        rows.append(
            Fact(
                label=with_article(_("a {unit}").format(unit=unit_name(answer.unit, lang))),
                value=units.duration(answer.step_time.value),
                note=units.interval(answer.step_time),
            )
        )
    if answer.total:
        rows.append(
            Fact(label=_("whole run"), value=units.duration(answer.total.value), note=units.interval(answer.total))
        )
    if answer.probability_by_deadline is not None:
        rows.append(Fact(label=_("by the deadline"), value=units.percent(answer.probability_by_deadline)))
    if answer.prior_weight:
        rows.append(Fact(label=_("from the prediction"), value=units.percent(answer.prior_weight)))
    if not answer.ready:
        rows.append(Fact(label=_("reliable"), value=_("not yet"), note=_("the interval is still wide")))
    return rows


def _progress(answer: ForecastAnswer, lang: str) -> str:
    """800 of 6000 steps (13.3 %)."""
    _ = translator(lang)
    if not answer.steps_total:
        return _("{done} {units}").format(done=units.number(answer.steps_done), units=unit_names(answer.unit, lang))
    return _("{done} of {total} {units} ({share})").format(
        done=units.number(answer.steps_done),
        total=units.number(answer.steps_total),
        units=unit_names(answer.unit, lang),
        share=units.percent(answer.steps_done / answer.steps_total),
    )


def _moment(text: str) -> str:
    """Date and time without seconds."""
    return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M %Z")


def _parts(answer: ForecastAnswer, lang: str) -> Table:
    """What the remaining time is made of; nothing where it is all training."""
    _ = translator(lang)
    total = sum(part.seconds for part in answer.parts)
    names: dict[str, str] = {
        "training": _("training"),
        "evaluation": _("evaluation"),
        "checkpoint": _("checkpoint"),
        "pause": _("other pauses"),
    }
    rows = tuple(
        (names.get(part.name, part.name), units.duration(part.seconds), units.percent(part.seconds / total, 2))
        for part in answer.parts
        if part.seconds > 0 and total > 0
    )
    return Table(
        title=_("Still to come"),
        head=(_("part"), _("time"), _("share")),
        rows=rows if len(rows) > 1 else (),
        align="lrr",
    )
