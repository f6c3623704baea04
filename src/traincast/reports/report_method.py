"""The end of a report: the claims of a note, how the figures were made, and their sources."""

from __future__ import annotations

from traincast import units
from traincast.answers import PredictAnswer, ReportAnswer
from traincast.reports.audit_page import audit_page
from traincast.reports.page import Block, Chart, Prose
from traincast.reports.wording import translator


def claims_part(answer: ReportAnswer, lang: str) -> list[Block]:
    """The claims of a note, checked."""
    _ = translator(lang)
    if answer.audit is None:
        return []
    page = audit_page(answer.audit, lang=lang)
    chart = Chart(
        name="claims",
        alt=_("Each claimed time as a multiple of the least that physics allows; left of one is impossible."),
    )
    bounded = any(one.bound is not None and one.low is not None for one in answer.audit.claims)
    return [Prose(title=_("Claims checked"), paragraphs=(page.lead,)), *([chart] if bounded else []), *page.blocks]


def method_part(answer: ReportAnswer, lang: str) -> list[Block]:
    """How the figures were made."""
    _ = translator(lang)
    run = answer.run
    texts = [
        _(
            "Every figure above is computed from the log and the workload; intervals hold the truth "
            "with the probability told."
        ),
    ]
    if run is not None:
        texts.append(
            _("The log {source} was read as {dialect} ({confidence} sure): {lines} lines, {seen} logged steps.").format(
                source=run.source,
                dialect=run.dialect,
                confidence=units.percent(run.confidence, 2),
                lines=units.whole(run.lines),
                seen=units.whole(run.steps.seen),
            )
        )
    if answer.predict is not None:
        texts += predicted_from(answer.predict, lang)
    return [
        Prose(title=_("Method"), paragraphs=tuple(texts)),
        Prose(title=_("Sources") if answer.sources else "", paragraphs=tuple(answer.sources)),
    ]


def predicted_from(expected: PredictAnswer, lang: str) -> list[str]:
    """What the prediction rests on."""
    _ = translator(lang)
    machine = expected.machine
    texts = []
    if expected.parameters and expected.flops_per_token and machine.peak_flops:
        texts.append(
            _(
                "The prediction is for {parameters} parameters, {flops} a token (PaLM count), on {count} "
                "x {title} with {peak} each."
            ).format(
                parameters=units.count(expected.parameters),
                flops=units.work(expected.flops_per_token),
                count=machine.n_devices,
                title=machine.title,
                peak=units.flops(machine.peak_flops),
            )
        )
    return texts
