"""A report of three lines, for a chat."""

from __future__ import annotations

from traincast import units
from traincast.answers import ReportAnswer

WORDS = {"en": ("a step", "to go"), "fr": ("par pas", "restantes")}


def message(answer: ReportAnswer, *, lang: str) -> str:
    """Title, step time and what remains; lines that are not known are left out."""
    step, left = WORDS[lang]
    lines = [f"*{answer.title}*"]
    if answer.run is not None and answer.run.step_time is not None:
        lines.append(f"{units.duration(answer.run.step_time.value)} {step}")
    if answer.forecast is not None and answer.forecast.remaining is not None:
        lines.append(f"{units.duration(answer.forecast.remaining.value)} {left}")
    return "\n".join(lines) + "\n"


message.suffixes = (".slack",)  # type: ignore[attr-defined]
