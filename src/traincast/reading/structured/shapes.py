"""Which structured format the first bytes of a source are in.

Nothing but `re` is needed to say no, which most logs are: a literal that must occur is looked for first, a pattern is
compiled only where it does. No pattern can take more than linear time: two wildcards
in a row would, look-aheads do not.
"""

from __future__ import annotations

import re

import msgspec

LOOK = 256 << 10
"""bytes that are looked at"""


class Shape(msgspec.Struct, frozen=True):
    """How one format is told."""

    name: str
    literal: bytes
    """occurs in every file of the format"""
    pattern: bytes
    """regular expression, searched line by line"""
    confidence: float
    reader: str
    """module of this package that reads it"""


HEADER = (
    rb'\A(?=[^\n]{0,20000}?(?:\A|[,;\t|])[ ]*"?(?:\w{1,20}/)?'
    rb"(?:(?:global_?|train(?:ing)?_?|num_?|current_?|optimizer_?)?"
    rb"(?:steps?|iter(?:ation)?s?|epochs?|updates?|batch|round|episodes?|it)|iter_num|dt|step_time|iter_time)"
    rb'"?[ ]*(?:[,;\t|]|\r?\n))[^\n{}\[\]<>]{3,20000}\r?\n'
)
"""first line of a table in which a column is named like a counter or a step time"""

