"""How much of everybody's trigger orders is known after minutes of the API's budget, against the engine's orders.

    python benchmarks/trigger_growth.py [--json] [--accounts 2000] [--coins 12] [--minutes 60] [--seeds 7 8]
                                        [--share 0.1]

A sandbox world lives in steps of a minute. A map of it knows positions and prices at once, so that only trigger orders
are looked at: they are read by the product's reader and planner (feed.trigger_reads) in virtual time, at a share of the
exchange's weight a minute, from the engine's own columns. Who is hidden from the map holds orders nobody can ask for.

    stated    share of the USD of all positions on the map whose account's trigger orders are known, as the map says
    true      the same, of the engine's positions and the accounts that were asked
    held      share of the orders that wait in the engine which the register holds, by number and by USD
    gone      share of the orders in the register that wait no more
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace

import numpy as np

from liqscape.exchange.to_model import to_accounts
from liqscape.feed.trigger_reads.reader import TriggerReader
from liqscape.heatmap.coin_positions import positions_in
from liqscape.heatmap.frame import Provenance
from liqscape.heatmap.moment import Moment
from liqscape.heatmap.triggers import trigger_coverage
from liqscape.ledger import WatchColumns
from liqscape.model.events import TriggersObserved
from liqscape.risk.liquidation import solve_roots
from liqscape.sandbox.market import SandboxMarket
from liqscape.sandbox.triggers import trigger_event, trigger_rows
from liqscape.sandbox.world import WorldSettings
from liqscape.service.pipeline import Pipeline
from liqscape.steps import Steps
from liqscape.wire.info.frontend_open_orders import FrontendOpenOrdersRequest
from liqscape.wire.info.weights import WEIGHT_A_MINUTE

STOPS_PERCENT = 40
LOOKS = (1, 2, 3, 5, 10, 15, 20, 30, 45, 60)
MINUTE_S = 60.0

Key = tuple[int, int]
"""(market, order id)."""


@dataclass(kw_only=True)
class Reading:
    """A world, a map of it, and what was read: orders of each account in a dex as of its newest answer."""

    market: SandboxMarket
    share: float
    pipeline: Pipeline = field(init=False)
    moment: Moment = field(init=False)
    read: dict[tuple[str, str], set[Key]] = field(default_factory=dict)
    now_s: float = 0.0

    def __post_init__(self) -> None:
        self.pipeline = Pipeline(Provenance("sandbox", "growth", is_simulated=True, note=""))
        self.row_of = {address: row for row, address in enumerate(self.market.world.exchange.addresses)}
        self.reader = TriggerReader(
            self._ask,
            self._say,
            watch=self._watch,
            now_ms=lambda: self.market.world.time_ms,
            allowed=lambda: self.share * WEIGHT_A_MINUTE,
            seconds=lambda: self.now_s,
        )
        self._feed(self.market.initial_events())

    async def minute(self) -> None:
        """What the share allows in a minute, then the world lives one on."""
        end_s = self.now_s + MINUTE_S
        while self.now_s < end_s:
            self.now_s += max(await self.reader.step(), 1e-3)
        self._feed(self.market.step())

    def held(self) -> set[Key]:
        """Orders in the register."""
        standing = self.pipeline.ledger.triggers.standing()
        if standing is None:
            return set()
        return set(zip(standing.table.market.tolist(), standing.table.order_id.tolist(), strict=True))

    def stated(self) -> dict[str, float]:
        """Share of a coin's positions on the map whose account is known, as the map says; coins with none left out."""
        known, accounts, snapshot = self.moment.triggers, self.moment.accounts, self.moment.frame.snapshot
        coins = snapshot.markets.coins
        if known is None:
            return dict.fromkeys((coins[row] for row in np.unique(accounts.market_index).tolist()), 0.0)
        shares = {
            coin: trigger_coverage(known[1], positions_in(accounts, row), snapshot, row).map_share
            for row, coin in enumerate(coins)
        }
        return {coin: share for coin, share in shares.items() if not np.isnan(share)}

    def true(self) -> dict[str, tuple[float, float]]:
        """(known, all) USD of each coin's positions in the engine, of who is shown: known is who was asked in every dex
        that he holds something in."""
        exchange, snapshot = self.market.world.exchange, self.moment.frame.snapshot
        accounts = to_accounts(exchange)
        owners = accounts.address_row[accounts.pool_of_position()].tolist()
        positions = list(zip(owners, accounts.market_index.tolist(), accounts.size.tolist(), strict=True))
        dexs: dict[str, set[str]] = {}
        for owner, market, _ in positions:
            dexs.setdefault(accounts.addresses[owner], set()).add(exchange.markets.rows[market].dex)
        sums: dict[str, tuple[float, float]] = {}
        for owner, market, size in positions:
            address = accounts.addresses[owner]
            if self.market.is_hidden[self.row_of[address]]:
                continue
            usd = abs(size) * float(snapshot.mark[market])
            is_known = all((address, dex) in self.read for dex in dexs[address])
            known, whole = sums.get(exchange.markets.coins[market], (0.0, 0.0))
            sums[exchange.markets.coins[market]] = (known + usd * is_known, whole + usd)
        return sums

    def waiting(self) -> dict[Key, float]:
        """Orders of everybody in the engine, hidden or not, with the USD they send, of a whole position what it is."""
        exchange = self.market.world.exchange
        rows, accounts = trigger_rows(exchange, np.arange(len(exchange.addresses))), to_accounts(exchange)
        owners = accounts.address_row[accounts.pool_of_position()].tolist()
        held = {
            (accounts.addresses[owner], market): abs(size)
            for owner, market, size in zip(owners, accounts.market_index.tolist(), accounts.size.tolist(), strict=True)
        }
        found = {}
        for row, market in enumerate(rows.market_index.tolist()):
            size = float(rows.size[row])
            if rows.is_whole_position[row]:
                size = held.get((rows.addresses[int(rows.user[row])], market), 0.0)
            found[market, int(rows.order_id[row])] = size * float(rows.trigger_price[row])
        return found

    def _feed(self, events: Sequence[object]) -> None:
        for event in events:
            if not isinstance(event, TriggersObserved):
                self.moment = self.pipeline.feed(event) or getattr(self, "moment", None)  # type: ignore[arg-type, assignment]

    def _watch(self) -> Steps[WatchColumns]:
        yield None
        ledger = self.pipeline.ledger
        return ledger.watch(solve_roots(ledger.accounts, ledger.snapshot, ledger.tables))

    async def _ask(self, request: FrontendOpenOrdersRequest, priority: int) -> bytes:  # noqa: ARG002
        return b""

    def _say(self, request: FrontendOpenOrdersRequest, content: bytes) -> None:  # noqa: ARG002
        world, address, dex = self.market.world, request.user, request.dex or ""
        rows = [row for row, market in enumerate(world.exchange.markets.rows) if market.dex == dex]
        event = trigger_event(world.exchange, world.time_ms, np.array([self.row_of[address]]))
        mine = np.isin(event.orders.market_index, rows)
        columns = {
            each.name: getattr(event.orders, each.name)[mine]
            for each in fields(event.orders)
            if each.name != "addresses"
        }
        orders = replace(event.orders, **columns)
        self.read[address, dex] = set(zip(orders.market_index.tolist(), orders.order_id.tolist(), strict=True))
        self.pipeline.feed(replace(event, orders=orders, market_index=np.array(rows, np.int32)))


