"""Writes a history as version 1 of the format did: a small writer that shares nothing with the store of today.

Whole addresses where anything of them changed, all bands of every frame by coin in four levels of detail, heads with
msgpack columns. It stays as it is, whatever becomes of the store.
"""

from __future__ import annotations

import struct
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import numpy as np
import polars as pl

from liqscape.heatmap.frame import MarketFrame
from liqscape.model import Accounts, MarginTables

Rows = list[dict[str, object]]
POOL = ("raw_usd", "quality", "mode", "is_exempt", "observed_ms")
POSITION = (
    *("market_index", "size", "table_row", "entry_price", "leverage", "observed_mark", "published", "published_price"),
)
SIDES = ("long", "short")
REASONS = ("below", "above", "no_level", "unknown", "exempt")
MARGIN_SOURCES = ("unknown", "state", "published", "tracked", "modelled")
DTYPES = {
    "time_ms": "i8",
    "market_count": "i4",
    "is_band_keyframe": "?",
    "is_account_keyframe": "?",
    "listed_address_count": "i4",
    "address_count": "i8",
    "pool_count": "i8",
    "oldest_age_ms": "i8",
    "median_age_ms": "i8",
    "market_index": "i4",
    "band": "i4",
    "side": "i1",
    "quality": "u1",
    "mode": "u1",
    "is_exempt": "?",
    "observed_ms": "i8",
    "position_count": "i4",
    "address_row": "i4",
    "pool": "i4",
    "table_row": "i4",
    "published": "u1",
}
"""All others are float64; counts of COINS are int64."""


def write_former(
    folder: Path, stored: list[tuple[MarketFrame, Accounts]], tables: MarginTables, *, in_parts: list[int]
) -> None:
    """Frames of one set of markets: parts of so many each, the rest as heads of one frame."""
    (folder / "head").mkdir(parents=True)
    (folder / "parts").mkdir()
    parts, begin, before = [], 0, None
    for serial, count in enumerate(in_parts, 1):
        run = stored[begin : begin + count]
        parts.append(_write_part(folder, run, serial))
        begin, before = begin + count, None
    for frame, accounts in stored[begin:]:
        _write_head(folder, _tables(frame, accounts, before))
        before = (frame, accounts)
    first = stored[0][0]
    definition = {
        "from_ms": first.time_ms,
        "markets": [msgspec.to_builtins(row) for row in first.snapshot.markets.rows],
        "margin_tables": [
            {
                "table_id": table.table_id,
                "tiers": [(tier.lower_bound, tier.max_leverage) for tier in table.tiers],
                "description": table.description,
            }
            for table in tables.tables
        ],
    }
    manifest = {
        "schema_version": 1,
        "provenance": msgspec.to_builtins(first.provenance),
        "hold_ms": 600_000,
        "sealed_ms": parts[-1]["last_ms"] if parts else -1,
        "parts": parts,
        "definitions": [definition],
        "history_id": "former",
    }
    (folder / "manifest.json").write_bytes(msgspec.json.encode(manifest))


def _tables(
    frame: MarketFrame, accounts: Accounts, before: tuple[MarketFrame, Accounts] | None
) -> dict[str, dict[str, np.ndarray]]:
    time_ms, is_first = frame.time_ms, before is None
    held = None if before is None else before[1]
    if held is not None and accounts.addresses[: len(held.addresses)] != held.addresses:
        held = None  # another list of addresses: all of it is written again
    row: dict[str, object] = {
        "time_ms": time_ms,
        "market_count": len(frame.snapshot.mark),
        "is_band_keyframe": is_first,
        "is_account_keyframe": held is None,
        "listed_address_count": len(accounts.addresses),
        "address_count": frame.address_count,
        "pool_count": frame.pool_count,
        "oldest_age_ms": frame.oldest_age_ms,
        "median_age_ms": frame.median_age_ms,
        **{f"notional_{name}": value for name, value in zip(MARGIN_SOURCES, frame.margin_source_notional, strict=True)},
    }
    coins: Rows = []
    for market in range(len(frame.snapshot.mark)):
        coin: dict[str, object] = {"time_ms": time_ms, "market_index": market}
        coin |= {name: getattr(frame.snapshot, name)[market] for name in ("mark", "oracle", "open_interest")}
        coin["coverage"] = frame.coverage[market]
        for column, side in enumerate(SIDES):
            coin[f"{side}_size"] = frame.position_size[market, column]
            coin[f"{side}_position_count"] = frame.position_count[market, column]
            for place, reason in enumerate(REASONS):
                coin[f"outside_{side}_{reason}_size"] = frame.outside.size[market, column, place]
                coin[f"outside_{side}_{reason}_position_count"] = frame.outside.position_count[market, column, place]
        coins.append(coin)
    own, old = _bands(frame), {} if before is None else _bands(before[0])
    bands: Rows = [
        {"time_ms": time_ms, **dict(zip(("market_index", "band", "side", "quality"), key, strict=True)), **value}
        for key, value in sorted({**dict.fromkeys(old, _GONE), **own}.items())
    ]
    pools, positions = _changed(accounts, held, time_ms)
    known = 0 if held is None else len(held.addresses)
    addresses: Rows = [
        {"time_ms": time_ms, "address_row": place, "address": accounts.addresses[place]}
        for place in range(known, len(accounts.addresses))
    ]
    named = {"time_ms": time_ms}
    return {
        "frames": _columns([row], row),
        "coins": _columns(coins, coins[0]),
        "bands": _columns(
            bands, {**named, "market_index": 0, "band": 0, "side": 0, "quality": 0, "size": 0.0, **_GONE}
        ),
        "pools": _columns(pools, {**named, "address_row": 0, "pool": 0, **dict.fromkeys(POOL, 0), "position_count": 0}),
        "positions": _columns(positions, {**named, "address_row": 0, "pool": 0, **dict.fromkeys(POSITION, 0)}),
        "addresses": _columns(addresses, {**named, "address_row": 0, "address": ""}),
    }


