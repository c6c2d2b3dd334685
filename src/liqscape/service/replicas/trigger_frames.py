"""Trigger orders in live frames: rows of what changed since the frame before, as the history keeps them.

A keyframe, and a frame of other markets, holds all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from liqscape.errors import RemoteWireError
from liqscape.ledger.triggers import StandingTriggers, rows_of_names
from liqscape.model.accounts import Accounts
from liqscape.model.markets import Markets
from liqscape.model.trigger_rows import MAX_ORDER_ID
from liqscape.store.history.schema import (
    DTYPES,
    OF_TRIGGERS,
    TRIGGER_READS,
    TRIGGERS,
    Batch,
    Table,
    TriggerNews,
    empty_table,
)
from liqscape.store.history.trigger_standing import StoodTriggers
from liqscape.units import AnyArray, Int64Array

SentRows = dict[str, bytes | list[str]]
"""Columns of a table without its time; texts as a list."""


def pack_triggers(batch: Batch) -> dict[str, SentRows]:
    """Rows on their way; nothing of a table without rows."""
    return {
        name: {
            column: values.tolist() if values.dtype == np.object_ else np.ascontiguousarray(values).tobytes()
            for column, values in batch[name].items()
            if column != "time_ms"
        }
        for name in OF_TRIGGERS
        if len(batch[name]["time_ms"])
    }


@dataclass
class FollowedTriggers:
    """What a collector knows of trigger orders, as far as its frames told."""

    stood: StoodTriggers | None = None
    _of: tuple[tuple[str, ...], Sequence[str]] = ((), ())
    _rows: Int64Array | None = None

    def after(self, sent: dict[str, SentRows], time_ms: int, markets: Markets, *, is_anew: bool) -> FollowedTriggers:
        """The same after a frame; this one stays as it is. Raises RemoteWireError, KeyError, ValueError, IndexError."""
        if not is_anew and not sent:
            return self
        stood = StoodTriggers(markets) if is_anew or self.stood is None else self.stood.copy()
        stood.move({name: _rows(sent.get(name), name, time_ms, len(markets)) for name in OF_TRIGGERS})
        return FollowedTriggers(stood, self._of, self._rows)

    def due(self, accounts: Accounts) -> tuple[StandingTriggers, Int64Array] | None:
        """As a pipeline takes them; None where the collector knows nothing of them."""
        standing = None if self.stood is None else self.stood.standing()
        if standing is None:
            return None
        names, addresses = self._of
        if self._rows is None or names is not standing.names or addresses is not accounts.addresses:
            self._of = standing.names, accounts.addresses
            self._rows = rows_of_names(*self._of)
        return standing, self._rows


def _rows(sent: SentRows | None, name: str, time_ms: int, markets: int) -> Table:
    if sent is None:
        return empty_table(name)
    table: Table = {
        column: _column(sent[column], dtype) for column, dtype in DTYPES[name].items() if column != "time_ms"
    }
    lengths = {len(values) for values in table.values()}
    if len(lengths) != 1:
        raise RemoteWireError(f"columns of {name} in a live frame have {sorted(lengths)} rows")
    table["time_ms"] = np.full(lengths.pop(), time_ms, np.int64)
    least = 0 if name == TRIGGERS else -1
    _check(table["market_index"], least, markets - 1, "market")
    if name == TRIGGERS:
        _check(table["order_id"], 0, MAX_ORDER_ID, "order number")
    else:
        _check(table["news"], 0, max(TriggerNews), f"news of {TRIGGER_READS}")
    return table


def _column(content: bytes | list[str], dtype: type) -> AnyArray:
    if isinstance(content, list) != (dtype is np.object_):
        raise RemoteWireError("a live frame has numbers where addresses stand, or the other way round")
    if isinstance(content, bytes):
        return np.frombuffer(content, dtype)
    values = np.empty(len(content), np.object_)
    values[:] = content
    return values


def _check(values: AnyArray, least: int, most: int, what: str) -> None:
    """Raises RemoteWireError for what cannot be: places of columns follow from it."""
    if len(values) and (values.min() < least or values.max() > most):
        raise RemoteWireError(f"a live frame has trigger orders of {what} {values.max()}, {most} is the last one")
