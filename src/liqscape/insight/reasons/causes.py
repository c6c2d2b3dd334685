"""Why spans of levels hold more or fewer coins than at the stored frame before (docs/clusters.md, eq. 2 to 4)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from liqscape.insight.minute import Minute
from liqscape.insight.reasons.legs import leg_columns, pair_legs
from liqscape.insight.reasons.owners import SharedOwners
from liqscape.insight.reasons.pools import last_reasons
from liqscape.insight.reasons.records import ChangeRow, PriceSpan, SpanPair
from liqscape.insight.reasons.tables import JoinedTables
from liqscape.insight.records import ChangeReason
from liqscape.units import Side

EMPTY: PriceSpan = (0.0, 0.0)
REASON = tuple(ChangeReason)


class Causes:
    """What happened between two stored frames, for all coins at once; made once a minute and asked by coin.

    owners  of both, where they are paired already.

    Cost, measured: 1.5 ms to make at 2,000 accounts and 44 coins, 60 ms at 100,000 and 250; a question takes some
    microseconds where nothing touched its spans, else some 20 and 2 a row.
    """

    def __init__(self, before: Minute, now: Minute, owners: SharedOwners | None = None) -> None:
        from liqscape.insight.kernels.reasons import CoinLegs, PoolsBefore

        self._now = now
        self._tables = JoinedTables(before.tables, now.tables)
        owners = owners or SharedOwners.of(before.key, now.key)
        paired = pair_legs(before, now, owners)
        self._legs = leg_columns(before, now, paired, owners, self._tables)
        held = before.accounts
        owner = owners.of_before[held.address_row]
        self._pools = PoolsBefore(
            raw_usd=held.raw_usd,
            offsets=held.offsets,
            new_offsets=paired.new_offsets,
            of_leg=paired.home,
            last=last_reasons(before, now, paired, self._legs, owner),
        )
        markets = len(now.snapshot.mark)
        self._marks = np.full((2, markets), np.nan)
        self._marks[0, : len(before.snapshot.mark)] = before.snapshot.mark[:markets]
        self._marks[1] = now.snapshot.mark
        market = paired.market
        order = np.argsort(market.astype(np.int16) if markets < 1 << 15 else market, kind="stable")
        self._starts = np.searchsorted(market[order], np.arange(markets + 1)).tolist()
        legs = self._legs
        self._by_coin = CoinLegs(
            row=order,
            held=legs.lots[order],
            held_now=legs.lots_now[order],
            level=legs.level[order],
            level_now=legs.level_now[order],
            is_quiet=legs.is_quiet[order],
        )

    def explain(self, market_index: int, side: Side, spans: Sequence[SpanPair]) -> tuple[ChangeRow, ...]:
        """Rows of each span in turn, by reason, those that are not zero; they sum to its change, exactly."""
        edges = [(*(span.before or EMPTY), *(span.now or EMPTY)) for span in spans]
        return self.explain_edges(market_index, side, [span.cluster_id for span in spans], edges)

    def explain_edges(
        self, market_index: int, side: Side, names: Sequence[str], spans: Sequence[tuple[float, float, float, float]]
    ) -> tuple[ChangeRow, ...]:
        """The same of spans as low and high before, low and high now; both 0 where there was none."""
        from liqscape.insight.kernels.reasons import REASONS, divide_changes
        from liqscape.insight.kernels.touched import is_touched

        first, last = self._starts[market_index], self._starts[market_index + 1]
        if not spans or first == last:
            return ()
        edges = np.array(spans)
        legs = self._by_coin
        if not is_touched(
            legs.held,
            legs.held_now,
            legs.level,
            legs.level_now,
            legs.is_quiet,
            first=first,
            last=last,
            side=int(side),
            spans=edges,
        ):
            return ()
        lots, count = np.zeros((len(spans), REASONS), np.int64), np.zeros((len(spans), REASONS), np.int64)
        divide_changes(
            self._legs,
            self._pools,
            self._tables.tiers,
            marks=self._marks,
            coin=self._by_coin.of_rows(first, last),
            side=int(side),
            spans=edges,
            lots=lots,
            count=count,
        )
        scale = 10 ** self._now.snapshot.markets.rows[market_index].size_decimals
        mark = self._now.mark(market_index)
        found = []
        for row, reason in zip(*(axis.tolist() for axis in lots.nonzero()), strict=True):
            moved = int(lots[row, reason])
            size = moved / scale
            usd = None if math.isnan(mark) else size * mark
            found.append(
                ChangeRow(
                    cluster_id=names[row],
                    reason=REASON[reason],
                    lots=moved,
                    size=size,
                    usd=usd,
                    position_count=int(count[row, reason]),
                    is_gap=self._now.is_gap,
                )
            )
        return tuple(found)

    def explain_band(self, market_index: int, side: Side, low: float, high: float) -> tuple[ChangeRow, ...]:
        """The same for levels in [low, high), a span that stays: any bands of the map. Its rows name no cluster."""
        return self.explain(market_index, side, [SpanPair("", (low, high), (low, high))])
