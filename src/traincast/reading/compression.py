"""Compressed logs: plain bytes out of gzip, bzip2, xz and zstd, with a guard against bombs.

What a file is, its first bytes say and not its name.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Protocol

from traincast.errors import UnreadableError

CHUNK = 1 << 20
"""bytes read at a time"""
MOST_RATIO = 500
"""plain bytes a compressed byte may become. Logs reach 5 to 100; DEFLATE ends at 1032 (zlib's technical notes)."""
RATIO_FROM = 64 << 20
"""plain bytes before the ratio is looked at: a short repetitive log may compress very well"""
MOST_BYTES = 64 << 30
"""plain bytes of any one log"""
MOST_MEMORY = 256 << 20
"""bytes a decompressor may take for its window"""

MAGIC = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz", b"\x28\xb5\x2f\xfd": "zstd"}


class Decompressor(Protocol):
    """What the decompressors of the standard library share."""

    @property
    def eof(self) -> bool:
        """Whether the member is over."""

    @property
    def unused_data(self) -> bytes:
        """What came after it."""

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """Plain bytes of `data`, at most `max_length`; the rest is kept."""


class Gzip:
    """zlib's decompressor in the manner of the other two."""

    def __init__(self) -> None:
        import zlib

        self.inner = zlib.decompressobj(31)  # 31: a gzip header is expected
        self.eof = False
        self.unused_data = b""

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """Plain bytes of `data`, at most `max_length` (all where negative); the rest is kept."""
        plain = self.inner.decompress(self.inner.unconsumed_tail + data, max(max_length, 0))
        self.eof, self.unused_data = self.inner.eof, self.inner.unused_data
        return plain

    @property
    def needs_input(self) -> bool:
        """Whether all that was given is used up."""
        return not self.inner.unconsumed_tail


def kind(head: bytes) -> str | None:
    """gzip, bzip2, xz, zstd; None where `head` is not compressed."""
    return next((name for magic, name in MAGIC.items() if head.startswith(magic)), None)


def plain_chunks(file: BinaryIO, how: str, name: str, *, on_cut: Callable[[], None]) -> Iterator[bytes]:
    """Plain bytes of `file`, compressed `how`; `on_cut` is called where it ends in the middle or is damaged.

    Raises UnreadableError at a bomb, and where not a single byte comes out.
    """
    read = given = 0

    def compressed() -> Iterator[bytes]:
        nonlocal read
        while data := file.read(CHUNK // 4):
            read += len(data)
            yield data

    chunks = zstd_chunks(compressed(), name, on_cut) if how == "zstd" else stream_chunks(compressed(), how, on_cut)
    try:
        for chunk in chunks:
            given += len(chunk)
            if given > MOST_BYTES or (given > RATIO_FROM and given > MOST_RATIO * read):
                raise UnreadableError(
                    "{name} unpacks to more than {size} MiB from {packed} KiB",
                    hint="no log compresses so well; unpack it by hand if you trust it",
                    name=name,
                    size=given >> 20,
                    packed=max(read >> 10, 1),
                )
            yield chunk
    except damage() as error:
        if not given:
            raise UnreadableError(
                "{name} is no whole {how} file: {reason}", hint="copy it again", name=name, how=how, reason=str(error)
            ) from error
        on_cut()


def damage() -> tuple[type[BaseException], ...]:
    """What damaged input raises, of the libraries that are loaded."""
    names = (("zlib", "error"), ("lzma", "LZMAError"), ("zstandard", "ZstdError"), ("compression.zstd", "ZstdError"))
    loaded = [getattr(sys.modules[module], name) for module, name in names if module in sys.modules]
    return (EOFError, OSError, *loaded)


def opened(how: str) -> Decompressor:
    """A fresh decompressor of the standard library."""
    if how == "gzip":
        return Gzip()
    if how == "bzip2":
        import bz2

        return bz2.BZ2Decompressor()
    import lzma

    return lzma.LZMADecompressor(memlimit=MOST_MEMORY)


def stream_chunks(compressed: Iterator[bytes], how: str, on_cut: Callable[[], None]) -> Iterator[bytes]:
    """Plain chunks of bounded size, through all members that were written one after another."""
    one = opened(how)
    started = False
    for data in compressed:
        while data or (started and not one.eof and not getattr(one, "needs_input", True)):
            if one.eof:
                data = data.lstrip(b"\0")  # members may be padded
                if not data:
                    break
                one = opened(how)
            chunk = one.decompress(data, CHUNK)
            started = True
            data = one.unused_data if one.eof else b""
            if chunk:
                yield chunk
    if not one.eof:
        on_cut()


def zstd_chunks(compressed: Iterator[bytes], name: str, on_cut: Callable[[], None]) -> Iterator[bytes]:
    """Plain chunks of a zstd file, by the standard library of Python 3.14 or the `zstandard` package."""
    if sys.version_info >= (3, 14):
        from compression import zstd

        limits = {zstd.DecompressionParameter.window_log_max: MOST_MEMORY.bit_length() - 1}
        one: Any = zstd.ZstdDecompressor(options=limits)
        for data in compressed:
            while data or not (one.eof or one.needs_input):
                if one.eof:
                    one = zstd.ZstdDecompressor(options=limits)
                chunk = one.decompress(data, CHUNK)
                data = one.unused_data if one.eof else b""
                if chunk:
                    yield chunk
        if not one.eof:
            on_cut()
        return
    yield from zstandard_chunks(compressed, name, on_cut)


def zstandard_chunks(compressed: Iterator[bytes], name: str, on_cut: Callable[[], None]) -> Iterator[bytes]:
    """The same by the `zstandard` package, which tells of a cut frame only by what does not come."""
    try:
        import zstandard
    except ImportError:
        raise UnreadableError(
            "{name} is a zstd file and the zstandard package is not installed",
            hint="pip install 'traincast[formats]', or `zstd -dc FILE | traincast read -`",
            name=name,
        ) from None
    inner = zstandard.ZstdDecompressor(max_window_size=MOST_MEMORY)
    one = inner.decompressobj()
    for data in compressed:
        # fed in small pieces: the object returns all that a piece unpacks to, 128 KiB for each 4 bytes at worst
        for at in range(0, len(data), 1024):
            piece = data[at : at + 1024]
            while piece:
                if one.eof:
                    one = inner.decompressobj()
                chunk = one.decompress(piece)
                piece = one.unused_data if one.eof else b""
                if chunk:
                    yield chunk
    if not one.eof:
        on_cut()
