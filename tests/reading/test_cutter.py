"""Bytes to whole lines, and the update of a bar that has no end yet."""

from __future__ import annotations

import pytest

from traincast.reading.follow import Cutter


def drawn(*parts: bytes) -> Cutter:
    """A cutter that was fed `parts`."""
    cutter = Cutter()
    for part in parts:
        cutter.feed(part)
    return cutter


def test_an_update_of_a_bar_counts_before_the_next_one() -> None:
    """As long as the one before and with the same end; told once, whatever ends it."""
    for end in (b"\r 10/20 [01:02]", b"\nend of epoch\n"):
        cutter = drawn(b"\r 8/20 [00:58]", b"\r 9/20 [01:00]")

        assert cutter.settled() == " 9/20 [01:00]\n"
        assert cutter.settled() == ""
        assert "9/20" not in cutter.feed(end) + cutter.end()


@pytest.mark.parametrize("part", [b"\r 9/20 [01", b"\r 9/2", b"\r", b"\r 9/20 [01:00], a message of another kind]"])
def test_an_update_that_came_in_part_is_waited_for(part: bytes) -> None:
    """Shorter than the one before, or with another end: its rest is still on the way."""
    cutter = drawn(b"\r 8/20 [00:58]", part)

    assert cutter.settled() == ""
    assert cutter.feed(b" rest\n").startswith(part[1:].decode())


def test_the_first_update_is_known_to_be_whole_when_the_next_begins() -> None:
    """There is none before it to compare with."""
    cutter = drawn(b"\r 0/20 [00:00]")

    assert cutter.settled() == ""
    assert cutter.ended_by(b" still it") == ""
    assert cutter.ended_by(b"\r 1/20 [00:02]") == " 0/20 [00:00]\n"
    assert cutter.feed(b"\r 1/20 [00:02]") == ""
    assert cutter.end() == " 1/20 [00:02]\n"


def test_lines_of_text_are_no_updates() -> None:
    """What a line feed or nothing stood before is kept back until its end, also after CR LF."""
    for begin in (b"", b"one\n", b"one\r\n"):
        cutter = drawn(begin, b"two")
        assert (cutter.settled(), cutter.ended_by(b"\r")) == ("", "")
        assert cutter.end() == "two\n"
