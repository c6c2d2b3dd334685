"""Notes of minutes, compared bit for bit."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np

from liqscape.model.minute_notes import Columns, MinuteNotes

TABLES = ("coins", "path", "accounts", "liquidations")


def notes_digest(notes: MinuteNotes | None) -> bytes:
    """Of every column that is there; a table that is not known counts as one without rows."""
    digest = blake2b(digest_size=16)
    for table in TABLES if notes is not None else ():
        rows: Columns | None = getattr(notes, table)
        for name in sorted(rows or {}):
            assert rows is not None
            values = rows[name]
            if len(values):
                digest.update(f"{table}.{name}".encode())
                texts = "\n".join(values.tolist()).encode() if values.dtype == np.object_ else b""
                digest.update(texts or np.ascontiguousarray(values).tobytes())
    return digest.digest()
