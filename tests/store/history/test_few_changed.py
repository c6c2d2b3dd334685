"""A minute's rows made of those that changed alone are the rows made of everybody."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from ledger_days import MARKETS, SNAPSHOT, begun_ledger, event, prints
from populations import TABLES

from liqscape.heatmap.build import build_frame
from liqscape.heatmap.frame import Provenance
from liqscape.model.accounts import POOL_COLUMNS, POSITION_COLUMNS, Accounts
from liqscape.model.events import FundingPaid
from liqscape.model.funding import HourlyFunding
from liqscape.model.trades import FundingPayments
from liqscape.store.history.batch import BatchBuilder
from liqscape.units import HOUR_MS, Float64Array

MINUTE_MS = 60_000
SOURCE = Provenance("generated", "test", True)


class Counted(BatchBuilder):
    """Counts the frames that were made of few."""

    few = 0

    def _few_changed(self, after, time_ms):  # type: ignore[no-untyped-def]
        found = super()._few_changed(after, time_ms)
        self.few += found is not None
        return found


@pytest.mark.parametrize("seed", range(8))
def test_rows_of_the_changed_are_the_rows_of_all(seed: int) -> None:
    random, ledger = np.random.default_rng(seed), begun_ledger(seed)
    known, unknown = Counted(Accounts.empty()), Counted(Accounts.empty())
    for number in range(40):
        for _ in range(int(random.integers(0, 3))):
            # Mostly prints: a reading that tells nothing new keeps the next minute from being told by what changed.
            time_ms = 2_000 + number
            ledger.apply(prints(random, time_ms) if random.random() < 0.8 else event(random, time_ms))
        due = None
        if number % 10 == 5:  # told to the millionth of a USD, as a node tells it
            due = np.round(random.normal(0.0, 0.5, len(MARKETS)), 3)
            ledger.apply(_payments(ledger.accounts, due * (1.0 + 1e-9), HOUR_MS * (number + 1)))
        accounts = ledger.accounts
        frame = build_frame(accounts, replace(SNAPSHOT, time_ms=number * MINUTE_MS), TABLES, SOURCE, with_bands=False)
        if due is not None:
            frame = replace(frame, funding=HourlyFunding(HOUR_MS * (number + 1), due))
        is_keyframe = number % 15 == 0
        left = known.add(frame, accounts, is_keyframe=is_keyframe)
        right = unknown.add(frame, replace(accounts), is_keyframe=is_keyframe)
        assert left.batch.keys() == right.batch.keys()
        for column in (*POOL_COLUMNS, *POSITION_COLUMNS, "address_row", "offsets"):
            assert getattr(left.accounts, column).tobytes() == getattr(right.accounts, column).tobytes(), column
        for table, columns in left.batch.items():
            for name, values in columns.items():
                other = right.batch[table][name]
                is_same = values.tolist() == other.tolist() if values.dtype == object else None
                assert is_same or values.tobytes() == other.tobytes(), (table, name)
    assert unknown.few == 0
    assert known.few > 10


def _payments(accounts: Accounts, due: Float64Array, time_ms: int) -> FundingPaid:
    user = accounts.address_row[accounts.pool_of_position()]
    amount = np.round(-accounts.size * due[accounts.market_index], 6)
    return FundingPaid(
        time_ms,
        0,
        FundingPayments(
            addresses=accounts.addresses,
            user=user,
            market_index=accounts.market_index,
            amount=amount,
            size=accounts.size,
        ),
    )
