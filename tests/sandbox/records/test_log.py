"""The bounded log against a plain list."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqscape.errors import StoreError
from liqscape.sandbox.records.log import Log


@given(st.integers(1, 40), st.lists(st.integers(0, 60), max_size=30))
def test_the_newest_rows_are_kept_in_order_and_never_too_many(most: int, sizes: list[int]) -> None:
    log, everything = Log(2, most), []
    for size in sizes:
        rows = [[len(everything) + at, 7] for at in range(size)]
        everything += rows
        log.append(np.array(rows, np.int64).reshape(-1, 2))
        kept = log.rows.tolist()
        assert kept == everything[len(everything) - len(kept) :]
        assert min(most, len(everything)) <= len(log) <= most + max(1, most // 4)


def test_a_log_comes_back_from_a_checkpoint_and_refuses_another_width() -> None:
    log, again = Log(3, 10), Log(3, 10)
    log.append(np.arange(30).reshape(-1, 3))
    again.load(log.save())
    assert again.rows.tolist() == log.rows.tolist()
    with pytest.raises(StoreError, match="3 columns, 2 are expected"):
        Log(2, 10).load(log.save())
