"""From a path to runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from traincast.errors import UnreadableError
from traincast.reading import read_logs, read_text

STEPS = "".join(f"iter {i}: loss 2.5, time 100.00ms, mfu 1.00%\n" for i in range(20))


def test_a_file_that_is_no_log_does_not_cost_the_others(tmp_path: Path) -> None:
    """A pattern that also fits notes reads the logs."""
    (tmp_path / "a.log").write_text(STEPS)
    (tmp_path / "notes.log").write_text("buy milk\n" * 30)
    (tmp_path / "z.log").write_text(STEPS)

    assert [Path(log.source).name for log in read_logs(f"{tmp_path}/*.log")] == ["a.log", "z.log"]


def test_where_nothing_is_a_log_the_first_reason_is_told(tmp_path: Path) -> None:
    """Prose alone is refused by its name."""
    (tmp_path / "notes.log").write_text("buy milk\n" * 30)

    with pytest.raises(UnreadableError, match=r"notes\.log"):
        read_logs(f"{tmp_path}/*.log")


CATALOG = "name,year,memory_gb\n" + "".join(f"card-{i},{2000 + i},{16 + i}\n" for i in range(20))
TIMED = "step,loss,seconds\n" + "".join(f"{i},2.5,{i * 0.5}\n" for i in range(1, 40))


def test_a_table_of_source_code_is_no_log_of_a_folder(tmp_path: Path) -> None:
    """Nobody named it, it tells no time: the folder holds no log; named, it is read as well as can be."""
    (tmp_path / "devices.csv").write_text(CATALOG)
    (tmp_path / "other.csv").write_text(CATALOG)

    with pytest.raises(UnreadableError, match=r"no log in .*\(2\) tells steps and times") as caught:
        read_logs(tmp_path)
    assert caught.value.hint
    assert read_logs(tmp_path / "devices.csv")[0].dialect == "induced"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("mine.csv", TIMED),
        ("train.log", STEPS),
        ("train.txt", "".join(f"update {i} took {i % 3 + 4}.5 s, loss 2.{i}\n" for i in range(40))),
    ],
)
def test_what_tells_steps_and_times_is_found_in_a_folder(tmp_path: Path, name: str, content: str) -> None:
    """A table or text of no known trainer too; the tables beside it are left out."""
    (tmp_path / "devices.csv").write_text(CATALOG)
    (tmp_path / name).write_text(content)

    assert [Path(log.source).name for log in read_logs(tmp_path)] == [name]


BARS = "{'loss': 2.5}\n" + "".join(f" {i}%|#  | {i}/100 [00:{2 * i:02d}<03:00,  2.00s/it]\n" for i in range(1, 20))


@pytest.mark.parametrize(
    "settings",
    [
        "TrainingArguments(\neval_steps=50,\neval_strategy=IntervalStrategy.STEPS,\nsave_steps=500,\nsave_strategy=no,\n)\n",
        "Training/evaluation parameters TrainingArguments(evaluation_strategy=IntervalStrategy.STEPS, eval_steps=50, "
        "save_strategy='no', save_steps=500)\n",
    ],
)
def test_settings_of_the_trainer_of_hugging_face_are_kept(tmp_path: Path, settings: str) -> None:
    """One on a line, or all on one; with the class of the strategy in front, quoted or bare."""
    (tmp_path / "train.log").write_text(settings + BARS)
    (log,) = read_logs(tmp_path / "train.log")
    kept = {name: log.facts.other.get(name, "").lower() for name in ("eval_steps", "eval_strategy", "save_strategy")}

    assert log.dialect == "hf-trainer-stdout"
    assert kept == {"eval_steps": "50", "eval_strategy": "steps", "save_strategy": "no"}


def test_control_characters_that_a_runner_writes_out_end_lines() -> None:
    """`#015` and `#033` are a carriage return and an escape: two updates of one bar, in one line of the file."""
    bar = "Epoch 0:  {p}% {n}/100 [00:{s:02d}<00:30,  2.00it/s, loss=0.5, v_num=0]"
    updates = [bar.format(p=n, n=n, s=n // 2) for n in (10, 20, 30, 40)]
    (log,) = read_text(["[1,mpirank:0,algo-1]<stdout>:#015" + "#033[A#015".join(updates) + "#033[A\n"])

    assert [point.step for point in log.points] == [10, 20, 30, 40]
    assert log.points[-1].clock == pytest.approx(20.0)
