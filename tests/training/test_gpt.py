"""The reference trainer learns, repeats itself, and goes on from where it was killed."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
import sys
import warnings
from pathlib import Path
from typing import IO

import msgspec
import pytest

torch = pytest.importorskip("torch")

from traincast.errors import UnreadableError, UsageError, WorkloadError  # noqa: E402
from traincast.training import checkpoint  # noqa: E402
from traincast.training.gpt import GPT, SHIPPED, Text, flops_per_step, learning_rate, train  # noqa: E402
from traincast.training.recipe import Recipe, recipe  # noqa: E402

pytestmark = pytest.mark.torch
TINY = {"n_layer": 1, "n_head": 2, "d_model": 32, "seq_len": 32, "micro_batch": 8, "eval_batches": 2}


def lines_of(asked: Recipe, **more: object) -> list[str]:
    """The log of a training."""
    lines: list[str] = []
    train(asked, say=lines.append, device="cpu", **more)  # type: ignore[arg-type]
    return lines


def losses(lines: list[str]) -> dict[int, str]:
    """Loss as printed by step; a step that ran twice keeps its last."""
    found = (re.match(r"iter (\d+): loss (\S+),", line) for line in lines)
    return {int(match[1]): match[2] for match in found if match}


def test_loss_falls_on_the_shipped_text() -> None:
    """A model that knows nothing is at ln 256 = 5.55; letter frequencies alone take it below 3.2."""
    lines: list[str] = []
    judged = train(recipe(**TINY, steps=150, learning_rate=5e-3), say=lines.append, device="cpu")

    first = float(losses(lines)[0])
    assert first == pytest.approx(math.log(256), abs=0.15)
    assert judged["val"] < 3.2


def test_shipped_text_is_what_its_script_makes() -> None:
    """The text can be made again byte for byte."""
    script = Path(__file__).parents[2] / "examples" / "make_text.py"
    code = f"import runpy, sys; sys.stdout.write(runpy.run_path({str(script)!r})['journal'](160_000))"
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout

    assert made == SHIPPED.read_bytes()


@pytest.mark.parametrize("settings", [{}, {"precision": "bf16"}, {"precision": "fp16"}, {"attention": "naive"}])
def test_equal_seeds_give_equal_losses(settings: dict[str, str]) -> None:
    """Two runs print the same losses, another seed prints others, and every loss is a number."""
    asked = recipe(**TINY, steps=6, **settings)
    one, two, other = lines_of(asked), lines_of(asked), lines_of(recipe(**TINY, steps=6, seed=2, **settings))

    assert losses(one) == losses(two) != losses(other)
    assert len(losses(one)) == 6
    assert all(math.isfinite(float(loss)) for loss in losses(one).values())


def test_fused_and_naive_attention_agree() -> None:
    """Two ways to compute the same; fp32 rounding apart."""
    asked = {name: recipe(**TINY, attention=name) for name in ("flash", "naive")}
    models = {name: GPT(one) for name, one in asked.items()}
    models["naive"].load_state_dict(models["flash"].state_dict())
    batch = Text(SHIPPED, 32).batch("train", 8, "key")

    results = [model(*batch).item() for model in models.values()]
    assert results[0] == pytest.approx(results[1], rel=1e-5)


def test_accumulation_equals_a_larger_batch() -> None:
    """Two micro-batches give the gradient of both together: the mean loss over all their sequences."""
    model = GPT(recipe(**TINY))
    text = Text(SHIPPED, 32)
    halves = [text.batch("train", 8, part) for part in ("a", "b")]
    whole = [torch.cat(pair) for pair in zip(*halves, strict=True)]

    for half in halves:
        (model(*half) / 2).backward()
    summed = model.tokens.weight.grad.clone()
    model.zero_grad()
    model(*whole).backward()
    assert torch.allclose(summed, model.tokens.weight.grad, atol=1e-6)


def test_model_has_the_parameters_that_the_recipe_says() -> None:
    """All weights but the position table."""
    asked = recipe(**TINY)
    counted = sum(p.numel() for p in GPT(asked).parameters())

    assert counted - 32 * 32 == asked.parameters


def test_flops_of_a_step() -> None:
    """N = 12 * 32^2 + 64 + 32 + 256 * 32 = 20,576; (6 N + 12 * 32 * 32) * 32 * 8 tokens = 34,750,464."""
    assert flops_per_step(recipe(**TINY)) == 34_750_464


def test_learning_rate_climbs_and_falls_to_a_tenth() -> None:
    """The climb takes 5 % of 200 steps; the end is a tenth of the top."""
    asked = recipe(steps=200, learning_rate=1.0)

    assert learning_rate(0, asked) == pytest.approx(0.1)
    assert learning_rate(9, asked) == learning_rate(10, asked) == 1.0
    assert learning_rate(200, asked) == pytest.approx(0.1)


def test_evaluation_and_checkpoint_come_when_they_are_due(tmp_path: Path) -> None:
    """Evaluations before steps 0 and 4 and after the last, checkpoints before 3 and 6 and after the last."""
    lines = lines_of(recipe(**TINY, steps=8, eval_interval=4, checkpoint_interval=3), out=tmp_path)
    order = [re.sub(r"[:,].*| to .*", "", line) for line in lines if re.match(r"iter|step|saving", line)]

    assert order == [
        "step 0", "iter 0", "iter 1", "iter 2", "saving checkpoint", "iter 3", "step 4", "iter 4", "iter 5",
        "saving checkpoint", "iter 6", "iter 7", "step 8", "saving checkpoint",
    ]  # fmt: skip


def started(folder: Path) -> subprocess.Popen[str]:
    """A training in a process of its own."""
    settings = [f"--{key.replace('_', '-')}={value}" for key, value in TINY.items()]
    command = [sys.executable, "-m", "traincast", "train", *settings, "--steps=40", "--eval-interval=20",
               "--checkpoint-interval=2", "--device=cpu", "--threads=1", f"--out={folder}", "--resume"]  # fmt: skip
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def kept(stream: IO[str], *, until: str) -> list[str]:
    """Lines up to the one that begins with `until`."""
    lines = []
    for line in stream:
        lines.append(line.rstrip("\n"))
        if line.startswith(until):
            break
    return lines


@pytest.mark.slow
def test_run_killed_again_and_again_prints_the_losses_of_one_that_was_not(tmp_path: Path) -> None:
    """kill -9 inside a step and while a checkpoint is written: the next start has the last whole checkpoint."""
    lines: list[str] = []
    for moment in ("iter 5:", "saving checkpoint", "iter 17:"):
        with started(tmp_path) as process:
            assert process.stdout is not None
            lines += kept(process.stdout, until=moment)
            process.kill()
    with started(tmp_path) as process:
        assert process.stdout is not None
        lines += kept(process.stdout, until="never")
    unbroken = lines_of(recipe(**TINY, steps=40, eval_interval=20))

    assert process.returncode == 0
    assert sum(line.startswith("Resuming") for line in lines) == 3
    assert losses(lines) == losses(unbroken)
    assert lines[-2] == unbroken[-1]  # the last evaluation, before the line of the checkpoint


def test_checkpoint_that_was_not_finished_leaves_the_last_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fills up in the middle of a write costs that checkpoint and no other."""
    checkpoint.save({"shape": [1], "step": 3}, tmp_path)

    def half(content: object, file: IO[bytes]) -> None:
        file.write(b"PK\x03\x04 half of a checkpoint")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", half)
    with pytest.raises(OSError, match="No space"):
        checkpoint.save({"shape": [1], "step": 6}, tmp_path)

    assert checkpoint.load(tmp_path, [1]) == {"shape": [1], "step": 3}


