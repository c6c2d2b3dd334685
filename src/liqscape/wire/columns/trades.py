"""Public prints as columns: a `trades` message straight from its bytes, or records that were decoded before.

Coins that are no market here (spot pairs, outcome markets, dexs that are not read) and prints that do not name
their users are left out, and counted by coin for whoever wants to know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Annotated, Literal

import msgspec
import numpy as np

from liqscape.model.trades import Trades
from liqscape.wire.columns.names import AddressRows
from liqscape.wire.decode import LARGEST_NUMBER, decode_record, refuse
from liqscape.wire.info.clearinghouse_state import LARGEST_TIME_MS
from liqscape.wire.info.recent_trades import Trade

CHANNEL = "trades"
LARGEST_ID = 2**63 - 1


class _Print(msgspec.Struct, frozen=True, gc=False):
    """A print without what columns do not carry."""

    coin: str
    side: Literal["A", "B"]
    px: float
    sz: float
    time: int
    tid: Annotated[int, msgspec.Meta(ge=0, le=LARGEST_ID)]
    users: tuple[str, str] | None = None


class _TradesMessage(msgspec.Struct, frozen=True, gc=False):
    channel: Literal["trades"]
    data: tuple[_Print, ...]


_TIME_AND_ID = attrgetter("time", "tid")
_DECODER = msgspec.json.Decoder(_TradesMessage, strict=False)


def parse_trades(
    content: bytes, market_of: Mapping[str, int], source: str, left_out: dict[str, int] | None = None
) -> Trades | None:
    """Prints of one whole message `{"channel": "trades", "data": [...]}`, in order of (time, trade id).

    None where none is left. `left_out` is added to: prints left out by coin.
    Raises RemoteWireError naming source, field path, value and rule.
    """
    try:
        message = _DECODER.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # Once more by the road that says what is wrong with it.
        message = decode_record(content, _TradesMessage, source)
    return _columns(message.data, market_of, f"{source} {CHANNEL}", left_out)


def map_trades(
    trades: Sequence[Trade], market_of: Mapping[str, int], source: str, left_out: dict[str, int] | None = None
) -> Trades | None:
    """The same out of records, as `recentTrades` answers them."""
    for row, trade in enumerate(trades):
        if trade.side not in ("A", "B"):
            raise refuse(source, f"[{row}].side", trade.side, "is neither A nor B")
        if not 0 <= trade.tid <= LARGEST_ID:
            raise refuse(source, f"[{row}].tid", trade.tid, "is no trade id of 63 bits")
    return _columns(trades, market_of, source, left_out)


def _columns(
    prints: Sequence[_Print] | Sequence[Trade],
    market_of: Mapping[str, int],
    source: str,
    left_out: dict[str, int] | None,
) -> Trades | None:
    kept: list[_Print | Trade] = [print_ for print_ in prints if print_.coin in market_of and print_.users is not None]
    if left_out is not None and len(kept) < len(prints):
        for print_ in prints:
            if print_.coin not in market_of or print_.users is None:
                left_out[print_.coin] = left_out.get(print_.coin, 0) + 1
    if not kept:
        return None
    kept.sort(key=_TIME_AND_ID)
    names = AddressRows()
    users = [names.row(user, source, "users") for print_ in kept for user in print_.users or ()]
    pairs = np.array(users, np.int32).reshape(-1, 2)
    return Trades(
        names.addresses,
        pairs[:, 0],
        pairs[:, 1],
        np.array([market_of[print_.coin] for print_ in kept], np.int32),
        np.array(_positive([print_.px for print_ in kept], source, "px")),
        np.array(_positive([print_.sz for print_ in kept], source, "sz")),
        np.array([print_.side == "B" for print_ in kept]),
        np.array(_times([print_.time for print_ in kept], source), np.int64),
        np.array([print_.tid for print_ in kept], np.int64),
    )


def _positive(values: list[float], source: str, path: str) -> list[float]:
    for value in values:
        # NaN fails both comparisons.
        if not 0.0 < value <= LARGEST_NUMBER:
            raise refuse(source, path, value, f"must be above 0 and at most {LARGEST_NUMBER:g}")
    return values


def _times(values: list[int], source: str) -> list[int]:
    # They rise.
    for value in (values[0], values[-1]):
        if not 0 <= value <= LARGEST_TIME_MS:
            raise refuse(source, "time", value, "is not a time in milliseconds since 1970")
    return values
