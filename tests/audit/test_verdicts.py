"""Verdicts on notes of other wording, devices and models; known confusions and wrong tables."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from traincast.answers import AuditAnswer, Claim
from traincast.audit import Text, audit
from traincast.catalog.lookup import accelerator, machine
from traincast.workload import Workload

SEVEN = (
    "On a single A100 (80GB SXM) a 7B model (32 layers, hidden size 4096, 32 heads, vocab "
    "32000) with sequence length 4096, "
    "micro-batch size 1 and gradient accumulation 16 in bf16 should run at roughly 45k "
    "tokens/s. That's 1.45 s per step."
)
EIGHT = (
    "Our 8xH100 SXM node trains Llama-3-8B at 13.2k tokens/s per GPU, 105.6k tokens/s in "
    "total (MFU 69 %). Sequence length "
    "8192, global batch 128 sequences, i.e. 1,048,576 tokens per step; a step takes 9.93 s."
)


def audited(text: str, *, workload: Workload | None = None, on: str | None = None) -> AuditAnswer:
    """The audit of a text without a prediction."""
    return audit(
        [Text(source="n", content=text)], lookup=accelerator, workload=workload, machine=machine(on) if on else None
    )


def only(answer: AuditAnswer, quantity: str) -> Claim:
    """The one claim of `quantity`."""
    (claim,) = [one for one in answer.claims if one.quantity == quantity]
    return claim


def test_a_7b_model_on_one_a100() -> None:
    """6.6e9 x 6 FLOP at 45k tokens/s is 1.8 PFLOPS: beyond even the sparse peak of 624 with boost."""
    answer = audited(SEVEN)

    assert answer.verdict == "impossible"
    assert only(answer, "tokens_per_second").verdict == "impossible"
    assert only(answer, "step_time").verdict == "impossible"


def test_a_true_node_of_eight() -> None:
    """Rate per device, rate, MFU, batch and step time close; the model's shapes come from its name."""
    answer = audited(EIGHT)

    assert answer.verdict == "consistent"
    assert answer.contradictions == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("9.93 s", "99.3 s"),
        ("105.6k", "13.2k"),
        ("MFU 69 %", "MFU 8.6 %"),
        ("13.2k tokens/s per GPU", "105.6k tokens/s per GPU"),
    ],
)
def test_one_figure_that_does_not_fit(old: str, new: str) -> None:
    """A figure off by about eight contradicts the others, or physics."""
    assert audited(EIGHT.replace(old, new)).verdict in ("contradictory", "impossible")


def test_memory_beyond_the_device() -> None:
    """38 GB do not fit into the 24 of an RTX 3090."""
    claim = only(audited("It needs 38 GB of GPU memory.", on="RTX 3090"), "memory")

    assert claim.verdict == "impossible"
    assert claim.bound is not None
    assert claim.bound.at_most == pytest.approx(24 * 2**30, rel=0.08)


def test_a_sum_of_memory_over_devices_is_recognised() -> None:
    """300 GB on eight cards of 80 are all of them together."""
    claim = only(audited("It needs 300 GB of GPU memory on 8 x H100 SXM.", on="H100-SXM x8"), "memory")

    assert claim.verdict == "implausible"
    assert claim.likely_cause is not None
    assert claim.likely_cause.startswith("total-for-one-device")


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("The RTX 4070 delivers a peak of 116.6 TFLOPS in fp16.", "fp16-accumulate"),
        ("The L40S has a peak of 733 TFLOPS in bf16.", "sparse-peak"),
        ("The A10G has a peak of 125 TFLOPS in bf16.", "wrong-card"),
        ("The H100 SXM reaches a peak of 1979 TFLOPS in bf16.", "sparse-peak"),
        ("La RTX 4070 a un pic de 29,15 TFLOPS en fp16.", "fp32-peak"),
    ],
)
def test_wrong_peaks_are_named(text: str, cause: str) -> None:
    """A peak that is another figure of the card, or another card's, is told apart."""
    claim = only(audited(text), "peak_flops")

    assert claim.verdict == "implausible"
    assert claim.likely_cause is not None
    assert claim.likely_cause.startswith(cause)


def test_right_peaks_are_consistent() -> None:
    """The dense figure of the catalog."""
    assert only(audited("The RTX 4070 has a dense peak of 58.3 TFLOPS in bf16."), "peak_flops").verdict == "consistent"


