"""What moves all coins or simulates, as tables."""

from __future__ import annotations

import polars

from liqscape.service.answers.cascade_records import CascadeAnswer, CoinOutcome
from liqscape.service.answers.joint import BetaRow, JointAccount, JointAnswer, JointPosition, MovedCoin
from liqscape.service.tables.of_records import TIMESTAMP, column_table, record_table


def moved_coin_table(answer: JointAnswer) -> polars.DataFrame:
    """One row a coin of which something is liquidated, largest first."""
    return record_table(answer.coins, MovedCoin)


def beta_table(answer: JointAnswer) -> polars.DataFrame:
    """One row a coin: how it follows BTC."""
    return record_table(answer.betas, BetaRow)


def curve_table(answer: JointAnswer) -> polars.DataFrame:
    """One row a point of a curve, by direction."""
    curves = [column_table(curve, without=("coins",)) for curve in answer.curves]
    tables = [
        table.select(polars.lit(curve.direction).alias("direction"), *table.columns)
        for curve, table in zip(answer.curves, curves, strict=True)
    ]
    return polars.concat(tables)


def joint_position_table(answer: JointAnswer) -> polars.DataFrame:
    """One row a position of the largest pools that are liquidated, with figures of its pool."""
    pools = record_table(answer.accounts, JointAccount).rename({"notional": "pool_notional"})
    rows = [position for account in answer.accounts for position in account.positions]
    of_pool = [number for number, account in enumerate(answer.accounts) for _ in account.positions]
    return polars.concat([pools[of_pool], record_table(rows, JointPosition)], how="horizontal")


def outcome_table(answer: CascadeAnswer) -> polars.DataFrame:
    """One row a coin, the one asked about first."""
    return record_table(answer.coins, CoinOutcome)


def second_table(answer: CascadeAnswer) -> polars.DataFrame:
    """One row a second and coin with flow, USD."""
    rows = column_table(answer.per_second)
    seconds = polars.col("second") * 1_000 + answer.as_of_ms
    return rows.select(seconds.cast(TIMESTAMP).alias("time"), *rows.columns)


def price_table(answer: CascadeAnswer) -> polars.DataFrame:
    """One row a coin and band of 0.2 % with flow, USD: where the mark stood."""
    return column_table(answer.per_level)


def path_table(answer: CascadeAnswer) -> polars.DataFrame:
    """One row a coin and sample of its prices, USD."""
    time = (polars.Series("time", answer.path_ms, polars.Int64) + answer.as_of_ms).cast(TIMESTAMP)
    tables = []
    for path in answer.paths:
        rows = column_table(path)
        tables.append(rows.select(time, polars.lit(path.coin).alias("coin"), *rows.columns))
    return polars.concat(tables) if tables else polars.DataFrame()


def winner_table(answer: CascadeAnswer) -> polars.DataFrame:
    """Who is cut by auto-deleveraging, in order."""
    return column_table(answer.winners, since_ms=answer.as_of_ms)


def fate_table(answer: CascadeAnswer) -> polars.DataFrame:
    """One row a margin pool that was liquidated, in order."""
    return column_table(answer.fates, names={"first_ms": "first_order"}, since_ms=answer.as_of_ms)
