"""Every dialect reads its own samples: a wrong pattern, unit or meaning fails here."""

from __future__ import annotations

import pytest

from traincast.reading.dialect import Sample, load, openings
from traincast.reading.engine import Engine
from traincast.reading.finish import run_logs
from traincast.reading.sniff import sniff
from traincast.runlog import RunLog

SAMPLES = [(name, i) for name in openings() for i in range(len(load(name).sample))]


def read(name: str, sample: Sample) -> RunLog:
    """The sample read in its dialect alone."""
    text = sample.text.strip("\n") + "\n"
    verdict, blocks = sniff([text], [load(name)])
    engine = Engine(load(name), stamped=verdict.stamped)
    engine.feed(blocks)
    logs = run_logs(engine, source="-", confidence=1.0, runner_up=None)
    return logs[0]


@pytest.mark.parametrize("name", list(openings()))
def test_a_dialect_has_samples_a_title_and_the_name_of_its_file(name: str) -> None:
    """What the reference page and this test are made from is there."""
    dialect = load(name)

    assert dialect.name == name
    assert dialect.title
    assert dialect.sample


@pytest.mark.parametrize(("name", "i"), SAMPLES)
def test_a_sample_gives_what_the_dialect_says(name: str, i: int) -> None:
    """Points, the last point, facts and events of a sample are those written beside it."""
    sample = load(name).sample[i]
    log = read(name, sample)
    last = log.points[-1] if log.points else None

    assert sample.points is None or len(log.points) == sample.points
    assert sample.planned is None or log.facts.steps_planned == sample.planned
    for field, value in sample.facts.items():
        assert getattr(log.facts, field) == (pytest.approx(value) if isinstance(value, float) else value), field
    if sample.events:
        assert [event.kind for event in log.events] == sample.events
    for field in ("step", "step_seconds", "loss", "rate", "mfu"):
        if (value := getattr(sample, field)) is not None:
            assert last is not None
            assert getattr(last, field) == pytest.approx(value), field
    if sample.clock_seconds is not None:
        first, final = log.points[0].clock, log.points[-1].clock
        assert first is not None
        assert final is not None
        assert final - first == pytest.approx(sample.clock_seconds)


@pytest.mark.parametrize(("name", "i"), SAMPLES)
def test_a_sample_is_sniffed_as_its_own_dialect(name: str, i: int) -> None:
    """Among all dialects, the text of a sample is told to be of the dialect that it is a sample of."""
    text = load(name).sample[i].text.strip("\n") + "\n"

    verdict, _ = sniff([text])

    assert verdict.dialect is not None
    assert verdict.dialect.name == name
