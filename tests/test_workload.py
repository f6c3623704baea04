"""The workload record."""

from __future__ import annotations

import re

import msgspec
import pytest

from traincast.workload import Workload


def test_everything_is_unknown_until_told() -> None:
    """None, never a default."""
    assert set(msgspec.structs.asdict(Workload()).values()) == {None}


def test_json_round_trip() -> None:
    """What is written is read again."""
    workload = Workload(n_layer=12, precision="fp16", compile=True, tokens=3e11)

    assert msgspec.json.decode(msgspec.json.encode(workload), type=Workload) == workload


def test_keys_of_the_interface_are_there() -> None:
    """Scripts are written against these names."""
    keys = (
        "n_layer d_model n_head n_kv_head d_ff mlp vocab seq_len tied params_total params_active num_experts "
        "experts_per_token micro_batch grad_accum global_batch precision attention compile recompute "
        "optimizer framework software_year lora_rank n_devices devices_per_node dp zero tp pp cp ep steps tokens "
        "epochs eval_interval eval_batches eval_splits checkpoint_interval log_interval"
    )

    assert set(re.findall(r"\w+", keys)) <= set(Workload.__struct_fields__)


def test_wrong_types_are_refused_by_the_schema() -> None:
    """A document of another shape is not a workload."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"n_layer": "twelve"}', type=Workload)
