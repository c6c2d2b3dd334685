"""What moves all coins or simulates, as tables."""

from __future__ import annotations

import polars

from liqscape.service.answers.cascade_records import (
    CascadeAnswer,
    CascadeStops,
    CoinOutcome,
    EnsembleAnswer,
    SecondColumns,
    StopSecondColumns,
)
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
    return _timed(answer.per_second, answer.as_of_ms)


def stop_second_table(stops: CascadeStops, as_of_ms: int) -> polars.DataFrame:
    """One row a second and coin with stops or take-profits that fired, USD."""
    return _timed(stops.per_second, as_of_ms)


def stop_price_table(stops: CascadeStops) -> polars.DataFrame:
    """One row a coin and band of 0.2 % with stops or take-profits that fired, USD: where the mark stood."""
    return column_table(stops.per_level)


def stop_quantile_table(answer: EnsembleAnswer) -> polars.DataFrame | None:
    """One row a coin, band of 0.2 % and quantile over the runs of an ensemble, USD; None: without stops."""
    if answer.stops is None:
        return None
    rows = answer.stops.per_level
    count = len(answer.levels)
    flows = {name: [usd for row in getattr(rows, name) for usd in row] for name in ("stops_filled", "profits_filled")}
    table = polars.DataFrame(
        {name: getattr(rows, name) for name in ("coin", "price_low", "price_high", "fired_share")},
        schema={"coin": polars.String} | dict.fromkeys(("price_low", "price_high", "fired_share"), polars.Float64),
    )
    place = [row for row in range(len(rows.coin)) for _ in range(count)]
    return table[place].with_columns(
        polars.Series("quantile", answer.levels * len(rows.coin), polars.Float64),
        *(polars.Series(name, values, polars.Float64) for name, values in flows.items()),
    )


def _timed(columns: SecondColumns | StopSecondColumns, as_of_ms: int) -> polars.DataFrame:
    rows = column_table(columns)
    seconds = polars.col("second") * 1_000 + as_of_ms
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
