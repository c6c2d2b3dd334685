"""Prints from the bytes of messages to sizes and cash, by the road of the live map; and the two halves of that road.

100,000 addresses in 250 coins, as in ledger_job.py. Every call has new prints, made before the time is taken.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec
import numpy as np
from ledger_job import _message as message_of
from ledger_job import _opened as opened
from ledger_job import _prints as prints_of
from live_path import Made

from liqscape.feed.records import Record, RecordKind
from liqscape.ledger import Ledger
from liqscape.model.events import TradesPrinted
from liqscape.model.trades import Trades
from liqscape.wire.columns.trades import PrintBatch

ACCOUNTS = 100_000
PRINTS = 2_000
"""A call."""
WARM_PRINTS = 40_000
LENGTHS = (1, 20)


def prepare() -> dict[str, Callable[[], float]]:
    """The whole road, then decoding and applying alone; messages of one and of twenty prints."""
    rows = _Rows()
    jobs: dict[str, Callable[[], float]] = {}
    for length in LENGTHS:
        jobs[f"prints of {length}"] = lambda length=length: rows.decoded_and_applied(length)  # type: ignore[misc]
        jobs[f"decoded of {length}"] = lambda length=length: rows.decoded(length)  # type: ignore[misc]
        jobs[f"applied of {length}"] = lambda length=length: rows.applied(length)  # type: ignore[misc]
    return jobs


class _Rows:
    def __init__(self) -> None:
        self._made = Made.new(ACCOUNTS, 1)
        self._random = np.random.default_rng(1)
        self._number = 0
        self._batch = PrintBatch()
        coins = self._made.population.snapshot.markets.coins
        self._market_of = {coin: row for row, coin in enumerate(coins)}
        self._confirm_time()
        self._apply = opened(self._made.population, Ledger().apply)
        self._feed(self._messages(200, WARM_PRINTS))
        for event in self._events(200, WARM_PRINTS):
            self._apply(event)
        for length in LENGTHS:
            self.decoded(length)

    def decoded_and_applied(self, length: int) -> float:
        messages = self._messages(length)
        began = time.process_time()
        self._feed(messages)
        return time.process_time() - began

    def decoded(self, length: int) -> float:
        """To the columns of one event."""
        messages = self._messages(length)
        began = time.process_time()
        for message in messages:
            self._batch.add(message.content, self._market_of, "socket")
        self._take()
        return time.process_time() - began

    def applied(self, length: int) -> float:
        """One batch after the other."""
        events = self._events(length)
        began = time.process_time()
        for event in events:
            self._apply(event)
        return time.process_time() - began

    def _feed(self, messages: list[Record]) -> None:
        core = self._made.core
        for message in messages:
            core.feed(message)
        core.feed(Record(RecordKind.TICK, "", b"", self._made.received_ns))

    def _confirm_time(self) -> None:
        """As on a live road: prints alone confirm the exchange's time after ten seconds, its status at once."""
        time_ms = self._made.received_ns // 1_000_000
        self._made.core.feed(
            Record(
                RecordKind.ANSWER,
                '{"type":"exchangeStatus"}',
                msgspec.json.encode({"time": time_ms, "specialStatuses": None}),
                self._made.received_ns,
            )
        )

    def _take(self) -> None:
        try:
            self._batch.take()
        except TypeError:  # it asked for the markets once more
            self._batch.take(self._market_of)  # type: ignore[call-arg]

    def _messages(self, length: int, prints: int = PRINTS) -> list[Record]:
        """Their bytes are those of one message of all prints, cut."""
        content = message_of(self._made.population.snapshot.markets, self._printed(prints))
        rows = msgspec.json.decode(content)["data"]
        return [
            Record(
                RecordKind.MESSAGE,
                "1",
                msgspec.json.encode({"channel": "trades", "data": rows[first : first + length]}),
                self._made.received_ns,
            )
            for first in range(0, prints, length)
        ]

    def _events(self, length: int, prints: int = PRINTS) -> list[TradesPrinted]:
        event = self._printed(prints)
        return [_part(event, first, first + length) for first in range(0, prints, length)]

    def _printed(self, prints: int) -> TradesPrinted:
        self._number += 1
        return prints_of(self._made.population, self._random, prints, self._number)


def _part(event: TradesPrinted, first: int, last: int) -> TradesPrinted:
    """Some of the prints, with the addresses of their users alone."""
    trades = event.trades
    users = np.concatenate((trades.buyer[first:last], trades.seller[first:last]))
    listed, rows = np.unique(users, return_inverse=True)
    columns = {
        name: getattr(trades, name)[first:last].copy()
        for name in ("market_index", "price", "size", "is_buyer_taker", "time_ms", "trade_id")
    }
    part = Trades(
        addresses=tuple(trades.addresses[row] for row in listed.tolist()),
        buyer=rows[: last - first].astype(np.int32),
        seller=rows[last - first :].astype(np.int32),
        **columns,
    )
    return TradesPrinted(event.time_ms, 0, part)
