"""The files a node writes under its data folder, one an hour, a line a block (or a line an event)."""

from __future__ import annotations

from collections.abc import Mapping
from io import BufferedWriter
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from liqscape.sandbox.files.lines import (
    fill_block,
    misc_block,
    misc_events,
    order_status_block,
    order_statuses,
    user_fills,
)
from liqscape.sandbox.files.order_snapshot import write_orders
from liqscape.sandbox.files.state_snapshot import STATE_EVERY, write_state
from liqscape.wire.archive.paths import hourly_path
from liqscape.wire.encode import encode_record
from liqscape.wire.node.fills import FILLS, FILLS_BY_BLOCK
from liqscape.wire.node.misc_events import MISC_EVENTS, MISC_EVENTS_BY_BLOCK
from liqscape.wire.node.tables import BY_BLOCK, ORDER_STATUSES

if TYPE_CHECKING:
    from liqscape.exchange.exchange import Exchange
    from liqscape.exchange.output import BlockOutput
    from liqscape.sandbox.records.triggers import TriggerRecords


class HourlyFile:
    """Appends lines to the file of the hour of their block; every line is whole on the disk when `write` returns."""

    def __init__(self, folder: Path, table: str) -> None:
        self.folder = folder
        self.table = table
        self.path: Path | None = None
        self._file: BufferedWriter | None = None

    def write(self, time_ms: int, lines: list[bytes]) -> None:
        """Adds lines of one block."""
        path = self.folder / hourly_path(self.table, time_ms)
        if self._file is None or path != self.path:
            self.close()
            path.parent.mkdir(parents=True, exist_ok=True)
            self.path, self._file = path, path.open("ab")
        self._file.write(b"".join(line + b"\n" for line in lines))
        self._file.flush()

    def close(self) -> None:
        """Close the present file; a later write opens it again."""
        if self._file is not None:
            self._file.close()
            self._file = None


class NodeFiles:
    """node_fills_by_block and misc_events_by_block, or with `is_by_block` False their plain forms.

    With `has_orders` also node_order_statuses, for orders that come to rest and for trigger orders. A state snapshot is
    written after every block whose number is a multiple of `state_every`, with `has_orders` a snapshot of all orders
    too; None writes none.
    """

    def __init__(
        self,
        folder: Path,
        *,
        is_by_block: bool = True,
        state_every: int | None = STATE_EVERY,
        has_orders: bool = False,
    ) -> None:
        self.folder = folder
        self.is_by_block = is_by_block
        self.state_every = state_every
        self.fills = HourlyFile(folder, FILLS_BY_BLOCK if is_by_block else FILLS)
        self.misc = HourlyFile(folder, MISC_EVENTS_BY_BLOCK if is_by_block else MISC_EVENTS)
        table = f"{ORDER_STATUSES}{BY_BLOCK}" if is_by_block else ORDER_STATUSES
        self.orders = HourlyFile(folder, table) if has_orders else None

    def observe(
        self,
        exchange: Exchange,
        output: BlockOutput,
        masters: Mapping[int, int] | None = None,
        triggers: TriggerRecords | None = None,
    ) -> None:
        """Writes one block; to be called once for every block, right after it.

        masters   row of the master by the row of each sub-account.
        triggers  the sandbox's records of trigger orders, which saw this block.
        """
        if self.state_every is not None and output.block == exchange.block and output.block % self.state_every == 0:
            write_state(exchange, self.folder)
            if self.orders is not None:
                write_orders(exchange, self.folder)
        if self.is_by_block:
            self.fills.write(output.time_ms, [encode_record(fill_block(exchange, output))])
            self.misc.write(output.time_ms, [encode_record(misc_block(exchange, output, masters))])
            if self.orders is not None:
                self.orders.write(output.time_ms, [msgspec.json.encode(order_status_block(exchange, output, triggers))])
            return
        statuses = [] if self.orders is None else order_statuses(exchange, output, triggers)
        if self.orders is not None and statuses:
            self.orders.write(output.time_ms, [msgspec.json.encode(status) for status in statuses])
        for file, records in (
            (self.fills, user_fills(exchange, output)),
            (self.misc, misc_events(exchange, output, masters)),
        ):
            lines = [encode_record(record) for record in records]
            if lines:
                file.write(output.time_ms, lines)

    def close(self) -> None:
        """Closes its files."""
        for file in (self.fills, self.misc, self.orders):
            if file is not None:
                file.close()
