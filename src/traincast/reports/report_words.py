"""Names of parts, causes and scenarios for people."""

from __future__ import annotations

from traincast.reports.predict_page import part_names
from traincast.reports.wording import translator


def part_name(name: str, lang: str) -> str:
    """A share of a time."""
    _ = translator(lang)
    names = part_names(lang) | {
        "compile": _("compilation"),
        "compilation": _("compilation"),
        "set-up": _("set-up of the first step"),
        "step": _("one normal step"),
        "warm-up": _("warm-up"),
        "steady": _("steady steps"),
        "pause": _("pauses"),
        "stall": _("stalls"),
        "resume": _("resumes"),
        "recompile": _("recompilation"),
    }
    return names.get(name, name)


def cause_name(name: str, lang: str) -> str:
    """A reason for a slow run."""
    _ = translator(lang)
    names = {
        "no-compile": _("no compilation"),
        "naive-attention": _("naive attention"),
        "wrong-precision": _("wrong precision"),
        "recompute": _("recomputed activations"),
        "other-process": _("another process or a power cap"),
        "data-loading": _("data loading"),
        "evaluation": _("evaluation and checkpoints"),
        "spill": _("spill to host memory"),
        "power-cap": _("power or temperature limit"),
    }
    return names.get(name, name)


def scenario_name(name: str, lang: str) -> str:
    """A supposed course of the run."""
    _ = translator(lang)
    names = {
        "as-seen": _("as seen"),
        "a-quarter-slower": _("a quarter slower"),
        "half-slower": _("half as slow again"),
        "twice": _("twice as slow"),
        "slow": _("slow"),
        "fast": _("fast"),
        "expected": _("as predicted"),
        "typical": _("as predicted"),
        "slower": _("slower"),
    }
    return names.get(name, name)
