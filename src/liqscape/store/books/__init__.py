"""Order books of the past, sampled: one Parquet file a coin and UTC day (docs/data.md, "Order books")."""

from liqscape.store.books.reader import BookDay, BookReader, StoredBook
from liqscape.store.books.schema import BookRows, DayFile
from liqscape.store.books.writer import read_day_file, write_day

__all__ = ["BookDay", "BookReader", "BookRows", "DayFile", "StoredBook", "read_day_file", "write_day"]
