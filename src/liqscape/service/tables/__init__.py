"""Answers as Polars frames: the same rows and columns on every door that gives tables (docs/library.md, "Columns").

A table has the names of the answer's fields, with three differences. A time is a timestamp in UTC and has no suffix
(`as_of_ms` is `as_of`), a side is a word, and what the answer says once stands in every row (`provenance.kind` is
`provenance_kind`). Unknown is null.
"""

from liqscape.service.tables.of_answers import LEVELS, level_table

__all__ = ["LEVELS", "level_table"]
