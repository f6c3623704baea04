"""CatBoost `time_left.tsv` (milliseconds passed and remaining) and `catboost_training.json` (seconds, and the plan)."""

from __future__ import annotations

import re

from traincast.phrases import phrase
from traincast.reading.sources import Source
from traincast.reading.structured.cells import real, whole
from traincast.reading.structured.gather import Gatherer
from traincast.reading.structured.plans import derived, from_remaining
from traincast.reading.structured.rows import Torn, json_rows, table_rows
from traincast.reading.structured.shapes import Shape
from traincast.runlog import Facts, RunLog

TITLE = "CatBoost time_left.tsv, catboost_training.json"
PLAN = re.compile(r'"iteration_count":\s*(\d{1,12})')
MILLISECOND = 1e-3


def read(source: Source, shape: Shape) -> list[RunLog] | None:
    """The run; the plan of `time_left.tsv` follows from passed and remaining time, both cut to whole milliseconds."""
    if shape.name == "catboost-training-json":
        return from_json(source)
    torn = Torn()
    points = Gatherer(counts_from=0)
    lines = []
    for row in table_rows(source, torn):
        step, passed, remaining = whole(row.get("iter")), real(row.get("Passed")), real(row.get("Remaining"))
        if step is None or passed is None or passed < 0:
            torn.torn += 1
            continue
        points.add(step, clock=passed * MILLISECOND)
        if remaining is not None and remaining >= 0 and passed > 0:
            done = step + 1.0
            # remaining = passed / done * (plan - done), and either may be up to a millisecond more than printed
            lines.append((done, remaining * done / (passed + 1), (remaining + 1) * done / passed))
    facts = Facts(steps_planned=from_remaining(lines))
    logs = points.logs(source, facts, torn, unit="tree", clock_kind="elapsed", clock_resolution=MILLISECOND)
    for log in logs:
        if facts.steps_planned:
            log.findings.append(derived(facts.steps_planned, phrase("the remaining time that CatBoost prints")))
    return logs


def from_json(source: Source) -> list[RunLog]:
    """The run of `catboost_training.json`, which has an iteration a line; of a cut one the lines that are whole."""
    torn = Torn()
    points = Gatherer(counts_from=0)
    plan = PLAN.search(source.head.decode("utf-8", "replace"))
    for _, row in json_rows(source, torn):
        step, passed = whole(row.get("iteration")), real(row.get("passed_time"))
        if step is not None and passed is not None and passed >= 0:
            points.add(step, clock=passed)
    torn.torn = 0  # the lines around the iterations are parts of one document
    facts = Facts(steps_planned=int(plan[1]) if plan else None)
    return points.logs(source, facts, torn, unit="tree", clock_kind="elapsed", clock_resolution=1e-9)
