"""Every dialect reads its own samples: a wrong pattern, unit or meaning fails here."""

from __future__ import annotations

import pytest

from traincast.reading import read_text
from traincast.reading.check import failures
from traincast.reading.dialect import dialect_text, load, openings, parse_dialect
from traincast.reading.sniff import sniff

SAMPLES = [(name, i) for name in openings() for i in range(len(load(name).sample))]


@pytest.mark.parametrize("name", list(openings()))
def test_a_dialect_has_samples_a_title_and_the_name_of_its_file(name: str) -> None:
    """What the reference page and this test are made from is there."""
    dialect = load(name)

    assert dialect.name == name
    assert dialect.title
    assert dialect.sample


@pytest.mark.parametrize("name", list(openings()))
def test_samples_give_what_the_dialect_says(name: str) -> None:
    """Points, the last point, facts and events of each sample are those written beside it."""
    assert failures(load(name)) == []


def test_a_wrong_meaning_fails_its_samples() -> None:
    """A dialect that takes milliseconds for seconds, or the plan for the counter, does not pass its own test."""
    text = dialect_text("nanogpt")
    wrong = parse_dialect(text.replace('is = "step-time", unit = "ms"', 'is = "step-time", unit = "s"'), where="wrong")

    assert failures(wrong) == [
        "sample 1: step_seconds is 187.22, not 0.18722",
        "sample 2: step_seconds is 180.5, not 0.1805",
        "sample 3: step_seconds is 1493.25, not 1.49325",
    ]


@pytest.mark.parametrize(("name", "i"), SAMPLES)
def test_a_sample_is_sniffed_as_its_own_dialect(name: str, i: int) -> None:
    """Among all dialects, the text of a sample is told to be of the dialect that it is a sample of."""
    text = load(name).sample[i].text.strip("\n") + "\n"

    verdict, _ = sniff([text])

    assert verdict.dialect is not None
    assert verdict.dialect.name == name


PREFIXES = [
    "[rank0]: ",
    "3: ",
    "[default0]:",
    "[1,0]<stdout>:",
    "trainer-1  | ",
    "(TaskRunner pid=123) ",
    "2026-01-05T10:00:00.123456789Z stdout F ",
    "Jan  5 10:00:00 node1 python[123]: ",
    "2026-01-05 10:00:00,123 - root - INFO - ",
]


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("name", [name for name in openings() if name != "traincast-track"])
def test_what_a_runner_puts_before_the_lines_changes_nothing(name: str, prefix: str) -> None:
    """Ranks, containers, system logs and loggers: the same points with the same times."""
    text = load(name).sample[0].text.strip("\n")
    plain = read_text([text + "\n"])[0]
    framed = read_text(["".join(f"{prefix}{line}\n" for line in text.split("\n"))])[0]

    assert framed.dialect == name
    assert [(p.step, p.step_seconds, p.loss) for p in framed.points] == [
        (p.step, p.step_seconds, p.loss) for p in plain.points
    ]
