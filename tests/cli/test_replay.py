"""`liqscape replay`: folders that hold nothing to replay."""

from __future__ import annotations

from pathlib import Path

import pytest

from liqscape.cli.replay import replay
from liqscape.errors import SettingsError


def test_a_folder_without_a_raw_log_is_no_success(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="holds no raw log; `liqscape serve` keeps one"):
        replay(tmp_path)


def test_a_folder_that_is_not_there_or_an_output_that_holds_something_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is not a folder"):
        replay(tmp_path / "nowhere")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "file").touch()
    with pytest.raises(SettingsError, match=r"--data .* is not empty"):
        replay(tmp_path, data=tmp_path / "out")
