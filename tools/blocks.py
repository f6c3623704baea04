"""Commands in Markdown pages: run them, and keep the output that is shown below them: `python -m tools.blocks`.

A block of the language `console` holds commands after `$ ` and what they print; one of `python` is a program. A comment
above a block says more: `<!-- not run: reason -->`, or `<!-- varies: reason -->` where the output differs each time, or
`<!-- plug-in: reason -->` where the example plug-in is installed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tools.plugin import EXAMPLE, declare, install

ROOT = Path(__file__).parent.parent
FENCE = re.compile(
    r"(?:<!-- (?P<note>not run|varies|plug-in): (?P<why>[^\n]+) -->\n\n?)?^```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.M | re.S,
)
QUANTITY = re.compile(
    r"[-+]?\d[\d.,]*(?:e[-+]?\d+)?(?:\s?(?:h|min|ms|us|ns|s|d|k|M|B|T|%|[KMGT]iB|[kMGTP]?FLOPS?|[KMGTP]?B/s)\b)?(?:\s?%)?"
)
NEEDED = ("examples", "tests/logs", "docs/samples")
"""what commands may read, copied to where they run"""
PLUGINS = "TRAINCAST_PLUGINS"
"""setting that leaves plug-ins out: those of the machine that writes the pages must not show in them"""
LONGEST = 60.0
"""s that one command may take"""


class Block(NamedTuple):
    """A block of code of a page."""

    language: str
    text: str
    note: str
    """not run, varies, plug-in, or empty"""
    why: str
    start: int
    """where `text` begins in the page"""

    @property
    def commands(self) -> list[tuple[str, str]]:
        """(command, output) of a console block; a command goes on where a line ends in a backslash."""
        found: list[tuple[list[str], list[str]]] = []
        for line in self.text.splitlines():
            if found and not found[-1][1] and found[-1][0][-1].endswith("\\"):
                found[-1][0].append(line)
            elif line.startswith("$ "):
                found.append(([line[2:]], []))
            elif found:
                found[-1][1].append(line)
        return [("\n".join(command), "\n".join(output)) for command, output in found]


def blocks(page: str) -> list[Block]:
    """All fenced blocks of a page."""
    return [
        Block(one["language"], one["text"], one["note"] or "", one["why"] or "", one.start("text"))
        for one in FENCE.finditer(page)
    ]


def pages() -> list[Path]:
    """The pages that people read: README and docs, without what is generated."""
    written = ("reference", "samples")
    found = [path for path in (ROOT / "docs").rglob("*.md") if path.relative_to(ROOT / "docs").parts[0] not in written]
    return [ROOT / "README.md", *sorted(found)]


@contextmanager
def workspace() -> Iterator[dict[str, str]]:
    """A folder with the files that commands read and `traincast` on the path; yields the environment, `PWD` in it."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        for one in NEEDED:
            shutil.copytree(ROOT / one, home / one)
        program = home / ".bin" / "traincast"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m traincast "$@"\n', encoding="utf-8")
        program.chmod(0o755)
        python = program.with_name("python")
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
        python.chmod(0o755)
        path = os.pathsep.join([str(program.parent), os.environ["PATH"]])
        source = os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("TRAINCAST", "COV_CORE"))}
        yield {
            **kept,
            "PATH": path,
            "PYTHONPATH": source,
            "PWD": name,
            "COLUMNS": "100",
            "XDG_CACHE_HOME": str(home / ".cache"),
            PLUGINS: "off",
        }


def setting_of(block: Block, environment: dict[str, str]) -> dict[str, str]:
    """The environment in which the commands of `block` run: with the plug-ins that its note names, or without any."""
    if block.note != "plug-in":
        return environment
    site = Path(environment["PWD"]) / ".site"
    if not site.exists():
        install(EXAMPLE, site)
    broken = Path(environment["PWD"]) / ".broken"
    if not broken.exists():
        declare(broken, "half-done", "0.1", {"traincast.dialects": {"oops": "half_done.dialects"}})
    found = [environment["PYTHONPATH"], str(site), *([str(broken)] if "broken" in block.why else [])]
    return {**environment, PLUGINS: "on", "PYTHONPATH": os.pathsep.join(found)}


def printed(command: str, environment: dict[str, str]) -> tuple[str, int]:
    """(standard output, then standard error, exit status) of a shell command."""
    done = subprocess.run(
        ["bash", "-c", command], env=environment, cwd=environment["PWD"], capture_output=True, text=True,
        timeout=LONGEST, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    text = "\n".join(line.rstrip() for line in (done.stdout + done.stderr).splitlines())
    return text.strip("\n"), done.returncode


def shape(output: str) -> list[str]:
    """The lines of an output without their figures, in any order: figures move when the model is fitted anew."""
    bare = (" ".join(QUANTITY.sub("#", line).split()) for line in output.splitlines())
    return sorted({re.sub("#( #)+", "#", line).strip("# ") for line in bare} - {""})


def renewed(page: str) -> str:
    """`page` with the output of every console block that runs as it is today."""
    out, at = [], 0
    with workspace() as environment:
        for one in blocks(page):
            shown = any(output for _, output in one.commands)
            if one.language != "console" or one.note == "not run" or (one.note == "varies" and shown):
                continue
            lines = []
            setting = setting_of(one, environment)
            for command, _ in one.commands:
                text, _status = printed(command, setting)
                lines += [f"$ {command}", *([text] if text else [])]
            out += [page[at : one.start], "\n".join(lines) + "\n"]
            at = one.start + len(one.text)
    return "".join([*out, page[at:]])


def main() -> int:
    """Renew every page."""
    for path in [Path(one) for one in sys.argv[1:]] or pages():
        old = path.read_text(encoding="utf-8")
        new = renewed(old)
        if new != old:
            path.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
