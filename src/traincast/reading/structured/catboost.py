"""CatBoost `time_left.tsv`: trees, and milliseconds passed and remaining."""

from __future__ import annotations

from traincast.reading.sources import Source
from traincast.reading.structured.cells import real, whole
from traincast.reading.structured.gather import Gatherer
from traincast.reading.structured.plans import derived, from_remaining
from traincast.reading.structured.rows import Torn, table_rows
from traincast.reading.structured.shapes import Shape
from traincast.runlog import Facts, RunLog

TITLE = "CatBoost time_left.tsv"
MILLISECOND = 1e-3


def read(source: Source, _: Shape) -> list[RunLog] | None:
    """The run; its plan follows from passed and remaining time, both cut to whole milliseconds."""
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
            log.findings.append(derived(facts.steps_planned, "the remaining time that CatBoost prints"))
    return logs
