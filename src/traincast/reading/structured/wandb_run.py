"""Weights & Biases `.wandb` files: records in 32 KiB blocks as LevelDB writes its log, each a protocol buffer.

Sources: https://github.com/google/leveldb/blob/main/doc/log_format.md; checksums are plain CRC-32 of type and data.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from datetime import datetime, timezone

from traincast.errors import UnreadableError
from traincast.findings import finding
from traincast.reading.lines import LINE_CAP, clean
from traincast.reading.sources import Source
from traincast.reading.structured.cells import Row, document, flat, real, whole
from traincast.reading.structured.choice import Choice, choose
from traincast.reading.structured.generic import runs
from traincast.reading.structured.protobuf import fields, text
from traincast.reading.structured.rows import Torn
from traincast.reading.structured.shapes import Shape
from traincast.reading.structured.tfrecord import Damage
from traincast.runlog import Facts, RunLog

TITLE = "Weights & Biases run file"
BLOCK = 32768
FILE_HEADER = 7
RECORD_HEADER = 7
FULL, FIRST, MIDDLE, LAST = 1, 2, 3, 4
HISTORY, SUMMARY, CONFIG, OUTPUT_RAW, RUN, EXIT = 2, 3, 5, 13, 17, 18
"""numbers of the fields of wandb's Record message"""
ITEM, KEY, NESTED_KEY, VALUE_JSON = 1, 1, 2, 16
RUN_CONFIG = 4
EXIT_CODE = 1
OUTPUT_TYPE, OUTPUT_STAMP, OUTPUT_TEXT = 1, 2, 3
MOST_ROWS = 1 << 17
"""log calls kept"""
MOST_CONSOLE = 64 << 20
"""characters of printed lines kept"""
CONSOLE_CONFIDENCE = 0.95
"""of a run that is read from the printed lines"""
PLAN = (
    "max_iters",
    "max_steps",
    "total_steps",
    "num_train_steps",
    "training_steps",
    "iterations",
    "num_iterations",
    "train_steps",
)
INTERVALS = {"eval_interval": ("eval_interval",), "checkpoint_interval": ("checkpoint_interval", "save_interval")}
"""fact -> names of a configuration that tell it in steps"""


def read(source: Source, shape: Shape) -> list[RunLog] | None:
    """The run; its counter is the program's own where it logs one, else wandb's count of log calls.

    The lines that the program printed are in the file too, each with its time: where they tell more steps, they are
    read in its stead.
    """
    damage = Damage()
    content = Content()
    for record in records(source, damage):
        for number, value in safely(record):
            if isinstance(value, bytes):
                content.take(number, value)
    if not damage.records:
        raise UnreadableError("{name} is no whole wandb file", hint="copy it again", name=source.name)
    facts = settings(content.config, content.summary)
    logs = runs(source, chosen(content.history), content.history, Torn(), facts)[-1:]
    if (printed := console(content.console, source.name)) and len(printed.points) > sum(
        len(log.points) for log in logs
    ):
        logs = [merged(printed, facts)]
    for log in logs:
        log.dialect, log.finished = shape.name, content.over
        if damage.bad:
            log.findings.append(finding("bad-checksum", number=str(damage.bad)))
        if damage.cut:
            log.findings.append(finding("cut-record", number=str(damage.records)))
    return logs


class Content:
    """What the records of one run hold."""

    def __init__(self) -> None:
        self.history: list[Row] = []
        """numbers of each log call; of too many calls every other one"""
        self.calls, self.stride = 0, 1
        self.summary: Row = {}
        self.config: Row = {}
        self.over = False
        """whether the program ended by itself and well"""
        self.console: list[str] = []
        """printed lines behind their time stamps"""
        self.size = 0
        self.open: dict[bool, tuple[float, str]] = {}
        """by stream: stamp and text of the line that is not ended yet"""

    def take(self, number: int, value: bytes) -> None:
        """One record."""
        if number == HISTORY:
            self.calls += 1
            if self.calls % self.stride == 0:
                self.history.append({k: v for k, v in flat(items(value)).items() if isinstance(v, (int, float))})
            if len(self.history) > MOST_ROWS:
                self.history, self.stride = self.history[1::2], self.stride * 2
        elif number == SUMMARY:
            self.summary.update(items(value))
        elif number in (CONFIG, RUN):
            self.config.update(items(value) if number == CONFIG else run_config(value))
        elif number == OUTPUT_RAW and self.size < MOST_CONSOLE:
            self.print(value)
        elif number == EXIT:
            self.over = not any(code for inner, code in safely(value) if inner == EXIT_CODE)

    def print(self, value: bytes) -> None:
        """A piece of what the program printed: a part of a line, a line, or its end alone."""
        out, stamp, piece = False, 0.0, ""
        for number, part in safely(value):
            if number == OUTPUT_TYPE:
                out = part == 1
            elif number == OUTPUT_STAMP and isinstance(part, bytes):
                stamp = timestamp(part)
            elif number == OUTPUT_TEXT:
                piece = text(part)
        begun, before = self.open.pop(out, (stamp, ""))
        *whole_lines, rest = (before + piece).replace("\r", "\n").split("\n")
        for line in whole_lines:
            if line.strip():
                self.console.append(f"{dated(begun)} {line}")
                self.size += len(line)
            begun = stamp
        if rest:
            self.open[out] = (begun, rest[:LINE_CAP])


