"""Hugging Face Trainer in a notebook: `[60/60 03:18, Epoch 0/1]`, a table of losses, a banner.

As HTML, or inside an `.ipynb`.
"""

from __future__ import annotations

import re

from traincast import units
from traincast.findings import Finding, finding
from traincast.phrases import phrase
from traincast.reading.content import text as decoded
from traincast.reading.lines import clean
from traincast.reading.sources import Source
from traincast.reading.structured.cells import document, whole
from traincast.reading.structured.gather import Gatherer
from traincast.reading.structured.rows import Torn
from traincast.reading.structured.shapes import Shape
from traincast.reading.values import clock_span, number
from traincast.runlog import Facts, RunLog

TITLE = "Hugging Face Trainer in a notebook"
PROGRESS = re.compile(
    r"\[\s*(?P<done>\d{1,12})/(?P<total>\d{1,12}) (?P<elapsed>[\d:]{1,20})[^\]\n]{0,80}, Epoch [\d.]{1,20}/\d{1,9}\]"
)
ROW = re.compile(r"<tr[^>]{0,200}>(.{0,4000}?)</tr>", re.DOTALL)
CELL = re.compile(r"<t[dh][^>]{0,200}>([^<]{0,200})")
BANNER = (
    (re.compile(r"Num examples = ([\d,]+)"), "num_examples"),
    (re.compile(r"Num Epochs = ([\d,]+)"), "epochs_planned"),
    (re.compile(r"Total steps = ([\d,]+)"), "steps_planned"),
    (re.compile(r"Batch size per device = ([\d,]+)"), "micro_batch"),
    (re.compile(r"Gradient accumulation steps = ([\d,]+)"), "grad_accum"),
    (re.compile(r"(?:Data Parallel GPUs|Num GPUs(?: used)?) = ([\d,]+)"), "n_devices"),
    (re.compile(r"Total batch size \([^)\n]{0,40}\) = ([\d,]+)"), "samples_per_step"),
    (re.compile(r"Trainable parameters = [\d,]+/([\d,]+)"), "params"),
)
RUNTIME = re.compile(r"^\s*([\d.]+) seconds used for training|train_runtime['\"]?[=:] ?([\d.]+)", re.MULTILINE)
AGREE = 0.05
"""relative difference between the bar's elapsed time and the printed runtime that start-up and saving explain"""


def read(source: Source, shape: Shape) -> list[RunLog] | None:
    """The run of each progress bar; `None` where the notebook holds none."""
    content = clean(decoded(source.content()))
    if shape.name == "notebook":
        content = outputs(content)
    bars = {int(bar["total"]): bar for bar in PROGRESS.finditer(content)}
    if not bars:
        return None
    logs = []
    matches = list(PROGRESS.finditer(content))
    for i, bar in enumerate(matches):
        before = matches[i - 1].end() if i else 0
        after = matches[i + 1].start() if i + 1 < len(matches) else len(content)
        logs += run(source, content[before : bar.start()], content[bar.end() : after], bar)
    for log in logs:
        log.dialect = "hf-notebook-html"
    return logs


def run(source: Source, before: str, after: str, bar: re.Match[str]) -> list[RunLog]:
    """The run of one bar: settings stand before it, losses and the runtime after it."""
    torn = Torn()
    torn.lines = before.count("\n") + after.count("\n") + 1
    facts = banner(before)
    done, total = int(bar["done"]), int(bar["total"])
    elapsed = clock_span(bar["elapsed"]) if ":" in bar["elapsed"] else None
    facts.steps_planned = total
    points = Gatherer(counts_from=1)
    for step, loss in losses(after):
        if step <= done:
            points.add(step, loss=loss)
    if points.last is None or points.last < done:
        points.add(done)
    said: list[Finding] = []
    if elapsed and done:
        facts.mean_step_seconds = elapsed / done
        facts.total_seconds = elapsed
    runtime = RUNTIME.search(after)
    printed = number(runtime[1] or runtime[2]) if runtime else None
    if printed:
        facts.total_seconds = printed
        if elapsed and abs(printed - elapsed) > AGREE * max(printed, elapsed) + 60:
            words = {
                "printed": units.duration(printed),
                "clock": units.duration(elapsed),
                "used": phrase("the bar's elapsed time"),
            }
            ran_again = phrase("outputs of different executions of the notebook")
            said.append(finding("time-disagrees", **words, evidence=ran_again))
    logs = points.logs(source, facts, torn, unit="step")
    for log in logs:
        log.finished = done >= total
        log.findings += said
    return logs


def banner(text: str) -> Facts:
    """Settings that Unsloth and others print before they train."""
    facts = Facts()
    for pattern, field in BANNER:
        found = pattern.findall(text)
        value = number(found[-1]) if found else None
        if value is None or value <= 0:
            continue
        if field in Facts.__struct_fields__:
            whole_number = str(Facts.__annotations__[field]).startswith("int")
            setattr(facts, field, round(value) if whole_number else value)
        else:
            facts.other[field] = f"{value:g}"
    return facts


def losses(html: str) -> list[tuple[int, float | None]]:
    """Steps and losses of the first table."""
    found: list[tuple[int, float | None]] = []
    column = None
    for row in ROW.finditer(html):
        cells = [cell.strip() for cell in CELL.findall(row[1])]
        if not cells:
            continue
        if cells[0] in ("Step", "Epoch"):
            if column is not None:
                break
            column = next(
                (i for i, name in enumerate(cells) if name.lower() in ("training loss", "loss", "train_loss")), -1
            )
            if cells[0] == "Epoch":
                return []
        elif column is not None and (step := whole(cells[0])) is not None:
            loss = number(cells[column]) if 0 <= column < len(cells) else None
            found.append((step, loss))
    return found


def outputs(text: str) -> str:
    """All text and HTML that the cells of a notebook put out, in order; empty where the document is damaged."""
    try:
        notebook = document(text)
    except ValueError:
        return ""
    parts: list[str] = []
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    for cell in cells if isinstance(cells, list) else []:
        for output in (cell.get("outputs") if isinstance(cell, dict) else None) or []:
            if not isinstance(output, dict):
                continue
            kinds = output["data"] if isinstance(output.get("data"), dict) else {}
            parts += [joined(output.get("text")), joined(kinds.get("text/html"))]
    return "\n".join(parts)


def printed(source: Source) -> str:
    """Clean lines that the cells of a notebook put out; empty where it is none."""
    text = clean(outputs(decoded(source.content())))
    return text + "\n" if text else ""


def joined(content: object) -> str:
    """Text that a notebook keeps as a string or as a list of lines."""
    return "".join(map(str, content)) if isinstance(content, list) else str(content or "")
