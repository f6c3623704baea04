"""The reader of code blocks: what runs, what is shown, what may differ."""

from __future__ import annotations

from tools.blocks import blocks, shape


def test_a_console_block_splits_into_commands_and_outputs() -> None:
    """Two commands, the first over two lines, the second without output."""
    (one,) = blocks("text\n\n```console\n$ a \\\n  b\nout\n\nmore\n$ c\n```\n")
    assert one.commands == [("a \\\n  b", "out\n\nmore"), ("c", "")]


def test_a_comment_above_a_block_is_its_note() -> None:
    """The reason is kept, and a block further down has none."""
    first, second = blocks("<!-- not run: needs a GPU -->\n```console\n$ a\n```\n\n```python\nb\n```\n")
    assert (first.note, first.why, second.note) == ("not run", "needs a GPU", "")


def test_a_shape_forgets_figures_and_keeps_words() -> None:
    """A refit moves 4.83 s to 3.9 s or 8 h 07 min to 55 min; a verdict that changes is seen."""
    assert shape("step 4.83 s, 8 h 07 min") == shape("step 3.90 s, 55 min")
    assert shape("8 h 07 min for 6,000 steps") == shape("55 min for 6,000 steps")
    assert shape("109k tokens at 55.9 %\nb") == shape("b\n1.2M tokens at 7 %")
    assert shape("100 ms: impossible") != shape("100 ms: implausible")
