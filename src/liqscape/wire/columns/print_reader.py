"""Messages of prints read by compiled code into buffers that stay, and columns made of what waits in them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from liqscape.model.address_words import AddressWords
from liqscape.model.trades import Trades
from liqscape.wire.columns.print_buffers import (
    NO_COIN,
    CoinPlaces,
    PrintBuffers,
    PrintState,
    new_buffers,
)
from liqscape.wire.columns.print_kernels import BUFFERS, COINS, NO_ROOM, move_addresses, place_coins, read_prints

PRINTS = int(PrintState.PRINTS)


class PrintReader:
    """`follow` the markets, `read` messages, `take` what was read. Importing this loads compiled code."""

    def __init__(self) -> None:
        self._keep_buffers(new_buffers())
        self.follow({})

    @property
    def count(self) -> int:
        """Prints that wait."""
        return self._counts[PRINTS]

    def follow(self, market_of: Mapping[str, int]) -> None:
        """Coins whose prints are read from now on, and their rows. What waits has to be taken before."""
        self._coins = _coin_places(market_of)
        self._coins_at = COINS.pack(self._coins)

    def read(self, content: bytes) -> int:
        """Newest time of the prints of one message, which wait then; below 0 where it is not one as expected."""
        newest_ms = read_prints(self._buffers_at, self._coins_at, content)
        while newest_ms == NO_ROOM:
            self._grow()
            newest_ms = read_prints(self._buffers_at, self._coins_at, content)
        return newest_ms

    def take(self) -> Trades | None:
        """All that wait, in order of (time, trade id); None where none do."""
        count, named, before, is_behind = self._state.tolist()
        if count == 0:
            return None
        buffers = self._buffers
        moment, row = buffers.moment[:, :count].copy(), buffers.row[:, :count].copy()
        figure, is_buyer_taker = buffers.figure[:, :count].copy(), buffers.is_buyer_taker[:count].copy()
        word = buffers.word[:named].copy()
        self._state[PrintState.PRINTS] = self._state[PrintState.ADDRESSES] = self._state[PrintState.IS_BEHIND] = 0
        self._state[PrintState.NAMED_BEFORE] = before + named
        if is_behind:
            order = np.lexsort((moment[1], moment[0]))
            # take, for `moment[:, order]` lies by prints: its rows have steps, and a kernel is compiled anew for them.
            moment, row, figure = moment.take(order, axis=1), row.take(order, axis=1), figure.take(order, axis=1)
            is_buyer_taker = is_buyer_taker[order]
        return Trades(
            addresses=AddressWords(word),
            buyer=row[0],
            seller=row[1],
            market_index=row[2],
            price=figure[0],
            size=figure[1],
            is_buyer_taker=is_buyer_taker,
            time_ms=moment[0],
            trade_id=moment[1],
        )

    def _grow(self) -> None:
        old, prints = self._buffers, len(self._buffers.is_buyer_taker)
        fresh = new_buffers(2 * prints)
        fresh.state[:] = old.state
        for name in ("moment", "row", "figure"):
            getattr(fresh, name)[:, :prints] = getattr(old, name)
        fresh.is_buyer_taker[:prints] = old.is_buyer_taker
        fresh.word[: 2 * prints] = old.word
        move_addresses(fresh)
        self._keep_buffers(fresh)

    def _keep_buffers(self, buffers: PrintBuffers) -> None:
        self._buffers, self._state = buffers, buffers.state
        self._counts = buffers.state.data
        self._buffers_at = BUFFERS.pack(buffers)


def _coin_places(market_of: Mapping[str, int]) -> CoinPlaces:
    """Coins of a mapping to rows of markets. A name beyond ASCII is left to those who read records."""
    names = [(coin.encode(), row) for coin, row in market_of.items() if coin.isascii()]
    ends = np.cumsum([0, *(len(name) for name, _ in names)])
    size = 16
    while size < 4 * len(names):
        size *= 2
    found = CoinPlaces(
        text=np.frombuffer(b"".join(name for name, _ in names), np.uint8).copy(),
        start=ends.astype(np.int64),
        number=np.array([row for _, row in names], np.int64),
        place=np.full(size, NO_COIN, np.int64),
    )
    place_coins(found)
    return found
