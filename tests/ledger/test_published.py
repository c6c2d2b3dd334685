"""Publishing only what changed gives the same columns as reading everything."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from ledger_days import begun_ledger, event, prints

from liqscape.ledger import Ledger
from liqscape.ledger.kernels import gathering
from liqscape.ledger.published import Publisher
from liqscape.model import Accounts
from liqscape.model.accounts import POOL_COLUMNS, POSITION_COLUMNS
from liqscape.model.lineage import MAX_VERSION

ROUNDS = 40


def read_in_full(ledger: Ledger) -> Accounts:
    holdings = ledger._holdings
    return Publisher().accounts(holdings._tables, holdings._known, holdings._addresses)


@pytest.mark.parametrize("seed", range(8))
def test_what_is_published_after_any_events_is_what_a_full_reading_gives(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    random, copied = np.random.default_rng(seed), []
    copy_changed = gathering.copy_changed

    def counted(*arguments: Any) -> tuple[int, int]:
        copied.append(1)
        return copy_changed(*arguments)

    monkeypatch.setattr(gathering, "copy_changed", counted)
    ledger = begun_ledger(seed)
    for number in range(ROUNDS):
        for _ in range(int(random.integers(1, 3))):
            ledger.apply(event(random, 2_000 + number))
        if random.random() < 0.3:  # a state that nobody puts together: the next one is put together of two
            ledger.state  # noqa: B018
            continue
        published = ledger.accounts
        expected = read_in_full(ledger)
        for field in fields(Accounts):
            np.testing.assert_array_equal(getattr(published, field.name), getattr(expected, field.name), field.name)
    assert len(copied) > ROUNDS / 3


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
    random, ledger = np.random.default_rng(seed), begun_ledger(seed)
    states: list[Accounts] = []
    reported = 0
    for number in range(ROUNDS):
        ledger.apply(event(random, 2_000 + number))
        states.append(ledger.accounts)
        now = held_by_address(states[-1])
        for before in states[-4:]:
            changed = states[-1].changed_since(before)
            if changed is None:
                continue
            reported += 1
            then = held_by_address(before)
            differing = [row for row, held in enumerate(now) if row >= len(then) or held != then[row]]
            assert set(differing) <= set(changed.tolist())
            assert changed.tolist() == sorted(set(changed.tolist()))
            assert len(changed) < len(now) / 2 or len(differing) > len(now) / 4
    assert reported > ROUNDS
    assert states[0].changed_since(states[-1]) is None
    assert replace(states[-1], size=states[-1].size).changed_since(states[-1]) is None
    assert states[-1].changed_since(read_in_full(ledger)) is None


def test_a_full_log_is_followed_by_another_one_and_states_of_both_are_not_compared() -> None:
    random, ledger = np.random.default_rng(1), begun_ledger(1)
    states = [ledger.accounts]
    ledger._holdings._publisher._log.version = MAX_VERSION - 1
    for number in range(3):
        ledger.apply(prints(random, 2_000 + number))
        states.append(ledger.accounts)
    begun, last, fresh, later = states
    assert last.changed_since(begun) is not None
    assert fresh.changed_since(last) is None
    changed = later.changed_since(fresh)
    assert changed is not None
    now, then = held_by_address(later), held_by_address(fresh)
    assert {row for row, held in enumerate(now) if row >= len(then) or held != then[row]} <= set(changed.tolist())


def test_an_account_object_handed_out_never_changes_afterwards() -> None:
    random, ledger = np.random.default_rng(1), begun_ledger(1)
    handed_out = ledger.accounts
    size, cash = handed_out.size.copy(), handed_out.raw_usd.copy()
    for number in range(ROUNDS):
        ledger.apply(prints(random, 2_000 + number))
        assert ledger.accounts is not handed_out
    np.testing.assert_array_equal(handed_out.size, size)
    np.testing.assert_array_equal(handed_out.raw_usd, cash)
