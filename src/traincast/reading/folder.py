"""A run's folder: which of its files are logs that matter.

A tracker often writes the same run several times over (CSV, JSON, event file, summary); of those in one folder the one
that tells most about time is taken.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from traincast.errors import UnreadableError
from traincast.reading.content import binary_kind
from traincast.reading.sources import NO_LOG, Source

MOST_ENTRIES = 20_000
"""files looked at below a folder"""
MOST_DEPTH = 8
SKIPPED_FOLDERS = frozenset({"__pycache__", "node_modules", "media", "site-packages", "plugins", "code", "artifacts"})
NO_LOG_NAMES = re.compile(
    r"(?:\.(?:py|pyc|ipynb_checkpoints|sh|md|rst|toml|ya?ml|cfg|ini|lock|pt|pth|ckpt|bin|safetensors|gguf|onnx|npy|npz|pkl"
    r"|png|jpe?g|gif|svg|pdf|mp4|wav|zip|tar|h5|parquet|arrow|model|tmp|swp|pid|idx|mmap|so|o|c|cu|h|cpp)"
    r"|(?:^|/)(?:requirements[^/]*\.txt|LICENSE[^/]*|README[^/]*|Makefile|Dockerfile|merges\.txt|vocab\.(?:txt|json)"
    r"|tokenizer[^/]*\.json|[a-z_]*config\.json|special_tokens_map\.json|added_tokens\.json|[^/]*\.index\.json|args\.json"
    r"|wandb-metadata\.json|params\.json|package\.json|all_results\.json|(?:train|eval)_results\.json))$",
    re.IGNORECASE,
)
SAME_RUN = (
    # of the files of one folder that fit a line here, only those of the first alternative with a match are read
    (r"result\.json", r".*tfevents.*", r"progress\.(?:csv|json)"),
    (r".*tfevents.*", r"metrics\.csv"),
    (r".*\.wandb", r"wandb-summary\.json"),
    (r"trainer_log\.jsonl", r"trainer_state\.json"),
    (r"logging\.jsonl", r"trainer_state\.json"),
    (r"catboost_training\.json", r"time_left\.tsv", r"(?:learn|test)_error\.tsv"),
)
BESIDE_WANDB = re.compile(r"files/(?:output\.log|wandb-summary\.json)|logs/debug(?:-internal|-core)?\.log")
"""files of a W&B run folder that its `.wandb` file contains, or that tell of W&B itself"""
CHECKPOINT = re.compile(r"(?P<run>.*)/checkpoint-(?P<step>\d+)/trainer_state\.json")


def logs_in(folder: Path, name: str) -> list[Source]:
    """Sources of the logs below `folder`, in order of their paths; raises UnreadableError where there is none."""
    sources = []
    for path in chosen(files_below(folder, name)):
        try:
            source = Source(str(path), path=path)
            head = source.head
        except UnreadableError:
            continue
        if binary_kind(head) is None or tracker(path, head):
            source.looked_up = True
            sources.append(source)
    if not sources:
        raise UnreadableError("no log in {name}", hint=NO_LOG, name=name)
    return sources


def tracker(path: Path, head: bytes) -> bool:
    """Whether a binary file may be one of those that trackers write."""
    return "tfevents" in path.name or head.startswith((b":W&B", b"SQLite format 3\0"))


def files_below(folder: Path, name: str) -> list[Path]:
    """Files below `folder` that may be logs; links to folders are not followed."""
    found: list[Path] = []
    looked = 0
    problems: list[OSError] = []
    for here, folders, files in os.walk(folder, onerror=problems.append):
        depth = len(Path(here).relative_to(folder).parts)
        folders[:] = sorted(
            f for f in folders if f not in SKIPPED_FOLDERS and not f.startswith(".") and depth < MOST_DEPTH
        )
        looked += len(files)
        found += [
            Path(here, file)
            for file in sorted(files)
            if not file.startswith(".") and not NO_LOG_NAMES.search("/" + file)
        ]
        if looked > MOST_ENTRIES:
            break
    if not found and problems:
        raise UnreadableError(
            "no permission to read {name}", hint="ask its owner, or copy it", name=name
        ) from problems[0]
    return [path for path in found if path.is_file()]


def chosen(paths: list[Path]) -> list[Path]:
    """`paths` without those that tell the same run less well."""
    dropped = {*older_checkpoints(paths), *inside_wandb(paths), *other_metrics(paths)}
    by_folder: dict[Path, list[Path]] = {}
    for path in paths:
        by_folder.setdefault(path.parent, []).append(path)
    for siblings in by_folder.values():
        for alternatives in SAME_RUN:
            groups = [[p for p in siblings if re.fullmatch(pattern, p.name)] for pattern in alternatives]
            best = next((i for i, group in enumerate(groups) if group), len(groups))
            for group in groups[best + 1 :]:
                dropped.update(group)
    return [path for path in paths if path not in dropped]


def inside_wandb(paths: list[Path]) -> list[Path]:
    """Files of W&B run folders that hold no more than the `.wandb` file there."""
    runs = {path.parent for path in paths if path.suffix == ".wandb"}
    return [
        path
        for path in paths
        if (path.parent.parent in runs and BESIDE_WANDB.fullmatch(f"{path.parent.name}/{path.name}"))
        or (path.parent.name == "wandb" and path.name.startswith("debug"))
    ]


def other_metrics(paths: list[Path]) -> list[Path]:
    """MLflow files of all metrics of a run but one (a loss, else the longest), and of its tags and parameters."""
    by_run: dict[Path, list[Path]] = {}
    dropped = []
    for path in paths:
        folder = next((parent for parent in path.parents if parent.name in ("metrics", "tags", "params")), None)
        if folder is None or not (folder.parent / "meta.yaml").exists():
            continue
        if folder.name == "metrics":
            by_run.setdefault(folder, []).append(path)
        else:
            dropped.append(path)
    for files in by_run.values():
        best = max(files, key=lambda path: ("loss" in path.name and "val" not in path.name, path.stat().st_size))
        dropped += [path for path in files if path != best]
    return dropped


def older_checkpoints(paths: list[Path]) -> list[Path]:
    """The states of all checkpoints but the last of each run: the last holds the whole history."""
    latest: dict[str, tuple[int, Path]] = {}
    older = []
    for path in paths:
        if match := CHECKPOINT.fullmatch(path.as_posix()):
            known = latest.get(match["run"])
            now = (int(match["step"]), path)
            if known is None or now[0] > known[0]:
                latest[match["run"]] = now
                if known:
                    older.append(known[1])
            else:
                older.append(path)
    for run, (_, path) in latest.items():
        if Path(run, "trainer_state.json") in paths:
            older.append(path)
    return older
