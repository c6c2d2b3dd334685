"""The lists and columns of the answers of a map as tables, in their order."""

from __future__ import annotations

import polars

from liqscape.service.answers.account import AccountAnswer, AccountPosition, OrderAnswer, PoolAnswer
from liqscape.service.answers.board import BoardAnswer, BoardRow
from liqscape.service.answers.candles import CandlesAnswer
from liqscape.service.answers.clusters import ClusterAnswer, ClustersAnswer
from liqscape.service.answers.coins import CoinAnswer, CoinsAnswer
from liqscape.service.answers.context import ContextAnswer
from liqscape.service.answers.frame import FrameAnswer
from liqscape.service.answers.liquidations import LiquidationRow, LiquidationsAnswer
from liqscape.service.answers.parts import ProvenanceAnswer
from liqscape.service.answers.positions import PositionAnswer, PositionsAnswer
from liqscape.service.tables.of_records import TIMESTAMP, column_table, record_table, with_envelope
from liqscape.units import SIDE_WORDS

WITHIN = ("1", "2", "5")
NEAREST = {
    "price": polars.Float64,
    "notional": polars.Float64,
    "distance_percent": polars.Float64,
    "cluster_id": polars.String,
}
CANDLE_COLUMNS = ("time", "open", "high", "low", "close")


def coin_table(answer: CoinsAnswer) -> polars.DataFrame:
    """One row a coin, largest first."""
    return with_envelope(record_table(answer.coins, CoinAnswer), answer.as_of_ms, answer.provenance)


def board_table(answer: BoardAnswer) -> polars.DataFrame:
    """One row a coin; what is by distance and of the nearest large cluster in columns of its own."""
    rows = answer.rows
    near = [row.nearest_large for row in rows]
    within = {
        f"{side}_{percent}": polars.Series(
            [None if row.within is None else row.within[percent][place] for row in rows], dtype=polars.Float64
        )
        for percent in WITHIN
        for place, side in enumerate(("long_within", "short_within"))
    }
    cluster = {
        "nearest_side": polars.Series(
            [None if each is None else SIDE_WORDS[each.side] for each in near], dtype=polars.String
        ),
        **{
            f"nearest_{name}": polars.Series(
                [None if each is None else getattr(each, name) for each in near], dtype=dtype
            )
            for name, dtype in NEAREST.items()
        },
    }
    table = record_table(rows, BoardRow).with_columns(
        *(series.alias(name) for name, series in (within | cluster).items())
    )
    return with_envelope(table, answer.as_of_ms, answer.provenance)


def context_table(answer: ContextAnswer) -> polars.DataFrame:
    """One row a column of time: `start` of the column, `time` of the frame it shows, then its figures."""
    starts = answer.start_ms + answer.step_ms * polars.arange(answer.columns, dtype=polars.Int64, eager=True)
    table = column_table(answer, without=("notes",)).with_columns(
        *(polars.Series(f"imbalance_{name}", values, polars.Float64) for name, values in answer.imbalance.items())
    )
    table = table.select(starts.cast(TIMESTAMP).alias("start"), *table.columns)
    return with_envelope(table, answer.as_of_ms, answer.provenance, coin=answer.coin)


def level_table(answer: PositionsAnswer) -> polars.DataFrame:
    """The levels of a coin, one row a position on the map, largest first."""
    rows = record_table(answer.positions, PositionAnswer)
    return with_envelope(rows, answer.as_of_ms, answer.provenance, coin=answer.coin, mark=answer.mark)


def band_table(answer: FrameAnswer) -> polars.DataFrame:
    """One row a band, side and margin source, by price."""
    rows = column_table(answer.bands)
    return with_envelope(rows, answer.as_of_ms, answer.provenance, coin=answer.coin, mark=answer.mark)


def cluster_table(answer: ClustersAnswer) -> polars.DataFrame:
    """One row a cluster, largest first."""
    rows = record_table(answer.clusters, ClusterAnswer)
    return with_envelope(rows, answer.as_of_ms, answer.provenance, coin=answer.coin, mark=answer.mark)


def candle_table(answer: CandlesAnswer) -> polars.DataFrame:
    """One row a candle, by time; `price_source` says whose prices they are."""
    rows = polars.DataFrame(
        answer.candles, dict.fromkeys(CANDLE_COLUMNS, polars.Float64) | {"time": polars.Int64}, orient="row"
    ).with_columns(polars.col("time").cast(TIMESTAMP), polars.lit(answer.source.name).alias("price_source"))
    return with_envelope(rows, answer.as_of_ms, answer.provenance, coin=answer.coin)


def liquidation_table(answer: LiquidationsAnswer) -> polars.DataFrame:
    """One row an event, newest first."""
    rows = record_table(answer.liquidations, LiquidationRow)
    return with_envelope(rows, answer.as_of_ms, answer.provenance)


def pool_table(answer: AccountAnswer) -> polars.DataFrame:
    """One row a margin pool of an address; `pool` counts them."""
    rows = record_table(answer.pools, PoolAnswer).with_row_index("pool")
    return with_envelope(rows, answer.as_of_ms, answer.provenance, address=answer.address)


def pool_position_table(answer: AccountAnswer) -> polars.DataFrame:
    """One row a position of an address, with the `pool` it is in."""
    rows = [position for pool in answer.pools for position in pool.positions]
    of_pool = [number for number, pool in enumerate(answer.pools) for _ in pool.positions]
    table = record_table(rows, AccountPosition)
    table = table.select(polars.Series("pool", of_pool, polars.UInt32), *table.columns)
    return with_envelope(table, answer.as_of_ms, answer.provenance, address=answer.address)


def order_table(answer: AccountAnswer) -> polars.DataFrame:
    """One row an order that the exchange is expected to send for a position, in the order of their prices."""
    found = [
        (number, position.coin, order)
        for number, pool in enumerate(answer.pools)
        for position in pool.positions
        for order in position.orders
    ]
    table = record_table([order for *_, order in found], OrderAnswer)
    return with_envelope(
        table.select(
            polars.Series("pool", [number for number, *_ in found], polars.UInt32),
            polars.Series("coin", [coin for _, coin, _ in found], polars.String),
            *table.columns,
        ),
        answer.as_of_ms,
        answer.provenance,
        address=answer.address,
    )


_NOWHERE = ProvenanceAnswer("", "", False, "")
LEVELS = with_envelope(record_table([], PositionAnswer), 0, _NOWHERE, coin="", mark=None)
"""Its columns without rows."""
