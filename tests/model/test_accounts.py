"""Accounts as columns that kernels take as they are."""

from __future__ import annotations

import numpy as np
import polars as pl

from liqscape.model.accounts import Accounts


def test_columns_of_a_data_frame_are_made_writable_and_others_stay_as_they_are() -> None:
    """Kernels are compiled for columns that can be written; for others they were compiled once more, for seconds."""
    frame = pl.DataFrame({"size": [1.0, -2.0]})
    size, raw_usd = frame["size"].to_numpy(), np.array([500.0])
    assert not size.flags.writeable
    accounts = Accounts.build(
        addresses=["0x" + "0" * 40],
        address_row=[0],
        raw_usd=raw_usd,
        offsets=[0, 2],
        market_index=[0, 1],
        size=size,
        table_row=[0, 0],
    )
    assert accounts.size.flags.writeable
    assert accounts.size.tolist() == [1.0, -2.0]
    assert accounts.raw_usd is raw_usd
