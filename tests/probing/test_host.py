"""The host, from what the system prints."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from traincast.probing.host import Host, ask, host, last_cache, linux_cpu, peaks

EPYC = """processor\t: 0
vendor_id\t: AuthenticAMD
cpu family\t: {family}
model name\t: AMD EPYC 9654 96-Core Processor
cpu MHz\t\t: 2400.000
flags\t\t: fpu sse2 avx avx2 fma avx512f avx512_bf16

processor\t: 1
vendor_id\t: AuthenticAMD
"""
ZEN = {"flags": ("fma", "avx512f", "avx512_bf16"), "vendor": "AuthenticAMD"}


def machine(**more: object) -> Host:
    """Two cores of 2 GHz."""
    return Host(system="Linux", cpu="test", cores=2, clock_hz=2e9, **more)  # type: ignore[arg-type]


def test_cpuinfo_gives_name_family_flags_and_clock() -> None:
    """The first processor speaks for all; flags that no rate knows are left out."""
    known = linux_cpu(EPYC.format(family=25))

    assert known["cpu"] == "AMD EPYC 9654 96-Core Processor"
    assert (known["vendor"], known["family"]) == ("AuthenticAMD", 25)
    assert known["flags"] == ("avx", "fma", "avx512f", "avx512_bf16")
    assert known["clock_hz"] > 0


def test_empty_cpuinfo_is_unknown_not_wrong() -> None:
    """A system that tells nothing has no family, flags or clock."""
    known = linux_cpu("")

    assert known["family"] is None
    assert known["flags"] == ()


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        # two 256-bit units of 8 fp32 lanes, multiply and add: 2 * 8 * 2 = 32 a cycle, times 2 cores, times 2 GHz
        ({"flags": ("avx", "fma")}, {"fp32": 128e9, "fp64": 64e9}),
        # two 512-bit units: 64; bf16 pairs: 128
        (ZEN | {"family": 26}, {"fp32": 256e9, "fp64": 128e9, "bf16": 512e9}),
        # Zen 4 runs 512 bits in two cycles of 256
        (ZEN | {"family": 25}, {"fp32": 128e9, "fp64": 64e9, "bf16": 256e9}),
        ({"flags": ()}, {}),
    ],
)  # fmt: skip
def test_peaks_follow_from_instruction_set_clock_and_cores(more: dict[str, object], expected: dict[str, float]) -> None:
    """FLOP a cycle and core, worked by hand."""
    assert peaks(machine(**more)) == expected


def test_one_thread_has_the_peak_of_one_core() -> None:
    """Threads beyond the cores add nothing."""
    two = machine(flags=("fma",))

    assert peaks(two, 1)["fp32"] == peaks(two)["fp32"] / 2
    assert peaks(two, 64) == peaks(two)


def test_unknown_clock_has_no_peak() -> None:
    """Nothing is guessed."""
    assert peaks(Host(system="", cpu="", cores=4, flags=("fma",))) == {}


def test_last_cache_is_the_largest(tmp_path: Path) -> None:
    """32 MiB of the third level among smaller ones; an empty folder tells nothing."""
    for i, size in enumerate(("48K", "1024K", "32768K", "bad")):
        (tmp_path / f"index{i}").mkdir()
        (tmp_path / f"index{i}" / "size").write_text(size + "\n")

    assert last_cache(tmp_path) == 32 * 2**20
    assert last_cache(tmp_path / "absent") is None


def test_tools_that_are_absent_or_fail_tell_nothing() -> None:
    """nvidia-smi is not everywhere."""
    assert ask(["no-such-program-as-this"]) == ""
    assert ask([sys.executable, "-c", "print(1); raise SystemExit(3)"]) == ""


def test_age_of_a_process_counts_from_its_start() -> None:
    """A process that has computed for 0.3 s is at least that old; one that has begun is not a minute old."""
    code = (
        "import time\n"
        "while time.process_time() < 0.3: pass\n"
        "from traincast.probing.host import process_age\n"
        "print(process_age())"
    )
    age = float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)

    assert age == 0 or 0.3 <= age < 60


def test_this_machine_has_cores_and_memory() -> None:
    """Whatever runs the tests has a core and a gigabyte."""
    here = host()

    assert here.cores >= 1
    assert here.memory_bytes is None or here.memory_bytes > 1e9
