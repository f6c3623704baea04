"""Every figure explains itself."""

from __future__ import annotations

from traincast import api
from traincast.calibrate.model import priors
from traincast.reports.explain_page import explanation
from traincast.reports.predict_page import predict_page
from traincast.reports.text import plain


def test_the_page_shows_parts_formulas_constants_and_sources() -> None:
    """Parts of the step, the FLOP count with its numbers, each constant with prior and fit, where the peak was read."""
    answer = api.predict("gpt2", on="RTX 4090", micro_batch=12, grad_accum=40, steps=1000)
    text = plain(predict_page(answer, extra=explanation(answer)))

    assert "matrix products" in text
    assert f"{answer.flops_per_token:,.0f}" in text
    assert all(name in text for name in priors())
    assert all(source in text for source in answer.sources)


def test_the_page_shows_what_memory_adds_up_to() -> None:
    """36 x 768 + 4 x 12 bytes a layer and token of GPT-2 under autocast, 12 bytes a logit, and whose code says so."""
    answer = api.predict(
        "gpt2", on="RTX 4090", micro_batch=4, precision="bf16", compile=False, attention="flash", recompute="no",
        framework="nanogpt", dropout=False,
    )  # fmt: skip
    text = plain(predict_page(answer, extra=explanation(answer)))

    assert "x 28,336 bytes a layer and token" in text  # 27,696, and 10 x 768 of both ends over 12 layers
    assert "x 12.0 bytes at the peak" in text
    assert "model.py of nanoGPT" in text


def test_every_constant_has_a_source() -> None:
    """Assumed ones say so."""
    assert all(prior.source and prior.meaning for prior in priors().values())
