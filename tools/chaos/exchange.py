"""A made-up exchange that trades, and keeps its own book: who held what, with which cash, at every moment.

Sizes and cash are exact fractions, moved by its own trades at its own fees; what it tells is made of them as the
exchange tells it. Frames are judged by this book alone. No I/O; time is a number that others move.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from chaos.levels import Held, Tiers, liquidation_price, maintenance

HOUR_MS = 3_600_000
START_MS = 494_448 * HOUR_MS + 120_000
"""Two minutes past an hour: none is full within a trial unless it is meant to be."""
TAKER, MAKER = Fraction(45, 100_000), Fraction(15, 100_000)
FUNDING = Fraction(125, 10**7)
"""Of notional an hour."""
LEVERAGE_BOUND = 8
"""No trade that would leave either side with more notional, in multiples of its equity."""
HLP = "0xdfc24b077bc1425ad1dea75bcb6f8158e10df303"


@dataclass(frozen=True, kw_only=True)
class Coin:
    """A market. tiers: (lower bound, largest leverage)."""

    name: str
    size_decimals: int
    price: float
    tiers: Tiers
    is_delisted: bool = False


COINS = (
    Coin(name="BTC", size_decimals=4, price=96_000.0, tiers=((0.0, 40), (30_000.0, 20))),
    Coin(name="ETH", size_decimals=3, price=3_400.0, tiers=((0.0, 25),)),
    Coin(name="HYPE", size_decimals=1, price=31.0, tiers=((0.0, 10),)),
    Coin(name="SOL", size_decimals=2, price=188.0, tiers=((0.0, 20),)),
)


@dataclass(frozen=True)
class Holding:
    """What an account had from a moment on. sizes: coins by name, none of zero."""

    time_ms: int
    cash: Fraction
    sizes: dict[str, Fraction]

    @cached_property
    def held(self) -> dict[str, float]:
        """The sizes to the nearest float."""
        return {coin: float(size) for coin, size in self.sizes.items()}

    @cached_property
    def usd(self) -> float:
        """The cash likewise."""
        return float(self.cash)


@dataclass
class Account:
    """pocket: coin whose position is isolated, with all cash that it has; such an account does not trade."""

    address: str
    past: list[Holding]
    pocket: str | None = None

    @property
    def now(self) -> Holding:
        return self.past[-1]

    def at(self, time_ms: float) -> Holding:
        """As of a moment."""
        return self.past[max(0, bisect_right([each.time_ms for each in self.past], time_ms) - 1)]

    def within(self, from_ms: float, to_ms: float) -> list[Holding]:
        """Everything it held at some time between, the oldest first."""
        times = [each.time_ms for each in self.past]
        return self.past[max(0, bisect_right(times, from_ms) - 1) : bisect_right(times, to_ms)]


def address_of(number: int) -> str:
    """A made-up address."""
    return f"0x{number:040x}"


@dataclass
class Moment:
    """Marks of one second."""

    time_ms: int
    marks: dict[str, float]


@dataclass(kw_only=True)
class Exchange:
    """`second` moves marks, `trade` makes a print; `answer` and the messages tell of them.

    chance      draws everything. users: accounts that trade.
    skew_ms     how far the clock it tells is off.
    """

    chance: random.Random
    coins: tuple[Coin, ...] = COINS
    users: int = 16
    cash: tuple[float, float] = (2_000.0, 30_000.0)
    start_ms: int = START_MS
    skew_ms: int = 0
    clock_stands_ms: int | None = None
    """Time it tells while its clock stands still."""
    volatility: float = 0.0002
    accounts: dict[str, Account] = field(default_factory=dict)
    moments: list[Moment] = field(default_factory=list)
    volume: dict[str, Fraction] = field(default_factory=dict)
    trade_count: int = 0
    fills: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    tiers: dict[str, Tiers] = field(default_factory=dict)
    """Of every coin that ever was."""

    def __post_init__(self) -> None:
        self.now_ms = self.start_ms
        self.tiers = {coin.name: coin.tiers for coin in self.coins}
        for number in range(1, self.users + 1):
            address = address_of(number)
            cash = Fraction(round(self.chance.uniform(*self.cash)))
            self.accounts[address] = Account(address, [Holding(self.now_ms - 1, cash, {})])
        self.moments.append(Moment(self.now_ms - 1, {coin.name: coin.price for coin in self.coins}))
        self.volume = {coin.name: Fraction(0) for coin in self.coins}
        for _ in range(5 * self.users):
            self.trade()
        for coin in self.coins[1:3]:
            self._open_pocket(coin)

    @property
    def told_ms(self) -> int:
        """The time it says it is."""
        return (self.now_ms if self.clock_stands_ms is None else self.clock_stands_ms) + self.skew_ms

    @property
    def marks(self) -> dict[str, float]:
        return self.moments[-1].marks

    @property
    def listed(self) -> tuple[Coin, ...]:
        """Coins that are traded."""
        return tuple(coin for coin in self.coins if not coin.is_delisted)

    def second(self, drift: float = 0.0) -> None:
        """Marks move; `drift` is a share a second."""
        before = self.marks
        moved = before | {
            coin.name: before[coin.name]
            if coin.is_delisted
            else round(before[coin.name] * (1.0 + drift + self.chance.gauss(0.0, self.volatility)), 4)
            for coin in self.coins
        }
        self.moments.append(Moment(self.now_ms, moved))

    def trade(self, coin: Coin | None = None) -> dict[str, Any] | None:
        """One print at the mark; None where nobody may trade so much."""
        coin = coin or self.chance.choice(self.listed)
        buyer, seller = self.chance.sample([each for each in self.accounts.values() if each.pocket is None], 2)
        price = Fraction(self.marks[coin.name]).limit_denominator(10_000)
        lots = max(1, round(self.chance.uniform(50.0, 3_000.0) / float(price) * 10**coin.size_decimals))
        size = Fraction(lots, 10**coin.size_decimals)
        if not (self._may(buyer, coin, size) and self._may(seller, coin, -size)):
            return None
        is_buyer_taker = self.chance.random() < 0.5
        notional = size * price
        self.trade_count += 1
        for account, signed, rate in (
            (buyer, size, TAKER if is_buyer_taker else MAKER),
            (seller, -size, MAKER if is_buyer_taker else TAKER),
        ):
            held = account.now.sizes.get(coin.name, Fraction(0))
            fill = self._fill(coin.name, signed, held, price, rate * notional, is_taker=(signed > 0) is is_buyer_taker)
            self.fills.append((account.address, fill))
            self._move(account, coin.name, signed, -signed * price - rate * notional)
        self.volume[coin.name] += notional
        return {
            "coin": coin.name, "side": "B" if is_buyer_taker else "A", "px": _text(price), "sz": _text(size),
            "time": self.told_ms, "hash": "0x" + "0" * 64, "tid": 1_000 + self.trade_count,
            "users": [buyer.address, seller.address],
        }  # fmt: skip

    def take_fills(self) -> list[tuple[str, dict[str, Any]]]:
        """Both sides of every print since this was last asked."""
        taken, self.fills = self.fills, []
        return taken

    def pay_funding(self, rate: Fraction = FUNDING) -> None:
        """An hour is full: longs pay."""
        for account in self.accounts.values():
            paid = sum(
                (size * Fraction(self.marks[coin]) * rate for coin, size in account.now.sizes.items()), Fraction(0)
            )
            account.past.append(replace(account.now, time_ms=self.now_ms, cash=account.now.cash - paid))

    def list_coin(self, coin: Coin) -> None:
        """A new market, behind all others."""
        self.coins = (*self.coins, coin)
        self.tiers[coin.name] = coin.tiers
        self.volume[coin.name] = Fraction(0)
        self.moments.append(Moment(self.now_ms, {**self.marks, coin.name: coin.price}))

    def delist(self, name: str) -> None:
        """Everybody in a market is settled at its mark."""
        self.coins = tuple(replace(coin, is_delisted=True) if coin.name == name else coin for coin in self.coins)
        price = Fraction(self.marks[name])
        for account in self.accounts.values():
            size = account.now.sizes.get(name)
            if size is not None:
                self._move(account, name, -size, size * price)

    def contexts(self) -> list[dict[str, str]]:
        """As allDexsAssetCtxs has them for one dex, in the order of the listing."""
        interest = dict.fromkeys(self.marks, 0.0)
        for account in self.accounts.values():
            for name, size in account.now.held.items():
                interest[name] += max(size, 0.0)
        return [
            {
                "markPx": f"{self.marks[coin.name]:.4f}", "oraclePx": f"{self.marks[coin.name]:.4f}",
                "openInterest": f"{interest[coin.name]:.6f}", "funding": "0.0000125",
                "dayNtlVlm": f"{float(self.volume[coin.name]):.6f}", "prevDayPx": f"{coin.price:.4f}",
            }
            for coin in self.coins
        ]  # fmt: skip

    def meta(self) -> dict[str, Any]:
        """Markets and their margin tables."""
        universe, tables = [], []
        for number, coin in enumerate(self.coins):
            table_id = 100 + number if len(coin.tiers) > 1 else coin.tiers[0][1]
            row = {
                "name": coin.name, "szDecimals": coin.size_decimals, "maxLeverage": coin.tiers[0][1],
                "marginTableId": table_id,
            }  # fmt: skip
            universe.append({**row, "isDelisted": True} if coin.is_delisted else row)
            if len(coin.tiers) > 1:
                tiers = [{"lowerBound": f"{bound:.1f}", "maxLeverage": leverage} for bound, leverage in coin.tiers]
                tables.append([table_id, {"description": coin.name, "marginTiers": tiers}])
        return {"universe": universe, "marginTables": tables, "collateralToken": 0}

    def state(self, address: str, age_ms: int = 0) -> dict[str, Any]:
        """As clearinghouseState has it, of now or of some time ago."""
        account = self.accounts.get(address.lower())
        holding = Holding(0, Fraction(0), {}) if account is None else account.at(self.now_ms - age_ms)
        marks = self._marks_at(self.now_ms - age_ms)
        is_pocket = account is not None and account.pocket is not None
        held: list[tuple[str, Held]] = [
            (name, (size, marks[name], self.tiers[name])) for name, size in holding.held.items()
        ]
        cash, rows = holding.usd, [each for _, each in held]
        value = cash + sum(size * mark for size, mark, _ in rows)
        notional = sum(abs(size) * mark for size, mark, _ in rows)
        used = value if is_pocket else sum(abs(size) * mark / each[0][1] for size, mark, each in rows)
        whole = _summary(value, notional, cash, used)
        return {
            "marginSummary": whole,
            "crossMarginSummary": _summary(0.0, 0.0, 0.0, 0.0) if is_pocket else whole,
            "crossMaintenanceMarginUsed": _usd(
                0.0 if is_pocket else sum(maintenance(abs(size) * mark, each) for size, mark, each in rows)
            ),
            "withdrawable": "0.0",
            "assetPositions": [
                {"type": "oneWay", "position": _position(name, cash, rows, number, is_pocket=is_pocket)}
                for number, (name, _) in enumerate(held)
            ],
            "time": self.told_ms - age_ms,
        }

    def answer(self, request: dict[str, Any], age_ms: int = 0) -> Any:
        """What the info server says; None where it does not know the question."""
        match request:
            case {"type": "exchangeStatus"}:
                return {"time": self.told_ms, "specialStatuses": None}
            case {"type": "perpDexs"}:
                return [None]
            case {"type": "allPerpMetas"}:
                return [self.meta()]
            case {"type": "metaAndAssetCtxs"}:
                return [self.meta(), self.contexts()]
            case {"type": "meta"}:
                return self.meta()
            case {"type": "clearinghouseState", "user": user}:
                return self.state(user, age_ms)
            case {"type": "batchClearinghouseStates", "users": users}:
                return [self.state(user, age_ms) for user in users]
            case {"type": "spotClearinghouseState"}:
                return {"balances": []}
            case {"type": "candleSnapshot" | "userFillsByTime" | "userFills" | "recentTrades"}:
                return []
        return None

    def _fill(
        self, coin: str, size: Fraction, held: Fraction, price: Fraction, fee: Fraction, *, is_taker: bool
    ) -> dict[str, Any]:
        """One side as a node writes it."""
        return {
            "coin": coin, "px": _text(price), "sz": _text(abs(size)), "side": "B" if size > 0 else "A",
            "time": self.told_ms, "startPosition": _text(held), "dir": "Open Long" if size > 0 else "Open Short",
            "closedPnl": "0.0", "hash": "0x" + "0" * 64, "oid": 1_000 + self.trade_count, "crossed": is_taker,
            "fee": f"{float(fee):.9f}", "tid": 1_000 + self.trade_count, "feeToken": "USDC", "twapId": None,
        }  # fmt: skip

    def _open_pocket(self, coin: Coin) -> None:
        """Somebody whose only position is isolated, and somebody across."""
        other = next(
            each
            for each in self.accounts.values()
            if each.pocket is None and self._may(each, coin, Fraction(-1_000) / round(coin.price))
        )
        size = Fraction(round(1_000 / coin.price * 10**coin.size_decimals), 10**coin.size_decimals)
        price = Fraction(self.marks[coin.name]).limit_denominator(10_000)
        address = address_of(900 + len(self.accounts))
        holding = Holding(self.now_ms - 1, 200 - size * price, {coin.name: size})
        self.accounts[address] = Account(address, [holding], coin.name)
        self._move(other, coin.name, -size, size * price)

    def _may(self, account: Account, coin: Coin, size: Fraction) -> bool:
        """Whether a trade leaves an account with a bearable leverage."""
        sizes = dict(account.now.sizes)
        sizes[coin.name] = sizes.get(coin.name, Fraction(0)) + size
        value = float(account.now.cash) + sum(
            float(each) * self.marks[name] for name, each in account.now.sizes.items()
        )
        notional = sum(abs(float(each)) * self.marks[name] for name, each in sizes.items())
        return notional <= LEVERAGE_BOUND * value

    def _move(self, account: Account, coin: str, size: Fraction, cash: Fraction) -> None:
        sizes = dict(account.now.sizes)
        sizes[coin] = sizes.get(coin, Fraction(0)) + size
        if not sizes[coin]:
            del sizes[coin]
        account.past.append(Holding(self.now_ms, account.now.cash + cash, sizes))

    def _marks_at(self, time_ms: int) -> dict[str, float]:
        for moment in reversed(self.moments):
            if moment.time_ms <= time_ms:
                return {**self.moments[0].marks, **moment.marks}
        return self.moments[0].marks

    def marks_within(self, coin: str, from_ms: float, to_ms: float) -> set[float]:
        """Every mark a coin had at some time between."""
        found: set[float] = set()
        for moment in reversed(self.moments):
            if moment.time_ms <= to_ms and coin in moment.marks:
                found.add(moment.marks[coin])
                if moment.time_ms <= from_ms:
                    break
        return found


def level_of(holding: Holding, coin: str, marks: dict[str, float], tiers: dict[str, Tiers]) -> float | None:
    """The true level of a position at given marks."""
    names = list(holding.held)
    held = [(size, marks[name], tiers[name]) for name, size in holding.held.items()]
    return liquidation_price(holding.usd, held, names.index(coin))


def _position(name: str, cash: float, held: Sequence[Held], number: int, *, is_pocket: bool) -> dict[str, Any]:
    size, mark, tiers = held[number]
    level = liquidation_price(cash, held, number)
    used = cash + size * mark if is_pocket else abs(size) * mark / tiers[0][1]
    leverage = {"type": "isolated", "value": tiers[0][1], "rawUsd": _usd(cash)} if is_pocket else {
        "type": "cross", "value": tiers[0][1],
    }  # fmt: skip
    return {
        "coin": name, "szi": f"{size:.6f}", "leverage": leverage, "entryPx": f"{mark:.4f}",
        "positionValue": f"{abs(size) * mark:.10f}", "unrealizedPnl": "0.0", "returnOnEquity": "0.0",
        "liquidationPx": None if level is None else f"{level:.10f}", "marginUsed": _usd(used),
        "maxLeverage": tiers[0][1],
        "cumFunding": {"allTime": "0.0", "sinceOpen": "0.0", "sinceChange": "0.0"},
    }  # fmt: skip


def _summary(value: float, notional: float, cash: float, used: float) -> dict[str, str]:
    return {
        "accountValue": _usd(value), "totalNtlPos": _usd(notional), "totalRawUsd": _usd(cash),
        "totalMarginUsed": _usd(used),
    }  # fmt: skip


def _usd(amount: float) -> str:
    return f"{amount:.6f}"


def _text(number: Fraction) -> str:
    return f"{float(number):.6f}"
