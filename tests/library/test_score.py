"""The scorecard of a map that was not scored: no rows, and why, the same on both doors."""

from __future__ import annotations

import liqscape as lq


def test_where_nothing_was_scored_frames_have_their_columns_and_no_rows(folder_map: lq.Map, served_map: lq.Map) -> None:
    for market in (folder_map, served_map):
        found = market.score()
        assert found.note is not None
        assert found.recall_note == found.note
        assert found.levels.height == found.power.height == found.asymmetry.height == found.errors.height == 0
        assert {"liquidated_share", "liquidated_usd_high", "still_there_count"} <= set(found.levels.columns)
        assert {"q50_bp", "q10_low_bp"} <= set(found.errors.columns)
        assert market.score("BTC").record.coin == "BTC"
    assert folder_map.score().levels.schema == served_map.score().levels.schema
