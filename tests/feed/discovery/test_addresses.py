"""The book of addresses: rows stay, sources join, figures fade."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liqscape.errors import ModelError
from liqscape.feed.discovery.addresses import HALF_LIFE_MS, HELD_SHARE, LEVERAGE, AddressBook
from liqscape.model.addresses import AddressSource
from liqscape.model.trades import Trades

NOW_MS = 1_770_000_000_000


def prints(rows: list[tuple[str, str, int, float, float, int]]) -> Trades:
    """(buyer, seller, market, price, size, time)."""
    names = tuple(dict.fromkeys(name for row in rows for name in row[:2]))
    return Trades(
        names,
        np.array([names.index(row[0]) for row in rows], np.int32),
        np.array([names.index(row[1]) for row in rows], np.int32),
        np.array([row[2] for row in rows], np.int32),
        np.array([row[3] for row in rows]),
        np.array([row[4] for row in rows]),
        np.ones(len(rows), np.bool_),
        np.array([row[5] for row in rows], np.int64),
        np.arange(len(rows), dtype=np.int64),
    )


def test_sources_join_and_rows_stay() -> None:
    book = AddressBook()
    book.add(["0xa", "0xb"], AddressSource.GIVEN, NOW_MS)
    book.observe_trades(prints([("0xb", "0xc", 0, 100.0, 2.0, NOW_MS)]))
    book.observe_listed(["0xc"], np.array([5.0]), np.array([1.0]), np.array([1.0]), NOW_MS)
    assert list(book.addresses) == ["0xa", "0xb", "0xc"]
    assert book.sources_of(["0xa", "0xb", "0xc", "0xd"]).tolist() == [8, 9, 3, 0]
    assert book.counts()[AddressSource.TRADES] == 2
    assert book.rows(["0xc", "0xnobody"]).tolist() == [2, -1]


def test_traded_notional_fades_by_half_each_half_life() -> None:
    book = AddressBook()
    book.observe_trades(prints([("0xa", "0xb", 0, 100.0, 2.0, NOW_MS), ("0xa", "0xc", 0, 50.0, 2.0, NOW_MS)]))
    np.testing.assert_allclose(book.expected_usd(NOW_MS), HELD_SHARE * np.array([300.0, 200.0, 100.0]))
    np.testing.assert_allclose(book.expected_usd(NOW_MS + HALF_LIFE_MS)[0], HELD_SHARE * 150.0)
    book.observe_trades(prints([("0xa", "0xb", 0, 1.0, 1.0, NOW_MS + HALF_LIFE_MS)]))
    np.testing.assert_allclose(book.expected_usd(NOW_MS + HALF_LIFE_MS)[0], HELD_SHARE * 151.0)


def test_listed_account_that_trades_is_expected_to_hold_more_than_an_idle_one() -> None:
    book = AddressBook()
    book.observe_listed(
        ["0xactive", "0xmonth", "0xidle", "0xodd"],
        np.array([1e6, 1e6, 1e6, np.nan]),
        np.array([1.0, 0.0, 0.0, 1.0]),
        np.array([1.0, 1.0, 0.0, 1.0]),
        NOW_MS,
    )
    active, month, idle, odd = book.expected_usd(NOW_MS).tolist()
    assert active == LEVERAGE * 1e6 > month > idle > odd == 0.0


def test_dexs_are_those_an_address_traded_in_and_always_the_first() -> None:
    book = AddressBook()
    book.markets_are(np.array([0, 0, 2], np.int32))
    book.observe_trades(prints([("0xa", "0xb", 2, 1.0, 1.0, NOW_MS), ("0xb", "0xc", 1, 1.0, 1.0, NOW_MS)]))
    assert book.dex_bits(np.arange(3)).tolist() == [0b101, 0b101, 0b001]
    with pytest.raises(ModelError, match="at most 63"):
        book.markets_are(np.array([63], np.int32))


def test_vaults_are_flagged_and_stay_exempt() -> None:
    book = AddressBook()
    book.flag(["0xhlp"], NOW_MS, is_exempt=True)
    book.flag(["0xhlp", "0xother"], NOW_MS, is_exempt=False)
    columns = book.columns()
    assert columns.is_vault.tolist() == [True, True]
    assert columns.is_exempt.tolist() == [True, False]


def test_book_is_bounded() -> None:
    book = AddressBook(most=2)
    assert book.add(["0xa", "0xb", "0xc"], AddressSource.GIVEN, NOW_MS).tolist() == [0, 1, -1]
    book.observe_trades(prints([("0xa", "0xd", 0, 10.0, 1.0, NOW_MS)]))
    assert (len(book), book.refused_count) == (2, 2)
    assert book.columns().traded_usd.tolist() == [10.0, 0.0]


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 5)), max_size=8), max_size=12)
)
def test_changes_taken_bit_by_bit_restore_the_same_book(batches: list[list[tuple[int, int, int]]]) -> None:
    book, other = AddressBook(), AddressBook()
    for number, batch in enumerate(batches):
        time_ms = NOW_MS + 1_000 * number
        rows = [(f"0x{a}", f"0x{b}", market, 10.0, 1.0, time_ms) for a, b, market in batch]
        book.observe_trades(prints(rows))
        if number % 2:
            other.restore(book.take_changed())
    other.restore(book.take_changed())
    assert not book.take_changed().address
    ours, theirs = book.columns(), other.columns()
    place = other.rows(ours.address)
    assert set(ours.address) == set(theirs.address)
    for name in ("sources", "first_seen_ms", "last_activity_ms", "traded_usd", "dex_bits"):
        np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name)[place])


def test_book_of_many_addresses_grows() -> None:
    book = AddressBook()
    book.add([f"0x{number}" for number in range(5_000)], AddressSource.LEADERBOARD, NOW_MS)
    book.add(["0x4999", "0x5000"], AddressSource.TRADES, NOW_MS)
    assert len(book) == 5_001
    assert book.sources_of(["0x4999", "0x5000", "0x0"]).tolist() == [3, 1, 2]
