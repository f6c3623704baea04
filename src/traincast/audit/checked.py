"""All checks of the figures of one run, together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from traincast import units
from traincast.answers import Claim, Contradiction
from traincast.audit.bounds import Floor, floor
from traincast.audit.causes import of_contradiction
from traincast.audit.claims import Figure
from traincast.audit.identities import Check, check_all, independent
from traincast.audit.notes import rebased, unique
from traincast.audit.reasons import contradiction, described, missed
from traincast.audit.stated import FIELDS, Stated, there
from traincast.audit.values import values
from traincast.audit.verdict import Judged, Range, as_claim, missing, on_bounds, on_log, on_prediction, right_range
from traincast.findings import Finding, finding
from traincast.machine import Accelerator
from traincast.wording import translator


class Checked:
    """Figures with what bounds, relations and prediction say of them."""

    def __init__(
        self,
        figures: Sequence[Figure],
        known: Stated,
        judged: list[Judged],
        closing: list[Check],
        failing: list[Check],
        predicted: set[str],
        lang: str,
    ) -> None:
        self.figures, self.known, self.judged, self.lang = figures, known, judged, lang
        self.closing, self.failing, self.predicted = closing, failing, predicted

    @classmethod
    def of(
        cls,
        figures: Sequence[Figure],
        known: Stated,
        step: Range | None,
        lang: str,
        lookup: Callable[[str], Accelerator],
        seen: float | None = None,
    ) -> Checked:
        """All checks of `figures` against `known`; those of another device against the bounds of that device."""
        least = floor(known)
        closing, failing = check_all(values(figures, known))
        bad = {claim for check in failing for claim in (*check.claims, *check.others)}
        good = {claim for check in closing for claim in check.claims}
        predicted: set[str] = set()
        judged = []
        for i, figure in enumerate(figures):
            if figure.device:
                judged.append(judge_elsewhere(figure, there(known, lookup(figure.device), figures), lang))
                continue
            one = judge(figure, i, known, least, step, (bad, good), figures, lang)
            if seen and not figure.scenario and one.verdict != "impossible":
                one = on_log(figure, right_range(figure.quantity, (seen, seen), known), lang) or one
            if one.verdict == "consistent" and right_range(figure.quantity, step, known) and figure.quantity != "mfu":
                predicted.add("prediction")
            judged.append(one)
        return cls(figures, known, judged, closing, failing, predicted, lang)

    @property
    def agreements(self) -> int:
        """Independent relations that close, the prediction counted as one."""
        return independent([check for check in self.closing if check.claims]) + len(self.predicted)

    def claims(self) -> list[Claim]:
        """The published records, with the relations in their reasons."""
        listed = []
        for i, (figure, judged) in enumerate(zip(self.figures, self.judged, strict=True)):
            reason = judged.reason or relation_reason(i, judged.verdict, self.closing, self.failing, self.lang)
            listed.append(as_claim(figure, msgspec.structs.replace(judged, reason=reason), self.known))
        return listed

    def contradictions(self) -> list[Contradiction]:
        """Sets of claims that cannot all be true."""
        return [
            Contradiction(claims=list(check.claims), reason=contradiction(check, self.lang)) for check in self.failing
        ]

    def cause_findings(self) -> list[Finding]:
        """Each likely cause once, with the figures that it explains."""
        blamed: dict[str, dict[str, str]] = {}
        for figure, judged in zip(self.figures, self.judged, strict=True):
            if judged.cause:
                blamed.setdefault(judged.cause.says, {}).setdefault(figure.text, figure.where)
        for check in self.failing:
            cause = of_contradiction(frozenset(check.relation.names), missed(check), self.known, self.lang)
            if cause is not None:
                for i in check.claims:
                    blamed.setdefault(cause.says, {}).setdefault(self.figures[i].text, self.figures[i].where)
        return [
            finding("audit-cause", evidence=", ".join(dict.fromkeys(found.values())), text=", ".join(found), cause=says)
            for says, found in blamed.items()
        ]

    def findings(self) -> list[Finding]:
        """Likely causes, missing facts, assumptions, placeholders and re-based figures."""
        found = self.cause_findings()
        for figure, judged in zip(self.figures, self.judged, strict=True):
            if figure.quantity == "mfu" and figure.high is not None and figure.high < 0:
                code = "mfu-sentinel" if judged.verdict == "unverifiable" else "mfu-sentinel-misread"
                found.append(finding(code, evidence=figure.where, printed=units.percent(figure.high)))
        found += rebased(self.closing, self.figures, self.known, self.lang)
        wants = sorted({want for figure in self.figures for want in missing(figure, self.known, self.lang)})
        if wants:
            found.append(finding("audit-missing", missing=", ".join(wants)))
        if (
            self.known.workload.micro_batch
            and not self.known.workload.grad_accum
            and not self.known.workload.global_batch
        ):
            found.append(finding("audit-no-accumulation"))
        return unique(found)


def judge(
    figure: Figure,
    i: int,
    known: Stated,
    least: Floor | None,
    step: Range | None,
    marks: tuple[set[int], set[int]],
    figures: Sequence[Figure],
    lang: str,
) -> Judged:
    """The verdict on one figure: impossible before contradictory before implausible before consistent."""
    bad, good = marks
    supposed = figure.scenario and supposes_other(figure, figures, known)
    physics = None if supposed else on_bounds(figure, known, least, right_range(figure.quantity, step, known), lang)
    if physics and physics.verdict == "impossible":
        return physics
    if i in bad:
        return Judged(
            verdict="contradictory",
            reason="",
            bound=physics.bound if physics else None,
            cause=physics.cause if physics else None,
        )
    if physics and (physics.verdict == "implausible" or (physics.checked and physics.verdict == "unverifiable")):
        return physics
    forecast = None if supposed else on_prediction(figure, right_range(figure.quantity, step, known), lang)
    if forecast and (forecast.verdict == "implausible" or i not in good):
        return msgspec.structs.replace(forecast, bound=physics.bound if physics else None)
    if i in good or (physics and physics.checked):
        return Judged(
            verdict="consistent",
            reason=physics.reason if physics and physics.checked else "",
            bound=physics.bound if physics else None,
        )
    return unverifiable(figure, known, physics, lang)


def judge_elsewhere(figure: Figure, known: Stated, lang: str) -> Judged:
    """The verdict on a figure of another device, of which the facts are `known`: bounds alone."""
    physics = on_bounds(figure, known, floor(known), None, lang)
    if physics and (physics.checked or physics.verdict in ("impossible", "implausible")):
        return physics
    return unverifiable(figure, known, physics, lang)


def unverifiable(figure: Figure, known: Stated, physics: Judged | None, lang: str) -> Judged:
    """Nothing to check a figure by; what is missing is named."""
    _ = translator(lang)
    wants = missing(figure, known, lang)
    if figure.quantity in FIELDS or figure.name:
        text = _("taken as a fact of the run")
    elif wants:
        text = _("not stated: {missing}").format(missing=", ".join(wants))
    elif physics is not None:
        text = _("no bound forbids it; nothing else is stated to check it by")
    else:
        text = _("nothing is stated to check it by")
    return Judged(verdict="unverifiable", reason=text, bound=physics.bound if physics else None)


def supposes_other(figure: Figure, figures: Sequence[Figure], known: Stated) -> bool:
    """Whether a supposed case supposes another batch, model or length than this run's."""
    for other in figures:
        name = FIELDS.get(other.quantity)
        if name and other.where == figure.where and other.scenario and name != "steps":
            mine = getattr(known.workload, name)
            if mine and other.low is not None and abs(other.low / mine - 1) > 0.02:
                return True
    return False


def relation_reason(i: int, verdict: str, closing: Sequence[Check], failing: Sequence[Check], lang: str) -> str:
    """The relation that decided on claim `i`."""
    _ = translator(lang)
    if verdict == "contradictory":
        return next((contradiction(check, lang) for check in failing if i in (*check.claims, *check.others)), "")
    if verdict == "consistent":
        check = next((check for check in closing if i in check.claims), None)
        if check:
            others = [value for value in check.values if value.claim != i]
            return _("agrees with {others} [{relation}]").format(
                others=_(" and ").join(
                    described(value, lang) for value in others if value.quantity != "seconds_per_hour"
                ),
                relation=_("; ").join(_(says) for says in check.relation.says),
            )
    return ""
