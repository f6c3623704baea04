"""Evaluations and checkpoints that the log prints: after which step, and inside which interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from traincast.runlog import RunLog, Series


def event_marks(log: RunLog) -> dict[str, list[int]]:
    """Steps after which evaluations and checkpoints were printed.

    What is printed between a resume and the first line after it belongs to the start-up of that start: no mark.
    """
    found: dict[str, list[int]] = {}
    newest: dict[str, int] = {}
    resumed: int | None = None
    for event in log.events:
        if event.kind == "resume":
            resumed, newest = event.step, {}
        if event.step is None or event.kind not in ("evaluation", "checkpoint"):
            continue
        if event.step == resumed:
            continue
        resumed = None
        if event.step != newest.get(event.kind):
            found.setdefault(event.kind, []).append(event.step)
        newest[event.kind] = event.step
    return found


def marked(series: Series, marks: Mapping[str, Sequence[int]]) -> dict[int, str]:
    """Interval -> kind of the pause printed inside it. Checkpoints yield to evaluations.

    Marks come in the order of the log: where they do not rise, a new start has begun.
    """
    found: dict[int, str] = {}
    for kind in ("checkpoint", "evaluation"):
        found |= dict.fromkeys(_holding(series, marks.get(kind, ())), kind)
    return found


def _holding(series: Series, steps: Sequence[int]) -> list[int]:
    """The intervals that hold one of `steps`."""
    falls = [i for i in range(1, len(steps)) if steps[i] <= steps[i - 1]]
    found: list[int] = []
    place, end = 0, falls[0] if falls else len(steps)
    for i, last in enumerate(series.last):
        if i and series.start[i] != series.start[i - 1] and end < len(steps):
            place = end
            end = next((fall for fall in falls if fall > place), len(steps))
        first = last - series.steps[i]
        while place < end and steps[place] < first:
            place += 1
        if place < end and steps[place] < last:
            found.append(i)
    return found
