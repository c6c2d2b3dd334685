"""Publishing only what changed gives the same columns as reading everything."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from populations import TABLES, make_accounts, make_markets, make_snapshot

from liqscape.ledger import Ledger
from liqscape.ledger.kernels import gathering
from liqscape.ledger.published import Publisher
from liqscape.model import Accounts
from liqscape.model.accounts import POOL_COLUMNS, POSITION_COLUMNS
from liqscape.model.events import AccountsObserved, Event, FundingDue, MarketDefined, MarksUpdated, TradesPrinted
from liqscape.model.trades import Trades

MARKETS = make_markets(6)
SNAPSHOT = make_snapshot(3, MARKETS)
ADDRESSES = 300
STRANGERS = 5
"""Traders nobody knows, who are read later."""
ROUNDS = 40


def prints(random: np.random.Generator, time_ms: int) -> TradesPrinted:
    """A handful of trades that open, grow, turn and close."""
    count = int(random.integers(1, 8))
    addresses = tuple(f"0x{row:040x}" for row in range(ADDRESSES + STRANGERS))
    users = np.array([random.choice(len(addresses), 2, replace=False) for _ in range(count)], np.int32)
    market = random.integers(0, len(MARKETS), count).astype(np.int32)
    return TradesPrinted(
        time_ms,
        0,
        Trades(
            addresses,
            users[:, 0],
            users[:, 1],
            market,
            SNAPSHOT.mark[market],
            random.integers(1, 400, count) / 100.0,
            random.random(count) < 0.5,
            np.full(count, time_ms),
            random.integers(1 << 40, size=count),
        ),
    )


def states(random: np.random.Generator, time_ms: int) -> AccountsObserved:
    """Some addresses as they are read, a new one or an empty one among them."""
    seen = make_accounts(time_ms, SNAPSHOT, 4)
    addresses = tuple(f"0x{row:040x}" for row in random.choice(ADDRESSES + STRANGERS, 5, replace=False))
    part = Accounts.join(addresses, [seen], [np.arange(4, dtype=np.int32)])
    return AccountsObserved(time_ms, 0, part, dexs=("",), address_ms=np.full(5, time_ms))


def event(random: np.random.Generator, time_ms: int) -> Event:
    kind = random.random()
    if kind < 0.7:
        return prints(random, time_ms)
    if kind < 0.9:
        return states(random, time_ms)
    if kind < 0.95:
        return FundingDue(3_600_000 * time_ms, 0, np.full(len(MARKETS), 1e-5), SNAPSHOT.mark)
    everybody = make_accounts(time_ms, SNAPSHOT, ADDRESSES)
    return AccountsObserved(time_ms, 0, everybody, is_complete=True)


def read_in_full(ledger: Ledger) -> Accounts:
    holdings = ledger._holdings
    return Publisher().accounts(holdings._book, holdings._known, holdings._addresses)


@pytest.mark.parametrize("seed", range(8))
def test_what_is_published_after_any_events_is_what_a_full_reading_gives(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    random, copied = np.random.default_rng(seed), []
    gather_changed = gathering.gather_changed

    def counted(*arguments: Any) -> tuple[int, int]:
        copied.append(1)
        return gather_changed(*arguments)

    monkeypatch.setattr(gathering, "gather_changed", counted)
    ledger = Ledger()
    ledger.apply(MarketDefined(1_000, 0, MARKETS, TABLES))
    ledger.apply(MarksUpdated(1_000, 0, SNAPSHOT))
    ledger.apply(AccountsObserved(1_000, 0, make_accounts(seed, SNAPSHOT, ADDRESSES), is_complete=True))
    for number in range(ROUNDS):
        for _ in range(int(random.integers(1, 3))):
            ledger.apply(event(random, 2_000 + number))
        published = ledger.accounts
        expected = read_in_full(ledger)
        for field in fields(Accounts):
            np.testing.assert_array_equal(getattr(published, field.name), getattr(expected, field.name), field.name)
    assert len(copied) > ROUNDS / 2


def held_by_address(accounts: Accounts) -> list[bytes]:
    """Everything an address holds, as bytes."""
    found = [b""] * len(accounts.addresses)
    for pool, address in enumerate(accounts.address_row.tolist()):
        own = slice(accounts.offsets[pool], accounts.offsets[pool + 1])
        parts = [getattr(accounts, name)[pool : pool + 1] for name in POOL_COLUMNS]
        parts += [getattr(accounts, name)[own] for name in POSITION_COLUMNS]
        found[address] += b"|".join(part.tobytes() for part in parts)
    return found


@pytest.mark.parametrize("seed", range(4))
def test_whoever_differs_from_an_earlier_state_is_among_those_that_changed_since(seed: int) -> None:
    random, ledger = np.random.default_rng(seed), Ledger()
    ledger.apply(MarketDefined(1_000, 0, MARKETS, TABLES))
    ledger.apply(MarksUpdated(1_000, 0, SNAPSHOT))
    ledger.apply(AccountsObserved(1_000, 0, make_accounts(seed, SNAPSHOT, ADDRESSES), is_complete=True))
    states: list[Accounts] = []
    told = 0
    for number in range(ROUNDS):
        ledger.apply(event(random, 2_000 + number))
        states.append(ledger.accounts)
        now = held_by_address(states[-1])
        for before in states[-4:]:
            changed = states[-1].changed_since(before)
            if changed is None:
                continue
            told += 1
            then = held_by_address(before)
            differing = [row for row, held in enumerate(now) if row >= len(then) or held != then[row]]
            assert set(differing) <= set(changed.tolist())
            assert changed.tolist() == sorted(set(changed.tolist()))
            assert len(changed) < len(now) / 2 or len(differing) > len(now) / 4
    assert told > ROUNDS
    assert states[0].changed_since(states[-1]) is None
    assert replace(states[-1], size=states[-1].size).changed_since(states[-1]) is None
    assert states[-1].changed_since(read_in_full(ledger)) is None


def test_an_account_object_handed_out_never_changes_afterwards() -> None:
    random, ledger = np.random.default_rng(1), Ledger()
    ledger.apply(MarketDefined(1_000, 0, MARKETS, TABLES))
    ledger.apply(MarksUpdated(1_000, 0, SNAPSHOT))
    ledger.apply(AccountsObserved(1_000, 0, make_accounts(1, SNAPSHOT, ADDRESSES), is_complete=True))
    handed_out = ledger.accounts
    size, cash = handed_out.size.copy(), handed_out.raw_usd.copy()
    for number in range(ROUNDS):
        ledger.apply(prints(random, 2_000 + number))
        assert ledger.accounts is not handed_out
    np.testing.assert_array_equal(handed_out.size, size)
    np.testing.assert_array_equal(handed_out.raw_usd, cash)
