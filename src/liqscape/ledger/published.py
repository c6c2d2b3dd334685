"""The book as Accounts: a new object only when something changed, sharing every column that did not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from liqscape.ledger.book import Book
from liqscape.ledger.columns import Count
from liqscape.model.accounts import Accounts
from liqscape.units import Int64Array


class Publisher:
    """Keeps the newest Accounts and the book's rows behind them."""

    def __init__(self) -> None:
        self._accounts = Accounts.empty()
        self._pools = np.empty(0, np.int64)
        self._positions = np.empty(0, np.int64)
        self._structure = 0
        self._values = 0

    def accounts(self, book: Book, known: Int64Array, addresses: tuple[str, ...]) -> Accounts:
        """What all known addresses hold now. `known` (N,) persons by row of `addresses`."""
        structure, values = int(book.counter[Count.STRUCTURE]), int(book.counter[Count.VALUES])
        is_same = structure == self._structure and addresses is self._accounts.addresses
        if is_same and values == self._values:
            return self._accounts

        self._structure, self._values = structure, values
        if is_same:
            self._accounts = _with_moved(self._accounts, book, self._pools, self._positions)
        else:
            self._gather(book, known, addresses)
        return self._accounts

    def _gather(self, book: Book, known: Int64Array, addresses: tuple[str, ...]) -> None:
        from liqscape.ledger.kernels import gathering

        most_pools, most_positions = int(book.counter[Count.POOL_END]), int(book.counter[Count.POSITION_END])
        pools, positions = np.empty(most_pools, np.int64), np.empty(most_positions, np.int64)
        address_row, raw_usd = np.empty(most_pools, np.int32), np.empty(most_pools)
        quality, mode = np.empty(most_pools, np.uint8), np.empty(most_pools, np.uint8)
        is_exempt, observed_ms = np.empty(most_pools, np.bool_), np.empty(most_pools, np.int64)
        offsets = np.empty(most_pools + 1, np.int64)
        market_index, size = np.empty(most_positions, np.int32), np.empty(most_positions)
        table_row, entry_price = np.empty(most_positions, np.int32), np.empty(most_positions)
        leverage, observed_mark = np.empty(most_positions), np.empty(most_positions)
        published, published_price = np.empty(most_positions, np.uint8), np.empty(most_positions)
        count, held = gathering.gather(
            book,
            known,
            pools,
            positions,
            address_row,
            raw_usd,
            quality,
            mode,
            is_exempt,
            observed_ms,
            offsets,
            market_index,
            size,
            table_row,
            entry_price,
            leverage,
            observed_mark,
            published,
            published_price,
        )
        self._pools, self._positions = pools[:count], positions[:held]
        self._accounts = Accounts(
            addresses=addresses,
            address_row=address_row[:count],
            raw_usd=raw_usd[:count],
            quality=quality[:count],
            mode=mode[:count],
            is_exempt=is_exempt[:count],
            observed_ms=observed_ms[:count],
            offsets=offsets[: count + 1],
            market_index=market_index[:held],
            size=size[:held],
            table_row=table_row[:held],
            entry_price=entry_price[:held],
            leverage=leverage[:held],
            observed_mark=observed_mark[:held],
            published=published[:held],
            published_price=published_price[:held],
        )


def _with_moved(accounts: Accounts, book: Book, pools: Int64Array, positions: Int64Array) -> Accounts:
    """The same pools and positions with what trades and funding changed."""
    from liqscape.ledger.kernels import gathering

    count, held = len(pools), len(positions)
    raw_usd, quality = np.empty(count), np.empty(count, np.uint8)
    size, table_row, entry_price = np.empty(held), np.empty(held, np.int32), np.empty(held)
    published, published_price = np.empty(held, np.uint8), np.empty(held)
    gathering.fill_moving(
        book, pools, positions, raw_usd, quality, size, table_row, entry_price, published, published_price
    )
    return replace(
        accounts,
        raw_usd=raw_usd,
        quality=quality,
        size=size,
        table_row=table_row,
        entry_price=entry_price,
        published=published,
        published_price=published_price,
    )
