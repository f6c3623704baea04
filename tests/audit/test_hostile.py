"""Whatever is written, the audit answers: random notes of the words that it knows, absurd figures, damaged logs."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from traincast.answers import to_json
from traincast.audit import Text, audit
from traincast.audit.ask import prediction
from traincast.catalog.lookup import accelerator, machine
from traincast.reports.audit_page import audit_page
from traincast.reports.text import plain

NUMBERS = (
    "0", "0.0", "-1", "1e30", "1e-30", "7", "1,5", "524,288", "999999999999", "80-120", "5-2", "0-0",
    "1.5-2.5M", "~3", "1/0",
)  # fmt: skip
UNITS = (
    "ms", "s", "min", "hours", "tokens/s", "tok/s/GPU", "it/s", "ms/it", "%", "TFLOPS", "GB", "steps",
    "tokens per step", "k", "M", "B", "parameters", "GPUs", "layers", "epochs", "$", "€/h", "samples/s", "kWh",
    "s per micro-step", "",
)  # fmt: skip
WORDS = (
    "MFU", "step time", "total", "batch", "accumulation", "block size", "RTX 4070", "8x A100", "fp16", "fp32",
    "GPT-2", "LoRA", "first step", "memory", "peak", "if", "par itération", "because", "=", "×", ":", "|", "\n",
    ". ", "n_layer =", "d_model=", "vocab", "-100 %", "AdamW",
)  # fmt: skip
PIECES = st.sampled_from([*NUMBERS, *UNITS, *WORDS])


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=60))
def test_any_note_of_known_words_is_answered(pieces: list[str]) -> None:
    """No figure, however absurd, breaks a bound, a relation or the page."""
    note = Text(source="n", content=" ".join(pieces))
    answer = audit([note], lookup=accelerator, machine=machine("RTX 4070"), predict=prediction, lang="fr")

    plain(audit_page(answer, lang="fr"))
    assert b"NaN" not in to_json(answer)


@settings(max_examples=80, deadline=None)
@given(st.lists(PIECES, max_size=60))
def test_any_note_without_a_device_is_answered(pieces: list[str]) -> None:
    """The same where all facts come from the text."""
    audit([Text(source="n", content=" ".join(pieces))], lookup=accelerator)
