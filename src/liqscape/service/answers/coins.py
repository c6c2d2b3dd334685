"""All coins, largest first."""

from __future__ import annotations

from collections.abc import Container
from typing import Annotated

import msgspec

from liqscape.heatmap.frame import MarketFrame
from liqscape.model.doubt import doubt_words
from liqscape.service.answers.parts import (
    Coverage,
    Doubts,
    NextCursor,
    Price,
    ProvenanceAnswer,
    TimeMs,
    Usd,
    known,
    provenance_answer,
)
from liqscape.service.paging import PageRows


class CoinAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One coin now."""

    coin: str
    mark: Price | None
    max_leverage: int
    open_interest: Annotated[float, msgspec.Meta(description="Coins, one side.")] | None
    coverage: Coverage | None
    long_notional: Usd | None
    short_notional: Usd | None
    position_count: int
    has_venue_candles: Annotated[bool, msgspec.Meta(description="Candles of another venue are at hand.")]
    doubt: Doubts = []


class CoinsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Every coin of the map, by notional of its positions, largest first; unknown marks last."""

    provenance: ProvenanceAnswer
    as_of_ms: TimeMs
    coins: list[CoinAnswer]
    coin_count: Annotated[int, msgspec.Meta(description="Coins of the whole list.")] = 0
    next_cursor: NextCursor = None

    def page(self, rows: PageRows) -> CoinsAnswer:
        """The rows of one page."""
        return msgspec.structs.replace(
            self,
            coins=self.coins[rows.start : rows.end],
            next_cursor=rows.next_cursor,
        )


def coins_answer(frame: MarketFrame, with_candles: Container[str]) -> CoinsAnswer:
    """The coins of a frame; delisted ones only where a position is still held."""
    snapshot = frame.snapshot
    notional = frame.position_size * snapshot.mark[:, None]
    rows = [
        CoinAnswer(
            coin=market.coin,
            mark=known(snapshot.mark[row]),
            max_leverage=market.max_leverage,
            open_interest=known(snapshot.open_interest[row]),
            coverage=known(frame.coverage[row]),
            long_notional=known(notional[row, 0]),
            short_notional=known(notional[row, 1]),
            position_count=int(frame.position_count[row].sum()),
            has_venue_candles=market.coin in with_candles,
            doubt=doubt_words(snapshot.doubt_of(row)),
        )
        for row, market in enumerate(snapshot.markets.rows)
        if not market.is_delisted or frame.position_count[row].any()
    ]
    rows.sort(key=_order)
    return CoinsAnswer(
        provenance=provenance_answer(frame.provenance), as_of_ms=frame.time_ms, coins=rows, coin_count=len(rows)
    )


def _order(row: CoinAnswer) -> tuple[bool, float, str]:
    total = (row.long_notional or 0.0) + (row.short_notional or 0.0)
    return row.mark is None, -total, row.coin
