"""Accelerators of the catalog as pages."""

from __future__ import annotations

from collections.abc import Sequence

from traincast import units
from traincast.catalog.links import links
from traincast.catalog.measured import gemm_fraction
from traincast.machine import Accelerator
from traincast.reports.page import Fact, Facts, Page, Prose, Table
from traincast.reports.wording import spoken, translator


@spoken
def devices_page(devices: Sequence[Accelerator], *, lang: str = "en") -> Page:
    """All devices, one a row."""
    _ = translator(lang)
    return Page(
        title=_("Devices"),
        lead=_("{number} accelerators; peaks are dense TFLOPS, fp16 and bf16 with fp32 accumulation.").format(
            number=len(devices)
        ),
        blocks=(
            Table(
                head=(_("name"), _("year"), _("memory"), _("bandwidth"), _("fp32"), _("fp16"), _("bf16"), _("fp8")),
                rows=tuple(_row(device) for device in devices),
                align="lrrrrrrr",
            ),
        ),
        lang="fr" if lang == "fr" else "en",
    )


def _row(device: Accelerator) -> tuple[str, ...]:
    """One device."""
    peaks = (device.peak(precision) for precision in ("fp32", "fp16", "bf16", "fp8"))
    return (
        device.name,
        str(device.year),
        units.memory(device.memory_bytes) if device.memory_bytes else "",
        units.rate(device.memory_bandwidth, "byte/s") if device.memory_bandwidth else "",
        *(units.digits(peak / 1e12) if peak else "" for peak in peaks),
    )


@spoken
def device_page(device: Accelerator, *, lang: str = "en") -> Page:
    """All that is known of one device, and where it was read."""
    _ = translator(lang)
    source = _("{text} ({confidence})").format(text=device.source.text, confidence=device.source.confidence)
    return Page(
        title=device.title,
        lead=_("{name}, {vendor} {arch} of {year}").format(
            name=device.name, vendor=device.vendor, arch=device.arch, year=device.year
        ),
        blocks=(
            Facts(rows=tuple(_facts(device, lang))),
            Facts(title=_("Dense peak"), rows=tuple(_peaks(device, lang))),
            Prose(title=_("Also called"), paragraphs=device.aliases),
            Prose(title=_("Source"), paragraphs=(source,)),
        ),
        lang="fr" if lang == "fr" else "en",
    )


def _facts(device: Accelerator, lang: str) -> list[Fact]:
    """Memory, cache, clock, power and links."""
    _ = translator(lang)
    rows = [
        (_("memory"), device.memory_bytes and units.memory(device.memory_bytes), device.notes),
        (_("memory bandwidth"), device.memory_bandwidth and units.rate(device.memory_bandwidth, "byte/s"), ""),
        (_("last-level cache"), device.l2_bytes and units.memory(device.l2_bytes), ""),
        (_("multiprocessors"), device.num_sm and str(device.num_sm), ""),
        (_("boost clock"), device.boost_hz and units.frequency(device.boost_hz), _("as advertised")),
        (_("power limit"), device.power_watts and units.power(device.power_watts), ""),
        (_("link in a node"), device.link_bandwidth and units.rate(device.link_bandwidth, "byte/s"), _link(device)),
        (_("link to the host"), device.host_bandwidth and units.rate(device.host_bandwidth, "byte/s"), ""),
    ]
    return [Fact(label=label, value=str(value), note=note) for label, value, note in rows if value]


def _link(device: Accelerator) -> str:
    """The name of the link, and its latency where known."""
    found = links().get(device.link or "")
    latency = f", {units.duration(found.latency_seconds)}" if found and found.latency_seconds else ""
    return f"{device.link or ''}{latency}"


def _peaks(device: Accelerator, lang: str) -> list[Fact]:
    """Peak per precision, and the share of it that large matrix products reach."""
    _ = translator(lang)
    rows = []
    for precision, peak in device.peaks.items():
        share = gemm_fraction(device, precision)
        note = _("large matrix products reach {share}").format(share=units.percent(share)) if share else ""
        rows.append(Fact(label=precision, value=units.flops(peak), note=note))
    return rows
