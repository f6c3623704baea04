"""nanoGPT configs, read as data."""

from __future__ import annotations

from pathlib import Path

import pytest

from traincast.errors import TraincastError, UnreadableError, UsageError, WorkloadError
from traincast.workloads.constants import constants
from traincast.workloads.resolve import resolve

SEED = """
# a 40M GPT
batch_size = 16
block_size = 1024
gradient_accumulation_steps = 4 * 8
n_layer = n_head = 12
n_embd = 32 * n_head
max_iters = 6_000
eval_interval = 500
dtype = 'float16'
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A config file."""
    path = tmp_path / "train_seed.py"
    path.write_text(SEED)
    return path


def test_settings_become_keys(config: Path) -> None:
    """4 x 8 micro-steps of 16 sequences; what train.py fixes is known."""
    w, _ = resolve(config, on_devices=1)

    assert (w.n_layer, w.d_model, w.n_head, w.seq_len, w.vocab) == (12, 384, 12, 1024, 50304)
    assert (w.micro_batch, w.grad_accum, w.global_batch, w.steps) == (16, 32, 512, 6000)
    assert (w.precision, w.attention, w.compile, w.optimizer) == ("fp16", "flash", True, "adamw-fused")
    assert (w.eval_interval, w.eval_batches, w.eval_splits, w.checkpoint_interval) == (500, 200, 2, 500)
    assert (w.tied, w.positions, w.mlp, w.framework) == (True, "learned", "gelu", "nanogpt")


def test_accumulation_is_shared_out_to_the_devices(config: Path) -> None:
    """train.py divides its accumulation by the number of processes: 32 / 8."""
    assert resolve(config, on_devices=8)[0].grad_accum == 4
    with pytest.raises(WorkloadError, match="global_batch = 512"):
        resolve(config, on_devices=7)


def test_own_arguments_and_options_override(config: Path) -> None:
    """A smaller micro-batch makes a smaller step, as it does in train.py."""
    by_argument, _ = resolve(config, arguments=["--batch_size=4", "--compile=False"], on_devices=1)
    by_option, _ = resolve(config, micro_batch=4, compile=False, on_devices=1)

    assert (by_argument.global_batch, by_argument.grad_accum, by_argument.compile) == (128, 32, False)
    assert by_option == by_argument
    assert resolve(config, grad_accum=2, on_devices=1)[0].global_batch == 32


def test_defaults_of_train_py_are_told(tmp_path: Path) -> None:
    """GPT-2 124M with batches of 12 x 40 where the config says nothing else."""
    path = tmp_path / "train_x.py"
    path.write_text("max_iters = 10\n")
    w, findings = resolve(path, on_devices=1)

    assert (w.n_layer, w.d_model, w.micro_batch, w.grad_accum, w.precision) == (12, 768, 12, 40, None)
    assert [found.code for found in findings] == ["trainer-defaults"]


def test_characters_of_shakespeare_have_their_vocabulary(tmp_path: Path) -> None:
    """65 characters, float32 run in tf32, on a CPU in fp32."""
    path = tmp_path / "train_shakespeare_char.py"
    path.write_text("dataset = 'shakespeare_char'\ndtype = 'float32'\ndropout = 0.2\n")

    assert resolve(path)[0].vocab == 65
    assert resolve(path)[0].dropout is True
    assert resolve(path)[0].precision == "tf32"
    assert resolve(path, arguments=["--device=cpu"])[0].precision == "fp32"


def test_a_continued_model_has_its_own_shape(tmp_path: Path) -> None:
    """init_from = 'gpt2-xl' is 48 layers of 1600."""
    path = tmp_path / "finetune.py"
    path.write_text("init_from = 'gpt2-xl'\nbatch_size = 1\n")
    w, _ = resolve(path)

    assert (w.n_layer, w.d_model, w.n_head) == (48, 1600, 25)


def test_nothing_is_executed(tmp_path: Path) -> None:
    """Calls, imports and comprehensions are named in a finding, and leave no trace."""
    mark = tmp_path / "mark"
    path = tmp_path / "evil.py"
    path.write_text(
        f"import os\nopen({str(mark)!r}, 'w')\nbatch_size = [open({str(mark)!r}, 'w'), 8][1]\n"
        "n_layer = int('6')\nblock_size = 9 ** 9 ** 9\nn_head = 12\nmax_iters = 1 / 0\n"
    )
    w, findings = resolve(path)

    assert not mark.exists()
    assert w.micro_batch == 12
    (found,) = (found for found in findings if found.code == "setting-not-constant")
    assert found.values["names"] == "batch_size, n_layer, block_size, max_iters"


@pytest.mark.parametrize(
    "text", ["n_layer = (", "x" * 10 + " y", "\0", "import os\n", "foo = 3\n", "n_layer = " + "(" * 5000, "\ufeff", ""]
)
def test_what_is_no_config_is_refused(text: str, tmp_path: Path) -> None:
    """Syntax errors with their line, other Python, deep nesting, nothing at all."""
    path = tmp_path / "x.py"
    path.write_text(text)
    with pytest.raises(TraincastError) as caught:
        resolve(path)

    assert caught.value.hint


def test_a_syntax_error_names_its_line() -> None:
    """Line 2."""
    with pytest.raises(UnreadableError, match=r"x\.py:2"):
        constants("a = 1\nb = = 2\n", "x.py")


@pytest.mark.parametrize(
    "argument", ["batch_size=8", "--batch_size", "--no_such=3", "--=3", "--batch_size=[1]", "--batch_size=0"]
)
def test_arguments_train_py_refuses(argument: str, config: Path) -> None:
    """As its configurator does."""
    with pytest.raises((UsageError, WorkloadError)):
        resolve(config, arguments=[argument])


def test_arguments_without_a_config_override_nothing() -> None:
    """A preset has no train.py."""
    with pytest.raises(UsageError):
        resolve("gpt2", arguments=["--batch_size=8"])


@pytest.mark.parametrize(
    ("expression", "value"),
    [("5 * 8", 40), ("-3", -3), ("2 ** 10", 1024), ("7 // 2", 3), ("1e3", 1000.0), ("'a'", "a")],
)
def test_arithmetic_of_constants(expression: str, value: object) -> None:
    """What configs use."""
    assert constants(f"x = {expression}\n", "x.py") == ({"x": value}, [])
