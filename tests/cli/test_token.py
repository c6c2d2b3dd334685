"""The token of `serve`, `demo` and `status`: from a file before the environment, never from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from liqscape.cli.serving import TOKEN_VARIABLE, check_listen, read_token
from liqscape.errors import SettingsError

TOKEN = "correct-horse-battery-staple"


def test_file_comes_before_the_environment_and_neither_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    assert read_token(None) is None
    monkeypatch.setenv(TOKEN_VARIABLE, "")
    assert read_token(None) is None
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    assert read_token(None) == TOKEN
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}-of-the-file\n")
    assert read_token(file) == f"{TOKEN}-of-the-file"


@pytest.mark.parametrize("content", [b"short", b"", b"\xff\xfe" * 20, b"two words of some length"])
def test_file_that_holds_no_token_is_refused_without_showing_it(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "token"
    file.write_bytes(content)
    with pytest.raises(SettingsError) as refused:
        read_token(file)
    assert "two words" not in str(refused.value)


def test_address_beyond_this_machine_needs_a_token() -> None:
    with pytest.raises(SettingsError, match="refused without a token"):
        check_listen("0.0.0.0", 0)
    assert check_listen("0.0.0.0", 0, TOKEN) == "0.0.0.0"
    with pytest.raises(SettingsError, match=r"outside 0\.\.65535"):
        check_listen("127.0.0.1", 70_000)


@pytest.mark.parametrize(("mode", "readers"), [(0o600, ""), (0o400, ""), (0o640, "its group"), (0o644, "everybody")])
def test_file_that_others_can_read_is_said_with_its_mode_and_the_remedy(
    mode: int, readers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN)
    file.chmod(mode)
    assert read_token(file) == TOKEN
    said = capsys.readouterr().err
    assert (readers in said and f"mode {mode:o}" in said and f"chmod 600 {file}" in said) if readers else said == ""
    assert TOKEN not in said


@pytest.mark.parametrize("mode", [0o602, 0o666, 0o777])
def test_file_that_anybody_may_write_is_refused(mode: int, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN)
    file.chmod(mode)
    with pytest.raises(SettingsError, match=f"written by everybody \\(mode {mode:o}\\): chmod 600"):
        read_token(file)
