"""Every block of code in README and docs runs, or says why it does not; every link inside leads somewhere."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
from tools.blocks import ROOT, Block, blocks, pages, printed, setting_of, shape, workspace

from traincast.cli.root import VERBS, root

LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)")
CALL = re.compile(r"^(?:\$ )?(?:[^#|]*\| )?traincast +(?P<words>[^|>#]*)")
SHELLS = ("", "console", "sh", "bash", "text")
PAGES = [pytest.param(page, id=str(page.relative_to(ROOT))) for page in pages()]


def calls(block: Block) -> list[str]:
    """What a block passes to traincast, a call an entry."""
    if block.language not in SHELLS:
        return []
    return [found["words"].strip() for line in block.text.splitlines() if (found := CALL.match(line))]


@pytest.mark.parametrize("page", PAGES)
def test_console_blocks_run_and_print_what_the_page_shows(page: Path) -> None:
    """Same words as shown, figures aside: those move when the model is fitted anew; `make docs` renews both."""
    wrong = []
    with workspace() as environment:
        for block in blocks(page.read_text(encoding="utf-8")):
            if block.note == "not run":
                continue
            if block.language == "console":
                setting = setting_of(block, environment)
                for command, shown in block.commands:
                    output, status = printed(command, setting)
                    if block.note != "varies" and shape(output) != shape(shown):
                        wrong.append(f"$ {command}\n{output}")
                    elif block.note == "varies":
                        assert status in (0, 130), output
            elif block.language == "python":
                done = subprocess.run(
                    [sys.executable, "-c", block.text], env=environment, cwd=environment["PWD"], capture_output=True,
                    text=True, timeout=60, check=False,
                )  # fmt: skip
                assert done.returncode == 0, done.stderr
    assert not wrong, "run `make docs`: the pages show what commands no longer print\n\n" + "\n\n".join(wrong)


@pytest.mark.parametrize("page", PAGES)
def test_commands_that_are_not_run_use_verbs_and_options_that_exist(page: Path) -> None:
    """A renamed option must not survive in an example."""
    for block in blocks(page.read_text(encoding="utf-8")):
        for words in calls(block):
            try:
                first, *rest = shlex.split(words, comments=True)
            except ValueError:  # a quotation that a pipe cuts
                continue
            if first.startswith("-") or first.isupper():
                continue
            assert first in VERBS, f"no verb {first!r} in: traincast {words}"
            known = root.get_command(click.Context(root), first)
            assert known is not None
            options = {name for one in known.params for name in (*one.opts, *one.secondary_opts)}
            options |= {"--help", "-h"}
            before = rest[: rest.index("--")] if "--" in rest else rest
            used = {word.split("=")[0] for word in before if re.match(r"--?[a-z]", word)}
            unknown = {
                name for name in used - options if not re.match(r"--[a-z]+_[a-z_]+$", name) and name != "--compile"
            }
            assert not unknown, f"{first} has no {sorted(unknown)}"


@pytest.mark.parametrize("page", PAGES)
def test_a_block_that_calls_traincast_runs_or_says_why_not(page: Path) -> None:
    """Blocks without a language are no way around the test."""
    for block in blocks(page.read_text(encoding="utf-8")):
        if block.language in ("", "sh", "bash"):
            assert block.note == "not run" or not calls(block), f"make it `console` or say why: {block.text[:80]}"
        if block.note:
            assert len(block.why.split()) >= 2


def test_make_targets_that_pages_name_exist() -> None:
    """`make demo` of the README is a line of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    named = set()
    for page in [*pages(), ROOT / "CONTRIBUTING.md"]:
        for words in re.findall(r"(?:^|`)make ((?:[a-z-]+ ?)+)", page.read_text(encoding="utf-8"), re.M):
            named |= set(words.split())
    assert named
    assert named <= targets


def slug(heading: str) -> str:
    """The anchor of a heading, as the site and GitHub make it."""
    return re.sub(r"[\s]+", "-", re.sub(r"[^\w\s-]", "", heading.strip().lower().replace("`", "")))


def test_links_inside_lead_somewhere() -> None:
    """Every relative link of README, CONTRIBUTING and docs names a file that is there, and a heading in it."""
    broken = []
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]:
        text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
        for target in LINK.findall(text):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            file = (page.parent / path).resolve() if path else page
            headings = (
                re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.M) if anchor and file.is_file() else []
            )
            if not file.exists() or (anchor and anchor not in map(slug, headings)):
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert not broken


def test_every_page_is_in_the_navigation() -> None:
    """A page that nothing leads to is not read; a page that is gone must not be listed."""
    listed = set(re.findall(r'"([\w./-]+\.md)"', (ROOT / "zensical.toml").read_text(encoding="utf-8")))
    there = {str(path.relative_to(ROOT / "docs")) for path in (ROOT / "docs").rglob("*.md")}
    assert listed == there


def test_every_cell_of_the_comparison_is_filled() -> None:
    """Each was looked up: none is empty or open, and each table is followed by what was read for it."""
    page = (ROOT / "docs" / "rivals.md").read_text(encoding="utf-8")
    tables = re.findall(r"((?:^\|.*\n)+)\n(.*)", page, re.M)

    assert len(tables) >= 3
    for table, below in tables:
        rows = [line.strip("|\n").split("|") for line in table.splitlines() if not line.startswith("| ---")]
        assert len({len(row) for row in rows}) == 1
        assert all(cell.strip() not in ("", "?", "not checked") for row in rows[1:] for cell in row)
        assert below.startswith("Read: ")