def timestamp(message: bytes) -> float:
    """Unix seconds of a google.protobuf.Timestamp."""
    parts = {number: part for number, part in safely(message) if isinstance(part, int)}
    return parts.get(1, 0) + parts.get(2, 0) * 1e-9


def dated(seconds: float) -> str:
    """A stamp that a logger would put before its line, in UTC."""
    return datetime.fromtimestamp(min(max(seconds, 0.0), 4e9), timezone.utc).strftime("%Y-%m-%d %H:%M:%S.%f")


def console(printed: list[str], name: str) -> RunLog | None:
    """The last run that the printed lines tell of, where they are of a known dialect."""
    from traincast.reading import read_text
    from traincast.reading.sniff import judge

    block = clean("\n".join(printed) + "\n")
    if judge(block).dialect is None:
        return None
    logs = [log for log in read_text([block], name=name) if log.points]
    return logs[-1] if logs else None


def merged(log: RunLog, facts: Facts) -> RunLog:
    """The printed run with the facts of the run's configuration where it has none of its own."""
    for field in Facts.__struct_fields__:
        if field != "other" and getattr(log.facts, field) is None:
            setattr(log.facts, field, getattr(facts, field))
    log.facts.other = {**facts.other, **log.facts.other, "console": log.dialect}
    log.confidence = min(log.confidence, CONSOLE_CONFIDENCE)
    return log


def chosen(history: list[Row]) -> Choice:
    """Columns of the history; wandb's own counter and clock where the program logs none."""
    found = choose([row for row in history if "_timestamp" in row][:2000])
    if found is None or found.step is None:
        return Choice(step="_step", unit="log call", counts_from=0, time="_timestamp", kind="unix", confidence=0.9)
    return Choice(
        step=found.step, unit=found.unit, counts_from=found.counts_from, time="_timestamp", kind="unix",
        loss=found.loss, rate=found.rate, rate_unit=found.rate_unit, confidence=0.95,
    )  # fmt: skip


def settings(config: Row, summary: Row) -> Facts:
    """Plan and runtime."""
    facts = Facts()
    plain = {
        str(key).lower(): value["value"] if isinstance(value, dict) and "value" in value else value
        for key, value in config.items()
    }
    facts.steps_planned = next((n for name in PLAN if (n := whole(plain.get(name))) and n > 0), None)
    facts.epochs_planned = next(
        (e for name in ("epochs", "num_epochs", "max_epochs") if (e := real(plain.get(name))) and e > 0), None
    )
    for fact, names in INTERVALS.items():
        setattr(facts, fact, next((n for name in names if (n := whole(plain.get(name))) and n > 0), None))
    facts.total_seconds = real(summary.get("_runtime"))
    for key, value in list(plain.items())[:200]:
        if isinstance(value, (str, int, float)) and not key.startswith("_"):
            facts.other[key[:60]] = str(value)[:100]
    return facts


def items(message: bytes) -> Row:
    """Keys and decoded JSON values of a history, summary or configuration record."""
    row: Row = {}
    for number, item in safely(message):
        if number != ITEM or not isinstance(item, bytes):
            continue
        keys, value = [], b""
        for inner, content in safely(item):
            if inner in (KEY, NESTED_KEY) and isinstance(content, bytes):
                keys.append(text(content))
            elif inner == VALUE_JSON and isinstance(content, bytes):
                value = content
        try:
            row["/".join(keys)] = document(value) if len(value) < 1 << 20 else None
        except ValueError:
            row["/".join(keys)] = None
    return row


def run_config(message: bytes) -> Row:
    """The configuration inside a run record."""
    row: Row = {}
    for number, content in safely(message):
        if number == RUN_CONFIG and isinstance(content, bytes):
            row.update(items(content))
    return row


def safely(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Fields as far as they are whole."""
    try:
        yield from fields(message)
    except ValueError:
        return


def records(source: Source, damage: Damage) -> Iterator[bytes]:
    """Data of each record; a record of several fragments is joined. Blocks with bad checksums are passed over."""
    parts: list[bytes] = []
    for number, block in enumerate(blocks(source)):
        at = FILE_HEADER if number == 0 else 0
        while at + RECORD_HEADER <= len(block):
            crc, length, kind = struct.unpack_from("<IHB", block, at)
            if kind == 0 and length == 0 and crc == 0:
                break  # padding
            data = block[at + RECORD_HEADER : at + RECORD_HEADER + length]
            if len(data) < length:
                damage.cut = True
                break
            at += RECORD_HEADER + length
            if kind not in (FULL, FIRST, MIDDLE, LAST) or zlib.crc32(data, zlib.crc32(bytes([kind]))) != crc:
                damage.bad += 1
                parts = []
                continue
            if kind in (FULL, FIRST):
                parts = []
            parts.append(data)
            if kind in (FULL, LAST):
                damage.records += 1
                yield b"".join(parts)
                parts = []
    damage.cut = damage.cut or bool(parts)


def blocks(source: Source) -> Iterator[bytes]:
    """The file in blocks of 32 KiB."""
    rest = b""
    for chunk in source.raw_blocks():
        rest += chunk
        whole_blocks = len(rest) // BLOCK * BLOCK
        for at in range(0, whole_blocks, BLOCK):
            yield rest[at : at + BLOCK]
        rest = rest[whole_blocks:]
    if rest:
        yield rest
