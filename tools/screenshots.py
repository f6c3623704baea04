"""Pictures of the report's page, from the sample reports as a browser draws them: `python -m tools.screenshots`.

Needs a Chromium; without one the pictures stay as they are.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "docs" / "samples"
TARGET = ROOT / "docs" / "screenshots"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
PATIENCE = 60
"""s that a browser has for one picture"""


class Screenshot(NamedTuple):
    """A page and the size of the window that shows its beginning, in pixels."""

    name: str
    page: str
    width: int
    height: int


SCREENSHOTS = (
    Screenshot("report", "report.en.html", 840, 1040),
    Screenshot("report-phone", "report.fr.html", 500, 860),
)


def take(one: Screenshot, browser: str) -> None:
    """Draw `one` into its file; raises CalledProcessError, TimeoutExpired."""
    root = ["--no-sandbox"] if os.geteuid() == 0 else []  # a browser refuses to be root's with it
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [
                browser, "--headless", *root, "--disable-gpu", "--no-first-run", "--disable-background-networking",
                "--hide-scrollbars", "--force-device-scale-factor=1", f"--user-data-dir={profile}",
                f"--window-size={one.width},{one.height}", f"--screenshot={TARGET / one.name}.png",
                (SAMPLES / one.page).as_uri(),
            ],
            check=True, capture_output=True, timeout=PATIENCE,
        )  # fmt: skip


def main() -> int:
    """All of them."""
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        sys.stderr.write(f"screenshots: left as they are, none of {', '.join(BROWSERS)} is installed\n")
        return 0
    TARGET.mkdir(exist_ok=True)
    for one in SCREENSHOTS:
        take(one, browser)
    return 0


if __name__ == "__main__":
    sys.exit(main())
