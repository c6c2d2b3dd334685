"""The ledger after any events holds exactly what was last observed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from populations import TABLES, make_accounts, make_markets, make_snapshot

from liqscape.errors import ModelError
from liqscape.ledger import Ledger
from liqscape.model import Accounts, MarketSnapshot
from liqscape.model.accounts import POOL_COLUMNS, POSITION_COLUMNS
from liqscape.model.events import AccountsObserved, FrameDue, MarketDefined, MarksUpdated

MARKETS = make_markets(9)


def started() -> Ledger:
    ledger = Ledger()
    ledger.apply(MarketDefined(0, 0, MARKETS, TABLES))
    ledger.apply(MarksUpdated(0, 0, make_snapshot(0, MARKETS)))
    return ledger


def held(accounts: Accounts) -> dict[str, list[tuple[float, ...]]]:
    """What each address holds, as plain values, pools in order."""
    found: dict[str, list[tuple[float, ...]]] = {}
    for pool in range(accounts.pool_count):
        rows = slice(int(accounts.offsets[pool]), int(accounts.offsets[pool + 1]))
        values = [float(getattr(accounts, name)[pool]) for name in POOL_COLUMNS]
        for name in POSITION_COLUMNS:
            values += [-1.0 if np.isnan(value) else float(value) for value in getattr(accounts, name)[rows]]
        found.setdefault(accounts.addresses[accounts.address_row[pool]], []).append(tuple(values))
    return found


def with_addresses(accounts: Accounts, names: list[int]) -> Accounts:
    return replace(accounts, addresses=tuple(f"0x{name:040x}" for name in names))


@given(st.lists(st.tuples(st.integers(0, 1000), st.sets(st.integers(0, 12), min_size=1), st.booleans()), max_size=8))
def test_the_ledger_holds_the_last_observation_of_every_address(batches: list[tuple[int, set[int], bool]]) -> None:
    ledger = started()
    expected: dict[str, list[tuple[float, ...]]] = {}
    for seed, names, is_complete in batches:
        seen = with_addresses(make_accounts(seed, make_snapshot(seed, MARKETS), len(names)), sorted(names))
        ledger.apply(AccountsObserved(time_ms=seed, received_ns=0, accounts=seen, is_complete=is_complete))
        expected = {**({} if is_complete else expected), **held(seen)}
    assert held(ledger.accounts) == expected
    rows = ledger.accounts.address_row
    assert np.all(rows[1:] >= rows[:-1])


def test_an_address_seen_without_pools_has_closed_everything() -> None:
    ledger = started()
    seen = with_addresses(make_accounts(1, make_snapshot(1, MARKETS), 3), [1, 2, 3])
    ledger.apply(AccountsObserved(time_ms=1, received_ns=0, accounts=seen))
    ledger.apply(
        AccountsObserved(time_ms=2, received_ns=0, accounts=replace(Accounts.empty(), addresses=(seen.addresses[1],)))
    )
    assert set(held(ledger.accounts)) == {seen.addresses[0], seen.addresses[2]}


def test_marks_before_markets_are_refused() -> None:
    with pytest.raises(ModelError, match="no markets"):
        Ledger().apply(MarksUpdated(0, 0, make_snapshot(0, MARKETS)))


def test_marks_of_other_markets_are_refused() -> None:
    other = make_markets(4)
    with pytest.raises(ModelError, match="other markets"):
        started().apply(MarksUpdated(5, 0, MarketSnapshot.of_marks(other, 5, np.ones(4))))


def test_accounts_in_an_undefined_market_are_refused_and_change_nothing() -> None:
    ledger = started()
    seen = make_accounts(1, make_snapshot(1, MARKETS), 3)
    bad = replace(seen, market_index=seen.market_index + 9)
    with pytest.raises(ModelError, match="not defined"):
        ledger.apply(AccountsObserved(time_ms=1, received_ns=0, accounts=bad))
    assert ledger.accounts.pool_count == 0


def test_new_markets_may_be_added_at_the_end_only() -> None:
    ledger = started()
    ledger.apply(AccountsObserved(time_ms=1, received_ns=0, accounts=make_accounts(1, make_snapshot(1, MARKETS), 3)))
    ledger.apply(MarketDefined(2, 0, make_markets(11), TABLES))
    with pytest.raises(ModelError, match="keep the rows"):
        ledger.apply(MarketDefined(3, 0, make_markets(2), TABLES))


def test_a_frame_due_changes_nothing() -> None:
    ledger = started()
    before = ledger.snapshot
    ledger.apply(FrameDue(9, 0))
    assert ledger.snapshot is before


def test_an_address_missing_from_a_complete_table_is_not_known_any_more() -> None:
    ledger = started()
    seen = with_addresses(make_accounts(1, make_snapshot(1, MARKETS), 3), [1, 2, 3])
    ledger.apply(AccountsObserved(time_ms=1, received_ns=0, accounts=seen, is_complete=True))
    fewer = with_addresses(make_accounts(2, make_snapshot(2, MARKETS), 2), [3, 1])
    ledger.apply(AccountsObserved(time_ms=2, received_ns=0, accounts=fewer, is_complete=True))
    assert ledger.accounts.addresses == fewer.addresses
    ledger.apply(
        AccountsObserved(
            time_ms=3, received_ns=0, accounts=with_addresses(make_accounts(3, make_snapshot(3, MARKETS), 1), [2])
        )
    )
    assert set(ledger.accounts.addresses) == set(seen.addresses)


def test_marks_of_the_former_markets_do_not_stand_for_the_new_ones() -> None:
    ledger = started()
    before = ledger.snapshot
    ledger.apply(MarketDefined(2, 0, MARKETS, TABLES))
    assert ledger.snapshot is before
    ledger.apply(MarketDefined(3, 0, make_markets(11), TABLES))
    with pytest.raises(ModelError, match="no marks"):
        _ = ledger.snapshot
