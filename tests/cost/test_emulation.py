"""Precisions that a device has no hardware for."""

from __future__ import annotations

from traincast.catalog.lookup import machine
from traincast.cost.offered import listed_rate


def test_bf16_on_turing_is_slower_than_fp32() -> None:
    """torch emulates it: a T4 reaches 2 to 2.5 TFLOPS of its 8.1 in fp32, an RTX 2080 5.1 of 10.1."""
    for name in ("T4", "RTX 2080", "V100-SXM2-32GB"):
        assert listed_rate(machine(name), "bf16") < listed_rate(machine(name), "fp32")
        assert listed_rate(machine(name), "fp16") > listed_rate(machine(name), "fp32")


def test_hardware_is_used_where_it_is() -> None:
    """Ampere and later compute bf16 at the rate of fp16."""
    assert listed_rate(machine("RTX 4070"), "bf16") == listed_rate(machine("RTX 4070"), "fp16")
