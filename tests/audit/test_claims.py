"""Claims out of prose, tables, settings and log lines."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from traincast.audit.claims import Figure, claims
from traincast.audit.words import language

CASES = [
    ("80-120 ms per iteration", "step_time", 0.08, 0.12),
    ("80–120 ms/it", "step_time", 0.08, 0.12),
    ("Chaque itération prend entre 80 et 120 ms.", "step_time", 0.08, 0.12),
    ("each step takes between 0.9 and 1.1 seconds", "step_time", 0.9, 1.1),
    ("Un pas d'optimisation dure 3,84 s", "step_time", 3.84, 3.84),
    ("3.84 ± 0.05 s/iter", "step_time", 3.79, 3.89),
    ("3.84 s ± 0.05 s per step", "step_time", 3.79, 3.89),
    ("each step takes 2 to 3 s", "step_time", 2.0, 3.0),
    ("| Step time (ms) | 338.06 |\n", "step_time", 0.33806, 0.33806),
    ("iter 200: loss 4.5123, time 3838.34ms, mfu 12.67%", "step_time", 3.83834, 3.83834),
    ("step 50/19560 | loss 3.2 | dt: 338.06ms | tok/sec: 1,551,000", "tokens_per_second", 1551000.0, 1551000.0),
    ("1.5–2.5M tokens/s", "tokens_per_second", 1.5e6, 2.5e6),
    ("between 1.5M and 2.5M tok/s", "tokens_per_second", 1.5e6, 2.5e6),
    ("1,5 à 2,5 millions de tokens par seconde", "tokens_per_second", 1.5e6, 2.5e6),
    ("Le débit est de 134 000 jetons/s", "tokens_per_second", 134000.0, 134000.0),
    ("about 136,533 tok/s", "tokens_per_second", 136533.0, 136533.0),
    ("~134k tokens/s/GPU", "tokens_per_second_per_device", 134000.0, 134000.0),
    ("Throughput per GPU is 150k tokens/s", "tokens_per_second_per_device", 150000.0, 150000.0),
    ("0,26 itération par seconde", "steps_per_second", 0.26, 0.26),
    ("1.2 it/s", "steps_per_second", 1.2, 1.2),
    ("850 images/sec", "samples_per_second", 850.0, 850.0),
    ("un MFU de 25 à 40 %", "mfu", 0.25, 0.40),
    ("MFU: -100.00%", "mfu", -1.0, -1.0),
    ('{"mfu": 0.41}', "mfu", 0.41, 0.41),
    ("model FLOPs utilization reaches 52 percent", "mfu", 0.52, 0.52),
    ("L'entraînement complet dure 10 à 20 minutes.", "total_time", 600.0, 1200.0),
    ("The whole run takes 6 h 25 min", "total_time", 23100.0, 23100.0),
    ("Each iteration takes 20 ms, so the 1200 iterations are over in 24 seconds", "total_time", 24.0, 24.0),
    ("training took 1 day, 2:03:04", "total_time", 93784.0, 93784.0),
    ("durée totale : 6h30", "total_time", 23400.0, 23400.0),
    ("6 000 itérations", "steps", 6000.0, 6000.0),
    ("max_iters = 6000", "steps", 6000.0, 6000.0),
    ("16 sequences with 32 gradient accumulation steps", "grad_accum", 32.0, 32.0),
    ("gradient_accumulation_steps=40", "grad_accum", 40.0, 40.0),
    ("accumulation de gradient : 8", "grad_accum", 8.0, 8.0),
    ("batch size of 12", "micro_batch", 12.0, 12.0),
    ("taille de lot : 64", "micro_batch", 64.0, 64.0),
    ("global batch size 512", "global_batch", 512.0, 512.0),
    ("block_size = 1024", "seq_len", 1024.0, 1024.0),
    ("longueur de séquence de 2048", "seq_len", 2048.0, 2048.0),
    ("a context of 8192 tokens", "seq_len", 8192.0, 8192.0),
    ("524,288 tokens per iteration", "tokens_per_step", 524288.0, 524288.0),
    ("300B tokens of training", "tokens_total", 3e11, 3e11),
    ("a 1.3B-parameter model", "parameters", 1.3e9, 1.3e9),
    ("40 millions de paramètres", "parameters", 4e7, 4e7),
    ("GPT-2 124M", "parameters", 1.24e8, 1.24e8),
    ("number of parameters: 40.56M", "parameters", 4.056e7, 4.056e7),
    ("8 GPUs", "n_devices", 8.0, 8.0),
    ("n_layer: 24", "n_layer", 24.0, 24.0),
    ("uses 9.4 GB of GPU memory", "memory", 9.4e9, 9.4e9),
    ("7,8 Go de mémoire GPU utilisés", "memory", 7.8e9, 7.8e9),
    ("La première itération prend 27 s", "first_step_time", 27.0, 27.0),
    ("the first step took 95 seconds", "first_step_time", 95.0, 95.0),
    ("it costs $4,200 in total", "cost", 4200.0, 4200.0),
    ("12,50 € au total", "cost", 12.5, 12.5),
    ("$2.10 per GPU-hour", "price", 2.1, 2.1),
    ("we reach 410 TFLOPS per GPU", "achieved_flops", 4.1e14, 4.1e14),
    ("dense peak of 58.3 TFLOPS", "peak_flops", 5.83e13, 5.83e13),
    ("checkpoint size: 5.2 GB", "checkpoint_size", 5.2e9, 5.2e9),
    ("moins de 100 ms par itération", "step_time", None, 0.1),
    ("more than 2M tokens per second", "tokens_per_second", 2e6, None),
]


def read(text: str) -> list[Figure]:
    """Figures of `text`."""
    return claims(text, "note.md")[0]


@pytest.mark.parametrize(("text", "quantity", "low", "high"), CASES)
def test_a_phrase_tells_its_quantity(text: str, quantity: str, low: float | None, high: float | None) -> None:
    """Each phrase holds exactly one figure of its quantity, in SI units."""
    found = [figure for figure in read(text) if figure.quantity == quantity]

    assert [(one.low, one.high) for one in found] == [
        (low if low is None else pytest.approx(low), high if high is None else pytest.approx(high))
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Released on 2024-11-24, torch 2.1.0, CUDA 12.1.",
        "After 100 iterations the loss is 3.2; lr 6e-4, dropout 0.1, seed 1337.",
        "GPU utilization is 98 % and accuracy 71 %.",
        "See section 3.2 and figure 4.",
        "2000 warm-up steps, evaluation every 500 iterations",
        "La compilation prend 40 s ; l'évaluation 15 s.",
    ],
)
def test_figures_of_other_things_are_left_out(text: str) -> None:
    """Dates, versions, losses and utilisation are no claims of speed or size."""
    assert [figure for figure in read(text) if not figure.name] == []


def test_the_place_is_the_line() -> None:
    """A claim on the third line of note.md is at note.md:3."""
    assert [one.where for one in read("# Title\n\n80 ms per iteration\n")] == ["note.md:3"]


def test_a_written_product_is_checked_for_itself() -> None:
    """6000 x 0.1 s is 600 s; 6000 x 0.1 s is not 900 s."""
    right = claims("6000 x ~0,1 s = 600 secondes", "a")[1]
    wrong = claims("6000 × 0.1 s = 900 s", "a")[1]

    assert (right[0].low, right[0].said_low) == (pytest.approx(600), 600)
    assert (wrong[0].low, wrong[0].said_low) == (pytest.approx(600), 900)


def test_a_product_names_its_factors() -> None:
    """In `6000 × 0.1 s = 600 s` stand steps, a step time and a total."""
    assert {one.quantity: one.low for one in read("6000 × 0.1 s = 600 s")} == {
        "steps": 6000.0, "step_time": 0.1, "total_time": 600.0,
    }  # fmt: skip


def test_a_batch_product_names_its_factors() -> None:
    """`batch 16 × 32` is micro-batch and accumulation."""
    found = {one.quantity: one.low for one in read("batch of 16 x 32, block 1024")}

    assert found == {"micro_batch": 16.0, "grad_accum": 32.0, "seq_len": 1024.0}


def test_supposed_cases_are_marked() -> None:
    """`at 150 ms it would take 15 minutes` is not held against the rest of the text."""
    assert all(one.scenario for one in read("Si chaque pas dure 150 ms, il faudrait 15 minutes."))


def test_table_cells_are_read_under_their_heads() -> None:
    """The unit may stand in the column head, the quantity in the row label."""
    table = "| run | Step time (ms) | MFU (%) |\n|---|---|---|\n| a | 338 | 41.2 |\n"

    assert {one.quantity: one.low for one in read(table)} == {"step_time": 0.338, "mfu": pytest.approx(0.412)}


@pytest.mark.parametrize(("text", "lang"), [("le temps par itération est de 3 s", "fr"), ("the step takes 3 s", "en")])
def test_the_language_is_told_by_common_words(text: str, lang: str) -> None:
    """Decimal commas are read as such in French alone."""
    assert language(text) == lang


def test_decimal_commas_and_groups() -> None:
    """3,840 s is 3.84 s in French and 3840 s in English; 524,288 tokens are a count in both."""
    french = "Le temps par itération est de 3,840 s pour 524,288 tokens par itération."
    english = "The time per iteration is 3,840 s for 524,288 tokens per iteration."

    assert [one.low for one in read(french)] == [pytest.approx(3.84), 524288.0]
    assert [one.low for one in read(english)] == [3840.0, 524288.0]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400))
def test_any_text_is_read_without_error(text: str) -> None:
    """Hostile text gives figures or none."""
    claims(text, "x")


@pytest.mark.parametrize("piece", ["9", "1,", "1 000 ", "~", "80-", "a × ", "ms/", "% ", "| ", "(", "1e9"])
def test_long_repetitions_cost_linear_time(piece: str) -> None:
    """A line of one piece repeated is cut and read at once."""
    claims(piece * 20000, "x")


KEYED = "throughput=2.1e6 tok/s dt=240ms mfu=0.38 device=NVIDIA GeForce RTX 3060 batch_size=32 block_size=512"
LAPTOP = (
    "since each micro-batch (16×1024 tokens) needs 118 ms and you accumulate 32 of them, an "
    "iteration takes 118 × 32 = 3.8 s."
)


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        (KEYED, {"tokens_per_second": 2.1e6, "step_time": 0.24, "mfu": 0.38, "micro_batch": 32, "seq_len": 512}),
        (LAPTOP, {"micro_batch": 16, "seq_len": 1024, "micro_step_time": 0.118, "step_time": 3.8}),
        (
            "480 sequences x 1024 tokens = 491,520 tokens per step",
            {"global_batch": 480, "seq_len": 1024, "tokens_per_step": 491520},
        ),
        ("50 000 pas prendront donc environ 7 heures.", {"steps": 50000, "total_time": 25200}),
        ("6120 pas de 2,40 s, soit environ 4 h 5 min", {"steps": 6120, "step_time": 2.4, "total_time": 14700}),
        (
            "Chaque itération prend 100 ms, soit 10 minutes pour 6000 itérations.",
            {"step_time": 0.1, "total_time": 600, "steps": 6000},
        ),
        ("an optimizer step of about half a million tokens lasts 0.85 s", {"step_time": 0.85}),
        ("4 GPUs × $0.80/h × 0.25 h = $0.80", {"n_devices": 4, "price": 0.8, "total_time": 900, "cost": 0.8}),
        ("| GPU | ms/step |\n|---|---|\n| RTX 4090 | 380 |", {"step_time": 0.38}),
    ],
)
def test_figures_of_a_sentence(text: str, figures: dict[str, float]) -> None:
    """All figures of a sentence, each once, and no others."""
    found = {figure.quantity: figure.low for figure in read(text) if not figure.name}

    assert found == {name: pytest.approx(value) for name, value in figures.items()}


def test_a_time_without_its_unit_in_a_product() -> None:
    """118 x 32 = 3.8 s is right where 118 are milliseconds."""
    from traincast.audit.notes import sum_claims

    right = sum_claims(claims("118 × 32 = 3.8 s", "a")[1], "en")
    wrong = sum_claims(claims("118 × 32 = 9.8 s", "a")[1], "en")

    assert [one.verdict for one in (*right, *wrong)] == ["consistent", "contradictory"]
