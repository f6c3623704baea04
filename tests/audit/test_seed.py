"""The note that this tool was written to catch, and a true note on the same run.

Seed run: 12 layers of width 384, 1024 tokens, vocabulary 50304, 16 sequences x 32 micro-steps on an RTX 4070, at
3.84 s a step. Parameters 40,560,000; PaLM 299,983,104 and causal 271,613,952 FLOP a token; 524,288 tokens a step.
"""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from traincast.answers import AuditAnswer, Claim
from traincast.audit import Text, audit
from traincast.audit.bounds import floor
from traincast.audit.claims import Figure, claims
from traincast.audit.identities import check_all
from traincast.audit.reasons import centres, implied, nearest
from traincast.audit.stated import Stated, stated
from traincast.audit.values import values
from traincast.catalog.lookup import accelerator, machine
from traincast.workload import Workload

NOTES = Path(__file__).parent / "notes"
SEED = Workload(
    n_layer=12, d_model=384, n_head=12, vocab=50304, seq_len=1024, tied=True, micro_batch=16, grad_accum=32,
    precision="fp16", optimizer="adamw-fused", steps=6000,
)  # fmt: skip


def known(workload: Workload = SEED) -> Stated:
    """The seed run as facts."""
    return stated(workload, machine("RTX 4070"), [], (), None)


def audited(name: str, *, workload: Workload | None = SEED, lang: str = "en", on: str = "RTX 4070") -> AuditAnswer:
    """The audit of a note without a prediction."""
    text = Text(source=name, content=(NOTES / name).read_text(encoding="utf-8"))
    return audit([text], lookup=accelerator, workload=workload, machine=machine(on), lang=lang)


def of(answer: AuditAnswer, quantity: str, low: float) -> Claim:
    """The claim of `quantity` that begins at `low`."""
    return next(one for one in answer.claims if one.quantity == quantity and one.low == pytest.approx(low))


def test_the_counts_of_the_seed() -> None:
    """FLOP a token by both conventions, and tokens a step."""
    seed = known()

    assert seed.flops_low == 271_613_952
    assert seed.flops_palm == 299_983_104
    assert seed.tokens_per_step == 524_288


def test_the_floor_of_the_seed() -> None:
    """Exact causal FLOP at 1.25 x 58.3 TFLOPS: 1.954 s; at the fp16-accumulate peak half of it."""
    least = floor(known())

    assert least is not None
    assert 524_288 * least.seconds_per_token_listed == pytest.approx(1.954, abs=0.001)
    assert 524_288 * least.seconds_per_token == pytest.approx(0.977, abs=0.001)
    assert 6000 * 524_288 * least.seconds_per_token_listed / 3600 == pytest.approx(3.26, abs=0.01)


def figures(*texts: str) -> list[Figure]:
    """Figures of several texts."""
    return [figure for text in texts for figure in claims(text, "x")[0]]


def gap_of(*texts: str) -> tuple[float, float, float, float]:
    """(implied low, implied high, nearest ratio, centre ratio) of the first failing relation between `texts`."""
    found = figures(*texts)
    _closing, failing = check_all(values(found, known()))
    check = failing[0]
    target = next(v for v in check.values if v.claim == len(found) - 1)
    others = [v for v in check.values if v is not target]
    low, high = implied(target, others, dict(check.relation.powers), check)
    centre = centres(target.low, target.high, low, high)
    assert centre is not None
    return low, high, nearest(target.low, target.high, low, high), centre


def test_rate_against_step_time() -> None:
    """1.5-2.5M tokens/s make 210-350 ms a step; claimed 80-120 ms: 1.75 apart at the nearest, 2.8 at centres."""
    low, high, ratio, centre = gap_of("1.5-2.5M tokens/s", "80-120 ms per iteration")

    assert (low, high) == (pytest.approx(0.210, abs=0.001), pytest.approx(0.350, abs=0.001))
    assert ratio == pytest.approx(1.75, abs=0.01)
    assert centre == pytest.approx(2.8, abs=0.05)


def test_mfu_against_step_time() -> None:
    """MFU 25-40 % of 58.3 TFLOPS makes 6.74-10.79 s a step (PaLM count): 56 to 135 times 80-120 ms."""
    low, high, ratio, _centre = gap_of("MFU 25-40 %", "80-120 ms per iteration")

    assert high == pytest.approx(10.79, abs=0.02)
    assert low == pytest.approx(6.74 * 271.614 / 299.983, abs=0.02)  # the kindest convention is the causal count
    assert ratio == pytest.approx(56 * 271.614 / 299.983, rel=0.02)


def test_total_against_step_time_agrees() -> None:
    """10 minutes over 6000 steps are 100 ms: agrees with 80-120 ms."""
    closing, failing = check_all(values(figures("6000 iterations in 10 minutes", "80-120 ms per iteration"), known()))

    assert failing == []
    assert any("total" in check.relation.names for check in closing)


