"""One log as bytes and as lines: a file or a stream, compressed or not.

Files are opened to read, never locked, never written.
"""

from __future__ import annotations

import errno
import io
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from traincast.errors import UnreadableError
from traincast.findings import Finding, finding
from traincast.phrases import phrase
from traincast.reading.compression import CHUNK, kind, plain_chunks
from traincast.reading.content import binary_kind
from traincast.reading.lines import blocks

HEAD = 256 << 10
"""bytes by which a format is told"""
MOST_WHOLE = 512 << 20
"""bytes of a document that must be read as a whole (JSON, HTML)"""
NO_LOG = phrase("give the text log, metrics file or tracker file of a run")
STREAM = re.compile(r"/dev/(stdin|fd/\d+)|/proc/self/fd/\d+")
"""names of pipes that a shell has already opened; any other pipe might never be written to"""


class Source:
    """One log as bytes and as lines, wherever it lies. A stream can be gone through once, a file again and again."""

    def __init__(self, name: str, *, path: Path | None = None, stream: BinaryIO | None = None) -> None:
        self.name = name
        """as the user gave it; `-` for standard input"""
        self.path = path
        self.stream = stream
        self.size: int | None = None
        """bytes as stored, compressed or not; None for a stream"""
        self.findings: list[Finding] = []
        """what turned up while it was read: a cut archive, over-long lines"""
        self.looked_up = False
        """whether nobody named it: it was found by looking in a folder"""
        self.long_lines = 0
        self._head: bytes | None = None
        if path is not None:
            with opened(path, name) as file:
                self.size = os.fstat(file.fileno()).st_size
                if not self.size and not STREAM.fullmatch(name):
                    raise UnreadableError(
                        "{name} is empty", hint="the run may not have written yet: try again later", name=name
                    )

    @property
    def head(self) -> bytes:
        """The first 256 KiB, decompressed; raises UnreadableError."""
        if self._head is None:
            if self.stream is not None:
                self._head = self._peek(self.stream)
            else:
                self._head = b""
                for chunk in self.raw_blocks():
                    self._head += chunk
                    if len(self._head) >= HEAD:
                        break
                self._head = self._head[:HEAD]
        return self._head

    def raw_blocks(self) -> Iterator[bytes]:
        """All bytes, decompressed, about 1 MiB at a time; raises UnreadableError."""
        if self.stream is not None:
            _ = self.head
            stream, self.stream = self.stream, io.BytesIO()
            yield from self._plain(stream)
            return
        assert self.path is not None
        with opened(self.path, self.name) as file:
            yield from self._plain(file)

    def blocks(self) -> Iterator[str]:
        """Clean text, about 1 MiB of whole lines at a time, line feeds alone as line ends.

        Raises UnreadableError where it is no text.
        """
        if not self.head:
            raise UnreadableError(
                "{name} is empty", hint="the run may not have written yet: try again later", name=self.name
            )
        if words := binary_kind(self.head):
            raise UnreadableError("{name} is {words}, not a log", hint=NO_LOG, name=self.name, words=words)
        yield from blocks(self.raw_blocks(), self.name, on_long=self._long_line)
        if self.long_lines:
            self.findings.append(finding("long-lines", number=str(self.long_lines)))

    def beginning(self, size: int) -> Iterator[str]:
        """Clean text of the first `size` bytes in blocks; of a stream no more than its head, which stays to be read."""
        if self.stream is not None:
            yield from blocks([self.head], self.name, on_long=lambda: None)
            return
        seen = 0
        for block in self.blocks():
            yield block
            seen += len(block)
            if seen >= size:
                return

    def lines(self) -> Iterator[str]:
        """Clean lines without their ends."""
        for block in self.blocks():
            yield from block.split("\n")[:-1]

    def content(self) -> bytes:
        """Everything at once, for documents that cannot be read in parts; raises UnreadableError beyond 512 MiB."""
        parts, size = [], 0
        for chunk in self.raw_blocks():
            parts.append(chunk)
            size += len(chunk)
            if size > MOST_WHOLE:
                raise UnreadableError(
                    "{name} is over {size} MiB in one document", hint=NO_LOG, name=self.name, size=MOST_WHOLE >> 20
                )
        return b"".join(parts)

    def _plain(self, file: BinaryIO) -> Iterator[bytes]:
        """Plain bytes of `file`."""
        first = file.read(CHUNK)
        how = kind(first)
        rejoined = Rejoined(first, file)
        if how is None:
            while chunk := rejoined.read(CHUNK):
                yield chunk
        else:
            yield from plain_chunks(rejoined, how, self.name, on_cut=self._cut)

    def _peek(self, stream: BinaryIO) -> bytes:
        """The head of a stream, which is put back before the rest."""
        raw = b""
        while len(raw) < HEAD and (chunk := stream.read(HEAD - len(raw))):
            raw += chunk
        self.stream = Rejoined(raw, stream)
        how = kind(raw)
        if how is None:
            return raw
        head = b""
        for chunk in plain_chunks(io.BytesIO(raw), how, self.name, on_cut=lambda: None):
            head += chunk
            if len(head) >= HEAD:
                break
        return head[:HEAD]

    def _cut(self) -> None:
        """The archive ends early: what came before is good."""
        if not any(found.code == "cut-archive" for found in self.findings):
            self.findings.append(finding("cut-archive", name=self.name))

    def _long_line(self) -> None:
        self.long_lines += 1


class Rejoined(io.RawIOBase, BinaryIO):
    """A file whose first bytes were already read."""

    def __init__(self, first: bytes, rest: BinaryIO) -> None:
        self.first, self.rest = first, rest

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes."""
        if not self.first:
            return self.rest.read(size)
        part, self.first = (self.first, b"") if size < 0 else (self.first[:size], self.first[size:])
        return part + self.rest.read() if size < 0 else part


def opened(path: Path, name: str) -> BinaryIO:
    """`path` opened for reading; raises UnreadableError."""
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode) and not STREAM.fullmatch(name):
            words = (
                phrase("a pipe")
                if stat.S_ISFIFO(mode)
                else phrase("a folder")
                if stat.S_ISDIR(mode)
                else phrase("a device or socket")
            )
            raise UnreadableError(
                "{name} is {words}, not a file",
                hint="give a file, or pipe it: ... | traincast read -",
                name=name,
                words=words,
            )
        return path.open("rb", buffering=0)
    except (OSError, ValueError) as error:
        raise unreadable(error, name) from error


def unreadable(error: Exception, name: str) -> UnreadableError:
    """One line for what the system says about `name`."""
    shown = name if len(name) < 200 else name[:200] + "..."
    if isinstance(error, FileNotFoundError):
        return UnreadableError("no such file: {name}", hint="check the path", name=shown)
    if isinstance(error, PermissionError):
        return UnreadableError("no permission to read {name}", hint="ask its owner, or copy it", name=shown)
    if isinstance(error, OSError) and error.errno == errno.ELOOP:
        return UnreadableError("{name} is a link that leads back to itself", hint="give the file itself", name=shown)
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return UnreadableError("cannot read {name!r}: {reason}", hint="check the path", name=shown, reason=reason)
