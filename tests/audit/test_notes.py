"""What an audit says beside its verdicts."""

from __future__ import annotations

from typing import Any

import pytest

from traincast.audit import notes
from traincast.audit.claims import Figure, Sum
from traincast.audit.devices import Mention, candidates, mentions
from traincast.audit.identities import Check, Relation, Value
from traincast.audit.models import longest, named_model, named_size
from traincast.audit.reasons import quantity_name
from traincast.audit.stated import Stated
from traincast.catalog.lookup import accelerator
from traincast.errors import UsageError
from traincast.findings import finding
from traincast.machine import Accelerator, Machine
from traincast.sources import Source
from traincast.workload import Workload


def card(name: str = "card-a") -> Accelerator:
    """100 TFLOPS of bf16."""
    return Accelerator(
        name=name, title=name.upper(), vendor="nvidia", family="geforce", arch="ada", year=2022, memory_bytes=1e10,
        memory_bandwidth=1e11, source=Source(text="made up"), peaks={"bf16": 100e12},
    )  # fmt: skip


A, B, C = card("card-a"), card("card-b"), card("card-c")


def mention(text: str, *devices: Accelerator) -> Mention:
    """A device in a line."""
    return Mention(text=text, start=0, candidates=devices)


def test_devices_of_a_text_are_claims_once_a_place() -> None:
    """The audited one is consistent, an ambiguous one and another are not verifiable."""
    known = Stated(workload=Workload(), devices=(A,))
    places = [
        ("n:1", mention("A", A)),
        ("n:1", mention("A", A)),
        ("n:2", mention("A", A)),
        ("n:2", mention("AB", A, B)),
    ]
    listed = notes.device_claims([*places, ("n:3", mention("C", C))], known, "en")

    assert [(one.text, one.where, one.unit, one.verdict) for one in listed] == [
        ("A", "n:1", "card-a", "consistent"),
        ("A", "n:2", "card-a", "consistent"),
        ("AB", "n:2", "card-a", "unverifiable"),
        ("C", "n:3", "card-c", "unverifiable"),
    ]
    assert [one.reason for one in listed[1:]] == [
        "in the catalog", "may be any of 2 devices; the fastest is assumed", "another device than the one audited",
    ]  # fmt: skip
    assert {(one.quantity, one.low, one.high) for one in listed} == {("device", None, None)}


def test_findings_of_devices() -> None:
    """Ambiguous ones (six names at most), and a text about another device than the one given."""
    many = tuple(card(f"card-{i}") for i in range(8))
    ambiguous = notes.device_findings([], Stated(workload=Workload(), devices=many), None)
    two = notes.device_findings([], Stated(workload=Workload(), devices=(A, B)), None)
    other = notes.device_findings(
        [("n:1", mention("B", B)), ("n:1", mention("C", C))],
        Stated(workload=Workload(), devices=(A,)),
        Machine(accelerator=A),
    )
    same = notes.device_findings(
        [("n:1", mention("A", A, B))], Stated(workload=Workload(), devices=(A,)), Machine(accelerator=A)
    )

    assert [one.code for one in ambiguous] == ["audit-device-ambiguous"]
    assert ambiguous[0].values["names"] == ", ".join(f"card-{i}" for i in range(6))
    assert [one.values["names"] for one in two] == ["card-a, card-b"]
    assert [(one.code, one.values["named"], one.values["given"]) for one in other] == [
        ("audit-other-device", "card-b, card-c", "CARD-A")
    ]
    assert same == []
    assert notes.device_findings([], Stated(workload=Workload(), devices=(A,)), Machine(accelerator=A)) == []


def total(low: float, high: float, said_low: float, said_high: float, **told: Any) -> Sum:
    """A written-out product."""
    return Sum(
        text="p", where="n:1", line=1, low=low, high=high, said_low=said_low, said_high=said_high, tolerance=0.1, **told
    )


@pytest.mark.parametrize(
    ("one", "verdict", "made"),
    [
        (total(100, 100, 109, 109), "consistent", "100.0"),
        (total(100, 100, 111, 111), "contradictory", "100.0"),
        (total(100, 100, 91, 91), "consistent", "100.0"),
        (total(100, 100, 90, 90), "contradictory", "100.0"),
        (total(100, 200, 215, 300), "consistent", "100.0 - 200.0"),
        (total(100, 200, 225, 300), "contradictory", "100.0 - 200.0"),
        (total(3776, 3776, 3.8, 3.8, bare_time=True), "consistent", "3,776"),  # milliseconds
        (total(2, 2, 120, 120, bare_time=True), "consistent", "2.000"),  # minutes
        (total(2, 2, 7200, 7200, bare_time=True), "consistent", "2.000"),  # hours
        (total(2, 2, 120, 120), "contradictory", "2.000"),
    ],
)
def test_products_that_are_written_out(one: Sum, verdict: str, made: str) -> None:
    """Within the tolerance, either way; a factor without unit may be of another scale of time."""
    (claim,) = notes.sum_claims([one], "en")

    assert claim.verdict == verdict
    assert claim.reason.startswith(f"the product is {made}:")
    assert (claim.text, claim.where, claim.quantity) == ("p", "n:1", "arithmetic")
    assert (claim.low, claim.high, claim.unit) == (one.said_low, one.said_high, "")


def closing(peak: Value, mfu: Value) -> Check:
    """An MFU that closes against a peak."""
    return Check(relation=Relation(names=("mfu",), powers=()), values=(peak, mfu), gap=0.0)


