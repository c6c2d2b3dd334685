"""Minutes of a made-up market whose trigger orders are read, reported and lost in every way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from store_frames import MINUTE_MS, START_MS, TABLES, assert_same_arrays, make_accounts, make_frame

from liqscape.heatmap.moment import Moment
from liqscape.ledger.triggers import StandingTriggers, TriggerRegister, triggers_on
from liqscape.model.events import TriggersMoved, TriggersObserved
from liqscape.model.markets import Market, Markets
from liqscape.model.trigger_rows import TriggerRows

MARKETS = Markets.build(
    Market(coin=coin, size_decimals=2, max_leverage=20, table_row=row % 2, dex=dex)
    for row, (coin, dex) in enumerate((("C0", ""), ("C1", ""), ("xyz:G", "xyz"), ("C3", ""), ("xyz:H", "xyz")))
)
DEXS = {"": (0, 1, 3), "xyz": (2, 4)}
SEED = 5
OUTSIDERS = tuple(f"0x{99:08x}{row:032x}" for row in range(3))
"""Who has orders and is on no map."""


def addresses() -> tuple[str, ...]:
    """All who may ever have orders."""
    return (*make_accounts(SEED, 31, len(MARKETS)).addresses, *OUTSIDERS)


@dataclass
class TriggerWorld:
    """`minute` plays one minute's news, and gives the moment that a live map would store after it."""

    seed: int

    def __post_init__(self) -> None:
        self.random = np.random.default_rng((self.seed, 77))
        self.orders: dict[int, tuple[str, int, float]] = {}
        self.restart()

    def restart(self) -> None:
        """The process begins anew and knows nothing."""
        self.register = TriggerRegister()
        self.register.set_markets(MARKETS, is_extended=True)
        self.silent_minutes = 3

    def minute(self, step: int) -> Moment:
        """News of the minute before a frame: orders come and go, some are told, some are read, some are missed."""
        time_ms, random = START_MS + step * MINUTE_MS, self.random
        ended = [number for number in self.orders if random.random() < 0.15]
        opened = {int(random.integers(1 << 40)): self._order() for _ in range(int(random.integers(0, 4)))}
        self.orders = {number: row for number, row in self.orders.items() if number not in ended} | opened
        moved_ms = {number: time_ms - int(random.integers(1, 30_000)) for number in (*ended, *opened)}
        self.silent_minutes -= 1
        is_silent = self.silent_minutes >= 0
        known = self.register.standing()
        keys = (
            {} if known is None else dict(zip(known.table.order_id.tolist(), known.table.market.tolist(), strict=True))
        )
        if random.random() < 0.4 and not is_silent:
            self.register.move(
                TriggersMoved(
                    time_ms=time_ms - 1,
                    received_ns=0,
                    opened=self._rows(opened),
                    opened_ms=np.array([moved_ms[number] for number in opened], np.int64),
                    ended=np.array([number for number in ended if number in keys], np.int64),
                    ended_market=np.array([keys[number] for number in ended if number in keys], np.int32),
                    ended_ms=np.array([moved_ms[number] for number in ended if number in keys], np.int64),
                    is_whole=bool(random.random() < 0.8),
                )
            )
        for _ in range(0 if is_silent else int(random.integers(0, 3))):
            self._observe(time_ms - int(random.integers(0, 90_000)))
        accounts = make_accounts(SEED, step, len(MARKETS))
        standing = self.register.standing()
        return Moment(
            frame=make_frame(SEED, step, markets=MARKETS, accounts=accounts),
            accounts=accounts,
            tables=TABLES,
            is_stored=True,
            triggers=None if standing is None else triggers_on(standing, accounts),
            standing=standing,
        )

    def _order(self) -> tuple[str, int, float]:
        chosen = addresses()[int(self.random.integers(len(addresses())))]
        return chosen, int(self.random.integers(len(MARKETS))), float(self.random.random() * 2.0)

    def _observe(self, time_ms: int) -> None:
        random = self.random
        everybody = random.random() < 0.2
        count = len(addresses()) if random.random() < 0.3 else int(random.integers(1, 4))
        named = None if everybody else tuple(random.permutation(addresses())[:count].tolist())
        dex = tuple(DEXS)[int(random.integers(2))]
        markets = None if everybody and random.random() < 0.5 else DEXS[dex]
        own = {
            number: row
            for number, row in self.orders.items()
            if (named is None or row[0] in named) and (markets is None or row[1] in markets)
        }
        self.register.observe(
            TriggersObserved(
                time_ms=time_ms,
                received_ns=0,
                orders=self._rows(own),
                addresses=named,
                market_index=None if markets is None else np.array(markets, np.int32),
            )
        )

    def _rows(self, orders: dict[int, tuple[str, int, float]]) -> TriggerRows:
        names = tuple(dict.fromkeys(address for address, _, _ in orders.values()))
        number, count = np.array(list(orders), np.int64), len(orders)
        price = np.array([price for *_, price in orders.values()], np.float64)
        return TriggerRows(
            addresses=names,
            user=np.array([names.index(address) for address, _, _ in orders.values()], np.int32),
            market_index=np.array([market for _, market, _ in orders.values()], np.int32),
            order_id=number,
            side=np.where(number % 2 == 0, 1, -1).astype(np.int8),
            kind=(number % 3 == 0).astype(np.int8),
            is_market=number % 5 != 0,
            trigger_price=price,
            limit_price=np.where(number % 7 == 0, np.nan, price * 0.9),
            size=np.where(number % 4 == 0, 0.0, price * 3.0),
            is_whole_position=number % 4 == 0,
            is_reduce_only=np.ones(count, np.bool_),
            placed_ms=np.where(number % 6 == 0, 0, number % 10**12),
        )


def assert_same_triggers(found: Moment, wanted: Moment) -> None:
    """What a map answers of trigger orders at one moment is what it answered at another, bit for bit."""
    assert (found.triggers is None) == (wanted.triggers is None)
    if found.triggers is None or wanted.triggers is None:
        return
    for own, other in zip(found.triggers, wanted.triggers, strict=True):
        for name, one, two in zip(own._fields, own, other, strict=True):
            assert_same_arrays(np.asarray(one), np.asarray(two), name)
    assert said(found.standing) == said(wanted.standing)


def said(standing: StandingTriggers | None) -> object:
    """All that a register says, however it numbers addresses: plain loops."""
    if standing is None:
        return None
    reads = {}
    for row, address in enumerate(standing.names):
        for market in MARKETS.rows:
            read_ms = int(standing.read_ms[row, standing.dex_of_market[MARKETS.coins.index(market.coin)]])
            if read_ms >= 0:
                reads[address, market.dex] = read_ms
    names = standing.names
    orders = [
        tuple(names[value] if name == "owner" else np.asarray(value).tobytes() for name, value in named)
        for named in (
            list(zip(standing.table._fields, values, strict=True))
            for values in zip(*(column.tolist() for column in standing.table), strict=True)
        )
    ]
    return reads, orders, standing.whole_ms.tolist(), standing.observed_ms.tolist()
