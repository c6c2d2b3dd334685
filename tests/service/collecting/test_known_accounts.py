"""A restart finds the accounts of the last frame that can be read."""

from __future__ import annotations

import shutil
from pathlib import Path

from store_frames import PROVENANCE, TABLES, assert_same_accounts, make_accounts, make_frame, make_markets
from stored_moments import moment_of

from liqscape.service.collecting.folder import gone_on_with, stored_history
from liqscape.service.collecting.known_accounts import last_known
from liqscape.store.history import HistoryReader, HistoryWriter

MARKETS = make_markets(1)


def test_accounts_of_damaged_frames_are_taken_from_the_newest_that_can_be_read(tmp_path: Path) -> None:
    minutes = (0, 200)
    with HistoryWriter(tmp_path, PROVENANCE) as writer:
        for minute in minutes:
            writer.append(moment_of(make_frame(1, minute, markets=MARKETS), make_accounts(1, minute, 1), TABLES))
            writer._seal()
    path = sorted(tmp_path.glob("parts/*/pools.parquet"))[-1]
    path.write_bytes(path.read_bytes()[:-1])
    known = last_known(HistoryReader(tmp_path))
    assert known is not None
    assert known[0].time_ms == make_frame(1, 0, markets=MARKETS).time_ms
    assert_same_accounts(known[1], make_accounts(1, 0, 1))


def test_the_reader_of_the_start_goes_on_beside_the_writer_and_is_made_anew_for_another_history(tmp_path: Path) -> None:
    folder, other = tmp_path / "data", tmp_path / "other"
    for path, minute in ((folder, 3), (other, 1)):
        with HistoryWriter(path, PROVENANCE) as writer:
            writer.append(moment_of(make_frame(1, minute, markets=MARKETS), make_accounts(1, minute, 1), TABLES))
    before = stored_history(folder)
    assert before is not None
    with HistoryWriter(folder, PROVENANCE) as writer:
        writer.append(moment_of(make_frame(1, 4, markets=MARKETS), make_accounts(1, 4, 1), TABLES))
        reader = gone_on_with(before, folder)
        assert reader is before
        assert reader.last_ms == make_frame(1, 4, markets=MARKETS).time_ms
    shutil.rmtree(folder)
    other.rename(folder)
    anew = gone_on_with(before, folder)
    assert anew is not before
    assert anew.last_ms == make_frame(1, 1, markets=MARKETS).time_ms
    assert stored_history(tmp_path / "none") is None
