"""The book of addresses: rows stay, sources join, figures fade."""

from __future__ import annotations

import numpy as np
import pytest
from amounts import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from liqscape.errors import ModelError
from liqscape.feed.discovery.addresses import HALF_LIFE_MS, HELD_SHARE, LEVERAGE, AddressBook
from liqscape.model.addresses import AddressSource
from liqscape.model.trades import Trades

NOW_MS = 1_770_000_000_000
A, B, C, D = (f"0x{letter * 40}" for letter in "abcd")


def name(number: int) -> str:
    return f"0x{number:040x}"


def prints(rows: list[tuple[str, str, int, float, float, int]]) -> Trades:
    """(buyer, seller, market, price, size, time)."""
    names = tuple(dict.fromkeys(name for row in rows for name in row[:2]))
    return Trades(
        addresses=names,
        buyer=np.array([names.index(row[0]) for row in rows], np.int32),
        seller=np.array([names.index(row[1]) for row in rows], np.int32),
        market_index=np.array([row[2] for row in rows], np.int32),
        price=np.array([row[3] for row in rows]),
        size=np.array([row[4] for row in rows]),
        is_buyer_taker=np.ones(len(rows), np.bool_),
        time_ms=np.array([row[5] for row in rows], np.int64),
        trade_id=np.arange(len(rows), dtype=np.int64),
    )


def test_sources_join_and_rows_stay() -> None:
    book = AddressBook()
    book.add([A, B], AddressSource.GIVEN, NOW_MS)
    book.observe_trades(prints([(B, C, 0, 100.0, 2.0, NOW_MS)]))
    book.observe_listed([C], np.array([5.0]), np.array([1.0]), np.array([1.0]), NOW_MS)
    assert list(book.addresses) == [A, B, C]
    assert book.sources_of([A, B, C, D]).tolist() == [8, 9, 3, 0]
    assert book.counts()[AddressSource.TRADES] == 2
    assert book.rows([C, "0xnobody", "nobody"]).tolist() == [2, -1, -1]


def test_traded_notional_fades_by_half_each_half_life() -> None:
    book = AddressBook()
    book.observe_trades(prints([(A, B, 0, 100.0, 2.0, NOW_MS), (A, C, 0, 50.0, 2.0, NOW_MS)]))
    np.testing.assert_allclose(book.expected_usd(NOW_MS), HELD_SHARE * np.array([300.0, 200.0, 100.0]))
    np.testing.assert_allclose(book.expected_usd(NOW_MS + HALF_LIFE_MS)[0], HELD_SHARE * 150.0)
    book.observe_trades(prints([(A, B, 0, 1.0, 1.0, NOW_MS + HALF_LIFE_MS)]))
    np.testing.assert_allclose(book.expected_usd(NOW_MS + HALF_LIFE_MS)[0], HELD_SHARE * 151.0)


def test_listed_account_that_trades_is_expected_to_hold_more_than_an_idle_one() -> None:
    book = AddressBook()
    book.observe_listed(
        [A, B, C, D],
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
    book.observe_trades(prints([(A, B, 2, 1.0, 1.0, NOW_MS), (B, C, 1, 1.0, 1.0, NOW_MS)]))
    assert book.dex_bits(np.arange(3)).tolist() == [0b101, 0b101, 0b001]
    with pytest.raises(ModelError, match="at most 63"):
        book.markets_are(np.array([63], np.int32))


def test_vaults_are_flagged_and_stay_exempt() -> None:
    book = AddressBook()
    book.flag([A], NOW_MS, is_exempt=True)
    book.flag([A, B], NOW_MS, is_exempt=False)
    columns = book.columns()
    assert columns.is_vault.tolist() == [True, True]
    assert columns.is_exempt.tolist() == [True, False]


def test_book_is_bounded() -> None:
    book = AddressBook(most=2)
    assert book.add([A, B, C], AddressSource.GIVEN, NOW_MS).tolist() == [0, 1, -1]
    book.observe_trades(prints([(A, D, 0, 10.0, 1.0, NOW_MS)]))
    assert (len(book), book.refused_count) == (2, 2)
    assert book.columns().traded_usd.tolist() == [10.0, 0.0]


PRINTS = st.lists(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 19)), max_size=8), max_size=8
)
FIGURES = ("sources", "first_seen_ms", "last_activity_ms", "account_value", "week_volume", "dex_bits", "is_vault")


