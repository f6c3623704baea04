"""Progress bars: which of several a line belongs to, by the words in front; and how far one is that is not full yet."""

from __future__ import annotations

import re
from collections.abc import Iterable

STAMPED = re.compile(
    r"^ ?(?:(?:\d{4}-\d\d-\d\d[T ][\d:.,]{8,18}(?:Z|[+-]\d\d:?\d\d)?(?: std(?:out|err) [FP])?"
    r"(?: - [\w.]{1,40} - [A-Z]{4,8} -| \| [A-Z]{4,8} {1,4}\| [\w.:<>]{1,80} -)?"
    r"|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?: [\w.-]{1,40} [\w.-]{1,40}\[\d+\]:)?"
    r"|[\w.-]{1,40} {1,20}\||\(\w{1,40} pid=\d+[^)\n]{0,40}\)) "
    r"|\[\d+,\d+\]<std(?:out|err)>: ?|[A-Z]{4,8}:[\w.]{1,40}:)"
)
"""what a runner or a logger puts before each line: no words of the bar"""


NEWEST = 60
"""lines among which the newest bar is looked for: others may stand below it"""


def keys(texts: Iterable[str]) -> list[str]:
    """Texts of bars without their figures: bars of all epochs are one track."""
    return [re.sub(r"\d+", "#", text).strip(" :|") for text in texts]


def bar_label(block: str, at: int) -> str:
    """The words in front of a bar at `at`, without its percentage and what was glued before it."""
    begin = max(block.rfind("\n", 0, at) + 1, at - 120)
    text = STAMPED.sub("", block[begin:at], count=1).rstrip("0123456789. ")
    text = text[max(text.rfind("}"), text.rfind("]")) + 1 :].strip(" :|")
    return text if any(c.isalpha() for c in text) else ""


class OpenBar:
    """The newest bar that is not full yet."""

    def __init__(self, pattern: str) -> None:
        self.pattern = re.compile(pattern, re.MULTILINE)
        self.groups: tuple[str, ...] | None = None
        """what its pattern found"""

    def see(self, block: str, start: int, end: int) -> None:
        """Look for one in the last lines of `block[start:end]`."""
        stop = end
        for _ in range(NEWEST):
            begin = block.rfind("\n", start, max(start, stop - 1)) + 1 or start
            match = self.pattern.search(block, begin, stop)
            if match is not None:
                self.groups = match.groups("")
                return
            if begin <= start:
                return
            stop = begin - 1
