"""Statements on a connection of connect(): those that only read, in order, with one sentence for a failure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from liqscape.errors import QuestionError
from liqscape.service.sql.connection import PLACES

if TYPE_CHECKING:
    from pathlib import Path

    from duckdb import DuckDBPyConnection, DuckDBPyRelation

READING = ("SELECT", "EXPLAIN", "MULTI")
IN_MEMORY = ("CREATE", "DROP")
"""Views, macros and temporary tables of the session; nothing of them is on disk."""
FLOATS = ("FLOAT", "DOUBLE")


class Result(NamedTuple):
    """Rows of a statement. `relation` runs it again each time it is asked."""

    relation: DuckDBPyRelation
    columns: list[str]

    def rows(self, most: int | None = None) -> list[tuple[object, ...]]:
        """All rows, or the first ones. NaN is unknown, and unknown is None."""
        relation = self.relation if most is None else self.relation.limit(most)
        return [tuple(map(_plain, row)) for row in relation.fetchall()]

    def write(self, path: Path) -> None:
        """The rows as a Parquet or CSV file, by the ending. Unknown is null."""
        relation = self.relation
        floats = {
            name
            for name, kind in zip(relation.columns, relation.types, strict=True)
            if str(kind) in FLOATS and relation.columns.count(name) == 1
        }
        if floats:
            names = [(name, '"' + name.replace('"', '""') + '"') for name in relation.columns]
            relation = relation.project(
                ", ".join(f"nullif({q}, 'nan') AS {q}" if name in floats else q for name, q in names)
            )
        if path.suffix == ".csv":
            relation.write_csv(str(path))
        else:
            relation.write_parquet(str(path), compression="zstd")


def run(connection: DuckDBPyConnection, text: str) -> Result | None:
    """Run statements and return what the last one gives; None where it gives nothing.

    Raises QuestionError, one sentence, for what cannot be run or would do more than read.
    """
    import duckdb

    try:
        statements = connection.extract_statements(text)
        for statement in statements:
            kind = statement.type.name
            if kind not in READING + IN_MEMORY:
                raise QuestionError(f"{kind} is not a question: what is opened here is only read")
        last = None
        for statement in statements:
            relation = connection.sql(statement.query)
            last = None if relation is None or statement.type.name in IN_MEMORY else relation
        return None if last is None else Result(last, list(last.columns))
    except duckdb.Error as error:
        raise _sentence(connection, error) from None


def fetch(connection: DuckDBPyConnection, result: Result, most: int | None = None) -> list[tuple[object, ...]]:
    """Rows of a result. Raises QuestionError, one sentence, for what fails while it runs."""
    import duckdb

    try:
        return result.rows(most)
    except duckdb.Error as error:
        raise _sentence(connection, error) from None


def write(connection: DuckDBPyConnection, result: Result, name: str) -> Path:
    """The rows as a file of that name in the connection's own folder. Raises QuestionError as `fetch` does."""
    import duckdb

    path = PLACES[connection].made / name
    try:
        result.write(path)
    except duckdb.Error as error:
        raise _sentence(connection, error) from None
    return path


def _sentence(connection: DuckDBPyConnection, error: Exception) -> Exception:
    """What went wrong, without the excerpt of the statement; what one of our functions raised on the way as it is."""
    place = PLACES.get(connection)
    if place is not None and place.error is not None:
        found, place.error = place.error, None
        return found
    return QuestionError(" ".join(str(error).split("\n\nLINE ")[0].split()))


def _plain(value: object) -> object:
    if isinstance(value, float):
        return None if math.isnan(value) else value
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value
