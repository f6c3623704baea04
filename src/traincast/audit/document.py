"""The audit of texts as one document."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from traincast.answers import AuditAnswer, PredictAnswer
from traincast.audit.checked import Checked
from traincast.audit.claims import Figure, Sum, claims
from traincast.audit.cleaning import clean
from traincast.audit.devices import Mention, mentions
from traincast.audit.models import named_model, named_size
from traincast.audit.notes import device_claims, device_findings, sum_claims
from traincast.audit.scanning import overfull
from traincast.audit.stated import Stated, single, stated
from traincast.audit.verdict import Range
from traincast.audit.words import compiled
from traincast.findings import finding
from traincast.machine import Accelerator, Machine
from traincast.wording import spoken
from traincast.workload import Workload

Predictor = Callable[[Workload, Machine, float], PredictAnswer | None]
"""the prediction for a workload, a machine and the probability of its intervals; None where none can be made"""
WIDE, USUAL = 0.99, 0.9
"""probabilities: outside the first interval a figure is implausible; the second is for the corrected figures"""
USUAL_RANK = 16
"""of a LoRA whose rank is not told; it moves no bound, that the base is frozen does"""
LONGEST = 1_000_000
"""characters of a text that are read; a note is far shorter"""
Verdict = Literal["consistent", "implausible", "impossible", "contradictory", "unverifiable"]


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
    printed_peak: float | None = None,
    seen: float | None = None,
    lang: str = "en",
) -> AuditAnswer:
    """The verdict on every figure of `texts` (and on `figures` read elsewhere, as from a log).

    Facts of `workload` and `machine` count before what the text says of them. `printed_peak` is the FLOP/s that the
    trainer of a log divides by; `seen` are the seconds of a step of the run that the texts speak of, where it is known.
    """
    read = reading(texts, lookup)
    found = [*figures, *read.figures]
    main, count = main_device(read, machine)
    content = " ".join(clean(line) for text in texts for line in text.content[:LONGEST].splitlines())
    model = (named_model(content), named_size(content))
    if compiled(r"\bq?lora\b").search(content) and (workload is None or workload.lora_rank is None):
        workload = msgspec.structs.replace(workload or Workload(), lora_rank=USUAL_RANK)
    found = with_cases(found)
    devices = (machine.accelerator,) if machine else main
    found = [elsewhere(figure, devices, lookup) for figure in found]
    known = msgspec.structs.replace(stated(workload, machine, found, main, count, model), printed_peak=printed_peak)
    step, corrected = expected(known, predict)
    checked = Checked.of(found, known, step, lang, lookup, seen)
    listed = [*checked.claims(), *device_claims(read.devices, known, lang), *sum_claims(read.sums, lang)]
    notes = [*checked.findings(), *device_findings(read.devices, known, machine)]
    notes += [
        finding("audit-no-duration", evidence=f"{text.source}:{number}", text=one)
        for text in texts
        for number, line in enumerate(text.content[:LONGEST].splitlines(), start=1)
        for one in overfull(clean(line))
    ]
    notes += [finding("audit-cut", evidence=text.source) for text in texts if len(text.content) > LONGEST]
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
        some, more = claims(text.content[:LONGEST], text.source)
        figures += some
        sums += more
        for number, line in enumerate(text.content[:LONGEST].splitlines(), start=1):
            devices += [(f"{text.source}:{number}", mention) for mention in mentions(clean(line), lookup)]
    return Reading(figures=figures, sums=sums, devices=devices)


def with_cases(figures: Sequence[Figure]) -> list[Figure]:
    """`figures` with the rows of a table as supposed cases, where it lists several values of what the text states."""
    told = {figure.quantity for figure in figures if not figure.cell and not figure.scenario}
    rows: dict[str, set[float | None]] = {}
    for figure in figures:
        if figure.cell:
            rows.setdefault(figure.quantity, set()).add(figure.low)
    several = {quantity for quantity, values in rows.items() if len(values) > 1}
    listed = several if told & several else set()
    return [
        msgspec.structs.replace(figure, scenario=True) if figure.cell and figure.quantity in listed else figure
        for figure in figures
    ]


def elsewhere(figure: Figure, main: Sequence[Accelerator], lookup: Callable[[str], Accelerator]) -> Figure:
    """`figure` marked where its sentence speaks of another device: the last one named before it, else the first."""
    names = {device.name for device in main}
    found = list(mentions(figure.sentence, lookup)) if figure.sentence else []
    if not found or not names:
        return figure
    at = figure.sentence.find(figure.text.split()[-1]) if figure.text else -1
    before = [mention for mention in found if mention.start < at]
    meant = (before or found)[-1 if before else 0]
    if any(device.name in names for device in meant.candidates):
        return figure
    return msgspec.structs.replace(figure, device=meant.candidates[0].name)


def main_device(read: Reading, machine: Machine | None) -> tuple[tuple[Accelerator, ...], int | None]:
    """The device the text is about: the one named most, the first of equals; with the count said of it."""
    if machine is not None:
        mine = [m for _place, m in read.devices if machine.accelerator in m.candidates]
        return (), next((mention.count for mention in mine if mention.count), None)
    if not read.devices:
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
    if predict is None or machine is None or known.tokens_per_step_least is None:
        return None, None
    wide, answer = (predict(single(known.workload), machine, level) for level in (WIDE, USUAL))
    if wide is None or wide.step_time is None or wide.step_time.low is None or wide.step_time.high is None:
        return None, answer
    return (wide.step_time.low, wide.step_time.high), answer


def overall(verdicts: Sequence[str], agreements: int) -> Verdict:
    """The verdict on the whole: the worst there is; consistent where two independent checks agree."""
    heavy: tuple[Verdict, ...] = ("impossible", "contradictory", "implausible")
    for name in heavy:
        if name in verdicts:
            return name
    return "consistent" if agreements >= 2 else "unverifiable"
