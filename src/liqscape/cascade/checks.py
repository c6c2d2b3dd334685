"""Input that cannot be simulated, named with its value (docs/cascade.md, "Bad input")."""

from __future__ import annotations

import numpy as np

from liqscape.cascade.question import CascadeInput, CascadeSettings, Mode, RealBook
from liqscape.cascade.shocks import Shock
from liqscape.errors import InputError, QuestionError
from liqscape.exchange.build import dexs_of
from liqscape.exchange.rules import TriggerTurn
from liqscape.exchange.scale import to_lots
from liqscape.units import AnyArray

MAX_OF_INTEREST = 2.0
"""One side of a market may hold at most this times the open interest: minutes differ, but not so."""


def check_input(question: CascadeInput, shock: Shock, settings: CascadeSettings) -> None:
    """Raises InputError or QuestionError for what cannot be simulated."""
    snapshot, accounts = question.snapshot, question.accounts
    count = len(snapshot.markets)
    if len(question.books) != count:
        raise InputError(f"{len(question.books)} order books for {count} markets; give one (or none) for each")
    for name in ("day_volume", "day_volatility"):
        if getattr(question, name).shape != (count,):
            raise InputError(f"{name} has shape {getattr(question, name).shape}, {count} markets need ({count},)")
    if shock.target_log_return.shape != (count,):
        raise InputError(f"the shock has shape {shock.target_log_return.shape}, {count} markets need ({count},)")
    if accounts.position_count == 0:
        raise InputError("the market is empty: 0 positions in 0 coins, so nobody can be liquidated")
    if np.isnan(accounts.raw_usd).all():
        raise InputError(f"the margin of none of {accounts.pool_count} pools is known: nobody can be liquidated")
    if not np.isfinite(accounts.size).all():
        raise InputError(f"size of position {int(np.flatnonzero(~np.isfinite(accounts.size))[0])} is not a number")
    if question.triggers is not None and settings.rules.trigger_turn != TriggerTurn.FIRST:
        turn = TriggerTurn(settings.rules.trigger_turn).name.lower()
        raise QuestionError(f"trigger_turn is {turn}; a cascade fires triggers first in the block after the mark")
    _check_balance(question)
    _check_vaults(question, settings)
    moved = np.flatnonzero((shock.target_log_return != 0.0) & (snapshot.mark > 0.0))
    if not len(moved):
        raise QuestionError("the shock moves no coin that has a mark price")
    for row, book in enumerate(question.books):
        if book is not None:
            _check_book(snapshot.markets.coins[row], book)
    if settings.mode != Mode.GIVEN and shock.focus is not None:
        _check_depth(question, shock.focus)


def _check_book(coin: str, book: RealBook) -> None:
    for name, rows, sign in (("bids", book.bids, -1.0), ("asks", book.asks, 1.0)):
        if rows.ndim != 2 or rows.shape[1] != 2:
            raise InputError(f"{name} of {coin} have shape {rows.shape}; rows of price and size are needed")
        if not len(rows):
            raise InputError(f"the order book of {coin} has no {name}: 0 levels, a book without depth")
        if not (np.isfinite(rows).all() and (rows > 0.0).all()):
            at = int(np.flatnonzero(~(np.isfinite(rows).all(axis=1) & (rows > 0.0).all(axis=1)))[0])
            raise InputError(
                f"level {at} of the {name} of {coin} is {rows[at].tolist()}; price and size must be above 0"
            )
        if (np.diff(rows[:, 0]) * sign <= 0.0).any():
            raise InputError(f"{name} of {coin} are not sorted from the best price on")
    if book.bids[0, 0] >= book.asks[0, 0]:
        raise InputError(f"the order book of {coin} is crossed: bid {book.bids[0, 0]:.15g}, ask {book.asks[0, 0]:.15g}")


def _check_depth(question: CascadeInput, row: int) -> None:
    interest = float(question.snapshot.open_interest[row])
    is_held = bool((question.accounts.market_index == row).any())
    if question.books[row] is None and not question.day_volume[row] > 0.0 and not interest > 0.0 and not is_held:
        coin = question.snapshot.markets.coins[row]
        raise InputError(
            f"{coin} has no depth: no order book, day's volume {question.day_volume[row]:g}, open interest {interest:g}"
            " and no position to size a parametric book by"
        )


def _check_vaults(question: CascadeInput, settings: CascadeSettings) -> None:
    known = dexs_of(question.snapshot.markets)
    for dex, equity in settings.dex_vault_equity:
        if dex not in known:
            names = ", ".join(name for name in known if name) or "none but the first"
            raise QuestionError(f"a vault of {equity:g} USD is for dex {dex!r}; dexs of this market: {names}")


def _check_balance(question: CascadeInput) -> None:
    snapshot, accounts = question.snapshot, question.accounts
    count = len(snapshot.markets)
    longs = np.bincount(accounts.market_index, np.maximum(accounts.size, 0.0), count)
    shorts = np.bincount(accounts.market_index, np.maximum(-accounts.size, 0.0), count)
    if question.is_complete:
        _check_zero(question, longs, shorts)
    over = np.maximum(longs, shorts) > MAX_OF_INTEREST * snapshot.open_interest
    over &= snapshot.open_interest > 0.0
    if over.any():
        row = int(np.flatnonzero(over)[0])
        side, held = ("long", longs[row]) if longs[row] >= shorts[row] else ("short", shorts[row])
        raise InputError(
            f"unbalanced positions in {snapshot.markets.coins[row]}: accounts hold {held:.15g} coins {side}, open "
            f"interest is {snapshot.open_interest[row]:.15g}"
        )


def _check_zero(question: CascadeInput, longs: AnyArray, shorts: AnyArray) -> None:
    """A market said to be complete sums to zero, up to half a lot a position."""
    accounts, rows = question.accounts, question.snapshot.markets.rows
    decimals = np.array([market.size_decimals for market in rows], np.int64)
    lots = np.bincount(
        accounts.market_index, to_lots(accounts.size, decimals[accounts.market_index]).astype(np.float64), len(rows)
    )
    holders = np.bincount(accounts.market_index, minlength=len(rows))
    bad = np.flatnonzero(np.abs(lots) > 0.5 * holders)
    if len(bad):
        row = int(bad[0])
        raise InputError(
            f"unbalanced positions in {rows[row].coin}: {longs[row]:.15g} coins long, {shorts[row]:.15g} short, and "
            "the market is said to be complete"
        )
