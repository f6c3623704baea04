"""A page as text: plain where it is piped, with weight and colour on a terminal."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from typing import TextIO

from traincast.reports.page import Block, Chart, Facts, Findings, Page, Table, is_empty, printable
from traincast.reports.wording import finding_text, severity_names, translator


def facts_lines(block: Facts) -> Iterator[str]:
    """Label, value and note in columns."""
    label = max((len(row.label) for row in block.rows), default=0)
    value = max((len(row.value) for row in block.rows if row.note), default=0)
    for row in block.rows:
        line = (
            f"  {row.label:<{label}}  {row.value:<{value}}  {row.note}"
            if row.note
            else f"  {row.label:<{label}}  {row.value}"
        )
        yield printable(line).rstrip()


def table_lines(block: Table) -> Iterator[str]:
    """Columns as wide as their widest cell, numbers to the right where `align` says so."""
    align = block.align.ljust(len(block.head), "l")
    widths = [max(len(row[i]) for row in (block.head, *block.rows)) for i in range(len(block.head))]
    for row in (block.head, *block.rows):
        cells = (
            cell.rjust(width) if side == "r" else cell.ljust(width)
            for cell, width, side in zip(row, widths, align, strict=True)
        )
        yield printable("  " + "  ".join(cells)).rstrip()


def findings_lines(block: Findings, lang: str) -> Iterator[str]:
    """Severity, message and remedy of each finding."""
    _, names = translator(lang), severity_names(lang)
    for found in block.findings:
        message, remedy = finding_text(found, lang)
        yield printable("  " + _("{severity}: {message}").format(severity=names[found.severity], message=message))
        if remedy:
            yield printable(f"    {remedy}")


def block_lines(block: Block, lang: str) -> Iterator[str]:
    """The block without its title."""
    if isinstance(block, Facts):
        yield from facts_lines(block)
    elif isinstance(block, Table):
        yield from table_lines(block)
    elif isinstance(block, Findings):
        yield from findings_lines(block, lang)
    elif isinstance(block, Chart):
        yield printable(f"  {block.alt}")
    else:
        yield from (printable(f"  {paragraph}") for paragraph in block.paragraphs)


def plain(page: Page) -> str:
    """`page` as plain text that ends with a line end."""
    lines = [printable(page.title)]
    if page.lead:
        lines += [printable(page.lead)]
    for block in page.blocks:
        if is_empty(block):
            continue
        lines += ["", *([printable(block.title)] if block.title else []), *block_lines(block, page.lang)]
    return "\n".join(lines) + "\n"


def show(page: Page, stream: TextIO | None = None) -> None:
    """Write `page` to `stream` (stdout): by rich on a terminal, plain otherwise."""
    stream = stream or sys.stdout
    if not stream.isatty():
        stream.write(plain(page))
        return
    from traincast.reports.terminal import draw  # rich takes as long to import as a small log to read

    draw(page, stream, width=shutil.get_terminal_size().columns)
