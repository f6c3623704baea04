"""A page as a Markdown note with YAML front matter; text from logs is shown as text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from traincast.reports.page import NO_BREAK, Block, Chart, Facts, Findings, Page, Prose, Table, is_empty, printable
from traincast.reports.wording import finding_text, severity_names, translator

SPECIAL = re.compile(r"([\\`*_\[\]|~$#])")
LINE_START = re.compile(r"^(\s*)([-+>=]|\d+[.)])(?=\s|$)")


def escaped(text: str) -> str:
    """`text` so that Markdown shows it as it is: no markup, no HTML, no links."""
    plain = printable(text, kept=NO_BREAK).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    plain = SPECIAL.sub(r"\\\1", plain)
    plain = re.sub(r"(?i)\b(https?|ftp|www|javascript|data)(?=[:.])", lambda m: m[0][0] + "\u200b" + m[0][1:], plain)
    return LINE_START.sub(r"\1\\\2", plain)


def markdown(page: Page, *, date: str) -> str:
    """`page` as a note: front matter, title, blocks."""
    front = [
        "---",
        f"title: {json.dumps(printable(page.title), ensure_ascii=False)}",
        f"lang: {page.lang}",
        f"date: {date}",
        "type: note",
        "---",
    ]
    lines = [*front, "", f"# {escaped(page.title)}", ""]
    if page.lead:
        lines += [f"**{escaped(page.lead)}**", ""]
    for block in page.blocks:
        if is_empty(block):
            continue
        if block.title:
            lines += [f"## {escaped(block.title)}", ""]
        lines += [*block_lines(block, page.lang), ""]
    return "\n".join(lines).rstrip() + "\n"


def block_lines(block: Block, lang: str) -> Iterator[str]:
    """The block without its title."""
    if isinstance(block, Facts):
        for row in block.rows:
            note = f" ({escaped(row.note)})" if row.note else ""
            yield f"- {escaped(row.label)}: **{escaped(row.value)}**{note}"
    elif isinstance(block, Table):
        yield from table_lines(block)
    elif isinstance(block, Findings):
        _, names = translator(lang), severity_names(lang)
        for found in block.findings:
            message, remedy = finding_text(found, lang)
            said = _("{severity}: {message}").format(severity=names[found.severity], message=escaped(message))
            yield f"- {said}" + (f" ({escaped(remedy)})" if remedy else "")
    elif isinstance(block, Chart):
        yield f"*{escaped(block.alt)}*"
    elif isinstance(block, Prose):
        for i, paragraph in enumerate(block.paragraphs):
            if i:
                yield ""
            yield escaped(paragraph)


def table_lines(block: Table) -> Iterator[str]:
    """A pipe table."""
    align = block.align.ljust(len(block.head), "l")
    yield "| " + " | ".join(escaped(cell) for cell in block.head) + " |"
    yield "|" + "|".join("---:" if side == "r" else "---" for side in align) + "|"
    for row in block.rows:
        yield "| " + " | ".join(escaped(cell) for cell in row) + " |"
