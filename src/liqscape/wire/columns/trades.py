"""Public prints as columns: a `trades` message straight from its bytes, or records that were decoded before.

Coins that are no market here (spot pairs, outcome markets, dexs that are not read) and prints that do not name
their users are left out, and counted by coin for whoever wants to know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

import msgspec
import numpy as np

from liqscape.errors import RemoteWireError
from liqscape.model.trades import Trades
from liqscape.units import AnyArray
from liqscape.wire.columns.names import AddressRows
from liqscape.wire.decode import LARGEST_NUMBER, decode_record, refuse
from liqscape.wire.info.clearinghouse_state import LARGEST_TIME_MS
from liqscape.wire.info.recent_trades import Trade

if TYPE_CHECKING:
    from liqscape.wire.columns.print_reader import PrintReader

CHANNEL = "trades"
LARGEST_ID = 2**63 - 1


class Print(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A print without what columns do not carry. Abbreviations are the venue's; px in USD, sz > 0 in coins."""

    coin: str
    side: Literal["A", "B"]
    px: float
    sz: float
    time: int
    tid: Annotated[int, msgspec.Meta(ge=0, le=LARGEST_ID)]
    users: tuple[str, str] | None = None


class _TradesMessage(msgspec.Struct, frozen=True, gc=False):
    channel: Literal["trades"]
    data: tuple[Print, ...]


Row = TypeVar("Row", Print, Trade)

_TIME_AND_ID = attrgetter("time", "tid")
_DECODER = msgspec.json.Decoder(_TradesMessage, strict=False)


class PrintBatch:
    """Prints of several messages on their way into columns: many small messages cost little more than a large one.

    Messages as the exchange writes them are read by compiled code (print_kernels.py); any other one as records, to the
    same columns. What waits is, in order of arrival: `_parts`, `_prints`, and what the buffers hold.
    """

    def __init__(self) -> None:
        self._prints: list[Print] = []
        self._names = AddressRows()
        self._parts: list[Trades] = []
        """Columns so far, where both kinds of messages came; markets are those of their time."""
        self._kept_count = 0
        """Prints that are not in the buffers."""
        self._reader: PrintReader | None = None
        self._market_of: Mapping[str, int] = {}
        self.count = 0
        """Prints that wait."""

    def add(
        self, content: bytes, market_of: Mapping[str, int], source: str, left_out: dict[str, int] | None = None
    ) -> int | None:
        """Prints of one whole message `{"channel": "trades", "data": [...]}`; their newest time, None without any.

        market_of is not to change while prints wait; another one takes its place.
        `left_out` is added to: prints left out by coin.
        Raises RemoteWireError naming source, field path, value and rule; nothing of the message is kept then.
        """
        newest_ms = self.read(content, market_of)
        return newest_ms if newest_ms >= 0 else self._add_records(content, market_of, source, left_out)

    def read(self, content: bytes, market_of: Mapping[str, int]) -> int:
        """As `add`, of a message as the exchange writes it; below 0, and nothing is kept, for any other one."""
        reader = self._reader if market_of is self._market_of else None
        if reader is None:
            reader = self._follow(market_of)
        newest_ms = reader.read(content)
        if newest_ms >= 0:
            if self._prints:
                self._close_records()
            self.count = self._kept_count + reader.count
        return newest_ms

    def take(self) -> Trades | None:
        """All of them, in order of (time, trade id); None where there are none."""
        self.count = 0
        if not self._kept_count:
            return None if self._reader is None else self._reader.take()
        self._close_buffers()
        self._close_records()
        parts, self._parts, self._kept_count = self._parts, [], 0
        return parts[0] if len(parts) == 1 else _joined(parts)

    def _follow(self, market_of: Mapping[str, int]) -> PrintReader:
        from liqscape.wire.columns.print_reader import PrintReader

        self._close_buffers()
        self._close_records()
        self._market_of = market_of
        if self._reader is None:
            self._reader = PrintReader()
        self._reader.follow(market_of)
        return self._reader

    def _add_records(
        self, content: bytes, market_of: Mapping[str, int], source: str, left_out: dict[str, int] | None
    ) -> int | None:
        prints = _kept(decode_prints(content, source), market_of, left_out)
        try:
            _check(prints, self._names, f"{source} {CHANNEL}")
        except RemoteWireError:
            self._names = AddressRows()  # it has addresses of the message by now
            raise
        if not prints:
            return None
        self._close_buffers()
        self._prints += prints
        self._kept_count += len(prints)
        self.count = self._kept_count
        return max(print_.time for print_ in prints)

    def _close_records(self) -> None:
        if self._prints:
            self._parts.append(_columns(self._prints, self._names, self._market_of))
        self._prints, self._names = [], AddressRows()

    def _close_buffers(self) -> None:
        trades = None if self._reader is None else self._reader.take()
        if trades is not None:
            self._parts.append(trades)
            self._kept_count += len(trades)


