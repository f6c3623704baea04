"""Checks of one run together, and what a text is taken to be about."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from traincast.audit import checked, document
from traincast.audit.claims import Figure
from traincast.audit.devices import Mention
from traincast.audit.document import Reading, Text, audit
from traincast.audit.stated import Stated
from traincast.catalog.lookup import accelerator
from traincast.machine import Accelerator, Machine
from traincast.sources import Source
from traincast.workload import Workload


def card(name: str = "card-a") -> Accelerator:
    """1 TFLOPS of bf16, 10 GB."""
    return Accelerator(
        name=name, title=name, vendor="nvidia", family="geforce", arch="ada", year=2019, memory_bytes=1e10,
        memory_bandwidth=1e11, source=Source(text="made up"), peaks={"bf16": 1e12},
    )  # fmt: skip


A, B = card("card-a"), card("card-b")
KNOWN = Stated(
    workload=Workload(precision="bf16", seq_len=100, steps=50), devices=(A,), n_devices=1, flops_low=1e6,
    flops_high=1.2e6, flops_palm=1.1e6, tokens_per_step=1000.0, tokens_per_step_least=1000.0, exact_shapes=True,
)  # fmt: skip


def figure(quantity: str, low: float | None, **told: Any) -> Figure:
    """One value on line 1."""
    return Figure(**{"text": quantity, "where": "n:1", "line": 1, "quantity": quantity, "low": low, "high": low} | told)


def checks(*figures: Figure, known: Stated = KNOWN, step: Any = None, seen: float | None = None) -> checked.Checked:
    """All checks of figures."""
    return checked.Checked.of(figures, known, step, "en", {"card-b": B}.__getitem__, seen)


def verdicts(*figures: Figure, **told: Any) -> list[str]:
    """The verdict on each figure."""
    return [one.verdict for one in checks(*figures, **told).judged]


def test_physics_comes_before_everything() -> None:
    """.4 ms a step is impossible though it also contradicts the rate, the prediction and the log."""
    assert verdicts(
        figure("step_time", 0.4e-3), figure("tokens_per_second", 1000.0), step=(1.0, 2.0), seen=1.5
    )[0] == "impossible"  # fmt: skip


def test_a_contradiction_comes_before_the_prediction() -> None:
    """2 s and 1000 tokens/s do not make 1000 tokens a step; both are contradictory, both keep their bounds."""
    found = checks(figure("step_time", 2.0), figure("tokens_per_second", 1000.0), step=(1.9, 2.1))

    assert [one.verdict for one in found.judged] == ["contradictory", "contradictory"]
    assert [one.bound is not None for one in found.judged] == [True, True]
    assert [one.claims for one in found.contradictions()] == [[0, 1]]
    assert "claimed is" in found.claims()[0].reason
    assert found.agreements == 0


def test_the_prediction_decides_where_nothing_else_does() -> None:
    """Inside the interval consistent, outside implausible; an agreement is counted once."""
    assert verdicts(figure("step_time", 1.5), step=(1.0, 2.0)) == ["consistent"]
    assert verdicts(figure("step_time", 3.0), step=(1.0, 2.0)) == ["implausible"]
    inside = checks(figure("step_time", 1.5), figure("total_time", 80.0), step=(1.0, 2.0))
    assert inside.predicted == {"prediction"}
    assert checks(figure("step_time", 3.0), step=(1.0, 2.0)).predicted == set()
    assert inside.judged[0].bound is not None


def test_figures_that_agree_are_consistent_and_say_with_what() -> None:
    """1 s and 1000 tokens/s make 1000 tokens a step."""
    found = checks(figure("step_time", 1.0), figure("tokens_per_second", 1000.0))
    reasons = [one.reason for one in found.claims()]

    assert [one.verdict for one in found.judged] == ["consistent", "consistent"]
    assert found.agreements >= 1
    assert reasons[0].startswith("agrees with tokens per second = 1.00k tokens/s and tokens per step = 1,000 [")
    assert found.contradictions() == []


def test_the_log_of_the_run_overrules_agreement() -> None:
    """It shows 1.5 s; a supposed case is not held against it; it does not overrule physics."""
    agreeing = (figure("step_time", 1.0), figure("tokens_per_second", 1000.0))

    assert verdicts(*agreeing, seen=1.5) == ["contradictory", "contradictory"]
    assert verdicts(*agreeing, seen=1.0) == ["consistent", "consistent"]
    assert verdicts(figure("step_time", 1.0, scenario=True), seen=1.5) == ["unverifiable"]


def test_a_figure_of_another_device_meets_its_bounds_alone() -> None:
    """Impossible there, or not verifiable: nothing else is known of that run."""
    sized = msgspec.structs.replace(KNOWN, workload=Workload(precision="bf16", params_total=1e6))
    fast, slow = (figure("tokens_per_second", rate, device="card-b") for rate in (9e6, 1000.0))

    assert verdicts(fast, step=(1.0, 2.0), known=sized) == ["impossible"]
    assert verdicts(slow, step=(1.0, 2.0), known=sized) == ["unverifiable"]
    assert verdicts(figure("memory", 4e10, device="card-b")) == ["impossible"]
    assert verdicts(figure("device_memory", 1e9, device="card-b")) == ["implausible"]


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (figure("seq_len", 100.0), "taken as a fact of the run"),
        (figure("precision", None, name="bf16"), "taken as a fact of the run"),
        (figure("cost", 5.0), "not stated: the price an hour and the total time"),
        (figure("tokens_per_second", 5.0), "no bound forbids it; nothing else is stated to check it by"),
        (figure("energy", 5.0), "nothing is stated to check it by"),
    ],
)
def test_why_a_figure_cannot_be_checked(one: Figure, reason: str) -> None:
    """Facts, missing facts, bounds that hold, nothing."""
    (found,) = (
        checks(one).claims() if one.quantity != "seq_len" else checks(one, known=Stated(workload=Workload())).claims()
    )

    assert (found.verdict, found.reason) == ("unverifiable", reason)


@pytest.mark.parametrize(
    ("other", "supposes"),
    [
        (figure("micro_batch", 1.0, scenario=True), True),
        (figure("micro_batch", 12.0, scenario=True), False),
        (figure("micro_batch", 12.2, scenario=True), False),  # within 2 %
        (figure("micro_batch", 1.0), False),  # no supposed case
        (figure("micro_batch", 1.0, scenario=True, where="n:2"), False),  # elsewhere
        (figure("steps", 1.0, scenario=True), False),  # another length of the same run
        (figure("micro_batch", None, scenario=True), False),
        (figure("grad_accum", 2.0, scenario=True), False),  # the run tells none
        (figure("cost", 2.0, scenario=True), False),
    ],
)
def test_a_supposed_case_of_another_run(other: Figure, supposes: bool) -> None:
    """Another batch, model or length in the same line."""
    known = Stated(workload=Workload(micro_batch=12, steps=50))

    assert checked.supposes_other(figure("step_time", 1.0, scenario=True), [other], known) is supposes


def codes(known: Stated, *figures: Figure) -> list[str]:
    """Codes of the findings."""
    return [one.code for one in checks(*figures, known=known).findings()]


def test_findings_of_a_run() -> None:
    """Placeholders by how they are explained, what is missing, accumulation that is not told."""
    right = figure("mfu", -1.0)
    wrong = figure("mfu", -1.0, sentence="MFU is -100 % because compilation is slow")
    batch = Stated(workload=Workload(micro_batch=2))

    assert codes(KNOWN, right) == ["mfu-sentinel"]
    assert codes(KNOWN, wrong) == ["mfu-sentinel-misread"]
    assert codes(KNOWN, figure("mfu", 0.4)) == []
    assert "audit-missing" in codes(Stated(workload=Workload()), figure("step_time", 1.0))
    assert codes(batch) == ["audit-no-accumulation"]
    assert codes(Stated(workload=Workload(micro_batch=2, grad_accum=1))) == []
    assert codes(Stated(workload=Workload(micro_batch=2, global_batch=8))) == []
    assert codes(Stated(workload=Workload())) == []


def test_a_cause_is_told_once_with_all_its_figures() -> None:
    """Two step times that are a thousandth of what is right."""
    found = checks(
        figure("step_time", 1.5e-3, text="1.5 ms"), figure("step_time", 1.6e-3, text="1.6 ms", where="n:2"),
        step=(1.4, 1.7), known=KNOWN,
    ).findings()  # fmt: skip
    causes = [one for one in found if one.code == "audit-cause"]

    assert [one.values["cause"] for one in causes] in ([], ["milliseconds taken for seconds"])
    assert all(one.evidence == "n:1, n:2" for one in causes)


def test_rows_of_a_table_are_cases_where_the_text_states_one() -> None:
    """Two step times in cells beside one in prose are supposed; a single value in cells is not."""
    told, one, two = figure("step_time", 1.0), figure("step_time", 2.0, cell=True), figure("step_time", 3.0, cell=True)
    other = figure("mfu", 0.4, cell=True)

    assert [f.scenario for f in document.with_cases([told, one, two, other])] == [False, True, True, False]
    assert [f.scenario for f in document.with_cases([told, one])] == [False, False]
    assert [f.scenario for f in document.with_cases([one, two])] == [False, False]
    assert [f.scenario for f in document.with_cases([figure("step_time", 1.0, scenario=True), one, two])] == [
        True,
        False,
        False,
    ]


def device_of(sentence: str, text: str) -> str:
    """The device that a figure is marked with, where the text is about an RTX 4070."""
    one = figure("step_time", 1.0, sentence=sentence, text=text)
    return document.elsewhere(one, (accelerator("RTX 4070"),), accelerator).device


@pytest.mark.parametrize(
    ("sentence", "text", "device"),
    [
        ("a step takes 5 ms", "5 ms", ""),
        ("on the RTX 4070 a step takes 5 ms", "5 ms", ""),
        ("on an RTX 4090 a step takes 5 ms", "5 ms", "nvidia-rtx-4090"),
        ("5 ms on an RTX 4090", "5 ms", "nvidia-rtx-4090"),
        ("the RTX 4090 is faster; on the RTX 4070 it takes 5 ms", "5 ms", ""),
        ("the RTX 4070 is slower; the RTX 4090 takes 5 ms", "5 ms", "nvidia-rtx-4090"),
        ("5 ms on an RTX 4090, 9 on an RTX 4070", "5 ms", "nvidia-rtx-4090"),
    ],
)
def test_the_device_of_a_figure(sentence: str, text: str, device: str) -> None:
    """The last one named before it, else the first behind."""
    assert device_of(sentence, text) == device
    assert document.elsewhere(figure("step_time", 1.0), (), accelerator).device == ""


def read(*mentions: Mention) -> Reading:
    """Devices that a text names, a line each."""
    return Reading(figures=[], sums=[], devices=[(f"n:{i}", one) for i, one in enumerate(mentions)])


def named(*devices: Accelerator, count: int | None = None) -> Mention:
    """A device in a line."""
    return Mention(text="x", start=0, candidates=devices, count=count)


def test_the_device_that_a_text_is_about() -> None:
    """The one named most, the first of equals, with the first count that is told of it; none where one is given."""
    assert document.main_device(read(), None) == ((), None)
    assert document.main_device(read(named(A), named(B), named(B, count=4)), None) == ((B,), 4)
    assert document.main_device(read(named(A, count=2), named(B, count=4)), None) == ((A,), 2)
    assert document.main_device(read(named(A, B)), None) == ((A, B), None)
    given = Machine(accelerator=A)
    assert document.main_device(read(named(B, count=4), named(A, count=2)), given) == ((), 2)
    assert document.main_device(read(named(B, count=4)), given) == ((), None)


@pytest.mark.parametrize(
    ("verdicts", "agreements", "overall"),
    [
        ([], 0, "unverifiable"),
        (["consistent"], 1, "unverifiable"),
        (["consistent", "unverifiable"], 2, "consistent"),
        (["consistent", "implausible"], 5, "implausible"),
        (["contradictory", "implausible"], 5, "contradictory"),
        (["contradictory", "impossible"], 5, "impossible"),
    ],
)
def test_the_verdict_on_the_whole(verdicts: list[str], agreements: int, overall: str) -> None:
    """The worst there is; two agreements make it consistent."""
    assert document.overall(verdicts, agreements) == overall


def test_without_a_prediction_nothing_is_expected() -> None:
    """No predictor, no machine, no batch; the wide interval is asked for at 99 %."""
    asked: list[float] = []

    def predict(workload: Workload, machine: Machine, level: float) -> None:
        asked.append(level)

    assert document.expected(KNOWN, None) == (None, None)
    assert document.expected(Stated(workload=Workload(), devices=(A,)), predict) == (None, None)
    assert asked == []
    assert document.expected(KNOWN, predict) == (None, None)
    assert asked == [0.99, 0.9]


def test_an_adapter_that_is_named_freezes_the_base() -> None:
    """LoRA in the text: two thirds of the work; a rank that is given stays."""
    given = Workload(params_total=7e9, seq_len=1024, micro_batch=4, grad_accum=1)
    plain, frozen = (
        audit(
            [Text(source="n", content=f"{how} takes 5 s per step")], lookup=accelerator, workload=given, machine=machine
        )
        for machine in [Machine(accelerator=accelerator("RTX 4090"))]
        for how in ("full fine-tuning", "LoRA")
    )
    bounds = [
        one.bound.at_least
        for answer in (plain, frozen)
        for one in answer.claims
        if one.quantity == "step_time" and one.bound is not None
    ]

    assert len(bounds) == 2
    assert bounds[1] == pytest.approx(bounds[0] * 2 / 3, rel=1e-6)


def test_a_text_that_is_cut_is_told() -> None:
    """A million characters are read."""
    answer = audit([Text(source="n", content="x " * 500_001)], lookup=accelerator)

    assert [one.code for one in answer.findings] == ["audit-cut"]


def test_minutes_beyond_the_hour_are_named_with_their_line() -> None:
    """`3h70` is no total time of 4 h 10 min that two other figures could agree with."""
    answer = audit([Text(source="n", content="6000 steps of 2.5 s\nLe run dure 3h70.\n")], lookup=accelerator)
    odd = [one for one in answer.findings if one.code == "audit-no-duration"]

    assert [(one.evidence, one.values) for one in odd] == [("n:2", {"text": "3h70"})]
    assert not any(claim.quantity == "total_time" for claim in answer.claims)
