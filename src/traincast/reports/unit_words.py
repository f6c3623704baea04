"""What a log counts, in the reader's language: steps, batches, epochs."""

from __future__ import annotations

import re

from traincast import units
from traincast.reports.wording import translator


def unit_name(unit: str, lang: str) -> str:
    """One of what a log counts; a word that is not known stays as the log's format has it."""
    _ = translator(lang)
    names = {
        "step": _("step"), "micro-step": _("micro-step"), "batch": _("batch"), "epoch": _("epoch"),
        "iteration": _("iteration"), "training iteration": _("training iteration"), "update": _("update"),
        "environment step": _("environment step"), "episode": _("episode"), "round": _("round"), "tree": _("tree"),
        "sample": _("sample"), "row": _("row"), "tick": _("tick"), "log call": _("log call"), "token": _("token"),
    }  # fmt: skip
    return names.get(unit, unit)


def unit_names(unit: str, lang: str) -> str:
    """Several of what a log counts."""
    _ = translator(lang)
    names = {
        "step": _("steps"), "micro-step": _("micro-steps"), "batch": _("batches"), "epoch": _("epochs"),
        "iteration": _("iterations"), "training iteration": _("training iterations"), "update": _("updates"),
        "environment step": _("environment steps"), "episode": _("episodes"), "round": _("rounds"),
        "tree": _("trees"), "sample": _("samples"), "row": _("rows"), "tick": _("ticks"),
        "log call": _("log calls"), "token": _("tokens"),
    }  # fmt: skip
    return names.get(unit, units.plural(unit))


def with_article(text: str) -> str:
    """`text` with `an` for `a` in front of a vowel: an epoch, an iteration. Translations have no such word."""
    return re.sub(r"\b([aA]) (?=[aeiou])", r"\1n ", text)
