"""Account tables of small parts, kept in memory: in a market of some thousand accounts opening the files takes longer
than all the rest of an answer, and who goes through all frames of a day asks for each."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from liqscape.store.history.parts import PartReader
from liqscape.store.history.schema import POOLS, POSITIONS, Batch

LARGEST_BYTES = 4_000_000
"""Of both files together: some 100,000 rows, 10 MB in memory."""
KEPT_BYTES = 32_000_000


class SmallTables:
    """POOLS, POSITIONS, FUNDING and ADDRESSES by part, those asked for last. Usable from any thread."""

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._kept_bytes = kept_bytes
        self._lock = Lock()
        self._kept: OrderedDict[str, Batch] = OrderedDict()

    def of(self, part: PartReader) -> Batch | None:
        """All rows of a part; None of one that is not small. Raises CorruptSegment, FileNotFoundError."""
        name = part.entry.name
        with self._lock:
            kept = self._kept.get(name)
            if kept is not None:
                self._kept.move_to_end(name)
                return kept
        if sum(part.checked_path(f"{table}.parquet").stat().st_size for table in (POOLS, POSITIONS)) > LARGEST_BYTES:
            return None
        tables = part.read_accounts(part.entry.first_ms, part.entry.last_ms)
        with self._lock:
            self._kept[name] = tables
            held = sum(map(byte_count, self._kept.values()))
            while held > self._kept_bytes:
                held -= byte_count(self._kept.popitem(last=False)[1])
        return tables


def byte_count(batch: Batch) -> int:
    """Memory of the columns; texts of addresses count as what names them."""
    return sum(values.nbytes for table in batch.values() for values in table.values())
