"""One writer of scores a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from liqscape.errors import StoreError
from liqscape.store.durable import TEMPORARY
from liqscape.store.scores import FOLDER, ScoreWriter


def test_who_is_refused_leaves_what_the_other_one_is_writing(tmp_path: Path) -> None:
    with ScoreWriter(tmp_path):
        half = tmp_path / FOLDER / "levels" / f"{TEMPORARY}2026-05-28.parquet"
        half.write_bytes(b"half")
        with pytest.raises(StoreError, match="another program that scores"):
            ScoreWriter(tmp_path)
        assert half.exists()
    with ScoreWriter(tmp_path):
        assert not half.exists()