ALONE_IN_FILE = rb"\A\s*\{(?![^\n]{0,100000}\}[ \t\r]*\n\s*\{)"
"""one object, and no second one on the next line: history files have a line each"""
SHAPES = (
    Shape("tensorboard-events", b"brain.Event:", rb"\A.{8}.{4}.{9,80}brain\.Event:\d", 0.99, "tensorboard"),
    Shape("wandb-run", b":W&B", rb"\A:W&B", 0.99, "wandb_run"),
    Shape("trackio", b"SQLite format 3", rb"\ASQLite format 3\0", 0.9, "database"),
    Shape("mlflow-db", b"SQLite format 3", rb"\ASQLite format 3\0", 0.9, "database"),
    Shape("runlog", b'"traincast.runlog/', rb'\A\s*\{"schema":\s*"traincast\.runlog/', 1.0, "saved"),
    Shape("traincast-track", b'"traincast.track/', rb'^\{"schema":"traincast\.track/', 1.0, "generic"),
    Shape("notebook", b'"nbformat"', rb'\A\s*\{[^\0]*"(?:cells|nbformat)"', 0.9, "notebook"),
    Shape("catboost-training-json", b'"iteration_count"', rb'\A\s*\{[^\0]*"iteration_count":\s*\d', 0.98, "catboost"),
    Shape("catboost-info", b"Remaining", rb"\Aiter\tPassed\tRemaining", 0.99, "catboost"),
    Shape("sb3-monitor-csv", b"t_start", rb'\A#\s*\{.*"t_start"', 0.99, "monitor"),
    Shape("fairseq-json", b'num_updates"', rb'"(?:train_)?num_updates": "?\d', 0.97, "fairseq"),
    Shape("nvidia-dllogger-json", b"DLLL {", rb"^[ \t]*(?:\d+:[ \t]*)?DLLL \{", 0.98, "dllogger"),
    Shape(
        "nvidia-dllogger-json",
        b'"elapsedtime"',
        rb'^\{"timestamp": (?=.*"elapsedtime": )(?=.*"type": )',
        0.95,
        "dllogger",
    ),
    Shape("torch7-json-stats", b"json_stats", rb'^json_stats: \{(?!.*"eta": )', 0.98, "table"),
    Shape("nemo-mllog-steps", b'"train_step_timing', rb":::MLLOG \{", 0.98, "mllog"),
    Shape("slurm-multirank", b":::MLLOG", rb"^[ \t]*\d+: .*:::MLLOG \{", 0.96, "mllog"),
    Shape("mlperf-mllog", b":::MLLOG", rb":::MLLOG \{", 0.95, "mllog"),
    Shape("hf-notebook-html", b"<progress", rb"\[\s*\d+/\d+ [\d:]+[^\]\n]{0,80}, Epoch [\d.]+/\d+\]", 0.97, "notebook"),
    Shape("fastai-table", b">epoch</th>", rb"<th[^>\n]{0,200}>epoch</th>", 0.97, "fastai"),
    Shape(
        "fastai-table", b"train_loss", rb"^[ \t]*epoch[ \t]+train_loss[ \t]+valid_loss[ \t].*time[ \t]*$", 0.9, "fastai"
    ),
    Shape(
        "swift-logging-jsonl",
        b'"train_speed(iter/s)"',
        rb'^\{(?=[^\n]{0,2000}"global_step": ?\d)[^\n]{0,2000}"train_speed\(iter/s\)": ?[\d.]',
        0.99,
        "table",
    ),
    Shape("swift-logging-jsonl", b'"global_step/max_steps"', rb'"global_step/max_steps": ?"\d+/\d+"', 0.99, "table"),
    Shape(
        "llamafactory-trainer-log",
        b'"current_steps"',
        rb'^\{"current_steps": ?\d+, ?"total_steps": ?\d+',
        0.99,
        "table",
    ),
    Shape(
        "detectron2-metrics-json", b'"eta_seconds"', rb'^\{(?=.*"eta_seconds": )(?=.*"iteration": ?\d)', 0.98, "table"
    ),
    Shape("stylegan-stats-jsonl", b'"Progress/tick"', rb'^\{.*"Timing/sec_per_tick": ?\{', 0.98, "table"),
    Shape("mmcv-log-json", b'"mode"', rb'^\{"mode": ?"(?:train|val)"', 0.98, "mmcv"),
    Shape("mmengine-scalars-json", b'"data_time"', rb'^\{(?=.*"data_time": )(?=.*"(?:iter|step)": ?\d)', 0.96, "mmcv"),
    Shape("rllib-result-json", b'"training_iteration"', rb'^\{.*"training_iteration": ?\d+', 0.98, "table"),
    Shape("rllib-progress-csv", b"training_iteration", rb"\A(?:[^\n]*,)?training_iteration(?:,|\r?\n)", 0.98, "table"),
    Shape("sb3-progress-json", b'"time/total_timesteps"', rb'^\{.*"time/total_timesteps": ?\d', 0.98, "table"),
    Shape("sb3-progress-csv", b"time/total_timesteps", rb"\A[^\n{]*time/total_timesteps", 0.98, "table"),
    Shape(
        "ultralytics-results-csv",
        b"epoch,",
        rb"\A\s*epoch,\s*(?:time,\s*)?train/(?:box_loss|loss|\w+_loss)",
        0.98,
        "table",
    ),
    Shape("wandb-summary", b'"_runtime"', ALONE_IN_FILE + rb'[^\0]*"_runtime": ?[\d.]+', 0.9, "summary"),
    Shape("wandb-summary", b'"_wandb"', ALONE_IN_FILE + rb'[^\0]*"_wandb": ?\{"runtime"', 0.9, "summary"),
    Shape("hf-trainer-state-json", b'"log_history"', rb'\A\s*\{[^\0]*"log_history": ?\[', 0.98, "trainer_state"),
    Shape(
        "hf-trainer-state-json", b'"is_hyper_param_search"', rb'\A\s*\{[^\0]*"global_step": ?\d', 0.97, "trainer_state"
    ),
    Shape(
        "mlflow-metric-file", b"", rb"\A(?:\d{13} \S{1,40}(?: \d{1,18})?(?: \S{1,400}){0,2}\r?\n){2}", 0.97, "mlflow"
    ),
    Shape("mlflow-metric-file", b"", rb"\A\d{13} \S+ \d+\r?\n?\Z", 0.9, "mlflow"),
    Shape(
        "lightning-csv",
        b"step",
        rb"\A(?=[^\n]*\bepoch\b)(?:[^,\n{}]{0,200},){0,500}step(?:,[^\n]*)?\r?\n",
        0.9,
        "generic",
    ),
    Shape("csv", b"", HEADER, 0.6, "generic"),
    Shape("jsonl", b'"', rb'\A\s*\{"[^\n]{1,100000}\}\s*(?:\r?\n\s*\{"|\Z)', 0.6, "generic"),
)
ALONE = frozenset({"mlperf-mllog", "slurm-multirank", "fairseq-json", "traincast-track"})
"""formats whose lines also stand between the step lines of a text log, which then tells more"""


def sniff(head: bytes, name: str = "") -> list[Shape]:
    """Formats that `head` fits, the most special first; a table must still prove that its columns mean something."""
    text = head[:LOOK].removeprefix(b"\xef\xbb\xbf")
    found = [shape for shape in SHAPES if shape.literal in text and re.search(shape.pattern, text, flags(shape))]
    if not found and ("tfevents" in name.rsplit("/", 1)[-1]):
        found.append(next(shape for shape in SHAPES if shape.name == "tensorboard-events"))
    return found


def flags(shape: Shape) -> int:
    """Binary heads are searched across line feeds."""
    return re.DOTALL if shape.reader == "tensorboard" else re.MULTILINE


def formats() -> list[str]:
    """Names of all structured formats, sorted."""
    return sorted({shape.name for shape in SHAPES})
