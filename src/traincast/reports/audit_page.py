"""The audit as a page."""

from __future__ import annotations

from traincast import units
from traincast.answers import AuditAnswer, Claim
from traincast.audit.reasons import quantity_name
from traincast.reports.page import Block, Fact, Facts, Page, Prose, Table
from traincast.reports.wording import spoken, translator

ORDER = ("impossible", "contradictory", "implausible", "consistent", "unverifiable")


@spoken
def audit_page(answer: AuditAnswer, *, lang: str = "en") -> Page:
    """The verdict, each claim with its own, why, what contradicts what, and the corrected figures."""
    _ = translator(lang)
    return Page(
        title=_("Audit"),
        lead=lead(answer, lang),
        blocks=(claims_table(answer, lang), *reasons(answer, lang), corrected(answer, lang)),
        lang="fr" if lang == "fr" else "en",
    )


def verdict_name(verdict: str, lang: str) -> str:
    """A verdict in words."""
    _ = translator(lang)
    names = {
        "impossible": _("impossible"), "contradictory": _("contradictory"), "implausible": _("implausible"),
        "consistent": _("consistent"), "unverifiable": _("unverifiable"),
    }  # fmt: skip
    return names.get(verdict, verdict)


def lead(answer: AuditAnswer, lang: str) -> str:
    """The verdict in one sentence."""
    _ = translator(lang)
    says = {
        "impossible": _("These figures cannot be true: physics forbids some of them."),
        "contradictory": _("These figures cannot all be true: they contradict each other."),
        "implausible": _("These figures are possible, and far from what such a run is known to reach."),
        "consistent": _("These figures agree with each other and with physics."),
        "unverifiable": _("Too little is stated to tell whether these figures are true."),
    }
    if not answer.claims:
        return _("No figure was found in it.")
    return f"{verdict_name(answer.verdict, lang).upper()}. {says[answer.verdict]}"


def claims_table(answer: AuditAnswer, lang: str) -> Table:
    """All claims, numbered."""
    _ = translator(lang)
    rows = tuple(
        (str(i), one.where, quantity_name(one.quantity, lang), one.text, verdict_name(one.verdict, lang))
        for i, one in enumerate(answer.claims)
    )
    return Table(
        title=_("Claims"), head=(_("no."), _("where"), _("quantity"), _("text"), _("verdict")), rows=rows, align="rllll"
    )


def reasons(answer: AuditAnswer, lang: str) -> tuple[Block, ...]:
    """The arithmetic of every claim that fails, and the contradictions."""
    _ = translator(lang)
    failing = [(i, one) for i, one in enumerate(answer.claims) if one.verdict in ORDER[:3] and one.reason]
    failing.sort(key=lambda pair: ORDER.index(pair[1].verdict))
    right = [
        (i, one) for i, one in enumerate(answer.claims) if one.verdict == "consistent" and one.quantity != "device"
    ]
    return (
        Prose(title=_("Why"), paragraphs=tuple(told(i, one, lang) for i, one in failing)),
        Prose(
            title=_("Contradictions"),
            paragraphs=tuple(
                _("claims {numbers}: {reason}").format(numbers=", ".join(map(str, one.claims)), reason=one.reason)
                for one in answer.contradictions
            ),
        ),
        Prose(title=_("What agrees"), paragraphs=tuple(told(i, one, lang) for i, one in right if one.reason)),
    )


def told(i: int, one: Claim, lang: str) -> str:
    """One claim with its reason and likely cause."""
    _ = translator(lang)
    text = _("[{number}] {text} - {verdict}: {reason}.").format(
        number=i, text=one.text, verdict=verdict_name(one.verdict, lang), reason=one.reason
    )
    if one.likely_cause:
        text += " " + _("Likely cause: {cause}.").format(cause=one.likely_cause.split(": ", 1)[-1])
    return text


def corrected(answer: AuditAnswer, lang: str) -> Facts:
    """What the stated workload and device would take."""
    _ = translator(lang)
    found = answer.corrected
    rows: list[Fact] = []
    if found is not None and found.step_time is not None:
        rows.append(
            Fact(
                label=_("step time"), value=units.duration(found.step_time.value), note=units.interval(found.step_time)
            )
        )
        if found.tokens_per_second is not None:
            rate = found.tokens_per_second
            rows.append(
                Fact(
                    label=_("tokens per second"), value=units.count(rate.value), note=counted(rate.low, rate.high, lang)
                )
            )
        if found.mfu is not None:
            low, high = (units.percent(x) if x is not None else "?" for x in (found.mfu.low, found.mfu.high))
            rows.append(
                Fact(
                    label=_("MFU"),
                    value=units.percent(found.mfu.value),
                    note=_("{low} to {high}").format(low=low, high=high),
                )
            )
        if found.total is not None:
            rows.append(
                Fact(label=_("whole run"), value=units.duration(found.total.value), note=units.interval(found.total))
            )
    return Facts(title=_("Corrected figures for this workload and device"), rows=tuple(rows))


def counted(low: float | None, high: float | None, lang: str) -> str:
    """Text of a range of counts."""
    if low is None or high is None:
        return units.said("no interval")
    return translator(lang)("{low} to {high}").format(low=units.count(low), high=units.count(high))