def found(book: AddressBook, prints_of: list[tuple[int, int, int]], number: int) -> None:
    """What happens in a moment: prints, now and then a list, a vault, a holder in a dex."""
    time_ms = NOW_MS + HALF_LIFE_MS * number // 4
    rows = [(name(a), name(b), market, 10.0 + a, 1.0, time_ms) for a, b, market in prints_of]
    book.observe_trades(prints(rows))
    if number % 3 == 1 and rows:
        listed = list(dict.fromkeys(row[0] for row in rows))
        value = np.arange(len(listed)) * 7.0 + number
        book.observe_listed(listed, value, value, value, time_ms)
        book.flag(listed[:1], time_ms, is_exempt=False, account_value=np.array([8.0]))
        book.note_dex(book.rows(listed), 20)


def assert_same_books(ours: AddressBook, theirs: AddressBook) -> None:
    """But for the order of rows, and rounding of what adds up."""
    one, other = ours.columns(), theirs.columns()
    place = theirs.rows(one.address)
    assert len(one) == len(other)
    for column in FIGURES:
        np.testing.assert_array_equal(getattr(one, column), getattr(other, column)[place], column)
    np.testing.assert_allclose(one.traded_usd, other.traded_usd[place], rtol=1e-12)
    assert ours.vaults == theirs.vaults


@settings(max_examples=examples(50), deadline=None)
@given(PRINTS)
def test_changes_taken_bit_by_bit_are_all_there_is(batches: list[list[tuple[int, int, int]]]) -> None:
    book, again, kept = AddressBook(), AddressBook(), {}
    book.markets_are(np.arange(20, dtype=np.int32))
    for number, batch in enumerate([*batches, []]):
        found(book, batch, number)
        taken = book.take_changed(most=3) if number < len(batches) else book.take_changed()
        kept |= {key: taken.of(slice(row, row + 1)) for row, key in enumerate(taken.address)}
    assert not len(book.take_changed())
    for row in kept.values():
        again.restore(row)
    assert_same_books(book, again)
    assert not len(again.take_changed()), "what was restored is on disk already"


@settings(max_examples=examples(50), deadline=None)
@given(PRINTS, PRINTS, st.integers(1, 9))
def test_who_is_restored_while_others_are_found_is_known_as_if_restored_before(
    before: list[list[tuple[int, int, int]]], since: list[list[tuple[int, int, int]]], size: int
) -> None:
    stored, first, meanwhile = AddressBook(), AddressBook(), AddressBook()
    for book in (stored, first, meanwhile):
        book.markets_are(np.arange(20, dtype=np.int32))
    for number, batch in enumerate(before):
        found(stored, batch, number)
    columns = stored.columns()
    first.restore(columns)
    for number, batch in enumerate(since):
        found(first, batch, len(before) + number)
        meanwhile.restore(columns.of(slice(size * number, size * (number + 1))))
        found(meanwhile, batch, len(before) + number)
    meanwhile.restore(columns.of(slice(size * len(since), None)))
    assert_same_books(first, meanwhile)
    changed = [set(book.take_changed().address) for book in (first, meanwhile)]
    assert changed[0] <= changed[1] <= {name(each) for batch in since for row in batch for each in row[:2]}


def test_everybody_is_written_again_where_the_register_is_begun_anew() -> None:
    book = AddressBook()
    book.add([A, B, C], AddressSource.GIVEN, NOW_MS)
    assert len(book.take_changed()) == 3
    book.change_all()
    assert book.take_changed(most=2).address == (A, B)
    assert book.take_changed().address == (C,)


def test_book_of_many_addresses_grows() -> None:
    book = AddressBook()
    book.add([name(number) for number in range(5_000)], AddressSource.LEADERBOARD, NOW_MS)
    book.add([name(4_999), name(5_000)], AddressSource.TRADES, NOW_MS)
    assert len(book) == 5_001
    assert book.sources_of([name(4_999), name(5_000), name(0)]).tolist() == [3, 1, 2]
