"""One account through time as a table."""

from __future__ import annotations

import numpy as np
import polars

from liqscape.service.answers.account_history import AccountHistoryAnswer
from liqscape.service.tables.of_records import TIMESTAMP, with_envelope


def history_table(answer: AccountHistoryAnswer) -> polars.DataFrame:
    """One row a column of the answer, by time; `shown` is the frame each shows, null in a hole."""
    starts = answer.start_ms + answer.step_ms * np.arange(answer.columns, dtype=np.int64)
    text = polars.String
    table = polars.DataFrame(
        {
            "time": polars.Series(starts, dtype=polars.Int64).cast(TIMESTAMP),
            "shown": polars.Series(answer.time_ms, dtype=polars.Int64).cast(TIMESTAMP),
            "size": polars.Series(answer.size, dtype=polars.Float64),
            "mark": polars.Series(answer.mark, dtype=polars.Float64),
            "liquidation_price": polars.Series(answer.liquidation_price, dtype=polars.Float64),
            "level_status": polars.Series(answer.level_status, dtype=text),
            "margin_source": polars.Series(answer.margin_source, dtype=text),
            "margin_mode": polars.Series(answer.margin_mode, dtype=text),
        }
    )
    return with_envelope(table, answer.as_of_ms, answer.provenance, address=answer.address, coin=answer.coin)
