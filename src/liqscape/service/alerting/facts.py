"""What rules are held against, out of frames and moments: figures of coins, and levels and cash of watched accounts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from liqscape.heatmap.clusters import Cluster
from liqscape.heatmap.coin_positions import positions_in, positions_of_all
from liqscape.heatmap.frame import MarketFrame
from liqscape.heatmap.moment import Moment
from liqscape.heatmap.trigger_clusters import STOPS, find_trigger_clusters
from liqscape.heatmap.trigger_orders import TriggerFlow, waiting_orders
from liqscape.heatmap.triggers import trigger_bands, trigger_coverage
from liqscape.insight.alerts.inputs import (
    AccountLevel,
    CashReceived,
    FrameFacts,
    KnownStopCluster,
    KnownStops,
    LiquidationSeen,
)
from liqscape.insight.alerts.records import SideWord
from liqscape.ledger.known_addresses import rows_among
from liqscape.model.accounts import Accounts
from liqscape.model.funding import HourlyFunding
from liqscape.model.liquidations import Evidence, Liquidation, LiquidationMethod
from liqscape.model.markets import MarketSnapshot
from liqscape.model.minute_notes import NO_MARKET, Columns, MinuteKind
from liqscape.model.triggers import TriggerColumns, TriggerKnowledge
from liqscape.risk.liquidation import solve_liquidation
from liqscape.service.answers.parts import known, known_age
from liqscape.service.answers.status import coverage_answer
from liqscape.store.history.series import MAX_FUNDING_AGE_MS, hourly_rate
from liqscape.units import Float64Array, Int64Array

if TYPE_CHECKING:
    # Its module loads the library of the files, which a map that is served need not wait for.
    from liqscape.store.liquidations.schema import StoredLiquidation

PERCENT_8H = 800.0
"""Of a fraction an hour."""
CASH_KINDS = (MinuteKind.DEPOSIT, MinuteKind.TRANSFER)
STOP_FLOWS: dict[TriggerFlow, SideWord] = {TriggerFlow.STOP_SELL: "long", TriggerFlow.STOP_BUY: "short"}
"""Stops, and whose positions they close."""


class FundingMemory:
    """The rate of the full hour paid last, a coin: what was due over the oracle of the first frame that had it."""

    def __init__(self) -> None:
        self._hour_ms = -1
        self._coins: tuple[str, ...] = ()
        self._rate: Float64Array = np.empty(0)

    def see(self, frame: MarketFrame) -> Float64Array:
        """(M,) percent per 8 hours at a frame; NaN where none is known, or it was paid too long ago."""
        coins = frame.snapshot.markets.coins
        if coins != self._coins:
            self._coins, self._hour_ms = coins, -1
        funding = frame.funding
        if funding is not None:
            self._take(funding, frame.snapshot.oracle)
        if self._hour_ms < 0 or frame.time_ms - self._hour_ms >= MAX_FUNDING_AGE_MS:
            return np.full(len(coins), np.nan)
        return self._rate * PERCENT_8H

    def _take(self, funding: HourlyFunding, oracle: Float64Array) -> None:
        due = np.full(len(self._coins), np.nan)
        known_count = min(len(due), len(funding.due))
        due[:known_count] = funding.due[:known_count]
        rate = hourly_rate(due, oracle)
        if funding.hour_ms != self._hour_ms:
            self._hour_ms, self._rate = funding.hour_ms, rate
        else:
            self._rate = np.where(np.isnan(self._rate), rate, self._rate)


def facts_of(frame: MarketFrame, funding_8h: Float64Array) -> FrameFacts:
    """Figures of all coins at a frame."""
    share = coverage_answer(frame).share
    return FrameFacts(
        time_ms=frame.time_ms,
        coins=frame.snapshot.markets.coins,
        mark=frame.snapshot.mark,
        open_interest=frame.snapshot.open_interest,
        coverage=frame.coverage,
        coverage_all=np.nan if share is None else share,
        funding_8h=funding_8h,
        account_age_ms=known_age(frame)[1],
        provenance=frame.provenance,
    )


def levels_of(moment: Moment, addresses: Set[str]) -> list[AccountLevel]:
    """Levels of the positions of some accounts; none of those that have no level."""
    accounts, snapshot = moment.accounts, moment.frame.snapshot
    rows = rows_among(accounts.addresses, addresses)
    own = accounts.take(np.flatnonzero(np.isin(accounts.address_row, rows)))
    price = solve_liquidation(own, snapshot, moment.tables).price
    owner = own.address_row[own.pool_of_position()]
    coins = snapshot.markets.coins
    return [
        AccountLevel(
            address=own.addresses[owner[row]],
            coin=coins[own.market_index[row]],
            side="long" if own.size[row] > 0.0 else "short",
            price=float(price[row]),
            size=float(own.size[row]),
            time_ms=moment.frame.time_ms,
        )
        for row in np.flatnonzero(np.isfinite(price) & (price > 0.0)).tolist()
    ]


def stops_of(
    triggers: tuple[TriggerColumns, TriggerKnowledge],
    accounts: Accounts,
    snapshot: MarketSnapshot,
    coins: Set[str] | None,
) -> list[KnownStops]:
    """Known stops of some coins (None: of all) that wait at a frame, by the side whose positions they close.

    Unknown, and so not in the list, are those of a coin without a mark, and of a coin of which no account was read and
    no order seen. Cost: of all coins, positions are sorted once; of some, a pass over all positions each.
    """
    orders, knowledge = triggers
    found = []
    accounts = replace(accounts)  # what is derived of a copy goes with it
    sorted_once = positions_of_all(accounts, len(snapshot.markets)) if coins is None else None
    for row, coin in enumerate(snapshot.markets.coins):
        mark = float(snapshot.mark[row])
        if (coins is not None and coin not in coins) or not mark > 0.0:
            continue
        positions = positions_in(accounts, row) if sorted_once is None else sorted_once[row]
        waiting = waiting_orders(orders, positions, snapshot, row)
        coverage = trigger_coverage(knowledge, positions, snapshot, row)
        if not (len(waiting) or coverage.known_account_count):
            continue
        clusters = find_trigger_clusters(trigger_bands(waiting), mark, pairs=(STOPS,))
        shares = {"long": known(coverage.long_share), "short": known(coverage.short_share)}
        found += [
            KnownStops(
                coin=coin,
                side=side,
                time_ms=snapshot.time_ms,
                clusters=tuple(_stop_cluster(each.cluster) for each in clusters if each.flow is flow),
                coverage=shares[side],
                age_ms=None if coverage.median_age_ms < 0 else coverage.median_age_ms,
            )
            for flow, side in STOP_FLOWS.items()
        ]
    return found


def _stop_cluster(cluster: Cluster) -> KnownStopCluster:
    return KnownStopCluster(
        price_low=cluster.price_low,
        price_high=cluster.price_high,
        price_peak=cluster.price_peak,
        notional=cluster.level_notional,
        order_count=cluster.position_count,
    )


def cash_of_notes(
    notes: Columns, rows: Int64Array | Sequence[int], addresses: Sequence[str], coins: tuple[str, ...]
) -> Iterator[tuple[int, CashReceived]]:
    """Deposits and transfers that were written down of the addresses at `rows`, each with its row in the notes."""
    is_own = np.isin(notes["address_row"], rows) & np.isin(notes["kind"], CASH_KINDS) & (notes["usd"] > 0.0)
    for row in np.flatnonzero(is_own).tolist():
        market = int(notes["market_index"][row])
        moved = CashReceived(
            address=addresses[notes["address_row"][row]],
            coin=None if market == NO_MARKET else coins[market],
            usd=float(notes["usd"][row]),
            time_ms=int(notes["last_ms"][row]),
            is_inferred=False,
        )
        yield row, moved


def liquidation_seen(event: Liquidation, coin: str) -> LiquidationSeen:
    """A liquidation as rules see it."""
    method, evidence = LiquidationMethod(event.method).name.lower(), Evidence(event.evidence).name.lower()
    return _seen(event, coin, method, evidence)


def stored_liquidation_seen(event: StoredLiquidation) -> LiquidationSeen:
    """The same of a stored one."""
    return _seen(event, event.coin, event.method, event.evidence)


def _seen(event: Liquidation | StoredLiquidation, coin: str, method: str, evidence: str) -> LiquidationSeen:
    return LiquidationSeen(
        coin=coin,
        side="long" if event.side > 0 else "short",
        address=event.address,
        notional=event.notional,
        size=event.size,
        price=event.price,
        mark=known(event.mark),
        level=known(event.predicted_price),
        method=method,
        evidence=evidence,
        first_ms=event.first_ms,
        last_ms=event.last_ms,
    )
