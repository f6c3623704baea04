"""What a rehearsal says about the full run, as a page."""

from __future__ import annotations

import shlex

from traincast import units
from traincast.answers import RehearseAnswer
from traincast.reports.forecast_page import forecast_page
from traincast.reports.page import Fact, Facts, Page
from traincast.reports.wording import spoken, translator


@spoken
def rehearse_page(answer: RehearseAnswer, *, lang: str = "en") -> Page:
    """The time of the full run, what it is made of, and what it rests on."""
    _ = translator(lang)
    inner = forecast_page(answer, lang=lang)
    return Page(
        title=_("Rehearsal of {command}").format(command=shlex.join(answer.command)),
        lead=_lead(answer, lang),
        blocks=(Facts(rows=tuple(_facts(answer, lang))), *inner.blocks),
        lang=inner.lang,
    )


def _lead(answer: RehearseAnswer, lang: str) -> str:
    """The full run in one sentence."""
    _ = translator(lang)
    total = answer.total
    if total is None or total.low is None or total.high is None:
        return _("Nothing tells how long the full run takes.")
    return _("The full run takes {time}: {low} to {high} with probability {level}.").format(
        time=units.duration(total.value),
        low=units.duration(total.low),
        high=units.duration(total.high),
        level=units.level(total.level),
    )


def _facts(answer: RehearseAnswer, lang: str) -> list[Fact]:
    """How the rehearsal went."""
    _ = translator(lang)
    reasons = {
        "sure": _("the forecast was sure enough"), "budget": _("the budget was spent"),
        "ended": _("the command ended by itself"), "interrupted": _("it was interrupted"),
    }  # fmt: skip
    closing = Fact(
        label=_("closing"),
        value=units.duration(answer.closing_seconds),
        note=_("from the signal to the end; a full run ends too, so it is counted"),
    )
    return [
        Fact(
            label=_("rehearsed"),
            value=units.duration(answer.rehearsed_seconds),
            note=reasons[answer.stopped_because],
        ),
        Fact(label=_("exit status"), value=str(answer.exit_status), note=_ended(answer, lang)),
        *([closing] if answer.closing_seconds else []),
    ]


def _ended(answer: RehearseAnswer, lang: str) -> str:
    """By which signal it ended."""
    _ = translator(lang)
    return "" if answer.stopped_by == "nothing" else _("after {signal}").format(signal=answer.stopped_by)
