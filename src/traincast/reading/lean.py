"""Very long logs of one even shape: the time of each step line and nothing else, checked against the counters at both
ends.

A log that has passed the number of points that are held is thinned anyway, so most of each line need not be looked
at. A stretch is taken in haste only where the counter of its last line is what the number of lines says; anything
else is read in full.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from traincast.reading.track import Track
from traincast.reading.values import SECONDS

if TYPE_CHECKING:
    from traincast.reading.layer import LayerState

LEAST_LITERAL = 4
"""characters in front of the time that must be literal"""
SPECIAL = frozenset("\\^$.|?*+()[]{}")


class Lean:
    """Reads the step times of stretches of a layer whose other columns are not needed."""

    def __init__(self, layer: LayerState, track: Track, pattern: re.Pattern[str], factor: float, gap: int) -> None:
        self.layer = layer
        self.track = track
        self.pattern = pattern
        self.factor = factor
        self.gap = gap
        self.marker = layer.markers[0]
        self.match: re.Match[str] | None = None

    def only_steps(self, block: str, start: int, end: int, lines: int) -> bool:
        """Read a piece that holds nothing but step lines; false, and nothing is read, where it holds more."""
        final = self.final(block, start, end)
        last = self.track.last
        if final is None or last is None or final != last + self.gap * lines:
            return False
        return self.take(block, start, end, final)

    def read(self, block: str, start: int, end: int) -> bool:
        """Read the step lines of a stretch; false, and nothing is read, where its counters do not fit their number."""
        final = self.final(block, start, end)
        return final is not None and self.take(block, start, end, final)

    def final(self, block: str, start: int, end: int) -> int | None:
        """Counter of the last step line."""
        if self.track.restarted or self.layer.current is not self.track:
            return None
        tail = block.rfind(self.marker, start, end)
        match = (
            self.layer.pattern.search(block, block.rfind("\n", start, tail) + 1 or start, end) if tail >= 0 else None
        )
        self.match = match or self.match
        try:
            return int(match["step"]) if match else None
        except ValueError:
            return None

    def take(self, block: str, start: int, end: int, final: int) -> bool:
        """Take the times of a stretch whose last counter is `final`, if their number fits it."""
        texts = self.pattern.findall(block, start, end)
        track = self.track
        if track.last is None or final != track.last + self.gap * len(texts):
            return False
        try:
            seconds = list(map(float, texts))
        except ValueError:
            return False
        track.take_even(track.last + self.gap, self.gap, seconds, self.factor)
        self.layer.columns.last_step = final
        self.layer.matched += len(texts)
        self.layer.marked += len(texts)
        return True

    def close(self) -> None:
        """Give the last point what its line says besides the time."""
        rows = self.layer.columns.rows([[text] for text in self.match.groups("")]) if self.match else None
        if rows is None or self.track.latest is None:
            return
        of_last = (rows.clocks, None, rows.losses, rows.rates, rows.mfus)
        self.track.latest = (self.track.latest[0], [None if column is None else column[-1] for column in of_last])


def lean_reader(layer: LayerState) -> Lean | None:
    """A reader in haste for `layer`, once its track is thinned; `None` where its lines need to be read in full."""
    track = layer.current
    shape = layer.layer
    plain = shape.tracks == "one" and not shape.label and not shape.needs_context and layer.rank_at is None
    if track is None or track.stride == 1 or not plain or track.columns["clocks"][-1] is not None:
        return None
    kinds = [(name, meaning) for _, name, meaning in layer.columns.named if meaning.is_ == "step-time"]
    counters = [name for _, name, meaning in layer.columns.named if meaning.is_ == "step"]
    if len(kinds) != 1 or counters != ["step"] or kinds[0][1].unit not in SECONDS:
        return None
    pattern = around(layer.pattern.pattern, kinds[0][0])
    gap = layer.columns.gap
    if pattern is None or not gap or gap < 0:
        return None
    return Lean(layer, track, pattern, SECONDS[kinds[0][1].unit] * kinds[0][1].scale, gap)


def around(pattern: str, group: str) -> re.Pattern[str] | None:
    """The part of `pattern` that finds `group` by the literal text around it; `None` where there is too little of
    it."""
    match = re.search(rf"\(\?P<{group}>(\\d\+\\\.\?\\d\*|\[\\d\.\]\+)\)", pattern)
    if match is None:
        return None
    begin = match.start()
    while begin > 0 and pattern[begin - 1] not in SPECIAL:
        begin -= 1
    end = match.end()
    while end < len(pattern) and pattern[end] not in SPECIAL:
        end += 1
    if match.start() - begin < LEAST_LITERAL:
        return None
    if end < len(pattern) and pattern[end] in "?*+{":
        end -= 1  # the last letter is optional
    return re.compile(rf"{pattern[begin : match.start()]}([\d.]+){pattern[match.end() : end]}")
