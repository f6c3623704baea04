"""Sources: whatever a user points at becomes clean lines, or one sentence that says why not."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from traincast.errors import UnreadableError
from traincast.reading.named import open_sources
from traincast.reading.sources import Source

LINES = "".join(f"iter {i}: loss {1 + i / 7:.4f}, time {100 + i % 3}.00ms\n" for i in range(5000))


def write(path: Path, content: bytes | str) -> str:
    """`content` in a file; its name."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def text_of(name: str) -> str:
    """All text of the one source called `name`."""
    (source,) = open_sources(name)
    return "".join(source.blocks())


def zstd(data: bytes) -> bytes:
    """`data` as a zstd frame."""
    packed: bytes = pytest.importorskip("zstandard").ZstdCompressor().compress(data)
    return packed


def test_a_plain_file_comes_back_as_it_is(tmp_path: Path) -> None:
    """Blocks of an ASCII log join to its text; head and size are those of the file."""
    name = write(tmp_path / "run.log", LINES)
    (source,) = open_sources(name)

    assert "".join(source.blocks()) == LINES
    assert source.head == LINES.encode()[: 256 << 10]
    assert (source.name, source.size) == (name, len(LINES))


def test_blocks_hold_whole_lines(tmp_path: Path) -> None:
    """A log of several blocks is cut at line ends only."""
    long = LINES * 30
    (source,) = open_sources(write(tmp_path / "run.log", long))
    parts = list(source.blocks())

    assert len(parts) > 2
    assert all(part.endswith("\n") for part in parts)
    assert "".join(parts) == long


def test_a_last_line_without_end_is_kept(tmp_path: Path) -> None:
    """The end that a line being written lacks is added."""
    assert text_of(write(tmp_path / "a", "one\ntwo")) == "one\ntwo\n"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a\r\nb\r\n", "a\nb\n"),
        (b"a\rb\rc\n", "a\nb\nc\n"),
        (b"a\r\r\nb\n", "a\nb\n"),
        (b"a\rb\rc\r", "a\nb\nc\n"),
        (b"\x1b[38;2;1;2;3mstep\x1b[0m: 1\n", "step: 1\n"),
        (b"\x1b]0;title\x07step\x1b[K\n", "step\n"),
        (b"\x1b[Abar\x1b(B\n", "bar\n"),
        (b"\xef\xbb\xbfa\n", "a\n"),
        (b"a\0\0\0b\n", "ab\n"),
        (b"\x08\x08\x08 1/10\n", " 1/10\n"),
        ("é\n".encode("latin-1"), "é\n"),
        ("ééé\n".encode() + b"\xff\n", "ééé\n\ufffd\n"),
        ("a\r\né\n".encode("utf-16"), "a\né\n"),
        ("step 1: loss\nstep 2\n".encode("utf-16-le"), "step 1: loss\nstep 2\n"),
        ("step 1: loss\nstep 2\n".encode("utf-16-be"), "step 1: loss\nstep 2\n"),
    ],
)
def test_text_is_cleaned(tmp_path: Path, content: bytes, expected: str) -> None:
    """Line ends, terminal escapes, marks and encodings are gone from the text."""
    assert text_of(write(tmp_path / "a", content)) == expected


def test_a_line_end_split_between_blocks_is_one_line_end(tmp_path: Path) -> None:
    """CR at the last byte of a read chunk and LF at the first of the next make no lone CR."""
    content = b"x" * ((1 << 20) - 3) + b"\ny\r\nz\n"

    assert text_of(write(tmp_path / "a", content)).split("\n")[1:] == ["y", "z", ""]


