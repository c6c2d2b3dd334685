"""Which liqscape.toml is read, and which is refused unread."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from liqscape.cli.settings import file as places
from liqscape.cli.settings.file import FILE_VARIABLE, find_file, parse_file
from liqscape.errors import SettingsError


@pytest.fixture(autouse=True)
def _nothing_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.delenv(FILE_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(places, "SYSTEM_FOLDER", tmp_path / "etc")


def written(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("[serve]\nport = 1\n")
    return path


def test_the_nearest_file_is_read_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_file() is None
    system = written(tmp_path / "etc" / "liqscape.toml")
    assert find_file() == system
    own = written(tmp_path / "config" / "liqscape" / "liqscape.toml")
    assert find_file() == own
    written(tmp_path / "here" / "liqscape.toml")
    assert find_file() == Path("liqscape.toml")
    named = written(tmp_path / "named.toml")
    monkeypatch.setenv(FILE_VARIABLE, str(named))
    assert find_file() == named
    monkeypatch.setenv(FILE_VARIABLE, os.devnull)
    assert parse_file(Path(os.devnull)).tables == {}


def test_a_named_file_that_is_not_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FILE_VARIABLE, str(tmp_path / "none.toml"))
    with pytest.raises(SettingsError, match=r"LIQSCAPE_CONFIG=.*none\.toml is not there"):
        find_file()


def test_a_file_of_another_user_in_the_present_folder_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    written(Path("liqscape.toml"))
    monkeypatch.setattr(os, "geteuid", lambda: Path("liqscape.toml").stat().st_uid + 1)
    if Path("liqscape.toml").stat().st_uid == 0:
        assert find_file() == Path("liqscape.toml")  # root's may be used by everybody
        os.chown("liqscape.toml", 12_345, 12_345)
    with pytest.raises(SettingsError, match="belongs to another user"):
        find_file()


@pytest.mark.parametrize(
    ("content", "mode", "said"),
    [
        (b"[serve]\n", 0o666, "may be written by everybody"),
        (b"\xff\xfe\x00", 0o600, "not text in UTF-8"),
        (b"a = 1\na = 2\n", 0o600, r"is not TOML: Cannot overwrite a value \(at line 2"),
        (b"#" * 1_000_001, 0o600, "1000001 bytes, at most 1000000"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_sentence(content: bytes, mode: int, said: str, tmp_path: Path) -> None:
    path = tmp_path / "liqscape.toml"
    path.write_bytes(content)
    path.chmod(mode)
    with pytest.raises(SettingsError, match=said):
        parse_file(path)


def test_a_byte_order_mark_and_dos_line_ends_are_read(tmp_path: Path) -> None:
    path = tmp_path / "liqscape.toml"
    path.write_bytes(b"\xef\xbb\xbf[serve]\r\nport = 1\r\n")
    assert parse_file(path).table_of("serve") == {"port": 1}


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read: Is a directory"):
        parse_file(tmp_path)
