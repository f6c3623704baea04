"""Whether a dialect reads its own samples as they say: the test that every dialect carries."""

from __future__ import annotations

import math

from traincast.reading.dialect import Dialect, Sample
from traincast.reading.engine import Engine
from traincast.reading.finish import run_logs
from traincast.reading.sniff import sniff
from traincast.runlog import RunLog


def read_sample(dialect: Dialect, sample: Sample) -> RunLog:
    """The first run of a sample, read in its dialect alone."""
    text = sample.text.strip("\n") + "\n"
    verdict, blocks = sniff([text], [dialect])
    engine = Engine(dialect, stamped=verdict.stamped)
    engine.feed(blocks)
    return run_logs(engine, source="-", confidence=1.0, runner_up=None)[0]


def failures(dialect: Dialect) -> list[str]:
    """What each sample is read as where that is not what it says, in words."""
    return [
        f"sample {i + 1}: {words}" for i, sample in enumerate(dialect.sample) for words in differences(dialect, sample)
    ]


def differences(dialect: Dialect, sample: Sample) -> list[str]:
    """Differences between a sample and what is read from it."""
    log = read_sample(dialect, sample)
    last = log.points[-1] if log.points else None
    found: list[str] = []
    expected: list[tuple[str, object, object]] = [
        (name, wanted, getattr(last, name, None))
        for name in ("step", "step_seconds", "loss", "rate", "mfu")
        if (wanted := getattr(sample, name)) is not None
    ]
    expected += [(name, wanted, getattr(log.facts, name)) for name, wanted in sample.facts.items()]
    if sample.points is not None:
        expected.append(("points", sample.points, len(log.points)))
    if sample.planned is not None:
        expected.append(("planned", sample.planned, log.facts.steps_planned))
    if sample.events:
        expected.append(("events", sample.events, [event.kind for event in log.events]))
    if sample.clock_seconds is not None:
        clocks = [point.clock for point in log.points if point.clock is not None]
        expected.append(("clock_seconds", sample.clock_seconds, clocks[-1] - clocks[0] if clocks else None))
    found += [f"{name} is {read}, not {wanted}" for name, wanted, read in expected if not same(wanted, read)]
    return found


def same(wanted: object, read: object) -> bool:
    """Whether two values are equal, numbers to six digits."""
    if isinstance(wanted, (int, float)) and isinstance(read, (int, float)):
        return math.isclose(wanted, read, rel_tol=1e-6, abs_tol=1e-9)
    return wanted == read
