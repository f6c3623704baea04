"""Damaged and hostile input of every structured format: told in one sentence or passed over, in time."""

from __future__ import annotations

import json
import re
import time
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_files import event, event_file, field, lines, source, wandb_file, wandb_items

from traincast.errors import TraincastError
from traincast.reading.linear import faults
from traincast.reading.series import series
from traincast.reading.structured import (
    catboost,
    choice,
    fairseq,
    fastai,
    mllog,
    mmcv,
    notebook,
    read_structured,
    sniff,
    table,
    trainer_state,
)
from traincast.reading.structured.shapes import SHAPES
from traincast.summary import summary

FILES = [
    lines({"eta_seconds": 9.0, "iteration": 19, "time": 2.0}, {"eta_seconds": 5.0, "iteration": 39, "time": 2.0}),
    lines(*({"current_steps": s, "total_steps": 9, "elapsed_time": f"0:00:0{s}"} for s in (1, 2, 3))),
    lines(
        {"global_step/max_steps": "1/9", "elapsed_time": "5s"}, {"global_step/max_steps": "2/9", "elapsed_time": "9s"}
    ),
    lines(*({"mode": "train", "epoch": e, "iter": i, "time": 0.5} for e in (1, 2) for i in (50, 100))),
    lines(*({"lr": 1, "data_time": 0.1, "loss": 1.0, "time": 0.5, "iter": i, "step": i} for i in (50, 100))),
    lines(*({"training_iteration": i, "time_total_s": 9.0 * i, "time_this_iter_s": 9.0} for i in (1, 2))),
    lines(*({"epoch": e, "train_time": 9.0, "test_time": 1.0} for e in (1, 2)), before="json_stats: "),
    lines(
        *({"timestamp": "1.0", "elapsedtime": "1", "type": "LOG", "step": [1, i, 9], "data": {"a": 1}} for i in (1, 2)),
        before="DLLL ",
    ),
    ':::MLLOG {"time_ms": 1000, "key": "run_start", "value": null, "metadata": {}}\n'
    + "".join(
        f':::MLLOG {{"time_ms": {i}000, "key": "eval_accuracy", "value": 0.1, "metadata": {{"epoch_num": {i}}}}}\n'
        for i in (2, 3)
    ),
    '{"epoch": 1, "num_updates": "100", "wall": "50"}\n{"epoch": 1, "num_updates": "200", "wall": "99"}\n',
    json.dumps({"max_steps": 9, "log_history": [{"step": 1, "loss": 1.0}, {"step": 9, "train_runtime": 9.0}]}),
    "<progress></progress>[30/60 01:30 &lt; 01:36, 0.31 it/s, Epoch 0.5/1]<tr><th>Step</th></tr><tr><td>1</td></tr>",
    "<tr><th>epoch</th><th>time</th></tr><tr><td>0</td><td>00:14</td></tr><tr><td>1</td><td>00:15</td></tr>",
    "iter\tPassed\tRemaining\n0\t158\t317632\n1\t183\t183691\n",
    '#{"t_start": 1000.5}\nr,l,t\n-500.0,500,1.5\n-347.0,348,5.0\n',
    "1669360569367 1.3 49\n1669360583945 1.2 99\n",
    "  epoch,  time,  train/box_loss\n 1, 40.0, 3.1\n 2, 80.0, 2.5\n",
    "step,loss,time\n1,2.0,10.5\n2,1.9,20.5\n3,1.8,30.5\n",
    '{"_runtime": 5.0, "_step": 3, "iter": 100}',
    '{"schema": "traincast.runlog/1", "points": [[1, 2.0, null, null, null, null, 0]]}',
]
BINARIES = [
    event_file(*(event(1e9 + s, s, loss=1.0) for s in (1, 2, 3))),
    wandb_file(*(wandb_items(2, _step=s, _timestamp=1e9 + s, loss=1.0) for s in (1, 2, 3)), field(18, field(1, 0))),
]
ALL = [text.encode() for text in FILES] + BINARIES
JUNK = [
    b"1e999", b"NaN", b"-1", b"null", b"[]", b"{}", b'"""', b"\0" * 9, b"9" * 400, b"true", b"[" * 3000,
    b'{"a":' * 3000,
    b"\xff\xfe", b"99999999999999999999", b"\n", b"\r", b",", b"\xe2\x80\xae", b"-0", b"1e-320",
]  # fmt: skip


def complaint(content: bytes) -> TraincastError | None:
    """What is said about `content` where it is refused; anything but a refusal goes through."""
    try:
        for log in read_structured(source(content)) or []:
            summary(log, series(log))
    except TraincastError as error:
        return error
    return None


@pytest.mark.parametrize("content", ALL)
def test_the_files_that_are_damaged_below_are_read_when_whole(content: bytes) -> None:
    """Damage to something unread would prove nothing."""
    logs = read_structured(source(content))

    assert logs
    assert logs[0].points


@given(
    content=st.sampled_from(ALL),
    cuts=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), st.sampled_from(JUNK)), min_size=1, max_size=6),
)
@settings(max_examples=600, deadline=None)
def test_damage_gives_findings_or_one_sentence(content: bytes, cuts: list[tuple[float, int, bytes]]) -> None:
    """Bytes replaced by junk anywhere: no crash in reading, in the series, in the answer."""
    for place, length, junk in cuts:
        at = int(place * len(content))
        content = content[:at] + junk + content[at + length :]
    said = complaint(content)

    assert said is None or ("\n" not in str(said) and said.hint)


@pytest.mark.parametrize("content", ALL)
def test_a_file_may_end_anywhere(content: bytes) -> None:
    """Every cut is read as far as it goes, or refused in a sentence."""
    ends = range(1, len(content), max(1, len(content) // 60))
    said = [complaint(content[:end]) for end in ends]

    assert [str(one) for one in said if one is not None and "\n" in str(one)] == []


def patterns(module: ModuleType) -> list[str]:
    """Regular expressions of a module, those in tables too."""
    found = [value for value in vars(module).values() if isinstance(value, re.Pattern)]
    for value in vars(module).values():
        if isinstance(value, tuple):
            found += [row[0] for row in value if isinstance(row, tuple) and isinstance(row[0], re.Pattern)]
    return [pattern.pattern for pattern in found]


@pytest.mark.parametrize("module", [catboost, choice, fairseq, fastai, mllog, mmcv, notebook, table, trainer_state])
def test_patterns_of_the_readers_are_linear(module: ModuleType) -> None:
    """The linter of the dialects passes them."""
    assert {pattern: found for pattern in patterns(module) if (found := faults(pattern))} == {}


def test_patterns_of_the_shapes_are_linear() -> None:
    """So does it those that sniff."""
    found = {shape.name: faults(shape.pattern.decode("latin-1")) for shape in SHAPES}

    assert {name: words for name, words in found.items() if words} == {}


@pytest.mark.parametrize(
    "piece", sorted({shape.literal for shape in SHAPES} | {b"{", b"[", b"1 ", b"a,", b" ", b'{"a": 1, '})
)
def test_heads_made_to_mislead_are_sniffed_in_time(piece: bytes) -> None:
    """A quarter of a megabyte of one piece, on one line and on many."""
    if not piece:
        return
    start = time.process_time()
    for between in (b"", b"\n", b"\r\n ", b"}\n{"):
        unit = piece + between
        sniff(unit * ((256 << 10) // len(unit)))

    assert time.process_time() - start < 1.0
