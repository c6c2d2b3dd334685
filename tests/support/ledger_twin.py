"""What accounts hold by the rules of docs/tracking.md, in exact fractions and plain objects: the ledger's slow twin.

It knows the whole truth in order of time; the ledger has to arrive at the same from prints, fills, funding and states
that come late, twice and in disorder.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from liqscape.ledger import FeeAssumption
from liqscape.model import Accounts, Market, Markets
from liqscape.model.cash import CashMovements
from liqscape.model.trades import NO_ADDRESS, Fills, Trades
from liqscape.units import MarginSource, PoolMode

FEES = FeeAssumption()


@dataclass(frozen=True)
class Print:
    """One trade. `fee` (buyer, seller) USD where fills tell it, else what is assumed."""

    time_ms: int
    trade_id: int
    market: int
    buyer: int
    seller: int
    price: Fraction
    size: Fraction
    is_buyer_taker: bool
    fee: tuple[Fraction, Fraction] | None = None


@dataclass(frozen=True)
class Move:
    """Cash of an account's shared pool on a dex that moved without a trade."""

    time_ms: int
    account: int
    dex: str
    amount: Fraction


@dataclass
class Pocket:
    """An isolated position."""

    size: Fraction
    cash: Fraction
    leverage: Fraction


@dataclass
class Wallet:
    """One address: cash of the shared pool by dex, sizes by market, isolated pockets by market."""

    cash: dict[str, Fraction]
    size: dict[int, Fraction] = field(default_factory=dict)
    pocket: dict[int, Pocket] = field(default_factory=dict)

    def copy(self) -> Wallet:
        pockets = {market: Pocket(each.size, each.cash, each.leverage) for market, each in self.pocket.items()}
        return Wallet(dict(self.cash), dict(self.size), pockets)


def address_of(account: int) -> str:
    return f"0x{account + 1:040x}"


def fee_of(market: Market, notional: Fraction, is_taker: bool) -> Fraction:
    rate = Fraction(FEES.taker_rate if is_taker else FEES.maker_rate)
    return notional * rate * (Fraction(FEES.deployed_dex_factor) if market.dex else 1)


def trade(wallet: Wallet, market: Market, row: int, size: Fraction, price: Fraction, fee: Fraction) -> None:
    """One side of a trade."""
    if not (row in wallet.pocket or (market.is_isolated_only and row not in wallet.size)):
        wallet.cash[market.dex] -= size * price + fee
        after = wallet.size.pop(row, Fraction(0)) + size
        if after:
            wallet.size[row] = after
        return
    pocket = wallet.pocket.pop(row, None) or Pocket(Fraction(0), Fraction(0), Fraction(min(20, market.max_leverage)))
    held, after = pocket.size, pocket.size + size
    pocket.cash -= size * price + fee
    if after == 0:
        moved = -max(Fraction(0), pocket.cash)
    elif held * size < 0 and held * after > 0:
        moved = -max(Fraction(0), pocket.cash + after * price) * abs(size) / abs(held)
    else:
        is_flip = held * after < 0
        moved = -max(Fraction(0), pocket.cash + after * price) if is_flip else Fraction(0)
        moved += (abs(after) if is_flip else abs(size)) * price / pocket.leverage
    pocket.cash += moved
    wallet.cash[market.dex] -= moved
    pocket.size = after
    if after:
        wallet.pocket[row] = pocket


@dataclass
class Twin:
    """The truth: wallets at the start, everything that happened, and the wallets at any time after."""

    markets: Markets
    start: list[Wallet]
    prints: list[Print]
    due_ms: int | None = None
    due: dict[int, Fraction] = field(default_factory=dict)
    """oracle * rate by market, paid by who holds it when `due_ms` is over."""
    moves: list[Move] = field(default_factory=list)

    def at(self, time_ms: int) -> list[Wallet]:
        """Wallets with all up to and including a time, and with the funding where the time is past the hour."""
        wallets = [wallet.copy() for wallet in self.start]
        for move in self.moves:
            if move.time_ms <= time_ms:
                wallets[move.account].cash[move.dex] += move.amount
        is_paid = self.due_ms is None or time_ms <= self.due_ms
        for each in sorted(self.prints, key=lambda one: (one.time_ms, one.trade_id, one.market)):
            if each.time_ms > time_ms:
                break
            if not is_paid and self.due_ms is not None and each.time_ms > self.due_ms:
                self._pay(wallets)
                is_paid = True
            market, notional = self.markets.rows[each.market], each.size * each.price
            for account, sign, is_taker in (
                (each.buyer, 1, each.is_buyer_taker),
                (each.seller, -1, not each.is_buyer_taker),
            ):
                reported = None if each.fee is None else each.fee[0 if sign > 0 else 1]
                fee = fee_of(market, notional, is_taker) if reported is None else reported
                trade(wallets[account], market, each.market, sign * each.size, each.price, fee)
        if not is_paid:
            self._pay(wallets)
        return wallets

    def _pay(self, wallets: list[Wallet]) -> None:
        for wallet in wallets:
            for row, size in wallet.size.items():
                wallet.cash[self.markets.rows[row].dex] -= size * self.due[row]
            for row, pocket in wallet.pocket.items():
                pocket.cash -= pocket.size * self.due[row]


