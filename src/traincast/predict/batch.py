"""Many workloads at once: a line in, a document out, in the same order."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, BinaryIO

import msgspec

from traincast.answers import PredictAnswer
from traincast.errors import TraincastError, UnreadableError
from traincast.predict.answer import many, predict
from traincast.predict.assumed import has_shape
from traincast.workloads.batch import Case, read_batch

CHUNK = 4096
"""lines that are computed together: arrays long enough to be worth it, short enough for memory"""


class Failure(msgspec.Struct):
    """What is wrong with a line."""

    message: str
    hint: str


def answer_lines(
    path: str, stream: BinaryIO, *, on: str | None = None, level: float = 0.9, keys: Mapping[str, Any] | None = None
) -> None:
    """Write one document a line to `stream` for each workload in the file at `path` (`-` is standard input).

    Raises UnreadableError at the end where there was no line, or every one was wrong.
    """
    cases = iter(read_batch(path, on=on, keys=keys))
    failure: TraincastError | None = None
    answered = False
    collected = gc.isenabled()
    gc.disable()  # answers hold no cycles, and looking for some takes a third of the time
    try:
        while chunk := list(islice(cases, CHUNK)):
            stream.write(b"".join(documents(chunk, level)))
            answered = answered or any(one.error is None for one in chunk)
            failure = failure or next((one.error for one in chunk if one.error is not None), None)
    finally:
        if collected:
            gc.enable()
    if failure is None and not answered:
        raise UnreadableError("{path} is empty", hint="give one flat workload a line", path=path)
    if failure is not None and not answered:
        raise UnreadableError(
            "no line of {path} could be answered; the first: {failure}",
            hint=failure.advice,
            path=path,
            failure=failure.said,
        )


def documents(cases: list[Case], level: float) -> Iterator[bytes]:
    """One JSON line a case; `id` comes first where the line has one."""
    timed = [one for one in cases if one.workload is not None and one.machine is not None and has_shape(one.workload)]
    found = many(
        [one.workload for one in timed if one.workload is not None],
        [one.machine for one in timed if one.machine is not None],
        level=level, findings=[one.findings for one in timed],
    )  # fmt: skip
    answers = {id(one): answer for one, answer in zip(timed, found, strict=True)}
    encode = msgspec.json.Encoder().encode
    for one in cases:
        if one.error is not None:
            failure = Failure(message=str(one.error), hint=one.error.hint)
            yield encode({"id": one.id, "error": failure}) + b"\n"
            continue
        assert one.workload is not None
        answer = answers.get(id(one)) or predict(one.workload, one.machine, level=level, findings=one.findings)
        yield labelled(one.id, answer, encode)


def labelled(label: Any, answer: PredictAnswer, encode: Any) -> bytes:
    """The document with its `id` first."""
    return b"".join((b'{"id":', encode(label), b",", encode(answer)[1:], b"\n"))
