"""The package as it is imported: the verbs are functions, whatever modules are called."""

from __future__ import annotations

import subprocess
import sys

import traincast


def test_a_verb_stays_a_function_when_the_package_of_its_name_is_imported() -> None:
    """`traincast.forecast` is the verb before and after `traincast/forecast/` was imported."""
    code = (
        "import traincast, traincast.forecast, traincast.integrations.recorder\n"
        "from traincast.forecast import Tracker\n"
        "print(callable(traincast.forecast), callable(traincast.read), callable(traincast.track))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)

    assert done.stdout.strip() == "True True True"


def test_public_names_are_sorted() -> None:
    """`__all__` is a list that a reader can search."""
    assert traincast.__all__ == sorted(traincast.__all__)