def test_checkpoint_is_not_overwritten_unasked(tmp_path: Path) -> None:
    """Without --resume a folder that holds a checkpoint is refused, and the checkpoint stays."""
    train(recipe(**TINY, steps=2), out=tmp_path, say=str, device="cpu")

    with pytest.raises(UsageError, match="holds a checkpoint of step 2"):
        train(recipe(**TINY, steps=2), out=tmp_path, say=str, device="cpu")


def test_wrong_checkpoints_are_refused(tmp_path: Path) -> None:
    """Another model and another file are told apart."""
    checkpoint.save({"shape": [1, 2], "step": 3}, tmp_path)
    with pytest.raises(UsageError, match="holds a model"):
        checkpoint.load(tmp_path, [1, 3])

    (tmp_path / checkpoint.NAME).write_bytes(b"not a checkpoint")
    with pytest.raises(UnreadableError):
        checkpoint.load(tmp_path, [1, 2])


def test_text_that_is_too_short_is_refused(tmp_path: Path) -> None:
    """A split that cannot hold one sequence would give no batch."""
    short = tmp_path / "short.txt"
    short.write_text("too short")
    with pytest.raises(WorkloadError, match="9 bytes"):
        Text(short, 32)
    with pytest.raises(UnreadableError):
        Text(tmp_path / "absent.txt", 32)


@pytest.mark.slow
@pytest.mark.skipif(not any(map(shutil.which, ("g++", "clang++"))), reason="torch.compile needs a C++ compiler")
def test_compiled_and_eager_agree() -> None:
    """The same losses within rounding, step for step."""
    asked = recipe(**TINY, steps=5, eval_interval=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the compiler says of itself
        compiled = losses(lines_of(msgspec.structs.replace(asked, compile=True)))
    eager = losses(lines_of(asked))

    assert [float(x) for x in compiled.values()] == pytest.approx([float(x) for x in eager.values()], abs=2e-4)
