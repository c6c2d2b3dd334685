"""When an account was read on each dex is known to the millisecond within the span, and never said to be later."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqscape.ledger import Ledger
from liqscape.ledger.columns import NEVER_MS
from liqscape.ledger.state_times import LONG_AGO_MS, SPAN_MS, state_times
from liqscape.model import Accounts, MarginTables, Market, Markets, MarketSnapshot, flat_table
from liqscape.model.events import AccountsObserved, GapDetected, MarketDefined, MarksUpdated
from liqscape.units import Int64Array

NOW_MS = 1_770_000_000_000
DEXS = ("", "x", "y")
MARKETS = [
    Market(coin=f"{dex}:A" if dex else "A", size_decimals=2, max_leverage=40, table_row=0, dex=dex) for dex in DEXS
]
ALICE, BOB = "0x" + "a" * 40, "0x" + "b" * 40
STEPS = st.lists(
    st.tuples(
        st.sampled_from([ALICE, BOB]),
        st.sets(st.sampled_from(DEXS), min_size=1),
        st.sampled_from([0, 1, 60_000, SPAN_MS - 1, SPAN_MS, SPAN_MS + 1, 3 * SPAN_MS, -1, -60_000, -SPAN_MS]),
    ),
    max_size=10,
)


def ledger_of(dexs: int = len(DEXS)) -> Ledger:
    ledger = Ledger()
    list_markets(ledger, dexs)
    return ledger


def list_markets(ledger: Ledger, dexs: int) -> None:
    listed = Markets.build(MARKETS[:dexs])
    ledger.apply(MarketDefined(0, 0, listed, MarginTables.build([flat_table(40)])))
    ledger.apply(MarksUpdated(0, 0, MarketSnapshot.of_marks(listed, 0, np.full(dexs, 100.0))))


def read(ledger: Ledger, address: str, time_ms: int, *dexs: str, is_kept: bool = False) -> None:
    """A state without positions; is_kept: one that is older than the newest is not taken."""
    seen = Accounts.build(
        addresses=(address,), address_row=[0], raw_usd=[5.0], offsets=[0, 0], market_index=[], size=[], table_row=[]
    )
    given_ms = np.array([time_ms]) if is_kept else None
    ledger.apply(AccountsObserved(time_ms=time_ms, received_ns=0, accounts=seen, dexs=dexs, address_ms=given_ms))


def times_of(ledger: Ledger, addresses: Sequence[str]) -> Int64Array:
    """(K, D)"""
    holdings = ledger._holdings
    rows, several = holdings.address_numbers.found(addresses), state_times
    found = several(holdings._tables, rows, slice(len(DEXS)))
    for dex in range(found.shape[1]):  # one each says the same
        np.testing.assert_array_equal(several(holdings._tables, rows, np.full(len(rows), dex)), found[:, dex])
    return found


def told(times: dict[str, int]) -> list[int]:
    newest_ms = max(times.values(), default=NEVER_MS)
    for dex, time_ms in times.items():
        times[dex] = time_ms if newest_ms - time_ms <= SPAN_MS else LONG_AGO_MS
    return [times.get(dex, NEVER_MS) for dex in DEXS]


@given(steps=STEPS)
def test_times_are_those_that_were_told_and_beyond_the_span_before_everything(
    steps: list[tuple[str, set[str], int]],
) -> None:
    ledger, now_ms = ledger_of(), NOW_MS
    twin: dict[str, dict[str, int]] = {ALICE: {}, BOB: {}}
    for address, dexs, later_ms in steps:
        now_ms += later_ms
        read(ledger, address, now_ms, *dexs)
        twin[address] |= dict.fromkeys(dexs, now_ms)
        expected = {each: told(times) for each, times in twin.items()}
        named = [each for each in (ALICE, BOB) if twin[each]]
        assert times_of(ledger, named).tolist() == [expected[each] for each in named]
    newest = {each: max(times.values()) for each, times in twin.items() if times}
    watch = ledger.watch()
    assert dict(zip(watch.address, watch.state_ms.tolist(), strict=True)) == newest


@pytest.mark.parametrize("time_ms", [0, 1, 1 << 40, (1 << 62) - 1])
def test_times_of_any_age_are_kept_since_they_are_relative_to_the_newest(time_ms: int) -> None:
    ledger = ledger_of()
    read(ledger, ALICE, time_ms, *DEXS)
    assert times_of(ledger, [ALICE]).tolist() == [[time_ms] * 3]


def test_a_dex_listed_later_was_never_read_and_the_others_keep_their_times() -> None:
    ledger = ledger_of(dexs=1)
    read(ledger, ALICE, NOW_MS, "")
    list_markets(ledger, 3)
    assert times_of(ledger, [ALICE]).tolist() == [[NOW_MS, NEVER_MS, NEVER_MS]]
    read(ledger, ALICE, NOW_MS + 5, "y")
    assert times_of(ledger, [ALICE]).tolist() == [[NOW_MS, NEVER_MS, NOW_MS + 5]]


@pytest.mark.parametrize(("later_ms", "is_taken"), [(SPAN_MS, False), (SPAN_MS + 1, True)])
def test_an_older_state_is_refused_as_long_as_the_newer_one_of_its_dex_is_within_the_span(
    later_ms: int, *, is_taken: bool
) -> None:
    ledger = ledger_of()
    read(ledger, ALICE, NOW_MS, "x")
    read(ledger, ALICE, NOW_MS + later_ms, "")
    read(ledger, ALICE, NOW_MS - 1, "x", is_kept=True)
    assert times_of(ledger, [ALICE])[0, 1] == (LONG_AGO_MS if is_taken else NOW_MS)


def test_doubt_that_is_older_than_the_span_is_not_taken_for_settled() -> None:
    """A gap, then a state of one dex long after: what is held on the other was not read since."""
    ledger = ledger_of()
    held = Accounts.build(
        addresses=(ALICE,),
        address_row=[0],
        raw_usd=[500.0],
        offsets=[0, 1],
        market_index=[1],
        size=[1.0],
        table_row=[0],
    )
    ledger.apply(AccountsObserved(time_ms=NOW_MS, received_ns=0, accounts=held, dexs=("x",), address_ms=None))
    gap = GapDetected(
        time_ms=NOW_MS + 1, received_ns=0, from_ms=NOW_MS, market_index=None, reason="test", addresses=(ALICE,)
    )
    ledger.apply(gap)
    for later_ms in (SPAN_MS, SPAN_MS + 10, 2 * SPAN_MS):
        read(ledger, ALICE, NOW_MS + later_ms, "")
        assert ledger.watch().is_unsure.tolist() == [True]
    read(ledger, ALICE, NOW_MS + 2 * SPAN_MS + 1, "x")
    assert ledger.watch().is_unsure.tolist() == [False]