def test_an_mfu_against_another_card_is_rebased() -> None:
    """40 % of 312 TFLOPS are 124.8 % of 100; not where it closes on the card's own, is claimed, or has no card."""
    known = Stated(workload=Workload(precision="bf16"), devices=(A,), n_devices=1)
    figure = Figure(text="", where="n:1", line=1, quantity="mfu", low=0.4, high=0.4)
    mfu = Value(quantity="mfu", low=0.4, high=0.4, claim=0)
    theirs = closing(Value(quantity="peak", low=312e12, high=312e12, label="A100"), mfu)
    own = closing(Value(quantity="peak", low=100e12, high=100e12, label="card-a bf16"), mfu)
    claimed = closing(Value(quantity="peak", low=312e12, high=312e12, claim=1), mfu)
    (found,) = notes.rebased([theirs], [figure], known, "en")

    assert found.code == "mfu-rebased"
    assert found.values["printed_peak"] == "312 TFLOPS"
    assert (found.values["peak"], found.values["device"]) == ("100 TFLOPS", "CARD-A")
    assert found.values["rebased"] == "125 %"
    assert notes.rebased([theirs, own], [figure], known, "en") == []
    assert notes.rebased([own], [figure], known, "en") == []
    assert notes.rebased([claimed], [figure], known, "en") == []
    assert notes.rebased([theirs], [figure], Stated(workload=Workload()), "en") == []


def test_equal_findings_are_told_once() -> None:
    """In order; another value is another finding."""
    one, other = finding("audit-missing", missing="a"), finding("audit-missing", missing="b")

    assert notes.unique([one, other, one]) == [one, other]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("an RTX 4070 and an RTX 4090", [("RTX 4070", None), ("RTX 4090", None)]),
        ("8x H100 SXM", [("H100 SXM", 8)]),
        ("4 × NVIDIA A100-SXM4-80GB", [("NVIDIA A100-SXM4-80GB", 4)]),
        ("on 2 RTX 4090", [("RTX 4090", 2)]),
        ("sur une 4070", [("4070", None)]),
        ("an RTX 4070, une 4090", [("RTX 4070", None)]),  # a bare number counts where no name stands
        ("RTX 9999", []),
        ("nothing at all", []),
    ],
)
def test_devices_that_a_line_names(line: str, found: list[tuple[str, int | None]]) -> None:
    """The longest name that the catalog has, with the count before it."""
    assert [(one.text, one.count) for one in mentions(line, accelerator)] == found


def test_a_plural_is_the_same_device() -> None:
    """`RTX 4090s`; an ambiguous name gives all; an unknown one none."""
    assert [one.name for one in candidates("RTX 4090s", accelerator)] == ["nvidia-rtx-4090"]
    assert len(candidates("A100", accelerator)) > 1
    assert candidates("Abacus", accelerator) == ()


def test_the_model_that_a_text_names() -> None:
    """Its shapes, not its batch; nothing where two are named; one model by two names is one."""
    shapes = named_model("we train gpt2-medium, GPT-2 Medium, on one card")

    assert (shapes["n_layer"], shapes["d_model"]) == (24, 1024)
    assert "micro_batch" not in shapes
    assert named_model("gpt2 and then gpt2-medium") == {}
    assert named_model("no model here") == {}


def test_the_longest_name_that_is_known() -> None:
    """Cut at blanks and hyphens; a lookup that fails is no match."""

    def known(name: str) -> bool:
        if name == "a-b c":
            raise UsageError("ambiguous")
        return name in ("a", "a-b")

    assert longest("a-b c", known) == "a-b"
    assert longest("a c", known) == "a"
    assert longest("z", known) is None


@pytest.mark.parametrize(
    ("text", "size"),
    [("Llama-3-8B", 8e9), ("Pythia 410M", 410e6), ("Llama-3-8B and Llama-3-70B", None), ("no size", None)],
)
def test_the_size_that_a_text_names(text: str, size: float | None) -> None:
    """Of one model."""
    assert named_size(text) == size


QUANTITIES = (
    "step_time", "tokens_per_second", "mfu", "total_time", "steps", "tokens_per_step", "steps_per_second",
    "samples_per_second", "tokens_total", "tokens_per_second_per_device", "samples_per_second_per_device",
    "achieved_flops", "flops_per_step", "memory", "micro_step_time", "gpu_hours", "cost", "price", "checkpoint_size",
    "parameters", "peak", "peak_flops", "n_devices", "flops_per_token", "seq_len", "micro_batch", "grad_accum",
    "global_batch", "device", "precision", "optimizer", "first_step_time", "remaining_time", "device_memory", "energy",
    "epochs", "n_layer", "n_head", "n_kv_head", "d_model", "d_ff", "vocab", "arithmetic", "replicas",
    "tokens_per_micro_step", "seconds_per_hour",
)  # fmt: skip
SAME_IN_FRENCH = frozenset({"mfu", "grad_accum"})


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_every_quantity_has_a_name_in_both_languages(quantity: str) -> None:
    """In words and lower case (but for MFU and FLOP), and translated: a name that the catalogue lacks stays English."""
    english, french = quantity_name(quantity, "en"), quantity_name(quantity, "fr")

    assert "_" not in english
    assert english.replace("MFU", "").replace("FLOP", "").islower() or english == "MFU"
    assert english != french or quantity in SAME_IN_FRENCH
