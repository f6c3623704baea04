"""From what people and drivers write to one device, never to another one."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from traincast.catalog.capability import name_findings, precision_findings
from traincast.catalog.devices import accelerators
from traincast.catalog.lookup import accelerator, machine, ordered_words, other_variants
from traincast.errors import AmbiguousNameError, TraincastError, UnknownNameError, UsageError

SPELLINGS = [str, str.lower, str.upper, lambda text: text.replace(" ", ""), lambda text: text.replace(" ", "-")]


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
        ("4070S", "nvidia-rtx-4070-super"),
        ("rtx4070tisuper", "nvidia-rtx-4070-ti-super"),
        ("NVIDIA H100 80GB HBM3", "nvidia-h100-sxm"),
        ("H100-SXM5-80GB", "nvidia-h100-sxm"),
        ("GH200", "nvidia-gh200-96gb"),
        ("GB200 NVL72", "nvidia-gb200"),
        ("DGX Spark", "nvidia-gb10"),
        ("Tesla T4", "nvidia-t4"),
        ("t4", "nvidia-t4"),
        ("A6000", "nvidia-rtx-a6000"),
        ("A4000", "nvidia-rtx-a4000"),
        ("RTX 6000 Ada", "nvidia-rtx-6000-ada"),
        ("Quadro RTX 6000", "nvidia-quadro-rtx-6000"),
        ("RTX PRO 6000", "nvidia-rtx-pro-6000-blackwell"),
        ("RTX 3060 12GB", "nvidia-rtx-3060-12gb"),
        ("RTX 3060 8 GB", "nvidia-rtx-3060-8gb"),
        ("A100 SXM4 40 GB", "nvidia-a100-sxm4-40gb"),
        ("A100 80GB PCIe", "nvidia-a100-pcie-80gb"),
        ("V100-SXM2-32GB", "nvidia-v100-sxm2-32gb"),
        ("Apple M1 Max 32-core GPU", "apple-m1-max"),
        ("TPU-v4", "google-tpu-v4"),
        ("v5p", "google-tpu-v5p"),
        ("MI300X", "amd-mi300x"),
        ("Titan RTX", "nvidia-titan-rtx"),
        ("A6000 Ada 48GB", "nvidia-rtx-6000-ada"),
        ("RTX A5000 Ada", "nvidia-rtx-5000-ada"),
        ("B200 192GB", "nvidia-b200"),
        ("DGX A100 80GB", "nvidia-a100-sxm4-80gb"),
        ("HGX A100 40GB", "nvidia-a100-sxm4-40gb"),
        ("DGX H200", "nvidia-h200-sxm"),
        ("MacBook Pro M3", "apple-m3"),
        ("MacBook Pro M3 Pro", "apple-m3-pro"),
        ("Mac Studio M2 Ultra", "apple-m2-ultra"),
        ("Mac mini M4 Pro", "apple-m4-pro"),
    ],
)
def test_short_names(asked: str, name: str) -> None:
    """What people type."""
    assert accelerator(asked).name == name


@pytest.mark.parametrize(
    ("asked", "name", "gib"),
    [
        ("M3 Max", "apple-m3-max", 128),
        ("M3 Max 64GB", "apple-m3-max", 64),
        ("MacBook Pro M4 Pro 24 GB", "apple-m4-pro", 24),
        ("RTX A6000 48GB", "nvidia-rtx-a6000", 48),
        ("B200 192GB", "nvidia-b200", 180),  # raw, of which a driver shows 180
    ],
)
def test_the_memory_that_a_buyer_chose_is_that_of_the_device(asked: str, name: str, gib: int) -> None:
    """Apple sells one chip with several memories; boards have the one that is listed."""
    found = accelerator(asked)

    assert (found.name, found.memory_bytes) == (name, gib * 2**30)


@pytest.mark.parametrize(
    ("asked", "name", "chips"),
    [
        ("TPU v6e-8", "google-tpu-v6e", 8),
        ("v6e-8", "google-tpu-v6e", 8),
        ("v5litepod-16", "google-tpu-v5e", 16),
        ("Cloud TPU v5e-4", "google-tpu-v5e", 4),
        ("v5p-8", "google-tpu-v5p", 4),
        ("tpu-v4-8", "google-tpu-v4", 4),
        ("TPU v3-32", "google-tpu-v3", 16),
    ],
)
def test_a_slice_of_tpus_counts_chips_or_cores(asked: str, name: str, chips: int) -> None:
    """Names of v2 to v4 and v5p count cores, two a chip; those of v5e and v6e chips (cloud.google.com/tpu/docs)."""
    found = machine(asked)

    assert (found.accelerator.name, found.n_devices) == (name, chips)


@pytest.mark.parametrize("asked", ["v4-7", "v9-8", "v6e-0"])
def test_what_is_no_slice_is_refused(asked: str) -> None:
    """Half a chip, an unknown generation, none."""
    with pytest.raises((UnknownNameError, UsageError)):
        machine(asked)


@pytest.mark.parametrize("asked", ["A100", "V100", "A100 80GB", "P100", "V100 32GB"])
def test_ambiguous_names_offer_the_candidates(asked: str) -> None:
    """Variants that differ in memory or speed are not chosen between."""
    with pytest.raises(AmbiguousNameError) as caught:
        accelerator(asked)

    assert len(caught.value.near) >= 2
    assert all(name in caught.value.hint for name in caught.value.near)


@pytest.mark.parametrize(
    "asked",
    [
        "RTX 9999",
        "RTX9999",
        "RTX 7900 XT",
        "GTX 4070",
        "RX 4070",
        "H1000",
        "",
        "rtx",
        "geforce",
        "L4S",
        "L400",
        "A1000G",
        "RTX 4070 Ultra",
        "RTX 4090 48GB",
        "Titan X",
        "RTX 2080 Max-Q",
        "GTX 960",
        "RTX 6000",
        "MI300",
        "M1 Mega",
        "T40",
        "TPU v9",
        "x",
        "x8",
        "NVIDIA",
        "A100-SXM4-96GB",
        "M3 Max 256GB",
        "MacBook Pro",
        "H100 20GB",
    ],
)
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


@settings(max_examples=300)
@given(st.sampled_from(sorted(name for name in accelerators() if re.search("[0-9]", name))), st.data())
def test_a_changed_name_is_never_another_device(name: str, data: st.DataObject) -> None:
    """One digit more, less or other in the digits of a name: what is found, if anything, has the digits asked for."""
    titles = [title for title in (name, *accelerators()[name].aliases) if re.search("[0-9]", title)]
    title = data.draw(st.sampled_from(titles))
    at = data.draw(st.sampled_from([i for i, c in enumerate(title) if c.isdigit()]))
    asked = title[:at] + data.draw(st.sampled_from([*"0123456789", ""])) + title[at + data.draw(st.integers(0, 1)) :]
    try:
        found = machine(asked)
    except TraincastError:
        return

    device = found.accelerator
    own = (
        device.name,
        *device.aliases,
        device.notes,
        f"x{found.n_devices}",
        f"{(device.memory_bytes or 0) / 2**30:.0f} GB",
    )
    known = "".join(ordered_words(" ".join(own))) + "".join(own)
    told = re.sub("(?i)sxm[0-9]", "sxm", asked)  # the generation of a socket says nothing that the chip does not
    assert all(digits in known for digits in re.findall("[0-9]+", told))


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
    assert name_findings("H100x8", accelerator("H100"))[0].code == "device-variant"
    assert name_findings("RTX 4070", accelerator("RTX 4070")) == []
    assert name_findings("run.json", accelerator("RTX 4070")) == []


def test_a_board_with_less_memory_under_the_same_name_is_told() -> None:
    """Drivers write `NVIDIA GeForce RTX 3060` for the 12 GB and for the 8 GB board."""
    asked = "NVIDIA GeForce RTX 3060"
    (found,) = name_findings(asked, accelerator(asked))

    assert accelerator(asked).name == "nvidia-rtx-3060-12gb"
    assert "nvidia-rtx-3060-8gb" in found.message
    assert other_variants("RTX 3060 12GB") == ()


@pytest.mark.parametrize(
    ("device", "precision", "code"),
    [
        ("T4", "bf16", "precision-emulated"),
        ("V100-SXM2-16GB", "bf16", "precision-emulated"),
        ("GTX 1080 Ti", "bf16", "precision-emulated"),
        ("T4", "tf32", "precision-falls-back"),
        ("A100-SXM4-80GB", "fp8", "precision-unsupported"),
        ("RTX 3090", "fp8", "precision-unsupported"),
        ("H100", "fp4", "precision-unsupported"),
        ("RTX 4070", "fp8", None),
        ("H100", "fp8", None),
        ("T4", "fp16", None),
        ("T4", None, None),
    ],
)
def test_precisions_without_hardware(device: str, precision: str | None, code: str | None) -> None:
    """fp8 begins with Ada and Hopper, fp4 with Blackwell, bf16 and tf32 with Ampere (vendor white papers)."""
    assert [found.code for found in precision_findings(accelerator(device), precision)] == ([code] if code else [])


def test_unknown_names_are_answered_with_near_misses() -> None:
    """The card that was meant is among them."""
    with pytest.raises(UnknownNameError) as caught:
        machine("RTX 4071 x 2")

    assert "nvidia-rtx-4070" in caught.value.near
    assert "'RTX 4071'" in str(caught.value)


def test_lookup_needs_no_numpy() -> None:
    """`traincast read` names a device in milliseconds."""
    code = "import sys; from traincast.catalog.lookup import machine; machine('H100x8'); print('numpy' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert result.stdout == "False\n"


def test_every_row_has_a_source_and_sane_figures() -> None:
    """Units are SI: no TFLOPS, GB or MHz are left."""
    for device in accelerators().values():
        assert device.source.text
        assert all(1e10 < peak < 1e18 for peak in device.peaks.values()), device.name
        assert device.memory_bandwidth is None or 1e10 < device.memory_bandwidth < 1e17
        assert device.memory_bytes is None or 2**30 < device.memory_bytes < 2**41


def test_listed_figures_of_the_rtx_4070() -> None:
    """58.3 TFLOPS dense with fp32 accumulation, 504.2 GB/s, 46 SM, 12 GiB (hardware vendor's page)."""
    device = accelerator("RTX 4070")

    assert device.peak("bf16") == pytest.approx(58.3e12, rel=1e-3)
    assert device.memory_bandwidth == pytest.approx(504.2e9)
    assert (device.num_sm, device.memory_bytes) == (46, 12 * 2**30)
