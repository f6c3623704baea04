"""Can these numbers be true: claims of a text or a log against physics, against each other, against the prediction."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from traincast import units
from traincast.answers import AuditAnswer, Claim, Contradiction, PredictAnswer
from traincast.audit.bounds import Floor, floor
from traincast.audit.claims import Figure, Sum, claims
from traincast.audit.devices import Mention, mentions
from traincast.audit.cleaning import clean
from traincast.audit.identities import Check, check_all, independent
from traincast.audit.reasons import contradiction, described, span
from traincast.audit.stated import FIELDS, Stated, stated
from traincast.audit.values import values
from traincast.audit.verdict import (
    Judged,
    Range,
    as_claim,
    missing,
    on_bounds,
    on_prediction,
    right_range,
)
from traincast.findings import Finding, finding
from traincast.machine import Accelerator, Machine
from traincast.wording import spoken, translator
from traincast.workload import Workload

Predictor = Callable[[Workload, Machine], PredictAnswer | None]
"""the prediction for a workload and machine with intervals at 99 %; None where none can be made"""

CAUSE_FINDINGS = {
    "micro-step-for-step", "sequence-for-batch", "total-for-one-device", "ms-for-s", "minutes-for-seconds",
    "bits-for-bytes", "fp16-accumulate", "sparse-peak", "sparse-fp16-accumulate", "wrong-card",
}  # fmt: skip


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """Something to audit: a note, a claim, lines of a log."""

    source: str
    """name that places are told by, `note.md`"""
    content: str


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """All that was taken from the texts."""

    figures: list[Figure]
    sums: list[Sum]
    devices: list[tuple[str, Mention]]
    """(place, device)"""


@spoken
def audit(
    texts: Sequence[Text],
    *,
    lookup: Callable[[str], Accelerator],
    workload: Workload | None = None,
    machine: Machine | None = None,
    figures: Sequence[Figure] = (),
    predict: Predictor | None = None,
    lang: str = "en",
) -> AuditAnswer:
    """The verdict on every figure of `texts` (and on `figures` read elsewhere, as from a log).

    Facts of `workload` and `machine` count before what the text says of them.
    """
    read = reading(texts, lookup)
    found = [*figures, *read.figures]
    main, count = main_device(read, machine)
    known = stated(workload, machine, found, main, count)
    step, corrected = expected(known, predict)
    checked = Checked.of(found, known, step, lang)
    listed = [*checked.claims(), *device_claims(read, known, lang), *sum_claims(read.sums, lang)]
    notes = [*checked.findings(), *device_findings(read, known, machine)]
    return AuditAnswer(
        verdict=overall([claim.verdict for claim in listed], checked.agreements),
        claims=listed,
        contradictions=checked.contradictions(),
        corrected=corrected,
        findings=notes,
    )


def reading(texts: Sequence[Text], lookup: Callable[[str], Accelerator]) -> Reading:
    """Figures, written-out products and devices of all texts."""
    figures: list[Figure] = []
    sums: list[Sum] = []
    devices: list[tuple[str, Mention]] = []
    for text in texts:
        some, more = claims(text.content, text.source)
        figures += some
        sums += more
        for number, line in enumerate(text.content.splitlines(), start=1):
            devices += [(f"{text.source}:{number}", mention) for mention in mentions(clean(line), lookup)]
    return Reading(figures=figures, sums=sums, devices=devices)


def main_device(read: Reading, machine: Machine | None) -> tuple[tuple[Accelerator, ...], int | None]:
    """The device the text is about: the one named most, the first of equals; with the count said of it."""
    if machine is not None or not read.devices:
        return (), None
    tally: dict[tuple[str, ...], int] = {}
    for _place, mention in read.devices:
        key = tuple(device.name for device in mention.candidates)
        tally[key] = tally.get(key, 0) + 1
    best = max(tally, key=lambda key: tally[key])
    chosen = [mention for _place, mention in read.devices if tuple(d.name for d in mention.candidates) == best]
    return chosen[0].candidates, next((mention.count for mention in chosen if mention.count), None)


def expected(known: Stated, predict: Predictor | None) -> tuple[Range | None, PredictAnswer | None]:
    """(99 % interval of the step time, the prediction) for the stated run."""
    machine = known.machine
    if predict is None or machine is None or known.tokens_per_step is None:
        return None, None
    answer = predict(known.workload, machine)
    if answer is None or answer.step_time is None or answer.step_time.low is None or answer.step_time.high is None:
        return None, answer
    return (answer.step_time.low, answer.step_time.high), answer


class Checked:
    """Figures with what bounds, relations and prediction say of them."""

    def __init__(
        self, figures: Sequence[Figure], known: Stated, judged: list[Judged], closing: list[Check], failing: list[Check],
        predicted: set[str], lang: str,
    ) -> None:  # fmt: skip
        self.figures, self.known, self.judged, self.lang = figures, known, judged, lang
        self.closing, self.failing, self.predicted = closing, failing, predicted

    @classmethod
    def of(cls, figures: Sequence[Figure], known: Stated, step: Range | None, lang: str) -> Checked:
        """All checks of `figures` against `known`."""
        least = floor(known)
        closing, failing = check_all(values(figures, known))
        bad = {claim for check in failing for claim in (*check.claims, *check.others)}
        good = {claim for check in closing for claim in check.claims}
        predicted: set[str] = set()
        judged = []
        for i, figure in enumerate(figures):
            one = judge(figure, i, known, least, step, (bad, good), figures, lang)
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
            reason = judged.reason or relation_reason(
                i, judged.verdict, self.closing, self.failing, self.figures, self.lang
            )
            listed.append(as_claim(figure, msgspec.structs.replace(judged, reason=reason), self.known))
        return listed

    def contradictions(self) -> list[Contradiction]:
        """Sets of claims that cannot all be true."""
        return [
            Contradiction(claims=list(check.claims), reason=contradiction(check, self.figures, self.lang))
            for check in self.failing
        ]

    def findings(self) -> list[Finding]:
        """Likely causes, missing facts, assumptions, placeholders and re-based figures."""
        found: list[Finding] = []
        for figure, judged in zip(self.figures, self.judged, strict=True):
            if judged.cause:
                found.append(finding("audit-cause", evidence=figure.where, text=figure.text, cause=judged.cause.says))
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
    figure: Figure, i: int, known: Stated, least: Floor | None, step: Range | None, marks: tuple[set[int], set[int]],
    figures: Sequence[Figure], lang: str,
) -> Judged:  # fmt: skip
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


def relation_reason(
    i: int, verdict: str, closing: Sequence[Check], failing: Sequence[Check], figures: Sequence[Figure], lang: str
) -> str:
    """The relation that decided on claim `i`."""
    _ = translator(lang)
    if verdict == "contradictory":
        return next((contradiction(check, figures, lang) for check in failing if i in check.claims), "")
    if verdict == "consistent":
        check = next((check for check in closing if i in check.claims), None)
        if check:
            others = [value for value in check.values if value.claim != i]
            return _("agrees with {others} [{relation}]").format(
                others=_(" and ").join(
                    described(value, figures, lang) for value in others if value.quantity != "seconds_per_hour"
                ),
                relation="; ".join(_(says) for says in check.relation.says),
            )
    return ""


def rebased(closing: Sequence[Check], figures: Sequence[Figure], known: Stated, lang: str) -> list[Finding]:
    """An MFU that is right only against another card's peak, on the card's own."""
    device = known.device
    found = []
    for check in closing:
        peak = next((value for value in check.values if value.quantity == "peak"), None)
        mfu = next((value for value in check.values if value.quantity == "mfu" and value.claim is not None), None)
        if (
            peak is None
            or mfu is None
            or device is None
            or peak.claim is not None
            or peak.label.startswith(device.name)
        ):
            continue
        own = [
            value
            for value in values(figures, known)
            if value.quantity == "peak" and value.label.startswith(device.name)
        ]
        closes_own = any(
            other.claims == check.claims
            for other in closing
            for value in other.values
            if value.quantity == "peak" and value.label.startswith(device.name)
        )
        if own and not closes_own:
            ratio = peak.low / own[0].low
            found.append(
                finding(
                    "mfu-rebased",
                    printed_peak=units.flops(peak.low),
                    device=device.title,
                    peak=units.flops(own[0].low),
                    rebased=span("mfu", mfu.low * ratio, mfu.high * ratio, lang),
                )  # fmt: skip
            )
    return found


def device_claims(read: Reading, known: Stated, lang: str) -> list[Claim]:
    """Each device that is named, once a place."""
    _ = translator(lang)
    listed: dict[tuple[str, str], Claim] = {}
    names = {device.name for device in known.devices}
    for place, mention in read.devices:
        mine = any(device.name in names for device in mention.candidates)
        reason = (
            _("in the catalog")
            if len(mention.candidates) == 1
            else _("may be any of {count} devices; the fastest is assumed").format(count=len(mention.candidates))
        )
        listed.setdefault(
            (place, mention.text),
            Claim(
                text=mention.text,
                where=place,
                quantity="device",
                low=None,
                high=None,
                unit=mention.candidates[0].name,
                verdict="consistent" if mine and len(mention.candidates) == 1 else "unverifiable",
                reason=reason if mine else _("another device than the one audited"),
            ),  # fmt: skip
        )
    return list(listed.values())


def device_findings(read: Reading, known: Stated, machine: Machine | None) -> list[Finding]:
    """Ambiguous devices, and a text about another device than the one given."""
    found = []
    if len(known.devices) > 1:
        found.append(finding("audit-device-ambiguous", names=", ".join(device.name for device in known.devices[:6])))
    named = {device.name for _place, mention in read.devices for device in mention.candidates}
    if machine is not None and named and machine.accelerator.name not in named:
        others = sorted(named)[:3]
        found.append(finding("audit-other-device", named=", ".join(others), given=machine.accelerator.title))
    return found


def sum_claims(sums: Sequence[Sum], lang: str) -> list[Claim]:
    """Written-out products, right or wrong in themselves."""
    _ = translator(lang)
    listed = []
    for one in sums:
        slack = 1 + one.tolerance
        right = one.low <= one.said_high * slack and one.said_low <= one.high * slack
        made = (
            units.digits(one.low, 4)
            if one.low == one.high
            else f"{units.digits(one.low, 4)} - {units.digits(one.high, 4)}"
        )
        text = (
            _("the product is {made}: right in itself, whatever its factors are worth")
            if right
            else _("the product is {made}: not what is written")
        )
        listed.append(
            Claim(
                text=one.text,
                where=one.where,
                quantity="arithmetic",
                low=one.said_low,
                high=one.said_high,
                unit="",
                verdict="consistent" if right else "contradictory",
                reason=text.format(made=made),
            )  # fmt: skip
        )
    return listed


def overall(verdicts: Sequence[str], agreements: int) -> str:
    """The verdict on the whole: the worst there is; consistent where two independent checks agree."""
    for name in ("impossible", "contradictory", "implausible"):
        if name in verdicts:
            return name
    return "consistent" if agreements >= 2 else "unverifiable"


def unique(found: Sequence[Finding]) -> list[Finding]:
    """Findings, equal messages once, in order."""
    kept: dict[tuple[str, str], Finding] = {}
    for one in found:
        kept.setdefault((one.code, one.message), one)
    return list(kept.values())
