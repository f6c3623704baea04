"""Published models: names people use, and shapes that give the published parameters."""

from __future__ import annotations

import pytest

from traincast import api
from traincast.cost.flops import forward_flops_per_token
from traincast.cost.parameters import parameters
from traincast.cost.shapes import shapes
from traincast.errors import UnknownNameError
from traincast.workloads.presets import preset, presets, spellings
from traincast.workloads.resolve import resolve

COUNTED = [one.name for one in presets().values() if one.published]
SAME = 0.007
"""biases, poolers and norms of query and key are not in the shapes: .6 % of BERT, less elsewhere"""


@pytest.mark.parametrize("name", COUNTED)
def test_shapes_give_the_published_parameters(name: str) -> None:
    """Layers, width, heads, feed-forward and vocabulary are those of the weights on the hub."""
    workload, _ = resolve(name)
    counted = float(parameters(shapes([workload]), with_positions=True)[0])

    assert counted == pytest.approx(presets()[name].published, rel=SAME)


@pytest.mark.parametrize(("name", "parameters", "macs"), [("dit-b2", 130e6, 23.01e9), ("dit-xl2", 675e6, 118.64e9)])
def test_a_diffusion_transformer_is_timed_by_its_shape(name: str, parameters: float, macs: float) -> None:
    """Parameters and multiply-adds of Peebles & Xie (2023), table 1; within 1 %, as conditioning is left out."""
    answer = api.predict(name, on="RTX 4090", micro_batch=8)
    shape = shapes([resolve(name)[0]])

    assert answer.parameters == pytest.approx(parameters)
    assert float(forward_flops_per_token(shape)[0] * 256 / 2) == pytest.approx(macs, rel=0.01)
    assert answer.step_time is not None


@pytest.mark.parametrize("name", presets())
def test_every_preset_is_a_valid_workload_with_a_source(name: str) -> None:
    """And is found under its name, its title and its repository."""
    one = presets()[name]
    workload, findings = resolve(name)

    assert workload.model == name
    assert one.source
    assert findings == []
    assert {preset(spelled).name for spelled in (name, one.title) if spelled} == {name}


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("GPT-2", "gpt2"),
        ("gpt2-124m", "gpt2"),
        ("Llama 3 8B", "llama-3-8b"),
        ("llama3-8b", "llama-3-8b"),
        ("meta-llama/Meta-Llama-3-8B-Instruct", "llama-3-8b"),
        ("mistralai/Mistral-7B-Instruct-v0.2", "mistral-7b"),
        ("Qwen/Qwen2.5-7B-Instruct", "qwen2.5-7b"),
        ("google/gemma-2-9b-it", "gemma-2-9b"),
        ("bert-base-uncased", "bert-base"),
        ("unsloth/Llama-3.2-1B-Instruct", "llama-3.2-1b"),
        ("opt-1.3b", "opt-1.3b"),
        ("opt-13b", "opt-13b"),
    ],
)
def test_names_people_use(asked: str, name: str) -> None:
    """Case, blanks, organisation and suffixes do not matter; the point of 1.3b does."""
    assert preset(asked).name == name


def test_no_spelling_is_shared() -> None:
    """Every preset keeps its own name."""
    assert set(spellings().values()) == set(presets())


@pytest.mark.parametrize("asked", ["gpt5", "llama-3-9b", "", "/", "qwen"])
def test_unknown_models_are_not_guessed(asked: str) -> None:
    """A size that was never published is not the nearest one."""
    with pytest.raises(UnknownNameError) as caught:
        preset(asked)

    assert caught.value.hint
