"""What was held before an hour is kept narrow, and says the same as the accounts it is of."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqscape.insight.funding_rows import HeldThen, with_funding
from liqscape.model import Accounts
from liqscape.model.funding import HourlyFunding
from liqscape.model.minute_notes import MinuteKind, MinuteNotes
from liqscape.units import HOUR_MS

NAMES = tuple(f"0x{number:040x}" for number in range(300))
NOBODY = {
    "address_row": np.empty(0, np.int32),
    "market_index": np.empty(0, np.int32),
    "kind": np.empty(0, np.uint8),
    "size": np.empty(0),
    "usd": np.empty(0),
    "first_ms": np.empty(0, np.int64),
    "last_ms": np.empty(0, np.int64),
    "known_at_ms": np.empty(0, np.int64),
}
MARKET = st.sampled_from([0, 1, 254, 255, 256, 300])
Pool = tuple[int, list[tuple[int, float]]]
POOLS = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.lists(
            st.tuples(st.sampled_from([0, 1, 254, 255, 256, 300]), st.sampled_from([-2.5, 1e-9, 7.0])), max_size=3
        ),
    ),
    max_size=6,
)


def accounts_of(pools: list[Pool]) -> Accounts:
    positions = [each for _, held in pools for each in held]
    return Accounts.build(
        addresses=NAMES,
        address_row=[row for row, _ in pools],
        raw_usd=[1.0] * len(pools),
        offsets=np.cumsum([0, *(len(held) for _, held in pools)]),
        market_index=[market for market, _ in positions],
        size=[size for _, size in positions],
        table_row=[0] * len(positions),
    )


@given(pools=POOLS, known=st.integers(0, 301))
def test_rows_are_those_of_a_plain_loop_in_the_order_of_the_positions(pools: list[Pool], known: int) -> None:
    accounts, due = accounts_of(pools), np.linspace(-1.0, 1.0, known)
    if known > 255:
        due[255] = np.nan
    paid = HourlyFunding(hour_ms=HOUR_MS, due=due)
    rows = with_funding(MinuteNotes(accounts=NOBODY), HeldThen.of(accounts), accounts, paid, HOUR_MS + 1).accounts
    expected = [
        (row, market, -size * float(due[market]))
        for row, held in pools
        for market, size in held
        if market < known and np.isfinite(due[market]) and size * due[market] != 0.0
    ]
    assert rows is not None
    found = (rows["address_row"].tolist(), rows["market_index"].tolist(), rows["usd"].tolist())
    assert list(zip(*found, strict=True)) == expected
    assert {name: column.dtype for name, column in rows.items()} == {name: each.dtype for name, each in NOBODY.items()}
    assert set(rows["kind"].tolist()) <= {MinuteKind.FUNDING}


@pytest.mark.parametrize("count", [255, 256, 65_536])
def test_runs_as_long_as_a_narrow_number_holds_and_longer_are_kept(count: int) -> None:
    held = HeldThen.of(accounts_of([(3, [(1, 1.0)] * count), (9, [(1, 1.0)])]))
    assert held.run_row.tolist() == [3, 9]
    assert held.run_length.tolist() == [count, 1]


def test_a_position_of_many_accounts_takes_ten_bytes() -> None:
    held = HeldThen.of(accounts_of([(row, [(1, 1.0), (2, -1.0)]) for row in range(300)]))
    own = held.run_row.nbytes + held.run_length.nbytes + held.market_index.nbytes + held.size.nbytes
    assert own == 300 * 5 + 600 * 9
