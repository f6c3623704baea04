"""From what people and drivers write to one device, never to another one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traincast.catalog.capability import name_findings, precision_findings
from traincast.catalog.devices import accelerators
from traincast.catalog.lookup import accelerator, machine
from traincast.errors import AmbiguousNameError, TraincastError, UnknownNameError, UsageError

SPELLINGS = [str, str.lower, str.upper, lambda text: text.replace(" ", "")]


@pytest.mark.parametrize("name", accelerators())
def test_every_alias_in_any_spelling_is_its_own_device(name: str) -> None:
    """Names and aliases of the catalog, with case, blanks and hyphens changed."""
    device = accelerators()[name]

    for alias in (device.name, *device.aliases):
        assert {accelerator(spell(alias)).name for spell in SPELLINGS} == {name}


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("RTX 4070", "nvidia-rtx-4070"),
        ("4070", "nvidia-rtx-4070"),
        ("4070ti", "nvidia-rtx-4070-ti"),
        ("4070 Ti Super", "nvidia-rtx-4070-ti-super"),
        ("rtx 4070 laptop", "nvidia-rtx-4070-laptop"),
        ("A100-SXM4-80GB", "nvidia-a100-sxm4-80gb"),
        ("H100", "nvidia-h100-sxm"),
        ("H100 PCIe", "nvidia-h100-pcie"),
        ("TPU v5e", "google-tpu-v5e"),
        ("M2 Max", "apple-m2-max"),
        ("L40S", "nvidia-l40s"),
        ("L40", "nvidia-l40"),
        ("7900 XTX", "amd-rx-7900-xtx"),
        ("gaudi 2", "intel-gaudi2"),
        ("4090D", "nvidia-rtx-4090-d"),
    ],
)
def test_short_names(asked: str, name: str) -> None:
    """What people type."""
    assert accelerator(asked).name == name


@pytest.mark.parametrize("asked", ["A100", "V100", "A100 80GB", "P100", "GH200"])
def test_ambiguous_names_offer_the_candidates(asked: str) -> None:
    """Variants that differ in memory or speed are not chosen between."""
    with pytest.raises(AmbiguousNameError) as caught:
        accelerator(asked)

    assert len(caught.value.near) >= 2
    assert all(name in caught.value.hint for name in caught.value.near)


@pytest.mark.parametrize("asked", ["RTX 9999", "RTX 7900 XT", "GTX 4070", "RX 4070", "H1000", "", "rtx", "geforce"])
def test_unknown_names_give_no_device(asked: str) -> None:
    """A card that does not exist is not another card."""
    with pytest.raises(UnknownNameError) as caught:
        accelerator(asked)

    assert caught.value.hint


@given(st.text(max_size=60))
def test_any_text_names_a_device_or_is_refused(text: str) -> None:
    """No input breaks the lookup, and what it finds shares a word with what was asked."""
    try:
        found = machine(text)
    except TraincastError:
        return

    assert any(character.isalnum() for character in text)
    assert found.n_devices >= 1


@pytest.mark.parametrize(
    ("asked", "name", "count"),
    [
        ("H100x8", "nvidia-h100-sxm", 8),
        ("8xH100", "nvidia-h100-sxm", 8),
        ("RTX 4070 x 2", "nvidia-rtx-4070", 2),
        ("7900 XTX x2", "amd-rx-7900-xtx", 2),
        ("7900xtx", "amd-rx-7900-xtx", 1),
        ("A100-SXM4-80GB x 64", "nvidia-a100-sxm4-80gb", 64),
    ],
)
def test_counts(asked: str, name: str, count: int) -> None:
    """DEVICE, DEVICExN and NxDEVICE; the x of a name is not a count."""
    found = machine(asked)

    assert (found.accelerator.name, found.n_devices) == (name, count)


@pytest.mark.parametrize("asked", ["RTX 4070x0", "H100 x -1", "H100x99999999999999"])
def test_absurd_counts_are_refused(asked: str) -> None:
    """At least one device, and no more than there are."""
    with pytest.raises(UsageError):
        machine(asked)


def test_bf16_on_turing_is_a_finding() -> None:
    """Turing has no bf16 hardware; the remedy names fp16."""
    (found,) = precision_findings(accelerator("T4"), "bf16")

    assert found.code == "precision-emulated"
    assert "fp16" in found.remedy
    assert precision_findings(accelerator("RTX 4070"), "bf16") == []
    assert precision_findings(accelerator("A100-SXM4-80GB"), "fp8")[0].severity == "error"


def test_a_usual_variant_is_told() -> None:
    """H100 is taken as the SXM board, and said so; a full name is not remarked on."""
    assert name_findings("H100", accelerator("H100"))[0].code == "device-variant"
    assert name_findings("RTX 4070", accelerator("RTX 4070")) == []


def test_listed_figures_of_the_rtx_4070() -> None:
    """58.3 TFLOPS dense with fp32 accumulation, 504.2 GB/s, 46 SM, 12 GiB (hardware vendor's page)."""
    device = accelerator("RTX 4070")

    assert device.peak("bf16") == pytest.approx(58.3e12, rel=1e-3)
    assert device.memory_bandwidth == pytest.approx(504.2e9)
    assert (device.num_sm, device.memory_bytes) == (46, 12 * 2**30)
