"""fastai's table of epochs, as HTML of a notebook or as text of a terminal; its time column counts validation in."""

from __future__ import annotations

import re

from traincast.reading.content import text as decoded
from traincast.reading.lines import clean
from traincast.reading.sources import Source
from traincast.reading.structured.cells import whole
from traincast.reading.structured.gather import Gatherer
from traincast.reading.structured.notebook import CELL, ROW
from traincast.reading.structured.rows import Torn
from traincast.reading.structured.shapes import Shape
from traincast.reading.values import clock_span, number
from traincast.runlog import Facts, RunLog

TITLE = "fastai table of epochs"
PLAN = re.compile(
    r"<progress value=['\"](?P<done>\d{1,9})['\"] class=[^>]{0,80} max=['\"](?P<total>\d{1,9})['\"]"
    r"|\[(?P<a>\d{1,9})/(?P<b>\d{1,9}) [\d:]+&lt;"
)


def read(source: Source, _: Shape) -> list[RunLog] | None:
    """A run for each table: a notebook often trains in stages."""
    content = clean(decoded(source.content()))
    rows = html_rows(content) if "<t" in content else text_rows(content)
    torn = Torn()
    torn.lines = content.count("\n")
    points = Gatherer(counts_from=0)
    plans: list[int] = []
    header: list[str] = []
    again = False
    for cells in rows:
        if cells and cells[0].lower() == "epoch":
            header, again = [cell.lower() for cell in cells], True
            continue
        row = dict(zip(header, cells, strict=False))
        epoch, seconds = whole(row.get("epoch")), clock_span(row.get("time", ""))
        if epoch is None or not header:
            torn.torn += bool(header)
            continue
        if again and not (plans and epoch == plans[-1] > 0):  # other processes repeat the header of a run that goes on
            points.next_run()
            plans.append(0)
        again = False
        points.add(epoch, seconds=seconds, loss=number(row.get("train_loss", "")))
        plans[-1] = max(plans[-1], epoch + 1)
    if not plans and header:  # no epoch is over
        points.next_run()
        plans.append(0)
    if not plans:
        return None
    logs = points.logs(source, Facts(), torn, unit="epoch", span="interval")
    running = [int(match["total"] or match["b"]) for match in PLAN.finditer(content)]
    plans = [plan for plan in plans if plan or running]
    for i, (log, plan) in enumerate(zip(logs, plans, strict=False)):
        last = i + 1 == len(logs) and running
        log.facts.steps_planned = max(plan, running[0]) if last else plan
        log.finished = plan >= log.facts.steps_planned
    return logs


def html_rows(html: str) -> list[list[str]]:
    """Texts of the cells of each table row."""
    return [[cell.strip() for cell in CELL.findall(row[1])] for row in ROW.finditer(html)]


def text_rows(text: str) -> list[list[str]]:
    """Words of each line from the first header on."""
    return [
        words for line in text.split("\n") if (words := line.split()) and (words[0] == "epoch" or words[0].isdigit())
    ]
