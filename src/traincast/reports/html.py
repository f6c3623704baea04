"""A page as one self-contained HTML document: no script, no request, light and dark, phone and print."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from importlib.resources import files

from traincast.reports.charts import BAND, GRID, INK, MARK, WARN
from traincast.reports.page import NO_BREAK, Block, Chart, Facts, Findings, Page, Prose, Table, is_empty, printable
from traincast.reports.wording import finding_text, severity_names, translator

COLOURS = {
    INK: "currentColor", GRID: "var(--line)", MARK: "var(--mark)", BAND: "var(--band)", WARN: "var(--error)",
}  # fmt: skip
"""colour of a drawing -> that of the page"""
SHORT = 22
"""characters of a cell up to which its column is not broken on a wide screen"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def shown(text: str) -> str:
    """`text` as HTML text: no markup, no control or direction characters."""
    return html.escape(printable(text, kept=NO_BREAK), quote=True)


def page_html(page: Page, *, drawings: Mapping[str, str], date: str) -> str:
    """The document; `drawings` are SVG texts by the name of their chart."""
    _ = translator(page.lang)
    style = files("traincast.reports").joinpath("page.css").read_text(encoding="utf-8")
    body = "\n".join(sections(page, drawings))
    return f"""<!doctype html>
<html lang="{page.lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="color-scheme" content="light dark">
<title>{shown(page.title)}</title>
<style>
{style}</style>
</head>
<body>
<a class="skip" href="#main">{shown(_("To the text"))}</a>
<main id="main">
<header>
<h1>{shown(page.title)}</h1>
<p class="date"><time datetime="{shown(date)}">{shown(date)}</time></p>
<p class="lead">{shown(page.lead)}</p>
</header>
{contents(page)}
{body}
</main>
</body>
</html>
"""


def grouped(page: Page) -> list[tuple[str, list[Block]]]:
    """Blocks under their headings: one without a title belongs to the one before."""
    groups: list[tuple[str, list[Block]]] = []
    for block in page.blocks:
        if is_empty(block):
            continue
        if block.title or not groups:
            groups.append((block.title, []))
        groups[-1][1].append(block)
    return groups


def contents(page: Page) -> str:
    """Links to the sections."""
    _ = translator(page.lang)
    links = "".join(
        f'<li><a href="#s{i}">{shown(title)}</a></li>' for i, (title, _b) in enumerate(grouped(page)) if title
    )
    return f'<nav aria-label="{shown(_("Contents"))}"><ol>{links}</ol></nav>'


def sections(page: Page, drawings: Mapping[str, str]) -> Iterator[str]:
    """Each heading with its blocks."""
    for i, (title, blocks) in enumerate(grouped(page)):
        heading = f"<h2>{shown(title)}</h2>" if title else ""
        inner = "\n".join(block_html(block, page.lang, drawings) for block in blocks)
        yield f'<section id="s{i}">{heading}\n{inner}\n</section>'


def block_html(block: Block, lang: str, drawings: Mapping[str, str]) -> str:
    """One block without its title."""
    if isinstance(block, Facts):
        rows = "".join(
            f"<div><dt>{shown(row.label)}</dt><dd><strong>{shown(row.value)}</strong>"
            + (f" <span>{shown(row.note)}</span>" if row.note else "")
            + "</dd></div>"
            for row in block.rows
        )
        return f"<dl>{rows}</dl>"
    if isinstance(block, Table):
        return table_html(block)
    if isinstance(block, Findings):
        return findings_html(block, lang)
    if isinstance(block, Chart):
        return figure_html(block, drawings)
    assert isinstance(block, Prose)
    return "\n".join(f"<p>{shown(paragraph)}</p>" for paragraph in block.paragraphs)


def table_html(block: Table) -> str:
    """A table that scrolls by itself on a narrow screen."""
    align = block.align.ljust(len(block.head), "l")
    columns = list(zip(block.head, *block.rows, strict=True))
    classes = [
        'class="r"' if side == "r" else 'class="short"' if max(map(len, column)) <= SHORT else ""
        for side, column in zip(align, columns, strict=True)
    ]
    head = "".join(f'<th scope="col" {kind}>{shown(cell)}</th>' for cell, kind in zip(block.head, classes, strict=True))
    rows = "".join(
        "<tr>" + "".join(f"<td {kind}>{shown(cell)}</td>" for cell, kind in zip(row, classes, strict=True)) + "</tr>"
        for row in block.rows
    )
    name = shown(block.title or " ".join(block.head))
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{name}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def findings_html(block: Findings, lang: str) -> str:
    """Findings as a list; the severity is a word, not a colour alone."""
    names = severity_names(lang)
    items = []
    for found in block.findings:
        message, remedy = finding_text(found, lang)
        more = f"<br><span>{shown(remedy)}</span>" if remedy else ""
        items.append(f'<li class="{found.severity}"><b>{shown(names[found.severity])}</b> {shown(message)}{more}</li>')
    return f'<ul class="findings">{"".join(items)}</ul>'


def figure_html(block: Chart, drawings: Mapping[str, str]) -> str:
    """A drawing with its words as caption and text alternative; the words alone where it is not drawn."""
    caption = f"<figcaption>{shown(block.alt)}</figcaption>"
    drawn = drawings.get(block.name)
    if drawn is None:
        return f"<figure>{caption}</figure>"
    return f"<figure>{inlined(drawn, block.alt)}{caption}</figure>"


def inlined(drawing: str, alt: str) -> str:
    """SVG for a page: it scales, takes the page's text and line colours, and has a name."""
    drawing = drawing[drawing.index("<svg") :]
    opening, rest = drawing.split(">", 1)
    size = re.search(r'viewBox="[^"]*"', opening)
    width = re.search(r'\bwidth="([\d.]+)"', opening)
    style = f'style="max-width:{width[1]}px"' if width else ""
    for fixed, own in COLOURS.items():
        rest = rest.replace(fixed, own)
    box = size[0] if size else ""
    return f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{shown(alt)}" {box} {style}>{rest}'
