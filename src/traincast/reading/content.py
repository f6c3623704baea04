"""What bytes are: text in which encoding, or one of the files that people give by mistake."""

from __future__ import annotations

import codecs

from traincast.phrases import Phrase, phrase

MAGIC = {
    b"\x7fELF": phrase("a program"),
    b"MZ\x90": phrase("a program"),
    b"\x89PNG": phrase("an image"),
    b"\xff\xd8\xff": phrase("an image"),
    b"GIF8": phrase("an image"),
    b"%PDF-": phrase("a PDF document"),
    b"PK\x03\x04": phrase("a zip archive (PyTorch checkpoints are such)"),
    b"PK\x05\x06": phrase("an empty zip archive"),
    b"\x89HDF": phrase("an HDF5 file"),
    b"PAR1": phrase("a Parquet file"),
    b"SQLite format 3": phrase("an SQLite data base"),
    b"\x93NUMPY": phrase("a NumPy array"),
    b"\x80\x02": phrase("a pickle"),
    b"\x80\x03": phrase("a pickle"),
    b"\x80\x04": phrase("a pickle"),
    b"\x80\x05": phrase("a pickle"),
    b"GGUF": phrase("model weights (GGUF)"),
    b"7z\xbc\xaf": phrase("a 7-Zip archive"),
    b"Rar!": phrase("a RAR archive"),
}
CONTROL = bytes(set(range(32)) - {0, 7, 8, 9, 10, 11, 12, 13, 27})
"""control characters that text does not hold; NUL is apart, because crashes leave runs of it in logs"""
MOST_CONTROL = 0.02
"""share of them above which bytes are no text; real logs hold none, a random byte is one in 9 %"""


def binary_kind(head: bytes) -> Phrase | None:
    """What `head` is if it is no text, in words; None for text."""
    for magic, words in MAGIC.items():
        if head.startswith(magic):
            return words
    if head[257:262] == b"ustar":
        return phrase("a tar archive")
    if utf16(head):
        return None
    if head[8:9] == b"{" and b'"dtype"' in head[:2000]:
        return phrase("model weights (safetensors)")
    plain = head.replace(b"\0", b"")
    if not plain:
        return phrase("nothing but NUL bytes")
    if len(plain) - len(plain.translate(None, CONTROL)) > MOST_CONTROL * len(plain):
        return phrase("binary data")
    nul_runs = head.count(b"\0\0\0\0\0\0\0\0") * 8
    if head.count(b"\0") - nul_runs > 0.05 * len(plain) + 16:
        return phrase("binary data")
    return None


def utf16(head: bytes) -> str | None:
    """utf-16-le or utf-16-be by mark or by the pattern of NUL bytes; None for any other."""
    if head.startswith(codecs.BOM_UTF16_LE) and not head.startswith(codecs.BOM_UTF32_LE):
        return "utf-16-le"
    if head.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be"
    pairs = len(head) // 2
    if pairs < 2:
        return None
    even, odd = head[0 : 2 * pairs : 2].count(0), head[1 : 2 * pairs : 2].count(0)
    if odd > 0.6 * pairs and even < 0.05 * pairs:
        return "utf-16-le"
    if even > 0.6 * pairs and odd < 0.05 * pairs:
        return "utf-16-be"
    return None


def text(data: bytes) -> str:
    """`data` as text: UTF-8, with replacement where a few bytes are damaged, Latin-1 where most are not UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        decoded = data.decode("utf-8", "replace")
    bad = decoded.count("\ufffd")
    good = sum(1 for char in decoded[: 1 << 16] if char > "\x7f" and char != "\ufffd")
    return decoded if good >= bad else data.decode("latin-1")
