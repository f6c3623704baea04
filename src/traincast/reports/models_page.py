"""Presets as pages."""

from __future__ import annotations

from collections.abc import Sequence

from traincast import units
from traincast.reports.page import Fact, Facts, Page, Prose, Table
from traincast.reports.wording import spoken, translator
from traincast.workloads.presets import Preset

COLUMNS = ("n_layer", "d_model", "n_head", "d_ff", "vocab", "seq_len")
"""keys in the list: what fits 80 columns beside the longest names"""


@spoken
def models_page(presets: Sequence[Preset], *, lang: str = "en") -> Page:
    """All presets, one a row."""
    _ = translator(lang)
    return Page(
        title=_("Models"),
        lead=_("{number} published models; each is a WORKLOAD, and options override its keys.").format(
            number=len(presets)
        ),
        blocks=(
            Table(
                head=(_("name"), _("parameters"), *COLUMNS),
                rows=tuple(
                    (one.name, _parameters(one), *(units.number(one.values.get(key, "")) for key in COLUMNS))
                    for one in presets
                ),
                align="lrrrrrrr",
            ),
        ),
        lang="fr" if lang == "fr" else "en",
    )


def _parameters(preset: Preset) -> str:
    """Parameters of the published weights."""
    count = preset.published or preset.values.get("params_total")
    return units.count(count) if count else ""


@spoken
def model_page(preset: Preset, *, lang: str = "en") -> Page:
    """Keys of one preset, and where they were read."""
    _ = translator(lang)
    values = {**preset.values, **({"parameters": preset.published} if preset.published else {})}
    rows = [Fact(label=key, value=_shown(value)) for key, value in values.items() if key != "model"]
    return Page(
        title=preset.title,
        lead=_("the workload {name}").format(name=preset.name),
        blocks=(Facts(rows=tuple(rows)), Prose(title=_("Source"), paragraphs=(preset.source,))),
        lang="fr" if lang == "fr" else "en",
    )


def _shown(value: object) -> str:
    """A value as it is written in a file."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return units.whole(value) if isinstance(value, int | float) else str(value)
