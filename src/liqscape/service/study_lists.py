"""Lists of a study in pages: newest first, going on after the last row whatever has come since."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from liqscape.errors import QuestionError
from liqscape.service.paging import MAX_ROWS, VERSION, CursorPlace, digest_of, read_cursor, write_cursor

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars


class _AfterRow(CursorPlace, frozen=True, array_like=True):
    """A page ended with the row of this time and key."""

    time_ms: int
    key: str


class StudyPage(NamedTuple):
    """Rows of a page, and the cursor of what follows; None at the end."""

    rows: polars.DataFrame
    next_cursor: str | None


def cut_newest(
    found: polars.DataFrame, time: str, keys: Sequence[str], *, question: object, limit: int | None, cursor: str | None
) -> StudyPage:
    """A page of rows, by time from the newest, equal times by key.

    time, keys  columns; the keys, as one text, tell rows of one time apart.
    limit       None: all. Raises QuestionError for one out of bounds, or a cursor that is none of this question.
    """
    import polars

    if limit is not None and not 1 <= limit <= MAX_ROWS:
        raise QuestionError(f"limit {limit} is outside 1 to {MAX_ROWS}")
    digest = digest_of(question)
    key = polars.concat_str(*keys, separator=" ").alias("_key")
    rows = found.with_columns(key, polars.col(time).dt.epoch("ms").alias("_ms"))
    if cursor is not None:
        place = read_cursor(cursor, digest, _AfterRow)
        is_later = polars.col("_key") > place.key
        rows = rows.filter((polars.col("_ms") < place.time_ms) | ((polars.col("_ms") == place.time_ms) & is_later))
    rows = rows.sort("_ms", "_key", descending=[True, False])
    page = rows if limit is None else rows.head(limit)
    next_cursor = None
    if len(page) < len(rows):
        last = page.row(-1, named=True)
        next_cursor = write_cursor(_AfterRow(VERSION, digest, last["_ms"], last["_key"]))
    return StudyPage(page.drop("_key", "_ms"), next_cursor)
