"""How a live run is shown: a panel on a terminal, lines elsewhere, documents for programs.

Below the output of a command the panel takes the last rows of the terminal, which scrolls above them; the bytes of
the command stay what they are.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, TextIO

import msgspec

from traincast.answers import WatchAnswer
from traincast.live.run import write_all
from traincast.reports.page import Facts, Findings, Page, Table, printable
from traincast.reports.watch_page import watch_line, watch_page

ROWS = 2
"""rows below a command's output"""


class Shown:
    """Shows nothing; what all ways of showing have in common."""

    tells_findings = False
    """whether findings are part of what is shown"""
    rows = 0
    """rows of the terminal that it keeps for itself"""

    def __enter__(self) -> Shown:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def show(self, answer: WatchAnswer, *, last: bool = False) -> None:
        """Show an answer; the `last` one is shown in any case."""

    def close(self) -> None:
        """Leave the terminal as it was."""


class Documents(Shown):
    """One JSON document a line."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stdout

    def show(self, answer: WatchAnswer, *, last: bool = False) -> None:
        """Write an answer at once."""
        if last:  # it was written already
            return
        self.stream.write(msgspec.json.encode(answer).decode() + "\n")
        self.stream.flush()


class PlainLines(Shown):
    """A line of text now and then."""

    def __init__(
        self, stream: TextIO, *, lang: str = "en", every: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.stream = stream
        self.lang = lang
        self.every = every
        self.clock = clock
        self._due = -1e18
        self._before = ""

    def show(self, answer: WatchAnswer, *, last: bool = False) -> None:
        """Write a line where `every` seconds are over and it says something else than the one before."""
        now = self.clock()
        text = printable(watch_line(answer, lang=self.lang))
        if text == self._before or (now < self._due and not last):
            return
        self._due, self._before = now + self.every, text
        self.stream.write(text + "\n")
        self.stream.flush()


class Panel(Shown):
    """A panel that is drawn in place, by rich."""

    tells_findings = True

    def __init__(self, *, lang: str = "en") -> None:
        from rich.console import Console
        from rich.live import Live

        self.lang = lang
        self.console = Console(highlight=False)
        self.live: Any = Live(console=self.console, auto_refresh=False, vertical_overflow="crop")

    def __enter__(self) -> Shown:
        self.live.start()
        return self

    def show(self, answer: WatchAnswer, *, last: bool = False) -> None:
        """Draw the panel anew."""
        from rich.console import Group

        self.live.update(Group(*renderables(watch_page(answer, lang=self.lang))), refresh=True)

    def close(self) -> None:
        """Leave the last panel on the terminal."""
        self.live.stop()


def renderables(page: Page) -> list[Any]:
    """The blocks of a page as rich draws them."""
    from rich.text import Text

    from traincast.reports.terminal import COLOUR, grid
    from traincast.reports.wording import finding_text, severity_label

    drawn: list[Any] = [
        Text(printable(page.title), style="dim"), Text(printable(page.lead), style="bold green"), Text(),
    ]  # fmt: skip
    for block in page.blocks:
        if isinstance(block, Facts | Table):
            drawn.append(grid(block))
        elif isinstance(block, Findings):
            drawn.append(Text())
            for one in block.findings:
                severity = Text(severity_label(one.severity, page.lang), style=COLOUR[one.severity])
                drawn.append(severity + Text(printable(finding_text(one, page.lang)[0])))
    return drawn


class Footer(Shown):
    """Two rows at the bottom of the terminal that a command writes to."""

    rows = ROWS

    def __init__(self, descriptor: int, *, lang: str = "en") -> None:
        self.descriptor = descriptor
        self.lang = lang
        self._size = (0, 0)
        self._text = ""

    def __enter__(self) -> Shown:
        self._reserve()
        return self

    def _reserve(self) -> None:
        """Let the terminal scroll above the last rows."""
        size = shutil.get_terminal_size()
        if (size.columns, size.lines) == self._size:
            return
        self._size = size.columns, size.lines
        top = max(1, size.lines - ROWS)
        # make room, limit scrolling to the rows above (DECSTBM, which moves the cursor), go back to the last of them
        write_all(self.descriptor, ("\n" * ROWS + f"\x1b[{ROWS}A\x1b7\x1b[1;{top}r\x1b8").encode())

    def show(self, answer: WatchAnswer, *, last: bool = False) -> None:
        """Draw the two rows anew, the cursor left where it was."""
        self._text = printable(watch_line(answer, lang=self.lang))
        self._reserve()
        columns, lines = self._size
        rule = "\u2500" * columns if sys.stdout.encoding.lower().startswith("utf") else "-" * columns
        text = (
            f"\x1b7\x1b[{lines - 1};1H\x1b[2K\x1b[2m{rule}\x1b[0m"
            f"\x1b[{lines};1H\x1b[2K\x1b[1m{self._text[: columns - 1]}\x1b[0m\x1b8"
        )
        write_all(self.descriptor, text.encode(sys.stdout.encoding, "replace"))

    def close(self) -> None:
        """Clear the two rows and give the whole terminal back."""
        lines = self._size[1]
        if lines:
            clear = f"\x1b7\x1b[r\x1b8\x1b7\x1b[{lines - 1};1H\x1b[2K\x1b[{lines};1H\x1b[2K\x1b8"
            with suppress(OSError):
                write_all(self.descriptor, clear.encode())


def shown(*, as_json: bool, quiet: bool, lang: str, every: float, command: bool) -> Shown:
    """The way that fits where the answers go."""
    if as_json:
        return Documents()
    if command:
        if quiet:
            return Shown()
        if sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb":
            return Footer(sys.stdout.fileno(), lang=lang)
        return PlainLines(sys.stderr, lang=lang, every=every)
    if sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb":
        return Panel(lang=lang)
    return PlainLines(sys.stdout, lang=lang, every=every)
