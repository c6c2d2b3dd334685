"""A dump of positions: everything the map knew at one instant as one Parquet file, for others and for going on from.

One row a position, in the order of the ledger; a pool that holds nothing has one row whose coin is null. The first
columns are those of a recorded market's positions.parquet. Markets and margin tables stand in the file's metadata, so
that a file alone gives the same levels to the bit.

    snapshot_ts      text   ISO 8601, UTC, of the marks
    address          text   lower-case hex
    coin             text   null: the pool holds nothing
    szi              float  signed coins; 0 where the pool holds nothing
    entry_px         float  USD; null unknown
    leverage         float  the user's setting; null unknown
    position_value   float  USD at mark; null where the mark is unknown
    unrealized_pnl   float  USD; null where mark or entry price is unknown
    liquidation_px   float  USD, solved; null where nothing liquidates or the cash is unknown
    raw_usd          float  USD, cash of the pool; null unknown
    margin_source    text   how raw_usd became known: MarginSource in lower case
    margin_mode      text   PoolMode in lower case
    pool             int    rows with the same number share their margin
    is_exempt        bool
    observed_ms      int    venue time of the state behind raw_usd
    table_id         int    margin table of the position; null where the pool holds nothing
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
import polars

from liqscape.errors import InputError, ModelError
from liqscape.model.accounts import Accounts
from liqscape.model.margin_tables import MarginTable, MarginTables
from liqscape.model.markets import Market, Markets, MarketSnapshot
from liqscape.risk.liquidation import LevelStatus, solve_liquidation
from liqscape.units import Float64Array, MarginSource, PoolMode

VERSION = 1
METADATA_KEY = "liqscape.positions"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MARGIN_SOURCE_NAMES = tuple(margin_source.name.lower() for margin_source in sorted(MarginSource))
MODE_NAMES = tuple(mode.name.lower() for mode in sorted(PoolMode))
PART_ENDING = ".part"
FORMER_NAMES = {"quality": "margin_source", "mode": "margin_mode"}
"""Columns of dumps written before November 2026, still read."""


@dataclass(frozen=True)
class PositionTable:
    """What a dump holds."""

    snapshot: MarketSnapshot
    tables: MarginTables
    accounts: Accounts
    is_simulated: bool


class _Context(msgspec.Struct, frozen=True, kw_only=True):
    """What of the market the columns do not say. Numbers not known are null."""

    version: int
    time_ms: int
    is_simulated: bool
    markets: tuple[Market, ...]
    tables: tuple[MarginTable, ...]
    mark: tuple[float | None, ...]
    oracle: tuple[float | None, ...]
    open_interest: tuple[float | None, ...]


SCHEMA: dict[str, polars.DataType] = {
    "snapshot_ts": polars.String(),
    "address": polars.String(),
    "coin": polars.String(),
    "szi": polars.Float64(),
    "entry_px": polars.Float64(),
    "leverage": polars.Float64(),
    "position_value": polars.Float64(),
    "unrealized_pnl": polars.Float64(),
    "liquidation_px": polars.Float64(),
    "raw_usd": polars.Float64(),
    "margin_source": polars.String(),
    "margin_mode": polars.String(),
    "pool": polars.Int32(),
    "is_exempt": polars.Boolean(),
    "observed_ms": polars.Int64(),
    "table_id": polars.Int32(),
}


def write_positions(
    path: Path, accounts: Accounts, snapshot: MarketSnapshot, tables: MarginTables, *, is_simulated: bool
) -> int:
    """Write a dump; it appears whole or not at all. Returns its rows. Raises InputError where it cannot be written."""
    frame = _frame(accounts, snapshot, tables)
    context = _Context(
        version=VERSION,
        time_ms=snapshot.time_ms,
        is_simulated=is_simulated,
        markets=snapshot.markets.rows,
        tables=tables.tables,
        mark=_nulls_for_unknown(snapshot.mark),
        oracle=_nulls_for_unknown(snapshot.oracle),
        open_interest=_nulls_for_unknown(snapshot.open_interest),
    )
    part = path.with_name(path.name + PART_ENDING)
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        frame.write_parquet(part, compression="zstd", metadata={METADATA_KEY: msgspec.json.encode(context).decode()})
        part.replace(path)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}", file=str(path)) from None
    return frame.height


def _nulls_for_unknown(column: Float64Array) -> tuple[float | None, ...]:
    return tuple(None if np.isnan(value) else value for value in column.tolist())


def _unknown_for_nulls(values: tuple[float | None, ...]) -> Float64Array:
    return np.array([np.nan if value is None else value for value in values])


def read_positions(path: Path) -> PositionTable:
    """Read a dump. Raises InputError naming file and rule for anything that is none of ours or damaged."""
    try:
        metadata = polars.read_parquet_metadata(path)
        if METADATA_KEY not in metadata:
            raise InputError(
                f"{path}: no dump of positions of ours; tables of others need their columns named (--column)",
                file=str(path),
            )
        context = msgspec.json.decode(metadata[METADATA_KEY], type=_Context)
        frame = polars.read_parquet(path).rename(FORMER_NAMES, strict=False)
    except (polars.exceptions.PolarsError, polars.exceptions.PanicException, OSError, ValueError, ModelError) as error:
        reason = (str(error).splitlines() or [""])[0][:160]
        raise InputError(f"{path}: not a readable dump of positions ({reason})", file=str(path)) from None
    if context.version != VERSION:
        raise InputError(f"{path}: dump of version {context.version}, this is version {VERSION}", file=str(path))
    wrong = [name for name, kind in SCHEMA.items() if frame.schema.get(name) != kind]
    if wrong:
        raise InputError(f"{path}: column {wrong[0]!r} is missing or of another type", file=str(path))
    snapshot = MarketSnapshot(
        markets=Markets.build(context.markets),
        time_ms=context.time_ms,
        mark=_unknown_for_nulls(context.mark),
        oracle=_unknown_for_nulls(context.oracle),
        open_interest=_unknown_for_nulls(context.open_interest),
    )
    tables = MarginTables.build(context.tables)
    try:
        return PositionTable(snapshot, tables, _accounts(frame, snapshot.markets, tables), context.is_simulated)
    except (ModelError, polars.exceptions.PolarsError) as error:
        raise InputError(f"{path}: {str(error).splitlines()[0]}", file=str(path)) from None


def _frame(accounts: Accounts, snapshot: MarketSnapshot, tables: MarginTables) -> polars.DataFrame:
    level = solve_liquidation(accounts, snapshot, tables)
    flat = np.flatnonzero(np.diff(accounts.offsets) == 0)
    pool = np.concatenate((accounts.pool_of_position(), flat.astype(np.int32)))
    order = np.argsort(pool, kind="stable")
    nothing = np.full(len(flat), np.nan)
    mark = snapshot.mark[accounts.market_index]
    price = np.where(level.status == LevelStatus.OK, level.price, np.nan)
    coins = np.array(snapshot.markets.coins, dtype=object)[accounts.market_index]
    ids = np.array([table.table_id for table in tables.tables], np.int32)[accounts.table_row]
    by_position = {
        "szi": accounts.size,
        "entry_px": accounts.entry_price,
        "leverage": accounts.leverage,
        "position_value": np.abs(accounts.size) * mark,
        "unrealized_pnl": accounts.size * (mark - accounts.entry_price),
        "liquidation_px": price,
    }
    row = pool[order]
    addresses = np.array(accounts.addresses, dtype=object)
    columns: dict[str, object] = {
        "snapshot_ts": [(EPOCH + timedelta(milliseconds=snapshot.time_ms)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")]
        * len(row),
        "address": addresses[accounts.address_row[row]].tolist(),
        "coin": [*coins.tolist(), *[None] * len(flat)],
        **{name: np.concatenate((values, nothing))[order] for name, values in by_position.items()},
        "raw_usd": accounts.raw_usd[row],
        "margin_source": np.array(MARGIN_SOURCE_NAMES)[accounts.margin_source[row]].tolist(),
        "margin_mode": np.array(MODE_NAMES)[accounts.mode[row]].tolist(),
        "pool": row,
        "is_exempt": accounts.is_exempt[row],
        "observed_ms": accounts.observed_ms[row],
        "table_id": [*ids.tolist(), *[None] * len(flat)],
    }
    for name in ("coin", "table_id"):
        values = columns[name]
        assert isinstance(values, list)
        columns[name] = [values[place] for place in order.tolist()]
    frame = polars.DataFrame(columns, schema=SCHEMA)
    return frame.with_columns(polars.col(polars.Float64).fill_nan(None)).with_columns(polars.col("szi").fill_null(0.0))


def _accounts(frame: polars.DataFrame, markets: Markets, tables: MarginTables) -> Accounts:
    """Raises ModelError for a coin or table the metadata does not list, PolarsError for names of no meaning."""
    pool = frame["pool"].to_numpy()
    if len(pool) and (np.any(np.diff(pool) < 0) or frame["address"].null_count()):
        raise ModelError("rows of one pool must stand together, each with its address")
    starts = np.flatnonzero(np.diff(pool, prepend=-1)) if len(pool) else np.empty(0, np.int64)
    heads = frame[starts.tolist()]
    held = frame.filter(polars.col("coin").is_not_null())
    is_held = frame["coin"].is_not_null().to_numpy()
    counts = np.add.reduceat(is_held.astype(np.int64), starts) if len(starts) else np.empty(0, np.int64)
    addresses = tuple(heads["address"].unique(maintain_order=True))
    rows = {address: row for row, address in enumerate(addresses)}
    table_ids = held["table_id"].fill_null(-1)
    return Accounts.build(
        addresses=addresses,
        address_row=[rows[address] for address in heads["address"]],
        raw_usd=heads["raw_usd"].fill_null(np.nan).to_numpy(),
        offsets=np.concatenate(([0], np.cumsum(counts))),
        market_index=[markets.index_of(coin) for coin in held["coin"]],
        size=held["szi"].to_numpy(),
        table_row=[tables.row_of(number) for number in table_ids],
        margin_source=_codes(heads["margin_source"], MARGIN_SOURCE_NAMES),
        mode=_codes(heads["margin_mode"], MODE_NAMES),
        is_exempt=heads["is_exempt"].to_numpy(),
        observed_ms=heads["observed_ms"].to_numpy(),
        entry_price=held["entry_px"].fill_null(np.nan).to_numpy(),
        leverage=held["leverage"].fill_null(np.nan).to_numpy(),
    )


def _codes(names: polars.Series, known: tuple[str, ...]) -> list[int]:
    unknown = sorted(set(names.unique()) - set(known), key=str)
    if unknown:
        raise ModelError(f"{names.name} holds {unknown[0]!r}; known: {', '.join(known)}")
    return [known.index(name) for name in names]
