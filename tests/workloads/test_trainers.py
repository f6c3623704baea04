"""Settings files of trainers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from traincast.errors import TraincastError
from traincast.workloads.resolve import resolve

TITAN = """
[job]
dump_folder = "./outputs"
[model]
name = "llama3"
flavor = "8B"
[training]
local_batch_size = 2
seq_len = 4096
steps = 1000
mixed_precision_param = "bfloat16"
[parallelism]
data_parallel_shard_degree = -1
tensor_parallel_degree = 2
[checkpoint]
enable = false
interval = 500
[activation_checkpoint]
mode = "selective"
[compile]
enable = true
[optimizer]
name = "AdamW"
"""
FACTORY = """
model_name_or_path: meta-llama/Meta-Llama-3-8B-Instruct
stage: sft
finetuning_type: lora
lora_rank: 8
cutoff_len: 2048
per_device_train_batch_size: 1
gradient_accumulation_steps: 8
num_train_epochs: 3.0
max_steps: -1
bf16: true
deepspeed: examples/deepspeed/ds_z3_config.json
"""
AXOLOTL = """
base_model: NousResearch/Llama-3.2-1B
sequence_len: 2048
micro_batch_size: 2
gradient_accumulation_steps: 4
num_epochs: 1
optimizer: adamw_8bit
bf16: auto
flash_attention: true
gradient_checkpointing: true
datasets:
  - path: teknium/GPT4-LLM-Cleaned
    type: alpaca
"""
LITGPT = """
model_name: tinyllama-1.1b
precision: bf16-mixed
devices: 4
train:
  global_batch_size: 512
  micro_batch_size: 4
  max_tokens: 3000000000000
  lr_warmup_steps: 2000
eval:
  interval: 1000
  max_iters: 100
"""
NEMO = """
trainer: {num_nodes: 1, max_steps: 100, precision: bf16, val_check_interval: 50}
model:
  micro_batch_size: 4
  global_batch_size: 8
  tensor_model_parallel_size: 2
  encoder_seq_length: 512
  num_layers: 12
  hidden_size: 768
  num_attention_heads: 12
"""


@pytest.mark.parametrize(
    ("name", "text", "devices", "expected"),
    [
        (
            "job.toml", TITAN, 8,
            {"framework": "torchtitan", "n_layer": 32, "d_model": 4096, "micro_batch": 2, "seq_len": 4096, "tp": 2,
             "dp": 4, "global_batch": 8, "steps": 1000, "recompute": "selective", "compile": True, "zero": 3,
             "precision": "bf16",
             "checkpoint_interval": None, "optimizer": "AdamW"},
        ),
        (
            "sft.yaml", FACTORY, 8,
            {"n_layer": 32, "lora_rank": 8, "seq_len": 2048, "global_batch": 64, "steps": None, "epochs": 3.0,
             "precision": "bf16", "zero": 3, "recompute": "full"},
        ),
        ("sft.yaml", FACTORY.replace("type: lora", "type: full"), 1, {"lora_rank": None}),
        (
            "ax.yml", AXOLOTL, 1,
            {"n_layer": 16, "micro_batch": 2, "grad_accum": 4, "optimizer": "adamw_8bit",
             "attention": "flash",
             "recompute": "full", "precision": None},
        ),
        (
            "lit.yaml", LITGPT, None,
            {"n_layer": 22, "n_devices": 4, "global_batch": 512, "micro_batch": 4, "grad_accum": 32,
             "precision": "bf16", "steps": 2861023, "eval_interval": 1000, "eval_batches": 100},
        ),
        ("nemo.yaml", NEMO, 4, {"n_layer": 12, "tp": 2, "dp": 2, "grad_accum": 1, "precision": "bf16", "steps": 100}),
    ],
)  # fmt: skip
def test_trainers(name: str, text: str, devices: int | None, expected: dict[str, Any], tmp_path: Path) -> None:
    """3e12 tokens / (512 x 2048) = 2,861,022.9 steps."""
    pytest.importorskip("yaml")
    path = tmp_path / name
    path.write_text(text)
    w, findings = resolve(path, on_devices=devices)

    assert {key: getattr(w, key) for key in expected} == expected
    assert findings[0].code == "trainer-settings"


def test_models_without_known_shapes_are_told(tmp_path: Path) -> None:
    """The settings name a model that is no preset."""
    path = tmp_path / "job.toml"
    path.write_text(TITAN.replace('"8B"', '"9B"'))

    assert "model-unknown" in [found.code for found in resolve(path)[1]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &a [x]\nb: *a\n", "alias"),
        ("a: " + "[" * 100 + "]" * 100, "nested"),
        ("a: !!python/object/apply:os.system ['true']\n", "YAML"),
        ("a: [1, 2\n", "YAML"),
        ("- 1\n- 2\n", "no keys"),
        ("just words\n", "no keys"),
        ("a: b: c\n", "YAML"),
    ],
)
def test_yaml_that_is_no_settings_file_is_refused(text: str, message: str, tmp_path: Path) -> None:
    """Aliases, depth and tags cannot blow up or run anything."""
    pytest.importorskip("yaml")
    path = tmp_path / "x.yaml"
    path.write_text(text)
    with pytest.raises(TraincastError, match=message) as caught:
        resolve(path)

    assert caught.value.hint
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("lines", "bits"), [("load_in_4bit: true\nlora_r: 16\n", 4), ("load_in_8bit: true\nlora_r: 8\n", 8), ("", None)]
)
def test_packed_base_weights_are_read(tmp_path: Path, lines: str, bits: int | None) -> None:
    """bitsandbytes' switches in an axolotl file; nothing is packed where none is on."""
    path = tmp_path / "axolotl.yml"
    path.write_text(AXOLOTL + lines.replace("lora_r", "adapter: lora\nlora_r"), encoding="utf-8")

    assert resolve(path)[0].base_bits == bits
