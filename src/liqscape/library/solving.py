"""Account states of one's own, solved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import polars

from liqscape.errors import InputError
from liqscape.library.results import Solution
from liqscape.service.tables.of_records import TIMESTAMP, record_table
from liqscape.states.account_answer import PoolRow, PositionRow, SolveAnswer
from liqscape.states.solve_account import solve_account
from liqscape.wire.saved_state import parse_saved_state
from liqscape.wire.saved_tables import parse_saved_tables

State = Mapping[str, Any] | Sequence[Any] | str | bytes | Path


def solve(state: State, *, tables: State | None = None) -> Solution:
    """Solve the liquidation price of every position of account states as the exchange answers them.

    state   a clearinghouseState, alone or with the spot state beside it, or any of the forms `liqscape solve` reads:
            as Python objects, as JSON (text or bytes), or as the Path of a file.
    tables  margin tables, a recorded `meta`, in the same forms; the dated built-in ones by default.

    Raises InputError or RemoteWireError naming what cannot be read.
    """
    given = None if tables is None else parse_saved_tables(*_content(tables, "tables"))
    content, name = _content(state, "state")
    answers = tuple(solve_account(account, given, name) for account in parse_saved_state(content, name))
    pools = [_of_account(record_table(answer.account.pools, PoolRow), answer) for answer in answers]
    positions = [_of_account(record_table(answer.positions, PositionRow), answer) for answer in answers]
    return Solution(
        pools=polars.concat(pools),
        positions=polars.concat(positions),
        notes=tuple(note for answer in answers for note in _notes(answer)),
        records=answers,
    )


def _content(given: State, name: str) -> tuple[bytes, str]:
    """Its bytes, and what an error calls it."""
    if isinstance(given, Path):
        try:
            return given.read_bytes(), str(given)
        except OSError as error:
            raise InputError(f"{given}: {error.strerror or error}", file=str(given)) from None
    if isinstance(given, str):
        return given.encode(), name
    if isinstance(given, bytes):
        return given, name
    try:
        return msgspec.json.encode(given), name
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} cannot be written as JSON: {error}") from None


def _of_account(table: polars.DataFrame, answer: SolveAnswer) -> polars.DataFrame:
    return table.select(
        polars.lit(answer.time_ms, polars.Int64).cast(TIMESTAMP).alias("as_of"),
        polars.lit(answer.account.address, polars.String).alias("address"),
        *table.columns,
    )


def _notes(answer: SolveAnswer) -> list[str]:
    notes = [f"cannot be read: {fault}" for fault in answer.unread_rows]
    if answer.skipped_rows:
        notes.append(f"{answer.skipped_rows} rows skipped, since they do not matter (closed legs, outcome tokens)")
    return notes
