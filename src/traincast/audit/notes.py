"""What an audit says beside its verdicts: devices, written-out products, re-based figures."""

from __future__ import annotations

from collections.abc import Sequence

from traincast import units
from traincast.answers import Claim
from traincast.audit.claims import Figure, Sum
from traincast.audit.devices import Mention
from traincast.audit.identities import Check
from traincast.audit.reasons import span
from traincast.audit.stated import Stated
from traincast.audit.values import values
from traincast.findings import Finding, finding
from traincast.machine import Machine
from traincast.wording import translator

Places = Sequence[tuple[str, Mention]]
"""(place, device)"""


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
                )
            )
    return found


def device_claims(places: Places, known: Stated, lang: str) -> list[Claim]:
    """Each device that is named, once a place."""
    _ = translator(lang)
    listed: dict[tuple[str, str], Claim] = {}
    names = {device.name for device in known.devices}
    for place, mention in places:
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
            ),
        )
    return list(listed.values())


def device_findings(places: Places, known: Stated, machine: Machine | None) -> list[Finding]:
    """Ambiguous devices, and a text about another device than the one given."""
    found = []
    if len(known.devices) > 1:
        found.append(finding("audit-device-ambiguous", names=", ".join(device.name for device in known.devices[:6])))
    named = {device.name for _place, mention in places for device in mention.candidates}
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
        scales = (1.0, 1e-3, 60.0, 3600.0) if one.bare_time else (1.0,)
        right = any(one.low * k <= one.said_high * slack and one.said_low <= one.high * k * slack for k in scales)
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
            )
        )
    return listed


def unique(found: Sequence[Finding]) -> list[Finding]:
    """Findings, equal messages once, in order."""
    kept: dict[tuple[str, str], Finding] = {}
    for one in found:
        kept.setdefault((one.code, one.message), one)
    return list(kept.values())
