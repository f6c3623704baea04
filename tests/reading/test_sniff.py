"""The right dialect among all, whatever stands around it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from traincast.reading import read_text
from traincast.reading.dialect import load, openings
from traincast.reading.sniff import SEARCH, sniff

NOISE = """Resolved 134 packages in 17ms
Downloading torch-2.4.0-cp311.whl (797.1 MB)
  12%|#2        | 97.5M/797M [00:01<00:09, 75.1MB/s]
[W226 17:41:17.095 AllocatorConfig.cpp:28] Warning: PYTORCH_CUDA_ALLOC_CONF is deprecated
r7i2n0:71934:72013 [0] NCCL INFO Channel 06 : 0[1a000] -> 1[1c000] via P2P/IPC
Traceback (most recent call last):
  File "train.py", line 12, in <module>
ValueError: step 3 of 4 failed
+ export OMP_NUM_THREADS=1
"""


def found(text: str) -> str | None:
    """Name of the dialect of `text`."""
    verdict, _ = sniff([text])
    return verdict.dialect.name if verdict.dialect else None


@pytest.mark.parametrize("name", list(openings()))
def test_noise_around_the_steps_does_not_disturb(name: str) -> None:
    """Installers, network chatter and tracebacks stand before and after the sample."""
    text = load(name).sample[0].text.strip("\n") + "\n"

    assert found(NOISE * 3 + text * 3 + NOISE) == name


def test_steps_far_behind_the_head_are_found() -> None:
    """Two million characters of noise first."""
    blocks = [NOISE * 500] * 5 + ["iter 10: loss 2.5, time 100.00ms, mfu 1.00%\n" * 3]
    verdict, rest = sniff(blocks)

    assert verdict.dialect is not None
    assert verdict.dialect.name == "nanogpt"
    assert sum(len(block) for block in rest) == sum(map(len, blocks))


def test_steps_behind_any_amount_of_noise_are_found() -> None:
    """More noise than is kept: it is passed over, and its lines are counted all the same."""
    noise = "warning: the cache is cold, nothing to do\n" * 60_000
    blocks = [noise] * 12 + ["".join(f"iter {i}: loss 2.5, time 100.00ms, mfu 1.00%\n" for i in range(9))]
    assert sum(map(len, blocks)) > SEARCH

    (log,) = read_text(blocks)

    assert (log.dialect, len(log.points), log.lines) == ("nanogpt", 9, 12 * 60_000 + 9)


def test_the_more_special_of_two_wins_and_the_other_is_named() -> None:
    """autoresearch begins its lines as nanochat does; the bars of kohya are tqdm bars."""
    line = "step 00275 (98.6%) | loss: 3.42 | dt: 1095ms | tok/sec: 119,675 | mfu: 2.9% | epoch: 1 | remaining: 3s\n"
    bar = "steps:  10%|#         | 100/1000 [01:40<15:00,  1.00s/it, avr_loss=0.125]\n"

    assert found(line) == "autoresearch"
    verdict, _ = sniff([bar * 3])
    assert verdict.dialect is not None
    assert (verdict.dialect.name, verdict.runner_up) == ("kohya", "tqdm-carriage-return")


def test_prose_is_of_no_dialect() -> None:
    """Text without steps has no dialect, and no confidence."""
    verdict, _ = sniff(["It was a dark and stormy night.\n" * 100])

    assert verdict.dialect is None
    assert verdict.confidence == 0.0


def test_a_few_lines_are_less_sure_than_many() -> None:
    """Confidence grows with the evidence."""
    line = "iter 10: loss 2.5, time 100.00ms, mfu 1.00%\n"
    few, _ = sniff([line])
    many, _ = sniff([line * 50])

    assert few.confidence < many.confidence


def test_sniffing_a_large_file_is_cheap() -> None:
    """All dialects over a block of a megabyte: well under the 50 ms of the bench, with room for a slow machine."""
    block = "iter 10: loss 2.5, time 100.00ms, mfu 1.00%\n" * 25_000
    sniff([block])
    begin = time.process_time()
    sniff([block])

    assert time.process_time() - begin < 0.25


def test_every_public_log_is_told_rightly(shared: Path) -> None:
    """The head of every text log gives the dialect of its folder (the structured ones have readers of their own)."""
    wrong = []
    for name in openings():
        for path in sorted((shared / "logs" / name).glob("*")):
            text = path.read_text(encoding="utf-8", errors="replace").replace("\r", "\n")
            verdict, _ = sniff([text[i : i + (1 << 20)] for i in range(0, len(text), 1 << 20)])
            if verdict.dialect is None or verdict.dialect.name != name:
                wrong.append((path.name, verdict.dialect.name if verdict.dialect else None))

    assert wrong == []
