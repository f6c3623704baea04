"""Every way to lose a line, a few times each."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.slow
def test_no_line_is_lost_through_rotation_truncation_and_kills() -> None:
    """10,000 lines/s for six seconds, eight blows; `python -m bench.live --stress` is the long form."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.live", "--stress", "--seconds", "6", "--blows", "8"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert "60001 of 60001 lines seen" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0
