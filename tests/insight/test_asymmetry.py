"""Asymmetry of a stored minute is that of the map (insight/asymmetry.py)."""

from __future__ import annotations

from math import nan

import pytest
from populations import TABLES, make_accounts, make_markets, make_snapshot
from swept_minutes import INDEX, make_minute

from liqscape.heatmap.asymmetry import asymmetry
from liqscape.heatmap.build import build_frame
from liqscape.heatmap.frame import Provenance
from liqscape.insight.asymmetry import asymmetry_rows
from liqscape.insight.minute import AddressKeys, Minute
from liqscape.risk.liquidation import solve_liquidation


def test_rows_equal_the_figures_of_the_frame_they_are_of() -> None:
    snapshot, tables = make_snapshot(5, make_markets(4)), TABLES
    accounts = make_accounts(5, snapshot, 400)
    frame = build_frame(accounts, snapshot, tables, Provenance("sandbox", "made up", True, ""))
    minute = Minute(
        snapshot=snapshot,
        accounts=accounts,
        tables=tables,
        level=solve_liquidation(accounts, snapshot, tables).price,
        key=AddressKeys().of(accounts.addresses),
        notes=None,
        is_gap=False,
    )
    seen = 0.0
    for market in range(len(snapshot.markets)):
        for row, shown in zip(asymmetry_rows(minute, market), asymmetry(frame, market), strict=True):
            assert row.percent == shown.distance_percent
            assert row.long_usd == pytest.approx(shown.long_below_notional)
            assert row.short_usd == pytest.approx(shown.short_above_notional)
            seen += shown.long_below_notional + shown.short_above_notional
    assert seen > 0.0


def test_without_a_mark_it_is_unknown_and_not_zero() -> None:
    rows = asymmetry_rows(make_minute(0, nan, {}, path=None), INDEX)
    assert [(row.percent, row.long_usd, row.short_usd) for row in rows] == [
        (p, None, None) for p in (1.0, 2.0, 5.0, 10.0)
    ]
    assert asymmetry_rows(make_minute(0, 100.0, {}), INDEX)[0].long_usd == 0.0
