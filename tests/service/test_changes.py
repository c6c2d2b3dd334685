"""Changes applied to a frame give the next one exactly, whatever appears, moves or goes."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_market import SmallMarket
from stream_reader import apply_changes, rows_of

from liqscape.heatmap.bands import BAND_COLUMNS, Bands
from liqscape.heatmap.frame import MarketFrame
from liqscape.service.answers.changes import BandChanges, changed_bands, frame_changes
from liqscape.service.answers.frame import frame_answer
from liqscape.units import MarginSource


@pytest.mark.parametrize("coin", [0, 1, 2])
def test_applied_changes_are_the_next_frame(market: SmallMarket, coin: int) -> None:
    first = msgspec.to_builtins(frame_answer(market.frames[0], coin, 0, 1))
    held = rows_of(first["bands"])
    moved = 0
    for before, after in zip(market.frames, market.frames[1:], strict=False):
        changes = sent(before, after, coin)
        held = apply_changes(held, changes["changes"], changes["mark"])
        whole = msgspec.to_builtins(frame_answer(after, coin, 0, 1))
        assert held == rows_of(whole["bands"])
        for name in ("as_of_ms", "coin", "mark", "oracle", "outside", "totals", "margin_source_share", "coverage"):
            assert changes[name] == whole[name]
        moved += len(changes["changes"]["band"])
    assert moved > 0


def test_frame_without_change_lists_nothing(market: SmallMarket) -> None:
    changes = sent(market.frames[3], market.frames[3], 0)["changes"]
    assert set(changes) == set(BandChanges.__struct_fields__)
    assert all(column == [] for column in changes.values())


def test_what_is_sent_are_the_columns_of_the_rows_that_changed(market: SmallMarket) -> None:
    before, after = market.frames[0], market.frames[1]
    changed = changed_bands(before.bands_of(0), after.bands_of(0))
    columns = {name: getattr(changed, name).tolist() for name in BandChanges.__struct_fields__}
    columns["margin_source"] = [MarginSource(code).name.lower() for code in changed.margin_source]
    assert len(changed) > 0
    assert sent(before, after, 0)["changes"] == columns


def test_a_frame_whose_columns_may_not_be_written_to_is_compared_too(market: SmallMarket) -> None:
    before, after = market.frames[0].bands_of(0), market.frames[1].bands_of(0)
    received = Bands(
        **{name: np.frombuffer(getattr(before, name).tobytes(), kind) for name, kind in BAND_COLUMNS.items()}
    )
    for name in BAND_COLUMNS:
        np.testing.assert_array_equal(
            getattr(changed_bands(received, after), name), getattr(changed_bands(before, after), name)
        )


def sent(before: MarketFrame, after: MarketFrame, coin: int) -> dict:
    decoded: dict = msgspec.json.decode(msgspec.json.encode(frame_changes(before, after, coin)))
    return decoded


ROWS = st.dictionaries(
    st.tuples(st.integers(-5, 5), st.sampled_from([-1, 1]), st.integers(0, 4)),
    st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3)),
)


def bands_of(rows: dict[tuple, tuple]) -> Bands:
    keys = sorted(rows)
    key = np.array(keys, np.int64).reshape(-1, 3)
    content = np.array([rows[name] for name in keys], np.float64).reshape(-1, 4)
    return Bands(
        market_index=np.zeros(len(keys), np.int32),
        band=key[:, 0].astype(np.int32),
        side=key[:, 1].astype(np.int8),
        margin_source=key[:, 2].astype(np.uint8),
        size=content[:, 0],
        level_notional=content[:, 1],
        first_order_size=content[:, 2],
        position_count=content[:, 3].astype(np.int32),
    )


def told_of(content: tuple | None) -> tuple | None:
    """What decides whether a row is told: everything but the USD at the levels, which move with every mark."""
    return None if content is None else (content[0], content[2], content[3])


@given(before=ROWS, after=ROWS)
def test_changes_are_the_rows_that_differ_and_no_others(before: dict, after: dict) -> None:
    changed = changed_bands(bands_of(before), bands_of(after))
    reported = dict(
        zip(
            zip(changed.band.tolist(), changed.side.tolist(), changed.margin_source.tolist(), strict=True),
            zip(
                changed.size.tolist(),
                changed.level_notional.tolist(),
                changed.first_order_size.tolist(),
                changed.position_count.tolist(),
                strict=True,
            ),
            strict=True,
        )
    )
    expected = {key: content for key, content in after.items() if told_of(before.get(key)) != told_of(content)}
    expected |= {key: (0, 0, 0, 0) for key in before if key not in after}
    assert reported == expected
    assert len(changed) == len(expected)
