"""Wording in the reader's language, by gettext."""

from __future__ import annotations

from collections.abc import Mapping

from traincast.findings import Finding, kind
from traincast.units import localised, number, speaking
from traincast.wording import counter, spoken, translator

__all__ = [
    "counter",
    "evidence_text",
    "figures",
    "finding_text",
    "severity_label",
    "severity_names",
    "source_name",
    "spoken",
    "translator",
]

COUNTS = frozenset({
    "allowed", "count", "cores", "devices", "intervals", "largest", "number", "of", "plan", "runs", "starts", "step",
    "steps", "taken",
})  # fmt: skip
"""values of findings and phases that count: their digits are grouped, those of a name ("4090") are not"""


def source_name(source: str, lang: str) -> str:
    """What a log is called; `-` in words."""
    _ = translator(lang)
    return _("standard input") if source == "-" else source


def severity_names(lang: str) -> dict[str, str]:
    """Severities in words."""
    _ = translator(lang)
    return {"error": _("error"), "warning": _("warning"), "info": _("info")}


def severity_label(severity: str, lang: str) -> str:
    """What stands before a message: `warning: `."""
    said = translator(lang)("{severity}: {message}")
    return said.format(severity=severity_names(lang)[severity], message="")


def finding_text(found: Finding, lang: str) -> tuple[str, str]:
    """(message, remedy) of a finding in `lang`; figures that were filled in English are rewritten."""
    if lang == "en":
        return found.message, found.remedy
    entry = kind(found.code)
    return _filled(entry.message, found, lang), _filled(entry.remedy, found, lang)


def evidence_text(found: Finding, lang: str) -> str:
    """The evidence of a finding in `lang`; names of files and lines stay as they are."""
    if lang == "en" or not found.evidence:
        return found.evidence
    template = kind(found.code).evidence
    return _filled(template, found, lang) if template else translator(lang)(found.evidence)


def _filled(template: str, found: Finding, lang: str) -> str:
    """`template` in `lang` with the values of `found`."""
    _ = translator(lang)
    with speaking(lang):
        values = figures({name: _(value) if value else value for name, value in found.values.items()})
    return _(template).format_map(values) if template else ""


def figures(values: Mapping[str, str]) -> dict[str, str]:
    """`values` of a template with their numbers in the language that is spoken."""
    return {
        name: number(int(value)) if name in COUNTS and value.isdecimal() else localised(value)
        for name, value in values.items()
    }
