"""A file that ends the process reading it is refused by name; whatever can be read or explained passes."""

from __future__ import annotations

from pathlib import Path

import polars
import pytest

from liqscape.errors import InputError
from liqscape.sources import probe


def test_files_that_can_be_read_or_explained_or_are_absent_pass(tmp_path: Path) -> None:
    good, cut = tmp_path / "good.parquet", tmp_path / "cut.parquet"
    polars.DataFrame({"a": [1, 2]}).write_parquet(good)
    cut.write_bytes(good.read_bytes()[:40])
    probe.refuse_damaged([good, cut, tmp_path / "absent.parquet"])


def test_the_file_that_ends_its_reader_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Which damage aborts depends on the reader's version, so here the child ends itself at the second file.
    ends = probe.READ_EACH.replace(
        "    try:", "    if path.endswith('bad.parquet'):\n        __import__('os').abort()\n    try:"
    )
    monkeypatch.setattr(probe, "READ_EACH", ends)
    good, bad = tmp_path / "good.parquet", tmp_path / "bad.parquet"
    for path in (good, bad):
        polars.DataFrame({"a": [1]}).write_parquet(path)
    with pytest.raises(InputError, match=r"bad\.parquet: not a readable Parquet file \(damaged"):
        probe.refuse_damaged([good, bad])
    probe.refuse_damaged([good])
