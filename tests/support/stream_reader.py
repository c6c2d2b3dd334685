"""A reader of the stream, written from docs/api.md without our own code."""

from __future__ import annotations

KEY = ("band", "side", "margin_source")
REPORTED = ("size", "first_order_size", "position_count")
CONTENT = (*REPORTED, "notional", "first_order_notional")


def rows_of(bands: dict, content: tuple[str, ...] = CONTENT) -> dict[tuple, dict]:
    """What a reader holds: rows by (band, side, quality)."""
    columns = {name: bands[name] for name in (*KEY, *content)}
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    return {tuple(row[name] for name in KEY): row for row in rows}


def apply_changes(held: dict[tuple, dict], changes: dict, mark: float) -> dict[tuple, dict]:
    """What docs/api.md tells a reader to do with the changes of a frame."""
    held = {key: dict(row) for key, row in held.items()}
    for key, row in rows_of(changes, REPORTED).items():
        if row["size"] == 0:
            del held[key]
        else:
            held[key] = row
    for row in held.values():
        row["notional"] = row["size"] * mark
        row["first_order_notional"] = row["first_order_size"] * mark
    return held
