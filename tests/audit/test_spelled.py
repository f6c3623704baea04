"""What stands behind a number."""

from __future__ import annotations

import re

import pytest

from traincast.audit.spelled import unit_at, unit_table


@pytest.mark.parametrize(
    ("text", "dimension", "factor", "per"),
    [
        (" ms", "time", 1e-3, ""),
        ("us", "time", 1e-6, ""),
        (" ns", "time", 1e-9, ""),
        (" min", "time", 60.0, ""),
        (" h", "time", 3600.0, ""),
        (" days", "time", 86400.0, ""),
        (" weeks", "time", 604800.0, ""),
        (" ms/it", "time", 1e-3, "step"),
        (" s per micro-step", "time", 1.0, "micro-step"),
        (" s per epoch", "time", 1.0, "other"),
        (" tokens/s", "token_rate", 1.0, ""),
        ("ktokens/s", "token_rate", 1e3, ""),
        (" To", "bytes", 1e12, ""),
        (" TB", "bytes", 1e12, ""),
        (" Mtok/s", "token_rate", 1e6, ""),
        (" tokens/min", "token_rate", 1 / 60, ""),
        (" tokens per hour", "token_rate", 1 / 3600, ""),
        (" tokens per day", "token_rate", 1 / 86400, ""),
        (" tokens/s/GPU", "token_rate", 1.0, "device"),
        (" tokens/GPU/s", "token_rate", 1.0, "device"),
        (" samples/s", "sample_rate", 1.0, ""),
        (" it/s", "step_rate", 1.0, ""),
        (" tps", "token_rate", 1.0, ""),
        (" ktps", "token_rate", 1e3, ""),
        (" GPU-hours", "gpu_hours", 1.0, ""),
        (" heures GPU", "gpu_hours", 1.0, ""),
        (" TFLOPS", "flops", 1e12, ""),
        (" GFLOP/s", "flops", 1e9, ""),
        (" PFLOPS", "flops", 1e15, ""),
        (" TFLOPS per GPU", "flops", 1e12, "device"),
        (" TFLOP per step", "flop", 1e12, "step"),
        (" GiB", "bytes", 1024.0**3, ""),
        (" GB", "bytes", 1e9, ""),
        (" Go", "bytes", 1e9, ""),
        (" MB/s", "byte_rate", 1e6, ""),
        (" Gbit/s", "bit_rate", 1e9, ""),
        (" kWh", "energy", 3.6e6, ""),
        (" MWh", "energy", 3.6e9, ""),
        (" W", "power", 1.0, ""),
        (" kW", "power", 1e3, ""),
        (" %", "percent", 0.01, ""),
        (" percent", "percent", 0.01, ""),
        (" €/h", "money_rate", 1.0, ""),
        (" dollars", "money", 1.0, ""),
        (" tokens", "tokens", 1.0, ""),
        (" tokens per step", "tokens", 1.0, "step"),
        (" tokens per micro-batch", "tokens", 1.0, "micro-step"),
        (" tokens per sequence", "tokens", 1.0, "sequence"),
        (" tokens per parameter", "tokens", 1.0, "other"),
        (" sequences per step", "samples", 1.0, "step"),
        (" sequences per GPU", "samples", 1.0, "device"),
        (" GPUs", "devices", 1.0, ""),
        (" layers", "layers", 1.0, ""),
    ],
)
def test_a_unit_and_what_it_is_in_si(text: str, dimension: str, factor: float, per: str) -> None:
    """The longest spelling that fits."""
    found = unit_at(text, 0)

    assert found is not None
    assert (found.dimension, found.factor, found.per, found.end) == (dimension, pytest.approx(factor), per, len(text))


@pytest.mark.parametrize("text", ["", " ", " xyz", "?", " s=3", " sx", "12"])
def test_what_is_no_unit(text: str) -> None:
    """Other words, names of settings, digits."""
    assert unit_at(text, 0) is None


@pytest.mark.parametrize(
    ("text", "dimension", "factor"),
    [
        (" kbit/s", "bit_rate", 1e3),
        (" Gbps", "bit_rate", 1e9),
        (" GiB", "bytes", 2.0**30),
        (" Go/s", "byte_rate", 1e9),
        (" tokens/hour", "token_rate", 1 / 3600),
        (" Mtok/day", "token_rate", 1e6 / 86400),
    ],
)
def test_a_prefix_and_a_span_multiply_the_factor(text: str, dimension: str, factor: float) -> None:
    """Decimal and binary prefixes, rates over other spans than a second."""
    found = unit_at(text, 0)

    assert found is not None
    assert (found.dimension, found.end) == (dimension, len(text))
    assert found.factor == pytest.approx(factor)


def test_no_place_of_a_form_is_left_open() -> None:
    """Each {name} of the vocabulary's forms is filled; a quantifier's braces are none."""
    assert not [pattern.pattern for *_, pattern in unit_table() if re.search(r"\{[a-z_]+\}", pattern.pattern)]
