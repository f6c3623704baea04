"""What the trainer is asked for is checked before torch is imported."""

from __future__ import annotations

import subprocess
import sys

import pytest

from traincast.errors import UnknownNameError, WorkloadError
from traincast.training.recipe import PRESETS, recipe


def test_options_lie_on_top_of_the_preset() -> None:
    """What is given wins, what is None is left to the preset, the rest to the defaults."""
    asked = recipe("medium", n_layer=2, d_model=None)

    assert (asked.n_layer, asked.d_model, asked.steps) == (2, PRESETS["medium"]["d_model"], 200)


def test_parameters_of_the_small_preset() -> None:
    """4 layers of 12 * 128^2 + 2 * 128, a norm of 128, a token table of 256 * 128: 820,352."""
    assert recipe("small").parameters == 4 * (196_608 + 256) + 128 + 32_768 == 820_352


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"d_model": 10, "n_head": 3}, "d_model 10 is not a multiple of n_head 3"),
        ({"micro_batch": 0}, "micro_batch 0"),
        ({"steps": -1}, "steps -1"),
        ({"precision": "fp7"}, "precision fp7"),
        ({"learning_rate": 0.0}, "learning_rate 0.0"),
    ],
)
def test_what_cannot_be_is_refused_by_name(settings: dict[str, object], message: str) -> None:
    """The message names the setting and its value, and a hint says what to do."""
    with pytest.raises(WorkloadError, match=message) as caught:
        recipe(**settings)

    assert caught.value.hint


def test_unknown_preset_lists_the_known() -> None:
    """A preset is never guessed."""
    with pytest.raises(UnknownNameError) as caught:
        recipe("huge")

    assert set(caught.value.near) == set(PRESETS)


def test_recipe_as_workload_keeps_every_shared_setting() -> None:
    """The workload to predict says what the trainer does: bytes as tokens, a tied head, two splits judged."""
    asked = recipe("small", grad_accum=3, eval_interval=0, precision="bf16")
    workload = asked.workload()

    assert (workload.n_layer, workload.d_model, workload.grad_accum, workload.precision) == (4, 128, 3, "bf16")
    assert (workload.vocab, workload.tied, workload.eval_splits, workload.eval_interval) == (256, True, 2, None)


def test_command_line_offers_every_setting_without_torch() -> None:
    """`--help` is written from the record; torch takes seconds to import and is not."""
    script = (
        "import sys; from traincast.cli.root import run; run(['train', '--help']); "
        "assert 'torch' not in sys.modules, 'torch was imported'"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert all("--" + name.replace("_", "-") in done.stdout for name in recipe().__struct_fields__)