@pytest.mark.parametrize(
    ("ending", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress), (".zst", zstd)]
)
def test_compressed_logs_read_alike(tmp_path: Path, ending: str, pack: Callable[[bytes], bytes]) -> None:
    """Each packing gives the text and the head of the plain log, two packed parts one after another too."""
    packed = pack(LINES.encode())
    name = write(tmp_path / f"run.log{ending}", packed + packed)
    (source,) = open_sources(name)

    assert source.head == (LINES * 2).encode()[: 256 << 10]
    assert "".join(source.blocks()) == LINES * 2
    assert source.findings == []


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, zstd])
def test_a_cut_archive_gives_what_is_there_and_a_finding(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    """Half an archive of noise-like lines is no reason to refuse the half that is there."""
    noise = "".join(f"{hash((i, 'x')) % 10**15}\n" for i in range(200_000)).encode()
    packed = pack(noise)
    (source,) = open_sources(write(tmp_path / "cut", packed[: len(packed) // 2]))
    text = "".join(source.blocks())

    assert text
    assert noise.decode().startswith(text[: text.rfind("\n", 0, -1) + 1])
    assert [found.code for found in source.findings] == ["cut-archive"]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, zstd])
def test_a_bomb_is_refused(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    """200 MB of line feeds in a few kilobytes end in an error, not in memory."""
    (source,) = open_sources(write(tmp_path / "bomb", pack(b"\n" * 200_000_000)))

    with pytest.raises(UnreadableError, match="unpacks to more than"):
        sum(len(block) for block in source.raw_blocks())


def test_damage_at_the_start_of_an_archive_is_an_error(tmp_path: Path) -> None:
    """Bytes that only begin like gzip are told as such."""
    (source,) = open_sources(write(tmp_path / "a.gz", b"\x1f\x8bnonsense that is no gzip at all"))

    with pytest.raises(UnreadableError, match="no whole gzip file"):
        list(source.blocks())


def test_a_line_over_the_cap_is_cut_and_told(tmp_path: Path) -> None:
    """3 MiB of one line between two others cost it its tail, and them nothing."""
    (source,) = open_sources(write(tmp_path / "a", b"first\n" + b"x" * (3 << 20) + b"\nlast\n"))
    lines = "".join(source.blocks()).split("\n")

    assert (lines[0], lines[2]) == ("first", "last")
    assert 1 << 20 <= len(lines[1]) <= 2 << 20
    assert [found.code for found in source.findings] == ["long-lines"]


def test_one_endless_line_is_refused_early(tmp_path: Path) -> None:
    """A sparse gigabyte behind one letter is answered from its first megabytes."""
    path = tmp_path / "line"
    with path.open("wb") as file:
        for _ in range(20):
            file.write(b"x" * (1 << 20))
    (source,) = open_sources(str(path))

    with pytest.raises(UnreadableError, match=r"no line end in the first 1[67] MiB"):
        list(source.blocks())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x7fELF\x02\x01" + bytes(100), "a program"),
        (b"PK\x03\x04" + bytes(100), "zip archive"),
        (bytes(range(256)) * 40, "binary data"),
        (bytes(5000), "nothing but NUL"),
        (b"\x89PNG\r\n\x1a\n", "an image"),
    ],
)
def test_binary_files_are_named(tmp_path: Path, content: bytes, words: str) -> None:
    """What is no text is refused by what it is; its bytes remain readable for the readers of binary formats."""
    (source,) = open_sources(write(tmp_path / "a", content))

    with pytest.raises(UnreadableError, match=words) as caught:
        list(source.blocks())
    assert caught.value.hint
    assert b"".join(source.raw_blocks()) == content


def test_standard_input_reads_once_with_its_head() -> None:
    """Looking at the head of a stream loses none of it."""
    (source,) = open_sources("-", stdin=io.BytesIO(LINES.encode() * 3))

    assert source.head == LINES.encode() * 3 if len(LINES) * 3 < 256 << 10 else (LINES.encode() * 3)[: 256 << 10]
    assert "".join(source.blocks()) == LINES * 3
    assert source.size is None


def test_compressed_standard_input_is_unpacked() -> None:
    """A packed stream gives the plain head and the plain text."""
    (source,) = open_sources("-", stdin=io.BytesIO(gzip.compress(LINES.encode())))

    assert source.head.startswith(LINES[:1000].encode())
    assert "".join(source.blocks()) == LINES


def test_empty_standard_input_is_an_error() -> None:
    """Nothing piped in is told as nothing."""
    (source,) = open_sources("-", stdin=io.BytesIO())

    with pytest.raises(UnreadableError, match=r"^standard input is empty"):
        list(source.blocks())


def trouble(tmp_path: Path, kind: str) -> str:
    """A path that cannot be read, of each kind."""
    path = tmp_path / kind
    if kind == "empty":
        path.touch()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "loop":
        path.symlink_to(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "folder of pictures":
        path.mkdir()
        write(path / "a.dat", b"\x89PNG\r\n")
    return str(path)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("missing", "no such file"),
        ("empty", "is empty"),
        ("pipe", "is a pipe"),
        ("loop", "leads back to itself"),
        ("folder", "no log in"),
        ("folder of pictures", "no log in"),
        ("x" * 5000, "cannot read"),
        ("no*match?.log", "no file matches"),
        ("nul\0byte", "cannot read"),
    ],
)
def test_what_cannot_be_read_is_one_sentence_and_a_hint(tmp_path: Path, kind: str, words: str) -> None:
    """Each mistake has its words, none its traceback."""
    with pytest.raises(UnreadableError, match=words) as caught:
        open_sources(trouble(tmp_path, kind))
    assert "\n" not in str(caught.value)
    assert caught.value.hint


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_forbidden_file_is_told(tmp_path: Path) -> None:
    """Permission denied is a sentence."""
    name = write(tmp_path / "a", "x\n")
    Path(name).chmod(0)

    with pytest.raises(UnreadableError, match="no permission"):
        open_sources(name)