def accounts_of(wallets: dict[int, Wallet], markets: Markets, dexs: tuple[str, ...], time_ms: int) -> Accounts:
    """States of some wallets on some dexs; a shared pool without positions is there, too."""
    names, address_row, raw_usd, mode, offsets = [], [], [], [], [0]
    market_index, size, leverage = [], [], []
    for row, (account, wallet) in enumerate(wallets.items()):
        names.append(address_of(account))
        for dex in dexs:
            held = {market: amount for market, amount in wallet.size.items() if markets.rows[market].dex == dex}
            address_row.append(row)
            raw_usd.append(float(wallet.cash[dex]))
            mode.append(PoolMode.CROSS)
            market_index += held.keys()
            size += [float(amount) for amount in held.values()]
            leverage += [np.nan] * len(held)
            offsets.append(len(size))
        for market, pocket in wallet.pocket.items():
            if markets.rows[market].dex in dexs:
                address_row.append(row)
                raw_usd.append(float(pocket.cash))
                mode.append(PoolMode.ISOLATED)
                market_index.append(market)
                size.append(float(pocket.size))
                leverage.append(float(pocket.leverage))
                offsets.append(len(size))
    return Accounts.build(
        addresses=names,
        address_row=address_row,
        raw_usd=raw_usd,
        offsets=offsets,
        market_index=market_index,
        size=size,
        table_row=[markets.rows[market].table_row for market in market_index],
        margin_source=[MarginSource.STATE] * len(raw_usd),
        mode=mode,
        observed_ms=[time_ms] * len(raw_usd),
        leverage=leverage,
    )


def held_in(accounts: Accounts) -> dict[tuple[str, int], tuple[float, float]]:
    """(address, market) -> (size, raw USD of its pool)."""
    found = {}
    for pool in range(accounts.pool_count):
        name = accounts.addresses[accounts.address_row[pool]]
        for row in range(int(accounts.offsets[pool]), int(accounts.offsets[pool + 1])):
            key = (name, int(accounts.market_index[row]))
            found[key] = (float(accounts.size[row]), float(accounts.raw_usd[pool]))
    return found


def truly_held(wallets: list[Wallet], markets: Markets) -> dict[tuple[str, int], tuple[float, float]]:
    """The same of the twin."""
    found = {}
    for account, wallet in enumerate(wallets):
        for row, size in wallet.size.items():
            found[(address_of(account), row)] = (float(size), float(wallet.cash[markets.rows[row].dex]))
        for row, pocket in wallet.pocket.items():
            found[(address_of(account), row)] = (float(pocket.size), float(pocket.cash))
    return found


def trades_of(prints: list[Print]) -> Trades:
    """Columns of prints, in the order given."""
    accounts = sorted({account for each in prints for account in (each.buyer, each.seller)})
    row_of = {account: row for row, account in enumerate(accounts)}
    return Trades(
        addresses=tuple(address_of(account) for account in accounts),
        buyer=np.array([row_of[each.buyer] for each in prints], np.int32),
        seller=np.array([row_of[each.seller] for each in prints], np.int32),
        market_index=np.array([each.market for each in prints], np.int32),
        price=np.array([float(each.price) for each in prints]),
        size=np.array([float(each.size) for each in prints]),
        is_buyer_taker=np.array([each.is_buyer_taker for each in prints], np.bool_),
        time_ms=np.array([each.time_ms for each in prints], np.int64),
        trade_id=np.array([each.trade_id for each in prints], np.int64),
    )


def movements_of(moves: list[Move], whole: float = 0.0) -> CashMovements:
    """Columns of moved cash, in the order given; `whole` of each, which does not matter to standard accounts."""
    accounts, dexs = sorted({each.account for each in moves}), sorted({each.dex for each in moves})
    return CashMovements(
        addresses=tuple(address_of(account) for account in accounts),
        dexs=tuple(dexs),
        user=np.array([accounts.index(each.account) for each in moves], np.int32),
        dex=np.array([dexs.index(each.dex) for each in moves], np.int32),
        time_ms=np.array([each.time_ms for each in moves], np.int64),
        amount=np.array([float(each.amount) for each in moves]),
        whole=np.full(len(moves), whole),
    )


def fills_of(prints: list[Print], starts: list[tuple[Fraction, Fraction]]) -> Fills:
    """Both sides of prints with their fees; `starts` (buyer's, seller's) position before each."""
    accounts = sorted({account for each in prints for account in (each.buyer, each.seller)})
    row_of = {account: row for row, account in enumerate(accounts)}
    rows = [
        (row_of[account], each, sign, start, each.fee[side] if each.fee else Fraction(0), is_taker)
        for each, pair in zip(prints, starts, strict=True)
        for side, (account, sign, start, is_taker) in enumerate(
            (
                (each.buyer, 1, pair[0], each.is_buyer_taker),
                (each.seller, -1, pair[1], not each.is_buyer_taker),
            )
        )
    ]
    count = len(rows)
    return Fills(
        addresses=tuple(address_of(account) for account in accounts),
        user=np.array([row[0] for row in rows], np.int32),
        market_index=np.array([row[1].market for row in rows], np.int32),
        price=np.array([float(row[1].price) for row in rows]),
        size=np.array([float(row[1].size * row[2]) for row in rows]),
        start_position=np.array([float(row[3]) for row in rows]),
        fee=np.array([float(row[4]) for row in rows]),
        is_taker=np.array([row[5] for row in rows], np.bool_),
        time_ms=np.array([row[1].time_ms for row in rows], np.int64),
        trade_id=np.array([row[1].trade_id for row in rows], np.int64),
        liquidated=np.full(count, NO_ADDRESS, np.int32),
        method=np.zeros(count, np.uint8),
        trigger_mark=np.full(count, np.nan),
        is_deleveraged=np.zeros(count, np.bool_),
    )
