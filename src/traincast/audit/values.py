"""Figures and known facts as values that the relations take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from traincast.audit.bounds import NAMED_PEAKS, listed_peaks, main_peak
from traincast.audit.claims import Figure
from traincast.audit.identities import ABOUT, Value, base_relations
from traincast.audit.stated import Stated

LOW = ("fp8", "fp4")
"""precisions that no run is in unless it is said"""
BATCH = ("seq_len", "micro_batch", "grad_accum", "global_batch")


def tolerance(figure: Figure) -> float:
    """What rounding and "about" allow at each end, relative."""
    return figure.rounding + (ABOUT if figure.about else 0.0)


def values(figures: Sequence[Figure], known: Stated) -> list[Value]:
    """All values: claims of this run, then facts for what is not claimed."""
    named = {name for relation in base_relations() for name, _ in relation.powers}
    claimed = {f.quantity for f in figures if not f.scenario}
    hidden = set(BATCH) if "tokens_per_step" not in claimed else set()
    found = [
        Value(
            quantity="peak" if figure.quantity == "peak_flops" else figure.quantity,
            low=figure.low if figure.low is not None else 0.0,
            high=figure.high if figure.high is not None else float("inf"),
            tolerance=tolerance(figure),
            claim=i,
        )
        for i, figure in enumerate(figures)
        if (figure.quantity in named or figure.quantity == "peak_flops")
        and figure.quantity not in hidden
        and not figure.scenario
        and not figure.device
        and (figure.high is None or figure.high > 0)
    ]
    facts = list(known_facts(known))
    have = {value.quantity for value in found}
    return found + [fact for fact in facts if fact.quantity == "peak" or fact.quantity not in have]


def known_facts(known: Stated) -> Iterator[Value]:
    """Facts of workload, device and arithmetic."""
    w = known.workload

    def fact(quantity: str, low: float | None, high: float | None = None, label: str = "") -> Iterator[Value]:
        if low:
            yield Value(quantity=quantity, low=float(low), high=float(high or low), label=label)

    yield from fact("flops_per_token", known.flops_low, known.flops_high)
    yield from fact("tokens_per_step", known.tokens_per_step)
    if known.tokens_per_step is None and known.tokens_per_step_least:
        yield from fact("tokens_per_step", known.tokens_per_step_least)
        yield Value(
            quantity="tokens_per_step", low=1.5 * known.tokens_per_step_least, high=float("inf"), loose=True,
            label="more, if gradients are accumulated",
        )  # fmt: skip
    yield from fact("seq_len", w.seq_len)
    yield from fact("micro_batch", w.micro_batch)
    yield from fact("grad_accum", w.grad_accum)
    if known.tokens_per_step and w.seq_len:
        yield from fact("global_batch", known.tokens_per_step / w.seq_len)
    elif w.global_batch:
        yield from fact("global_batch", w.global_batch)
    yield from fact("steps", w.steps)
    yield from fact("parameters", known.parameters)
    yield from fact("seconds_per_hour", 3600.0)
    yield from fact("n_devices", known.n_devices)
    yield from fact("replicas", w.dp or known.n_devices)
    for device in known.devices:
        first = main_peak(device, w.precision)
        if first is None:
            continue
        for peak in (first, *listed_peaks(device, w.precision)):
            if peak is first or (peak.flops != first.flops and (w.precision or peak.precision not in LOW)):
                yield from fact("peak", peak.flops, label=f"{device.name} {peak.precision}")
    yield from fact("peak", known.printed_peak, label="printed")
    for name, flops in NAMED_PEAKS.items() if known.printed_peak is None else ():
        yield from fact("peak", flops, label=name)