def decode_prints(content: bytes, source: str) -> tuple[Print, ...]:
    """Records of one message. Raises RemoteWireError."""
    try:
        return _DECODER.decode(content).data
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # Once more by the road that says what is wrong with it.
        return decode_record(content, _TradesMessage, source).data


def parse_trades(
    content: bytes, market_of: Mapping[str, int], source: str, left_out: dict[str, int] | None = None
) -> Trades | None:
    """Prints of one message, read as records; None where none is left. Raises RemoteWireError.

    What a PrintBatch gives for it, without compiled code: its slow twin.
    """
    kept, names = _kept(decode_prints(content, source), market_of, left_out), AddressRows()
    _check(kept, names, f"{source} {CHANNEL}")
    return _columns(kept, names, market_of) if kept else None


def map_trades(
    trades: Sequence[Trade], market_of: Mapping[str, int], source: str, left_out: dict[str, int] | None = None
) -> Trades | None:
    """The same out of records, as `recentTrades` answers them."""
    for row, trade in enumerate(trades):
        if trade.side not in ("A", "B"):
            raise refuse(source, f"[{row}].side", trade.side, "is neither A nor B")
        if not 0 <= trade.tid <= LARGEST_ID:
            raise refuse(source, f"[{row}].tid", trade.tid, "is no trade id of 63 bits")
    kept, names = _kept(trades, market_of, left_out), AddressRows()
    _check(kept, names, source)
    return _columns(kept, names, market_of) if kept else None


def _kept(prints: Sequence[Row], market_of: Mapping[str, int], left_out: dict[str, int] | None) -> list[Row]:
    kept = [print_ for print_ in prints if print_.coin in market_of and print_.users is not None]
    if left_out is not None and len(kept) < len(prints):
        for print_ in prints:
            if print_.coin not in market_of or print_.users is None:
                left_out[print_.coin] = left_out.get(print_.coin, 0) + 1
    return kept


def _check(prints: Sequence[Row], names: AddressRows, source: str) -> None:
    for print_ in prints:
        # NaN fails both comparisons.
        if not 0.0 < print_.px <= LARGEST_NUMBER:
            raise refuse(source, "px", print_.px, f"must be above 0 and at most {LARGEST_NUMBER:g}")
        if not 0.0 < print_.sz <= LARGEST_NUMBER:
            raise refuse(source, "sz", print_.sz, f"must be above 0 and at most {LARGEST_NUMBER:g}")
        if not 0 <= print_.time <= LARGEST_TIME_MS:
            raise refuse(source, "time", print_.time, "is not a time in milliseconds since 1970")
        for user in print_.users or ():
            names.row(user, source, "users")


def _columns(prints: Sequence[Row], names: AddressRows, market_of: Mapping[str, int]) -> Trades:
    kept = sorted(prints, key=_TIME_AND_ID)
    users = [names.row(user, CHANNEL, "users") for print_ in kept for user in print_.users or ()]
    pairs = np.array(users, np.int32).reshape(-1, 2)
    return Trades(
        addresses=names.addresses,
        buyer=pairs[:, 0].copy(),
        seller=pairs[:, 1].copy(),
        market_index=np.array([market_of[print_.coin] for print_ in kept], np.int32),
        price=np.array([print_.px for print_ in kept]),
        size=np.array([print_.sz for print_ in kept]),
        is_buyer_taker=np.array([print_.side == "B" for print_ in kept]),
        time_ms=np.array([print_.time for print_ in kept], np.int64),
        trade_id=np.array([print_.tid for print_ in kept], np.int64),
    )


def _joined(parts: Sequence[Trades]) -> Trades:
    """Columns of several batches as those of one that had all their prints, in this order."""
    names = AddressRows()
    rows = [np.array(names.rows(part.addresses, CHANNEL, "users"), np.int32) for part in parts]
    time_ms, trade_id = (np.concatenate([getattr(part, name) for part in parts]) for name in ("time_ms", "trade_id"))
    order = np.lexsort((trade_id, time_ms))

    def column(values: Sequence[AnyArray]) -> AnyArray:
        return np.concatenate(values)[order]

    return Trades(
        addresses=names.addresses,
        buyer=column([row[part.buyer] for row, part in zip(rows, parts, strict=True)]),
        seller=column([row[part.seller] for row, part in zip(rows, parts, strict=True)]),
        market_index=column([part.market_index for part in parts]),
        price=column([part.price for part in parts]),
        size=column([part.size for part in parts]),
        is_buyer_taker=column([part.is_buyer_taker for part in parts]),
        time_ms=time_ms[order],
        trade_id=trade_id[order],
    )
