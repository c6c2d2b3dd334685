"""The rate of the hour under way goes with a live frame as the contexts tell it, and unknown where they do not."""

from __future__ import annotations

import numpy as np

from liqscape.sources.live.markets import LiveMarkets
from liqscape.wire.info.meta import UNKNOWN_CONTEXT, Asset, AssetContext, Meta

NOW_NS = 10**18


def test_a_snapshot_has_the_rates_of_the_newest_contexts() -> None:
    live = LiveMarkets(("",))
    meta = Meta(tuple(Asset(name=coin, maxLeverage=10, szDecimals=2, marginTableId=10) for coin in ("A", "B")))
    known = AssetContext(markPx=10.0, oraclePx=10.0, openInterest=5.0, funding=-2.5e-5)
    live.put("", meta, [known, UNKNOWN_CONTEXT], "test", NOW_NS)
    first = live.snapshot(1, NOW_NS).funding_rate
    assert first is not None
    assert first[0] == -2.5e-5
    assert np.isnan(first[1])
    live.move("", [AssetContext(markPx=10.0, oraclePx=10.0, openInterest=5.0, funding=0.0), UNKNOWN_CONTEXT], NOW_NS)
    later = live.snapshot(2, NOW_NS).funding_rate
    assert later is not None
    assert later[0] == 0.0
    assert first[0] == -2.5e-5, "a snapshot never changes"


def test_rates_are_not_known_before_the_first_contexts_after_a_start() -> None:
    live, again = LiveMarkets(("",)), LiveMarkets(("",))
    meta = Meta((Asset(name="A", maxLeverage=10, szDecimals=2, marginTableId=10),))
    listing = live.put(
        "", meta, [AssetContext(markPx=10.0, oraclePx=10.0, openInterest=5.0, funding=1e-5)], "x", NOW_NS
    )
    assert listing is not None
    again.resume(listing.markets, listing.tables, live.snapshot(1, NOW_NS))
    rate = again.snapshot(2, NOW_NS).funding_rate
    assert rate is not None
    assert np.isnan(rate).all()
