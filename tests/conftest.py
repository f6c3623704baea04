"""Fixtures that many tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parent.parent

os.environ["TRAINCAST_PLUGINS"] = "off"  # what else is installed here must not change a test

settings.register_profile("any machine", deadline=None)  # a busy machine is no failure
settings.load_profile("any machine")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of public logs and measurements beside the checkout; tests that need it skip where it is absent."""
    folder = ROOT.parent / "shared"
    if not (folder / "logs" / "MANIFEST.csv").exists():
        pytest.skip("public logs are not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def own_logs() -> Path:
    """Logs that this project made itself."""
    return ROOT / "tests" / "logs"
