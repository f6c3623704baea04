"""The closed list of findings as pages."""

from __future__ import annotations

from collections.abc import Sequence

from traincast.findings import Kind
from traincast.reports.page import Fact, Facts, Page
from traincast.reports.wording import spoken, translator


@spoken
def findings_page(kinds: Sequence[Kind], *, lang: str = "en") -> Page:
    """All findings by severity."""
    _ = translator(lang)
    titles = {"error": _("Errors"), "warning": _("Warnings"), "info": _("Information")}
    blocks = [
        Facts(title=title, rows=tuple(Fact(label=one.code, value=one.message) for one in kinds if one.severity == key))
        for key, title in titles.items()
    ]
    return Page(
        title=_("Findings"),
        lead=_("{number} things that an answer may be accompanied by.").format(number=len(kinds)),
        blocks=tuple(blocks),
        lang="fr" if lang == "fr" else "en",
    )


@spoken
def finding_page(kind: Kind, *, lang: str = "en") -> Page:
    """One finding: its wording and what to do about it."""
    _ = translator(lang)
    rows = [(_("severity"), kind.severity), (_("message"), kind.message), (_("remedy"), kind.remedy)]
    facts = Facts(rows=tuple(Fact(label=label, value=value) for label, value in rows if value))
    return Page(title=kind.code, blocks=(facts,), lang="fr" if lang == "fr" else "en")