def test_a_device_is_refused() -> None:
    """/dev/zero would never end."""
    with pytest.raises(UnreadableError, match="device"):
        open_sources("/dev/zero")


def test_a_pattern_gives_its_files_in_order(tmp_path: Path) -> None:
    """Readable matches are taken, an empty one among them is passed over."""
    for name in ("b.log", "a.log"):
        write(tmp_path / name, "x\n")
    write(tmp_path / "c.log", "")

    assert [source.name for source in open_sources(str(tmp_path / "*.log"))] == [
        str(tmp_path / "a.log"),
        str(tmp_path / "b.log"),
    ]


def test_a_folder_gives_its_logs_and_not_its_weights(tmp_path: Path) -> None:
    """Of a Hugging Face output folder the last state is taken, and of a Lightning one the event file."""
    for name in (
        "train.log", "config.json", "requirements.txt", "README.md", ".hidden", "model.safetensors",
        "checkpoint-5/trainer_state.json", "checkpoint-10/trainer_state.json", "checkpoint-10/tokenizer.json",
        "lightning_logs/version_0/metrics.csv", "lightning_logs/version_0/events.out.tfevents.1.host",
        "lightning_logs/version_1/metrics.csv", "__pycache__/a.log",
    ):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, "x\n")

    assert [Path(source.name).relative_to(tmp_path).as_posix() for source in open_sources(tmp_path)] == [
        "train.log",
        "checkpoint-10/trainer_state.json",
        "lightning_logs/version_0/events.out.tfevents.1.host",
        "lightning_logs/version_1/metrics.csv",
    ]


def test_of_one_run_written_several_times_one_is_taken(tmp_path: Path) -> None:
    """Trackers' folders: what the `.wandb` file holds, all metrics of MLflow but the loss, CatBoost's other tables."""
    for name in (
        "wandb/run-1/run-1.wandb", "wandb/run-1/files/output.log", "wandb/run-1/files/wandb-summary.json",
        "wandb/run-1/logs/debug.log",
        "wandb/debug.log", "mlruns/0/a/meta.yaml", "mlruns/0/a/metrics/lr", "mlruns/0/a/metrics/train_loss",
        "mlruns/0/a/metrics/val_loss",
        "mlruns/0/a/tags/mlflow.user", "catboost_info/time_left.tsv", "catboost_info/learn_error.tsv",
        "sb3/progress.csv", "sb3/events.out.tfevents.1",
    ):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, ":W&B x\n" if name.endswith(".wandb") else "x\n")

    assert [Path(source.name).relative_to(tmp_path).as_posix() for source in open_sources(tmp_path)] == [
        "catboost_info/time_left.tsv",
        "mlruns/0/a/metrics/train_loss",
        "sb3/events.out.tfevents.1",
        "wandb/run-1/run-1.wandb",
    ]


def test_reading_leaves_the_file_alone(tmp_path: Path) -> None:
    """Size and time of change are the same afterwards, and a second reading gives the same."""
    name = write(tmp_path / "a.log", LINES)
    before = Path(name).stat()
    source: Source = open_sources(name)[0]
    first, second = "".join(source.blocks()), "".join(source.blocks())
    after = Path(name).stat()

    assert first == second == LINES
    assert (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