def test_wrong_tables_of_public_tools(shared: Path) -> None:
    """Every 16-bit peak that a public tool has 10 % or more off is called implausible, none of ours is."""
    with (shared / "hardware" / "disagreements.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["field"] in ("bf16_tflops", "fp16_tflops_fp32acc")]
    checked = 0
    for row in rows:
        device, precision = accelerator(row["device"]), row["field"][:4]
        for value, wrong in ((row["their_value"], abs(float(row["ratio"]) - 1) > 0.1), (row["our_value"], False)):
            claim = only(audited(f"a peak of {value} TFLOPS in {precision}", on=device.name), "peak_flops")
            assert (claim.verdict == "implausible") == wrong or abs(float(row["ratio"]) - 1) <= 0.1, row
            checked += 1

    assert checked > 80


def test_the_device_of_a_sentence_is_the_one_before_the_figure() -> None:
    """Figures of several cards are each held against their own."""
    answer = audited(
        "The RTX 4070 has a dense peak of 58.3 TFLOPS in bf16. The RTX 4090 has a dense peak of 165 TFLOPS in bf16."
    )

    assert [one.verdict for one in answer.claims if one.quantity == "peak_flops"] == ["consistent", "consistent"]


def test_an_ambiguous_device_counts_as_its_fastest() -> None:
    """ "A100" may be four boards; the finding names them."""
    answer = audited("one A100, 3.2 s per step")

    assert any(found.code == "audit-device-ambiguous" for found in answer.findings)


def test_a_supposed_case_of_another_batch_is_not_held_against_this_run() -> None:
    """With a batch of 1 a step of 20 ms would be right."""
    workload = Workload(params_total=124e6, seq_len=1024, micro_batch=12, grad_accum=40)
    answer = audited("If the batch size were 1 a step would take 5 ms.", workload=workload, on="RTX 4070")

    assert only(answer, "step_time").verdict != "impossible"


@pytest.mark.parametrize("text", ["", "\n\n", "no figures here", "| a | b |\n|---|---|", "\x1b[31m\u202e<script>"])
def test_nothing_to_audit_is_unverifiable(text: str) -> None:
    """No figure, no verdict."""
    answer = audited(text)

    assert answer.verdict == "unverifiable"
    assert answer.claims == []


def test_rates_per_device_and_in_all_are_kept_apart() -> None:
    """Two rates that differ by the number of devices agree only with their words."""
    right = audited("8 GPUs: 10k tokens/s per GPU, 80k tokens/s in total")
    wrong = audited("8 GPUs: 10k tokens/s per GPU, 10k tokens/s in total")

    assert right.contradictions == []
    assert wrong.verdict == "contradictory"


def causes(answer: AuditAnswer) -> str:
    """All likely causes that are told."""
    return "; ".join(found.values["cause"] for found in answer.findings if found.code == "audit-cause")


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (EIGHT.replace("105.6k tokens/s in total", "13.2k tokens/s in total"), "8 devices"),
        (EIGHT.replace("MFU 69 %", "MFU 34.5 %"), "sparsity"),
        (EIGHT.replace("9.93 s", "9930 s"), "milliseconds"),
        ("batch of 16 x 32, block size 1024: 137k tokens/s, 120 ms per step", "micro-steps"),
    ],
)
def test_likely_causes_of_contradictions(text: str, cause: str) -> None:
    """A ratio that is the number of devices, two, a thousand or the accumulation tells what was confused."""
    answer = audited(text)

    assert answer.verdict in ("contradictory", "impossible")
    assert cause in causes(answer)


TRUE_NOTES = [
    """The run of modded-nanogpt: GPT-2 124M (12 layers, width 768, 6 heads, vocabulary 50304) on 8x H100 SXM in bf16.
    Each step processes 524,288 tokens with sequences of 1024 tokens and takes 216 ms, that is 2.42M tokens/s.
    The 6200 steps took 1339 seconds in total.""",
    """GPT-2 124M sur 2x RTX 4090, bf16 : 6120 pas de 2,40 s, soit environ 4 h 5 min. Un pas traite 524 288 tokens
    (séquences de 1024), le débit est de 218 000 tokens/s.""",
    EIGHT,
]


@pytest.mark.parametrize("text", TRUE_NOTES)
def test_true_notes_of_public_logs(text: str) -> None:
    """Figures of the public logs modded_2024-10_muon and speedrun2gpu_2dbf7fa6 in words: consistent."""
    answer = audited(text)

    assert answer.verdict == "consistent"
    assert answer.contradictions == []


def test_facts_of_another_device_stay_with_it() -> None:
    """The batch of the second sentence is not that of the first; its step time is held against its own card."""
    answer = audited(
        "On an H100 SXM GPT-2 124M trains at 1M tokens/s in bf16 (sequence length 1024). "
        "With an RTX 3060 12GB and a batch of 8 x 1024 each step takes 5 ms."
    )
    by_quantity = {one.quantity: one for one in answer.claims if one.low is not None}

    assert by_quantity["tokens_per_second"].verdict != "impossible"
    assert by_quantity["step_time"].verdict == "impossible"
    assert "8,192 token" in by_quantity["step_time"].reason