@pytest.mark.parametrize("workload", [SEED, None])
def test_the_note_is_impossible(workload: Workload | None) -> None:
    """With the workload given, or with what the note itself states, physics forbids times, rates and totals."""
    answer = audited("claims-fr.md", workload=workload)

    assert answer.verdict == "impossible"
    for quantity, low in (
        ("step_time", 0.08), ("step_time", 0.15), ("step_time", 0.2), ("tokens_per_second", 1.5e6),
        ("total_time", 600), ("total_time", 900), ("total_time", 1200), ("mfu", -1.0),
    ):  # fmt: skip
        assert of(answer, quantity, low).verdict == "impossible"
    assert of(answer, "mfu", 0.25).verdict == "contradictory"
    assert of(answer, "arithmetic", 600).verdict == "consistent"
    assert any(found.code == "mfu-sentinel-misread" for found in answer.findings)


def test_the_arithmetic_is_shown() -> None:
    """The reason has tokens, FLOP, peak and the floor; the rate needed is 22.5 to 33.7 times the peak."""
    reason = of(audited("claims-fr.md"), "step_time", 0.08).reason

    for piece in ("524,288", "272 MFLOP", "58.3 TFLOPS", "72.9 TFLOPS", "1.95 s", "977 ms", "22.5", "33.7"):
        assert piece in reason


def test_contradictions_name_their_claims() -> None:
    """Throughput, step time and MFU exclude each other; the reason has the figure that the others make."""
    answer = audited("claims-fr.md")
    pairs = {tuple(sorted(answer.claims[i].quantity for i in one.claims)) for one in answer.contradictions}

    assert {("step_time", "tokens_per_second"), ("mfu", "step_time"), ("mfu", "total_time")} <= pairs
    assert any("4.37M" in one.reason and "6.55M" in one.reason for one in answer.contradictions)


def test_a_step_time_of_one_micro_step_is_recognised() -> None:
    """0.12 s x 32 = 3.84 s: with the right interval known, the likely cause is a micro-step taken for a step."""
    from traincast.audit.causes import of_time

    cause = of_time("step_time", 0.118, 0.122, (3.4, 4.4), known(), "en")

    assert cause is not None
    assert cause.name == "micro-step-for-step"


def test_the_true_note_is_consistent() -> None:
    """Figures of the real run agree in several ways; its MFU is re-based from 312 to 58.3 TFLOPS."""
    answer = audited("true-en.md", workload=None)

    assert answer.verdict == "consistent"
    assert answer.contradictions == []
    rebased = next(found for found in answer.findings if found.code == "mfu-rebased")
    assert math.isclose(float(rebased.values["rebased"].split()[0]), 70.1, abs_tol=0.3)
    assert of(answer, "mfu", -1.0).verdict == "unverifiable"


@pytest.mark.parametrize("factor", [8.0, 0.125])
def test_one_wrong_figure_is_caught(factor: float) -> None:
    """The true note with its throughput off by eight is contradictory or impossible."""
    text = (NOTES / "true-en.md").read_text(encoding="utf-8").replace("136.5k", f"{136.5 * factor:.1f}k")
    answer = audit([Text(source="n", content=text)], lookup=accelerator, workload=None, machine=None)

    assert answer.verdict in ("impossible", "contradictory")


def test_nothing_stated_is_unverifiable_and_says_what_is_missing() -> None:
    """A step time alone cannot be checked."""
    answer = audit([Text(source="n", content="3.2 s per step")], lookup=accelerator)

    assert answer.verdict == "unverifiable"
    assert "device" in answer.claims[0].reason


def test_the_same_claims_in_a_table_and_a_list() -> None:
    """Front matter, bullets, a table of cases: the same figures are read and the same verdicts fall."""
    answer = audited("claims-fr-table.md", workload=None)
    pairs = {tuple(sorted(answer.claims[i].quantity for i in one.claims)) for one in answer.contradictions}

    assert answer.verdict == "impossible"
    assert of(answer, "first_step_time", 27.034).verdict == "unverifiable"
    for quantity, low in (("step_time", 0.08), ("step_time", 0.2), ("total_time", 1200), ("tokens_per_second", 1.5e6)):
        assert of(answer, quantity, low).verdict == "impossible"
    assert of(answer, "mfu", 0.25).verdict == "contradictory"
    assert {("step_time", "tokens_per_second"), ("mfu", "step_time")} <= pairs
    assert any(found.code == "mfu-sentinel-misread" for found in answer.findings)


def test_minutes_are_not_blamed_for_a_step_time() -> None:
    """4.89 s over 60 is near 0.08 s, yet nobody writes a step in minutes: the micro-step is the likely confusion."""
    from traincast.audit.causes import of_time

    cause = of_time("step_time", 0.1, 0.1, (3.32, 7.19), known(), "en")

    assert cause is not None
    assert cause.name == "micro-step-for-step"
