"""`asset_ctxs/{day}.csv.lz4`: one row a coin and minute; columns are found by their header."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from liqscape.errors import RemoteWireError
from liqscape.wire.decode import finite, refuse
from liqscape.wire.encode import print_decimal


@dataclass(frozen=True, kw_only=True)
class AssetContextRow:
    """One coin at one minute. Prices in USD, open interest in coins; None where the cell is empty."""

    time: str
    coin: str
    funding: float | None
    open_interest: float | None
    prev_day_px: float | None
    day_ntl_vlm: float | None
    premium: float | None
    oracle_px: float | None
    mark_px: float | None
    mid_px: float | None
    impact_bid_px: float | None
    impact_ask_px: float | None


COLUMNS = tuple(field.name for field in fields(AssetContextRow))
"""Header of a file written here; the exchange's may hold them in another order."""


def parse_asset_contexts(content: bytes, source: str) -> tuple[AssetContextRow, ...]:
    """All rows of one unpacked file. Raises RemoteWireError naming line and column."""
    try:
        reader = csv.DictReader(io.StringIO(content.decode()), strict=True)
        rows = list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        raise RemoteWireError(f"{source}: no CSV: {error}", source=source) from None
    check_header(reader.fieldnames or (), source)
    return tuple(_row(cells, f"{source}:{line}") for line, cells in enumerate(rows, start=2))


def check_header(names: Sequence[str], source: str) -> None:
    """Raises RemoteWireError naming the columns that are not there."""
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise RemoteWireError(f"{source}: header lacks {', '.join(missing)}", source=source)


def parse_cell(cell: str | None, source: str, column: str) -> float | None:
    """A finite number, None where the cell is empty. Raises RemoteWireError."""
    if cell is None or cell == "":
        return None
    try:
        return finite(float(cell), source, column)
    except ValueError:
        raise refuse(source, column, cell, "is not a number") from None


def print_asset_contexts(rows: Iterable[AssetContextRow], *, has_header: bool = True) -> bytes:
    """Rows as CSV, below the header."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if has_header:
        writer.writerow(COLUMNS)
    for row in rows:
        cells = [getattr(row, name) for name in COLUMNS]
        writer.writerow(
            ["" if cell is None else print_decimal(cell) if isinstance(cell, float) else cell for cell in cells]
        )
    return text.getvalue().encode()


def _row(cells: dict[str, str | None], source: str) -> AssetContextRow:
    numbers = {name: parse_cell(cells[name], source, name) for name in COLUMNS[2:]}
    return AssetContextRow(time=cells["time"] or "", coin=cells["coin"] or "", **numbers)