_GONE = {"size": 0.0, "first_order_size": 0.0, "position_count": 0}


def _bands(frame: MarketFrame) -> dict[tuple[int, ...], dict[str, object]]:
    bands = frame.bands
    return {
        tuple(int(_column(bands, name)[row]) for name in ("market_index", "band", "side", "quality")): {
            name: _column(bands, name)[row] for name in _GONE
        }
        for row in range(len(bands))
    }


def _held(accounts: Accounts) -> dict[int, list[tuple[int, bytes]]]:
    """Pools of each address by row, each with all that makes it, as bytes to compare."""
    found: dict[int, list[tuple[int, bytes]]] = {}
    for pool in range(accounts.pool_count):
        rows = slice(accounts.offsets[pool], accounts.offsets[pool + 1])
        content = b"".join(_column(accounts, name)[pool].tobytes() for name in POOL)
        content += b"|".join(getattr(accounts, name)[rows].tobytes() for name in POSITION)
        found.setdefault(int(accounts.address_row[pool]), []).append((pool, content))
    return found


def _changed(accounts: Accounts, before: Accounts | None, time_ms: int) -> tuple[Rows, Rows]:
    held, old = _held(accounts), {} if before is None else _held(before)
    pools: Rows = []
    positions: Rows = []
    for owner, own in held.items():
        if before is not None and [content for _, content in own] == [content for _, content in old.get(owner, [])]:
            continue
        for pool, _ in own:
            rows = range(accounts.offsets[pool], accounts.offsets[pool + 1])
            named = {"time_ms": time_ms, "address_row": owner, "pool": pool}
            values = {name: _column(accounts, name)[pool] for name in POOL}
            pools.append({**named, **values, "position_count": len(rows)})
            positions += [{**named, **{name: getattr(accounts, name)[row] for name in POSITION}} for row in rows]
    for owner in sorted(set(old) - set(held)):
        blank: dict[str, object] = {**dict.fromkeys(POOL, 0), "raw_usd": float("nan"), "position_count": 0}
        pools.append({"time_ms": time_ms, "address_row": owner, "pool": -1, **blank})
    return pools, positions


def _columns(rows: Rows, like: dict[str, object]) -> dict[str, np.ndarray]:
    columns = {}
    is_coins = "coverage" in like
    for name in like:
        dtype = "O" if name == "address" else DTYPES.get(name, "f8")
        if is_coins and name.endswith("_count"):
            dtype = "i8"
        columns[name] = np.array([row[name] for row in rows], dtype)
    return columns


def _write_part(folder: Path, run: list[tuple[MarketFrame, Accounts]], serial: int) -> dict[str, object]:
    first_ms, last_ms = run[0][0].time_ms, run[-1][0].time_ms
    name = f"{datetime.fromtimestamp(first_ms // 1000, UTC):%Y-%m-%d}-{first_ms:015d}-{serial}"
    part = folder / "parts" / name
    (part / "bands").mkdir(parents=True)
    made = [_tables(*run[row], run[row - 1] if row else None) for row in range(len(run))]
    frames = {
        table: pl.concat(
            [
                pl.DataFrame({key: pl.Series(values.tolist(), dtype=pl.String) if values.dtype == "O" else values
                              for key, values in each[table].items()})
                for each in made
            ]
        )
        for table in made[0]
    }  # fmt: skip
    bands = frames.pop("bands")
    frames["coins"] = frames["coins"].sort("market_index", maintain_order=True)
    files = {f"{table}.parquet": frame for table, frame in frames.items()}
    for market, coin in enumerate(run[0][0].snapshot.markets.coins):
        own = bands.filter(pl.col("market_index") == market)
        for minutes in (1, 5, 15, 30) if len(own) else ():
            step = pl.col("time_ms") // (minutes * 60_000)
            thin = own.group_by(step.alias("step"), "band", "side", "quality", maintain_order=True).last()
            files[f"bands/{quote(coin, safe='')}.{minutes}m.parquet"] = (
                thin.drop("step").select(own.columns).sort("time_ms", maintain_order=True) if minutes > 1 else own
            )
    listed = []
    for file, frame in files.items():
        frame.write_parquet(part / file, compression="zstd", metadata={"liqscape.schema_version": "1"})
        content = (part / file).read_bytes()
        listed.append({"name": file, "size": len(content), "crc32": zlib.crc32(content)})
    (part / "files.json").write_bytes(msgspec.json.encode(listed))
    return {"name": name, "first_ms": first_ms, "last_ms": last_ms, "frame_count": len(run)}


def _write_head(folder: Path, tables: dict[str, dict[str, np.ndarray]]) -> None:
    time_ms = int(tables["frames"]["time_ms"][0])
    rest = msgspec.msgpack.encode(
        {
            table: {
                name: values.tolist() if values.dtype == "O" else values.tobytes() for name, values in columns.items()
            }
            for table, columns in tables.items()
        }
    )
    name = f"{time_ms:015d}-{time_ms:015d}.head"
    (folder / "head" / name).write_bytes(struct.pack("<4sII", b"LQHD", 1, zlib.crc32(rest)) + rest)


def _column(record: object, name: str) -> Any:
    """A column by the name that version 1 gave it."""
    return getattr(record, "margin_source" if name == "quality" else name)
