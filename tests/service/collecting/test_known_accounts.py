"""A restart finds everybody again: in the register, else in the history, and says so."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from store_frames import PROVENANCE, TABLES, assert_same_accounts, make_accounts, make_frame, make_markets

from liqscape.feed.discovery import AddressBook
from liqscape.model.addresses import AddressSource
from liqscape.service.collecting.known_accounts import last_known, restore_book
from liqscape.store.damage import list_damaged
from liqscape.store.history import HistoryReader, HistoryWriter
from liqscape.store.register import AddressRegister

MARKETS = make_markets(1)
KNOWN = tuple(f"0x{number:040x}" for number in range(1, 31))


def registered(path: Path, addresses: tuple[str, ...]) -> None:
    book, register = AddressBook(), AddressRegister(path)
    book.add(addresses, AddressSource.TRADES, 5)
    register.save(book.take_changed())
    register.close()


def test_an_account_of_the_history_that_the_register_lacks_is_known_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    registered(tmp_path / "register.sqlite", KNOWN[:20])
    book, register = AddressBook(), AddressRegister(tmp_path / "register.sqlite")
    with caplog.at_level(logging.WARNING, "liqscape.live"):
        restore_book(book, register, KNOWN, 7)
    assert set(book.addresses) == set(KNOWN)
    assert "10 of 30 stored accounts were not in the register" in caplog.text
    assert set(book.take_changed().address) >= set(KNOWN[20:]), "they are saved with the next batch"
    assert not list_damaged(tmp_path)
    register.close()


@pytest.mark.parametrize("how", ["no bytes", "no rows"])
def test_an_emptied_register_is_set_aside_and_filled_from_the_history(tmp_path: Path, how: str) -> None:
    path = tmp_path / "register.sqlite"
    registered(path, () if how == "no rows" else KNOWN)
    if how == "no bytes":
        path.write_bytes(b"")
    book, register = AddressBook(), AddressRegister(path)
    restore_book(book, register, KNOWN, 7)
    assert set(book.addresses) == set(KNOWN)
    (row,) = [row for row in list_damaged(tmp_path) if row.file == path.name]
    assert row.cause == "it is empty, the history lists 30 accounts"
    register.save(book.take_changed())
    assert set(register.load().address) == set(KNOWN)
    register.close()


def test_a_first_start_has_nothing_to_say(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    book, register = AddressBook(), AddressRegister(tmp_path / "register.sqlite")
    with caplog.at_level(logging.INFO):
        restore_book(book, register, (), 7)
    register.close()
    assert not caplog.records
    assert not list_damaged(tmp_path)


def test_accounts_of_damaged_frames_are_taken_from_the_newest_that_can_be_read(tmp_path: Path) -> None:
    minutes = (0, 200)
    with HistoryWriter(tmp_path, PROVENANCE) as writer:
        for minute in minutes:
            writer.append(make_frame(1, minute, markets=MARKETS), make_accounts(1, minute, 1), TABLES)
            writer._seal()
    path = sorted(tmp_path.glob("parts/*/pools.parquet"))[-1]
    path.write_bytes(path.read_bytes()[:-1])
    known = last_known(HistoryReader(tmp_path))
    assert known is not None
    assert known[0].time_ms == make_frame(1, 0, markets=MARKETS).time_ms
    assert_same_accounts(known[1], make_accounts(1, 0, 1))
