"""Recordings of a terminal for the pages, from real runs: `python -m tools.recordings`.

Each command runs on a pseudo-terminal, so that it draws as for a person; what is on the screen becomes an SVG that asks
for no font, no script and nothing from outside. Of a command that draws again and again some moments follow each other.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator
from io import StringIO
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import pyte
from rich.console import Console
from rich.text import Text
from tools.blocks import ROOT, workspace

TARGET = ROOT / "docs" / "recordings"
LOG = "tests/logs/nanogpt-cpu.log"
PREDICT = 'traincast predict examples/gpt-40m.toml --on "RTX 4070" -q'
SECONDS_A_FRAME = 1.5
SECONDS_OF_A_RUN = 8.0
"""time in which the log of a run that took minutes is written again"""
FONT = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace'


class Recording(NamedTuple):
    """A command, the size of its terminal, and what it is shown as."""

    name: str
    command: str
    columns: int = 92
    rows: int = 60
    frames: int = 1
    """screens that are kept of what it draws, spread evenly over its time"""
    grows: str = ""
    """a log that is written beside it, line by line, while it runs"""


RECORDINGS = (
    Recording("predict", PREDICT),
    Recording("read", f"traincast read {LOG} -q"),
    Recording("watch", "traincast watch run.log --every 200ms", rows=24, frames=6, grows=LOG),
)


def screens(one: Recording, environment: dict[str, str]) -> list[list[Text]]:
    """The screens of a recording, each a list of lines."""
    screen = pyte.Screen(one.columns, one.rows)
    stream = pyte.ByteStream(screen)
    seen: list[list[Text]] = []
    for chunk in output(one, environment):
        stream.feed(chunk)
        now = lines(screen)
        if now and (not seen or [line.plain for line in now] != [line.plain for line in seen[-1]]):
            seen.append(now)
    if one.frames == 1:
        return seen[-1:]
    whole = [now for now in seen if len(now) > 4]  # not the first line of a panel that is being drawn
    picks = sorted({round(i * (len(whole) - 1) / (one.frames - 1)) for i in range(one.frames)})
    return [whole[i] for i in picks]


def output(one: Recording, environment: dict[str, str]) -> Iterator[bytes]:
    """What the command writes on its terminal, as it comes."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", one.rows, one.columns, 0, 0))
    settings = {key: value for key, value in environment.items() if key not in ("COLUMNS", "NO_COLOR")}
    if one.grows:
        whole = Path(environment["PWD"], one.grows).read_text(encoding="utf-8").splitlines(keepends=True)
        log = Path(environment["PWD"], "run.log")
        log.write_text("".join(whole[:30]), encoding="utf-8")
        threading.Thread(target=write_slowly, args=(log, whole[30:]), daemon=True).start()
    with subprocess.Popen(
        ["bash", "-c", one.command], stdin=slave, stdout=slave, stderr=slave, cwd=environment["PWD"],
        env={**settings, "TERM": "xterm-256color", "COLORTERM": "truecolor"}, start_new_session=True,
    ) as process:  # fmt: skip
        os.close(slave)
        while True:
            ready, _, _ = select.select([master], [], [], 0.2)
            try:
                chunk = os.read(master, 1 << 16) if ready else b""
            except OSError:  # the other end is closed
                break
            if chunk:
                yield chunk
            elif process.poll() is not None:
                break
    os.close(master)


def write_slowly(path: Path, rest: list[str]) -> None:
    """Append the lines of a finished log as a run would, much faster."""
    with path.open("a", encoding="utf-8") as file:
        for line in rest:
            file.write(line)
            file.flush()
            time.sleep(SECONDS_OF_A_RUN / len(rest))


def lines(screen: pyte.Screen) -> list[Text]:
    """The lines on the screen with their colours, without the empty ones below."""
    found = []
    for y in range(screen.lines):
        text = Text()
        cells = [screen.buffer[y][x] for x in range(screen.columns)]
        for style, alike in groupby(cells, key=style_of):
            text.append("".join(cell.data for cell in alike), style)
        text.rstrip()
        found.append(text)
    while found and not found[-1].plain:
        found.pop()
    return found


def style_of(cell: pyte.screens.Char) -> str:
    """Weight and colour of a cell, as rich names them; a blank has none."""
    if cell.data == " ":
        return ""
    colour = {"default": "", "brown": "yellow"}.get(cell.fg, cell.fg)
    colour = f"#{colour}" if re.fullmatch("[0-9a-f]{6}", colour) else colour
    return f"{'bold ' if cell.bold else ''}{colour}".strip()


def drawn(frame: list[Text], title: str, columns: int, height: int, name: str) -> str:
    """One screen as SVG."""
    console = Console(record=True, width=columns, file=StringIO(), force_terminal=True, legacy_windows=False)
    for line in frame:
        console.print(line, soft_wrap=True)
    for _ in range(height - len(frame)):
        console.print()
    return self_contained(console.export_svg(title=title, unique_id=name))


def self_contained(svg: str) -> str:
    """`svg` without the fonts it would fetch, and without the clips of lines that are no longer than the screen."""
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.S)
    svg = re.sub(r"font-family: (?:Fira Code|arial)[^;]*;", f"font-family: {FONT};", svg)
    svg = re.sub(r"<clipPath.*?</clipPath>\s*| clip-path=\"[^\"]*\"|<defs>\s*</defs>\s*", "", svg, flags=re.S)
    return re.sub(r"<!--.*?-->\s*", "", re.sub(r"\n\s+", "\n", svg), flags=re.S)


def moving(pictures: list[str]) -> str:
    """Pictures of one size after each other, for ever; the last one where motion is not wanted."""
    count = len(pictures)
    share = 100 / count
    head = re.match(r"<svg[^>]*>", pictures[0])
    assert head is not None
    style = (
        f".frame {{ visibility: hidden; animation: shown {count * SECONDS_A_FRAME}s step-end infinite; }}\n"
        f"@keyframes shown {{ 0% {{ visibility: visible; }} {share:.3f}% {{ visibility: hidden; }} }}\n"
        "@media (prefers-reduced-motion: reduce) {\n"
        "  .frame { animation: none; } .frame:last-child { visibility: visible; } }"
    )
    frames = [
        f'<g class="frame" style="animation-delay: {i * SECONDS_A_FRAME}s">{inner(one)}</g>'
        for i, one in enumerate(pictures)
    ]
    return f"{head[0]}\n<style>\n{style}\n</style>\n" + "\n".join(frames) + "\n</svg>\n"


def inner(svg: str) -> str:
    """What is between the tags of an SVG."""
    return svg[svg.index(">") + 1 : svg.rindex("</svg>")]


def recorded(one: Recording, environment: dict[str, str]) -> str:
    """A recording as SVG."""
    found = screens(one, environment)
    height = max(map(len, found))
    pictures = [drawn(frame, one.command, one.columns, height, f"{one.name}{i}") for i, frame in enumerate(found)]
    return pictures[0] if len(pictures) == 1 else moving(pictures)


def main() -> int:
    """Record all, or those that are named."""
    TARGET.mkdir(exist_ok=True)
    for one in RECORDINGS:
        if not sys.argv[1:] or one.name in sys.argv[1:]:
            with workspace() as environment:
                svg = recorded(one, environment)
            (TARGET / f"{one.name}.svg").write_text(svg, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
