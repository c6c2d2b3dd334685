"""A history as version 2 kept it: without what is written down by the minute, but for empty tables in its heads."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path

import msgspec
import polars as pl

FIXED = struct.Struct("<4sII")
EMPTY = {
    "coin_minutes": ("time_ms", "market_index", "mark_first", "mark_first_ms", "known_at_ms"),
    "edge_crossings": ("time_ms", "market_index", "side", "edge_price", "direction", "mark", "known_at_ms"),
    "account_minutes": ("time_ms", "address_row", "market_index", "kind", "size", "usd", "known_at_ms"),
}
NOTES = {"coin_minutes", "mark_path", "account_minutes", "liquidation_events"}


def as_version_two(folder: Path) -> None:
    """Rewrite a history nothing was written down in as version 2 wrote it."""
    for path in (folder / "head").glob("*.head"):
        magic, version, _ = FIXED.unpack_from(content := path.read_bytes())
        assert (magic, version) == (b"LQHD", 3)
        rest = _head(content[FIXED.size :])
        path.write_bytes(FIXED.pack(magic, 2, zlib.crc32(rest)) + rest)
    for listed in folder.glob("parts/*/files.json"):
        _part(listed)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["schema_version"] = 2
    del manifest["crc32"]
    for name in ("manifest.json", "manifest.copy.json"):
        (folder / name).write_text(json.dumps(manifest))


def _head(rest: bytes) -> bytes:
    tables = msgspec.msgpack.decode(rest)
    chain = tables.pop("chain", {})
    if "copy" in chain:
        chain["copy"] = _head(chain["copy"])
    kept = {name: columns for name, columns in tables.items() if name not in NOTES}
    empty = {name: dict.fromkeys(columns, b"") for name, columns in EMPTY.items()}
    return msgspec.msgpack.encode({**kept, **empty, "chain": chain})


def _part(listed: Path) -> None:
    files = [file for file in json.loads(listed.read_text()) if file["name"] != "files.json"]
    for file in files:
        path = listed.parent / file["name"]
        metadata = {key: value for key, value in pl.read_parquet_metadata(path).items() if key != "ARROW:schema"}
        pl.read_parquet(path).write_parquet(path, metadata={**metadata, "liqscape.schema_version": "2"})
        content = path.read_bytes()
        file["size"], file["crc32"] = len(content), zlib.crc32(content)
    listed.write_text(json.dumps(files))
