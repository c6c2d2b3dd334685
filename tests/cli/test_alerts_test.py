"""`liqscape alerts test`: delivered or not, in one line, and no part of an address in any of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hook_server import free_port, open_hook_server

from liqscape.cli.main import main


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_SECRET", "SECRET of the desk")


def webhook(folder: Path, url: str, *more: str) -> Path:
    """A file with the destination `desk`."""
    path = folder / "alerts.toml"
    lines = (f'[destinations.desk]\nwebhook = "{url}"\nsecret_env = "DESK_SECRET"', *more)
    path.write_text("\n".join(lines))
    return path


def test_a_message_arrives_that_says_it_is_a_test(tmp_path: Path, command: Callable[..., str]) -> None:
    with open_hook_server() as server:
        webhook(tmp_path, server.url, "allow_private = true")
        assert command("alerts", "test", "desk", "--data", tmp_path).startswith("delivered to desk (webhook) in ")
        said = json.loads(command("alerts", "test", "desk", "--alerts", tmp_path / "alerts.toml", "--json"))
        first, second = (json.loads(server.next().body) for _ in range(2))
    assert {**said, "seconds": 0} == {
        "destination": "desk",
        "kind": "webhook",
        "is_delivered": True,
        "reason": None,
        "seconds": 0,
    }
    assert (first["kind"], first["is_test"]) == ("test", True)
    assert first["alert_id"] != second["alert_id"], "no receiver takes it for the one before"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("", "destination desk: not delivered, its address is loopback or private; allow_private would allow that"),
        ("allow_private = true", "destination desk: not delivered, connection refused"),
    ],
)
def test_what_does_not_arrive_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: str, said: str
) -> None:
    path = webhook(tmp_path, f"http://127.0.0.1:{free_port()}/SECRETPATH", more)
    assert main(["alerts", "test", "desk", "--alerts", str(path)]) == 2
    assert capsys.readouterr().err == f"liqscape: {said}\n"


def test_no_traceback_of_a_failure_holds_an_address(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIQSCAPE_DEBUG", "1")
    path = webhook(tmp_path, f"http://127.0.0.1:{free_port()}/SECRETPATH?SECRETQUERY")
    assert main(["alerts", "test", "desk", "--alerts", str(path)]) == 2
    monkeypatch.delenv("DESK_SECRET")
    assert main(["alerts", "test", "desk", "--alerts", str(path)]) == 2
    out, err = capsys.readouterr()
    assert "Traceback" in err
    assert "the variable DESK_SECRET is empty or not set" in err
    assert "SECRET" not in (out + err).replace("DESK_SECRET", "")


def test_a_mistyped_destination_names_the_nearest_and_a_missing_file_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = webhook(tmp_path, "https://example.org/SECRETPATH")
    assert main(["alerts", "test", "dsk", "--alerts", str(path)]) == 2
    assert capsys.readouterr().err == "liqscape: unknown destination 'dsk'; did you mean desk?\n"
    assert main(["alerts", "test", "desk", "--data", str(tmp_path / "none")]) == 2
    missing = tmp_path / "none" / "alerts.toml"
    assert capsys.readouterr().err == f"liqscape: unknown destination 'desk'; {missing} has none\n"
