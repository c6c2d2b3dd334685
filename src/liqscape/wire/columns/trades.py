"""Public prints as columns: a `trades` message straight from its bytes, or records that were decoded before.

Coins that are no market here (spot pairs, outcome markets, dexs that are not read) and prints that do not name
their users are left out, and counted by coin for whoever wants to know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Annotated, Literal, TypeVar

import msgspec
import numpy as np

from liqscape.errors import RemoteWireError
from liqscape.model.trades import Trades
from liqscape.wire.columns.names import AddressRows
from liqscape.wire.decode import LARGEST_NUMBER, decode_record, refuse
from liqscape.wire.info.clearinghouse_state import LARGEST_TIME_MS
from liqscape.wire.info.recent_trades import Trade

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
    """Prints of several messages on their way into columns: many small messages cost little more than a large one."""

    def __init__(self) -> None:
        self._prints: list[Print] = []
        self._names = AddressRows()

    def __len__(self) -> int:
        return len(self._prints)

    def add(
        self, content: bytes, market_of: Mapping[str, int], source: str, left_out: dict[str, int] | None = None
    ) -> int | None:
        """Prints of one whole message `{"channel": "trades", "data": [...]}`; their newest time, None without any.

        `left_out` is added to: prints left out by coin.
        Raises RemoteWireError naming source, field path, value and rule; nothing of the message is kept then.
        """
        try:
            message = _DECODER.decode(content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            # Once more by the road that says what is wrong with it.
            message = decode_record(content, _TradesMessage, source)
        prints = _kept(message.data, market_of, left_out)
        try:
            _check(prints, self._names, f"{source} {CHANNEL}")
        except RemoteWireError:
            self._names = AddressRows()  # it has addresses of the message by now
            raise
        self._prints += prints
        return max((print_.time for print_ in prints), default=None)

    def take(self, market_of: Mapping[str, int]) -> Trades | None:
        """All of them, in order of (time, trade id); None where there are none."""
        prints, names, self._prints, self._names = self._prints, self._names, [], AddressRows()
        return _columns(prints, names, market_of) if prints else None


def parse_trades(
    content: bytes, market_of: Mapping[str, int], source: str, left_out: dict[str, int] | None = None
) -> Trades | None:
    """Prints of one message, None where none is left. Raises RemoteWireError."""
    batch = PrintBatch()
    batch.add(content, market_of, source, left_out)
    return batch.take(market_of)


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
        buyer=pairs[:, 0],
        seller=pairs[:, 1],
        market_index=np.array([market_of[print_.coin] for print_ in kept], np.int32),
        price=np.array([print_.px for print_ in kept]),
        size=np.array([print_.sz for print_ in kept]),
        is_buyer_taker=np.array([print_.side == "B" for print_ in kept]),
        time_ms=np.array([print_.time for print_ in kept], np.int64),
        trade_id=np.array([print_.tid for print_ in kept], np.int64),
    )
