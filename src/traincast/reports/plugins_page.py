"""The page of `traincast plugins`."""

from __future__ import annotations

from collections.abc import Sequence

from traincast.findings import Finding
from traincast.plugins import Plugin
from traincast.reports.page import Page, Table
from traincast.reports.wording import spoken, translator


@spoken
def plugins_page(plugins: Sequence[Plugin], problems: Sequence[Finding], *, lang: str = "en") -> Page:
    """One plug-in a row, and whether it can be used."""
    _ = translator(lang)
    broken = {(one.values["group"], one.values["package"], one.values["name"]) for one in problems}

    def state(one: Plugin) -> str:
        return _("left out") if (one.group, one.package, one.name) in broken else _("used")

    rows = tuple(
        (one.group, one.name, f"{one.package} {one.version}".strip(), one.value, state(one)) for one in plugins
    )
    head = (_("adds"), _("name"), _("package"), _("from"), _("state"))
    return Page(
        title=_("Plug-ins"),
        lead=_("{number} plug-ins of installed packages.").format(number=len(plugins))
        if plugins
        else _("No installed package adds anything."),
        blocks=(Table(head=head, rows=rows, align="lllll"),),
        lang="fr" if lang == "fr" else "en",
    )
