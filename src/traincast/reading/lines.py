"""Bytes to blocks of clean lines: decoded, without terminal escapes, every kind of line end made one.

A block without a carriage return, an escape or a byte beyond ASCII passes through untouched, which is what makes a
plain log of a gigabyte cheap.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Iterator

from traincast.errors import UnreadableError
from traincast.reading.content import text, utf16

LINE_CAP = 1 << 20
"""bytes of a line that are kept; the rest of a longer one is passed over"""
NO_LINE_END = 16 << 20
"""bytes without a line end at the start of a file after which it is no log"""
ESCAPE = re.compile(
    r"\x1b(?:\[[0-9;:?<=>]{0,64}[ -/]{0,4}[@-~]?"  # colours, cursor
    r"|\][^\x07\x1b\n]{0,4096}(?:\x07|\x1b\\)?"  # window title, links
    r"|[PX^_][^\x1b\n]{0,4096}(?:\x1b\\)?"  # device strings
    r"|[ -/]{0,4}[0-~])?"
)


def blocks(chunks: Iterable[bytes], name: str, *, on_long: Callable[[], None]) -> Iterator[str]:
    """Text blocks of whole lines, each ended by a line feed; `on_long` is called for every line that was cut.

    Raises UnreadableError where the first 16 MiB hold no line end.
    """
    for block in whole_lines(unicode8(chunks), name, on_long):
        yield clean(text(block))


def clean(block: str) -> str:
    """`block` without escapes, and with line feeds for all line ends.

    Every update of a progress bar becomes a line of its own: some logs end all their lines by a carriage return.
    Runners that write control characters as `#015` and `#033` mean the same by them.
    """
    if "#015" in block:
        block = block.replace("#015", "\n").replace("#033", "\x1b")
    if "\r" in block:
        block = block.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n")
    if "\x1b" in block:
        block = ESCAPE.sub("", block)
    if "\0" in block or "\x08" in block:
        block = block.replace("\0", "").replace("\x08", "")
    return block


def unicode8(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """`chunks` without a byte order mark, and in UTF-8 where they were UTF-16."""
    decode: Callable[[bytes], str] | None = None
    for i, chunk in enumerate(chunks):
        if i == 0:
            if wide := utf16(chunk[: 1 << 16]):
                decode = codecs.getincrementaldecoder(wide)("replace").decode
            chunk = chunk.removeprefix(codecs.BOM_UTF8)
        if decode is None:
            yield chunk
        else:
            yield decode(chunk).removeprefix("\ufeff").encode("utf-8", "replace")


def whole_lines(chunks: Iterable[bytes], name: str, on_long: Callable[[], None]) -> Iterator[bytes]:
    """`chunks` cut anew at line ends; what remains of one is put before the next."""
    rest = b""
    passed = 0
    skipping = seen = False
    for chunk in chunks:
        cut = max(chunk.rfind(b"\n"), chunk.rfind(b"\r", 0, len(chunk) - 1)) + 1 or chunk.rfind(b"\r") + 1
        if cut:
            if skipping:
                end = min(at for at in (chunk.find(b"\n"), chunk.find(b"\r"), cut - 1) if at >= 0)
                yield rest[:LINE_CAP] + b"\n"
                rest, skipping = b"", False
                if end + 1 < cut:
                    yield chunk[end + 1 : cut]
            else:
                yield rest + chunk[:cut] if rest else chunk[:cut]
            rest, seen = chunk[cut:], True
            continue
        passed += len(chunk)
        if not seen and passed > NO_LINE_END:
            raise UnreadableError(
                "no line end in the first {size} MiB of {name}",
                hint="give a log of lines",
                size=passed >> 20,
                name=name,
            )
        if not skipping:
            rest += chunk
            if len(rest) > LINE_CAP:
                skipping = True
                rest = rest[:LINE_CAP]
                on_long()
    if rest:
        yield rest + b"\n"
