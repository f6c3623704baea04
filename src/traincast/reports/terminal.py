"""A page on a terminal, drawn by rich; `NO_COLOR` is obeyed by rich itself."""

from __future__ import annotations

from typing import Literal, TextIO

from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from traincast.reports.page import Block, Chart, Facts, Findings, Page, Prose, Table, is_empty, printable
from traincast.reports.wording import finding_text, severity_label

COLOUR = {"error": "bold red", "warning": "yellow", "info": "cyan"}


def draw(page: Page, stream: TextIO, *, width: int) -> None:
    """Write `page` to the terminal behind `stream`, wrapped at `width` columns."""
    console = Console(file=stream, width=width, highlight=False)
    console.print(Text(printable(page.title), style="bold"))
    if page.lead:
        console.print(Text(printable(page.lead), style="bold green"))
    for block in page.blocks:
        if not is_empty(block):
            console.print()
            draw_block(block, console, page.lang)


def draw_block(block: Block, console: Console, lang: str) -> None:
    """One block under its title."""
    if block.title:
        console.print(Text(printable(block.title), style="bold cyan"))
    if isinstance(block, Findings):
        for found in block.findings:
            message, remedy = finding_text(found, lang)
            label = Text(severity_label(found.severity, lang), style=COLOUR[found.severity])
            console.print(label + Text(printable(message)))
            if remedy:
                console.print(Text(printable(f"  {remedy}"), style="dim"))
    elif isinstance(block, Chart):
        console.print(Text(printable(block.alt), style="dim"))
    elif isinstance(block, Prose):
        for paragraph in block.paragraphs:
            console.print(Text(printable(paragraph)))
    else:
        console.print(grid(block))


def grid(block: Facts | Table) -> Grid:
    """Facts or a table as a rich table without rules; a value without a note pushes no note aside."""
    if isinstance(block, Facts):
        table = Grid.grid(padding=(0, 2))
        wide = max((len(fact.value) for fact in block.rows if fact.note), default=0)
        for fact in block.rows:
            value = printable(fact.value).ljust(wide if fact.note else 0)
            note = printable(f"  {fact.note}" if fact.note else "")
            table.add_row(Text(printable(f"  {fact.label}")), Text.assemble((value, "bold"), (note, "dim")))
        return table
    table = Grid(box=None, pad_edge=False, header_style="dim")
    for head, side in zip(block.head, block.align.ljust(len(block.head), "l"), strict=True):
        justify: Literal["left", "right"] = "right" if side == "r" else "left"
        table.add_column(Text(printable(head)), justify=justify, overflow="fold")  # the end of a path is its line
    for row in block.rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    return table
