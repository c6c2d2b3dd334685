"""Within the API's budget the register holds what was read and no more, and states exactly how much that is."""

from __future__ import annotations

import asyncio

import pytest
from trigger_growth import Reading, look

from liqscape.feed.trigger_reads.reader import WEIGHT
from liqscape.sandbox.market import SandboxMarket
from liqscape.sandbox.world import WorldSettings
from liqscape.service.collecting.settings import TRIGGER_SHARE
from liqscape.wire.info.weights import WEIGHT_A_MINUTE

MINUTES = 12


def test_the_share_that_is_stated_as_known_is_that_of_the_engine() -> None:
    settings = WorldSettings(seed=3, accounts=160, coins=3, start_ms=1_780_012_800_000, stops_percent=60)

    async def live() -> None:
        reading, rows = Reading(market=SandboxMarket.new(settings), share=TRIGGER_SHARE), []
        for minute in range(1, MINUTES + 1):
            await reading.minute()
            true, stated = reading.true(), reading.stated()
            assert stated == pytest.approx({coin: known / whole for coin, (known, whole) in true.items()})
            assert reading.held() == set().union(*reading.read.values()), "what was read last of everybody, no more"
            rows.append(look(reading, minute))
        assert [row["stated"] for row in rows] == pytest.approx([row["true"] for row in rows])
        assert all(row["weight"] <= TRIGGER_SHARE * WEIGHT_A_MINUTE for row in rows)
        assert rows[-1]["accounts"] <= MINUTES * TRIGGER_SHARE * WEIGHT_A_MINUTE / WEIGHT
        assert rows[0]["stated"] < rows[-1]["stated"] < 1.0, "there is a gap, and it closes"
        assert 0.0 < rows[-1]["held"] < 1.0

    asyncio.run(live())