def look(reading: Reading, minute: int) -> dict[str, float]:
    """One row of the table."""
    true, stated, waiting, held = reading.true(), reading.stated(), reading.waiting(), reading.held()
    usd = sum(whole for _, whole in true.values())
    return {
        "minute": float(minute),
        "stated": sum(stated[coin] * whole for coin, (_, whole) in true.items()) / usd,
        "true": sum(known for known, _ in true.values()) / usd,
        "accounts": float(reading.reader.figures().accounts),
        "weight": float(reading.reader.figures().weight),
        "held": len(held & waiting.keys()) / max(len(waiting), 1),
        "held_usd": sum(waiting[key] for key in held & waiting.keys()) / max(sum(waiting.values()), 1e-9),
        "gone": len(held - waiting.keys()) / max(len(held), 1),
    }


def run(settings: WorldSettings, minutes: int, share: float) -> list[dict[str, float]]:
    """Rows of one world."""

    async def live() -> list[dict[str, float]]:
        reading, rows = Reading(market=SandboxMarket.new(settings), share=share), []
        for minute in range(1, minutes + 1):
            await reading.minute()
            if minute in LOOKS:
                rows.append(look(reading, minute))
        return rows

    return asyncio.run(live())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--accounts", type=int, default=2_000)
    parser.add_argument("--coins", type=int, default=12)
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 8])
    parser.add_argument("--share", type=float, default=0.1)
    chosen = parser.parse_args()
    worlds = [
        run(
            WorldSettings(seed=seed, accounts=chosen.accounts, coins=chosen.coins, stops_percent=STOPS_PERCENT),
            chosen.minutes,
            chosen.share,
        )
        for seed in chosen.seeds
    ]
    rows = [
        {name: float(np.mean([row[name] for row in each])) for name in each[0]} for each in zip(*worlds, strict=True)
    ]
    if chosen.json:
        print(json.dumps(rows))
        return
    print("| minutes | accounts read | known, stated | known, true | orders held | of their USD | held but gone |")
    print("|---:|---:|---:|---:|---:|---:|---:|")
    for row in rows:
        shares = " | ".join(f"{row[name]:.1%}" for name in ("stated", "true", "held", "held_usd", "gone"))
        print(f"| {row['minute']:.0f} | {row['accounts']:.0f} | {shares} |")


if __name__ == "__main__":
    main()
