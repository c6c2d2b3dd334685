"""Prints applied one by one, in batches, or all at once leave the same tables, to the bit."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from ledger_days import ADDRESSES, MARKETS, SNAPSHOT, TABLES, prints
from populations import make_accounts

from liqscape.errors import ModelError
from liqscape.ledger import Ledger
from liqscape.ledger.address_table import read_words
from liqscape.model.address_words import AddressWords
from liqscape.model.events import AccountsObserved, MarketDefined, MarksUpdated, TradesPrinted
from liqscape.model.trades import Trades

START_MS = 1_000
COLUMNS = [each.name for each in fields(Trades) if each.name != "addresses"]


def ledger_of_everybody() -> Ledger:
    ledger = Ledger()
    ledger.apply(MarketDefined(START_MS, 0, MARKETS, TABLES))
    ledger.apply(MarksUpdated(START_MS, 0, SNAPSHOT))
    everybody = make_accounts(START_MS, SNAPSHOT, ADDRESSES)
    ledger.apply(AccountsObserved(time_ms=START_MS, received_ns=0, accounts=everybody, is_complete=True))
    return ledger


def part(trades: Trades, first: int, last: int) -> TradesPrinted:
    columns = {
        each.name: getattr(trades, each.name)[first:last].copy() for each in fields(trades) if each.name != "addresses"
    }
    # Their addresses are those of the whole, so that whoever is new is met in the same order.
    return TradesPrinted(int(columns["time_ms"][-1]), 0, Trades(addresses=trades.addresses, **columns))


def applied(trades: Trades, length: int) -> Ledger:
    ledger = ledger_of_everybody()
    for first in range(0, len(trades), length):
        ledger.apply(part(trades, first, first + length))
    return ledger


@pytest.mark.parametrize("seed", range(3))
def test_the_length_of_batches_changes_nothing(seed: int) -> None:
    random = np.random.default_rng(seed)
    days = [prints(random, START_MS + 1 + number).trades for number in range(60)]
    columns = {
        each.name: np.concatenate([getattr(day, each.name) for day in days])
        for each in fields(Trades)
        if each.name != "addresses"
    }
    order = np.lexsort((columns["market_index"], columns["trade_id"], columns["time_ms"]))
    trades = Trades(addresses=days[0].addresses, **{name: column[order] for name, column in columns.items()})
    alone, few, whole = applied(trades, 1), applied(trades, 7), applied(trades, len(trades))
    for other in (few, whole):
        assert other.accounts.addresses == alone.accounts.addresses
        for name in ("raw_usd", "size", "entry_price", "market_index", "offsets", "margin_source"):
            assert getattr(other.accounts, name).tobytes() == getattr(alone.accounts, name).tobytes(), name
        assert other.tracking_figures() == alone.tracking_figures()
        other.flush_liquidations()
        alone.flush_liquidations()
    assert sorted(map(repr, few.take_liquidations())) == sorted(map(repr, whole.take_liquidations()))


def test_users_are_found_by_name_by_words_and_beside_names_that_are_no_address() -> None:
    random = np.random.default_rng(4)
    days = [prints(random, START_MS + 1 + number) for number in range(20)]
    named, worded, mixed = ledger_of_everybody(), ledger_of_everybody(), ledger_of_everybody()
    mixed.apply(
        _among(days[0], ("somebody", "nobody"), START_MS + 1)
    )  # its users are found by their names from then on
    for day in days:
        word = read_words(day.trades.addresses)
        assert word is not None
        columns = {each.name: getattr(day.trades, each.name) for each in fields(Trades)}
        named.apply(day)
        mixed.apply(day)
        worded.apply(TradesPrinted(day.time_ms, 0, Trades(**columns | {"addresses": AddressWords(word)})))
    for other in (worded, mixed):
        for name in ("raw_usd", "size", "entry_price", "market_index", "offsets", "margin_source"):
            assert getattr(other.accounts, name).tobytes() == getattr(named.accounts, name).tobytes(), name
    assert worded.tracking_figures() == named.tracking_figures()


def test_a_name_that_reads_as_two_addresses_is_neither_of_them() -> None:
    ledger, other = ledger_of_everybody(), ledger_of_everybody()
    first = prints(np.random.default_rng(6), START_MS + 1)
    known = f"0x{3:040x}"
    for each, names in ((ledger, (f"{known},0x{4:040x}", known)), (other, ("somebody", known))):
        columns = {name: getattr(first.trades, name)[:1].copy() for name in COLUMNS}
        rows = {"buyer": np.zeros(1, np.int32), "seller": np.ones(1, np.int32)}
        each.apply(TradesPrinted(first.time_ms, 0, Trades(addresses=names, **columns | rows)))
    assert ledger.accounts.size.tobytes() == other.accounts.size.tobytes()
    assert ledger.accounts.raw_usd.tobytes() == other.accounts.raw_usd.tobytes()
    assert ledger.tracking_figures().unknown == other.tracking_figures().unknown == 1


def test_users_who_are_new_come_in_the_middle_of_known_ones() -> None:
    ledger, random = ledger_of_everybody(), np.random.default_rng(5)
    for number in range(3):
        day = prints(random, START_MS + 1 + number)
        fresh = f"0x{2 * number + 10_000:040x}", f"0x{2 * number + 10_001:040x}"
        before = ledger.tracking_figures().unknown
        ledger.apply(day)
        assert ledger.tracking_figures().unknown == before
        ledger.apply(_among(day, fresh, START_MS + 50 + number))
        assert ledger.tracking_figures().unknown == before + 2


def _among(day: TradesPrinted, users: tuple[str, str], time_ms: int) -> TradesPrinted:
    """One print of two users who are named behind those of a day."""
    first = {
        each.name: getattr(day.trades, each.name)[:1].copy() for each in fields(Trades) if each.name != "addresses"
    }
    row = np.full(1, len(day.trades.addresses), np.int32)
    columns = first | {"buyer": row, "seller": row + np.int32(1), "time_ms": np.full(1, time_ms)}
    return TradesPrinted(time_ms, 0, Trades(addresses=(*day.trades.addresses, *users), **columns))


def test_prints_of_a_market_that_is_not_defined_change_nothing() -> None:
    ledger = ledger_of_everybody()
    event = prints(np.random.default_rng(1), START_MS + 1)
    before, figures = ledger.accounts, ledger.tracking_figures()
    wrong = event.trades.market_index.copy()
    wrong[-1] = len(MARKETS)
    columns = {each.name: getattr(event.trades, each.name) for each in fields(Trades)} | {"market_index": wrong}
    with pytest.raises(ModelError, match=f"name market {len(MARKETS)}, not defined"):
        ledger.apply(TradesPrinted(event.time_ms, 0, Trades(**columns)))
    assert ledger.accounts is before
    assert ledger.tracking_figures() == figures
