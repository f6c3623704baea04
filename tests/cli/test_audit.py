"""`traincast audit` as a user types it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from traincast.cli.root import run

NOTE = Path(__file__).parent.parent / "audit" / "notes" / "claims-fr.md"
SEED = ["--n-layer", "12", "--d-model", "384", "--n-head", "12", "--vocab", "50304"]


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    """The JSON document of a command that succeeds."""
    assert run(["audit", *arguments, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["schema"] == "traincast.audit/1"
    return answer  # type: ignore[no-any-return]


def test_the_note_and_its_corrected_figures(capsys: pytest.CaptureFixture[str]) -> None:
    """Impossible; the measured 3.85 s a step and 6.4 hours are inside the corrected intervals."""
    answer = document(capsys, str(NOTE), "--on", "RTX 4070", *SEED)
    corrected = answer["corrected"]

    assert answer["verdict"] == "impossible"
    assert isinstance(corrected, dict)
    assert corrected["step_time"]["low"] < 3.85 < corrected["step_time"]["high"]
    assert corrected["total"]["low"] < 6.4 * 3600 < corrected["total"]["high"]


def test_the_note_alone_is_enough(capsys: pytest.CaptureFixture[str]) -> None:
    """Device, parameters, batch and length are taken from the text; the answer is the same."""
    answer = document(capsys, str(NOTE))

    assert answer["verdict"] == "impossible"
    assert isinstance(answer["corrected"], dict)
    assert answer["corrected"]["machine"]["device"] == "nvidia-rtx-4070"


def test_claims_are_given_as_options(capsys: pytest.CaptureFixture[str]) -> None:
    """Each --claim is a text of its own."""
    answer = document(
        capsys, "--claim", "GPT-2 124M at 2M tokens/s on one RTX 4090", "--claim", "sequence length 1024", "--quiet"
    )
    claims = answer["claims"]

    assert isinstance(claims, list)
    assert {claim["where"] for claim in claims} == {"claim 1:1", "claim 2:1"}
    assert answer["verdict"] == "impossible"


def test_a_verdict_can_fail_a_script() -> None:
    """--fail-on impossible exits with 1 on the note, and 0 where nothing is impossible."""
    with pytest.raises(SystemExit) as status:
        run(["audit", str(NOTE), "--fail-on", "impossible,contradictory", "--quiet"])
    assert status.value.code == 1
    assert run(["audit", "--claim", "3 s per step", "--fail-on", "impossible", "--quiet"]) == 0


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """`-` is the text on standard input."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"12 ms per step on an RTX 4070"), encoding="utf-8"))
    answer = document(capsys, "-")
    claims = answer["claims"]

    assert isinstance(claims, list)
    assert [claim["quantity"] for claim in claims] == ["step_time", "device"]


def test_a_training_log_is_audited_by_its_figures(capsys: pytest.CaptureFixture[str], own_logs: Path) -> None:
    """A log is no prose: its steady step time, batch and MFU are the claims."""
    answer = document(capsys, str(own_logs / "nanogpt-cpu.log"))
    claims = answer["claims"]

    assert isinstance(claims, list)
    assert [claim["quantity"] for claim in claims] == ["step_time", "mfu", "tokens_per_step"]


def test_the_page_is_told_in_french(capsys: pytest.CaptureFixture[str]) -> None:
    """Verdict, quantities and figures are French."""
    assert run(["audit", str(NOTE), "--lang", "fr", *SEED]) == 0
    text = capsys.readouterr()

    assert "IMPOSSIBLE. Ces chiffres ne peuvent pas être vrais" in text.out
    assert "temps par pas" in text.out
    assert "1,95 s" in text.out
    assert "running_mfu" in text.out
    assert "cause probable" in text.err or "Cause probable" in text.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "nothing to audit"),
        (["no-such-note.md"], "no-such-note.md"),
        (["--claim", "3 s per step", "--on", "RTX 40700"], "RTX 40700"),
        ([str(NOTE), "--fail-on", "imposible"], "imposible"),
    ],
)
def test_mistakes_are_told_in_one_line(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2, what and a hint, no traceback."""
    assert run(["audit", *arguments]) == 2
    told = capsys.readouterr().err

    assert told.startswith("error: ")
    assert message in told
    assert "hint: " in told


def test_a_profile_of_a_probe_is_a_machine_for_the_audit(capsys: pytest.CaptureFixture[str]) -> None:
    """23.6 GFLOP a step at 1.25 x 260 GFLOPS are 72.5 ms at least: 10 ms cannot be."""
    root = Path(__file__).parent.parent.parent
    workload, profile = root / "examples" / "gpt-cpu.toml", root / "tests" / "logs" / "cpu-profile.json"
    answer = document(capsys, "--claim", "10 ms per step", "--workload", str(workload), "--on", str(profile))

    assert answer["verdict"] == "impossible"
