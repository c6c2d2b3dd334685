"""The connections of books and best prices: who is followed, and how these streams stand."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import msgspec
import numpy as np

from liqscape.feed.records import Record, RecordKind
from liqscape.feed.socket import SocketPool
from liqscape.feed.socket.limits import MAX_CONNECTIONS_OF_BOOKS, MAX_CONNECTIONS_OF_FEEDS, SocketLimits
from liqscape.model.events import FrameDue
from liqscape.service.answers.sources import SourceRow
from liqscape.service.collecting.book_places import (
    BookSubscription,
    BookWishes,
    choose_books,
    near_usd,
    room_for_books,
)
from liqscape.service.collecting.core import Fed
from liqscape.service.collecting.market import LiveMarket
from liqscape.service.collecting.settings import LiveSettings
from liqscape.service.collecting.socket_row import socket_row, to_ms
from liqscape.sources.live.book_watch import BEST, BOOKS, LEFT, MIDS
from liqscape.wire.ws.bbo import BboSubscription

SUBSCRIPTIONS_A_CONNECTION = 300
"""356 on one connection were measured to be granted (HL.REC.CADENCE)."""
LATE_NS = 20_000_000_000
"""Mids come every second, books every five, best prices of some coin ten times a second."""


class BookFeed:
    """`observe` every record, `run` the connections.

    prints  how many markets' prints are subscribed to: they come first.
    """

    def __init__(
        self,
        settings: LiveSettings,
        market: LiveMarket,
        limits: SocketLimits,
        prints: Callable[[], int],
        *,
        seconds: Callable[[], float],
        chance: random.Random | None,
    ) -> None:
        self._url = settings.network.socket_url
        self._wishes = BookWishes(settings.best_prices, settings.books)
        self._market = market
        self._prints = prints
        self._watch = market.core.assembler.books
        self._followed: set[BookSubscription] = set()
        self.pool = SocketPool(
            self._url,
            now_ns=market.clock.now_ns,
            clock=seconds,
            chance=chance,
            limits=limits,
            subscriptions_a_connection=SUBSCRIPTIONS_A_CONNECTION,
            max_connections=MAX_CONNECTIONS_OF_BOOKS,
            first_number=MAX_CONNECTIONS_OF_FEEDS + 1,
        )

    @property
    def followed(self) -> frozenset[BookSubscription]:
        """What is subscribed to."""
        return frozenset(self._followed)

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`."""
        await self.pool.run(stop, self._market.take)

    def observe(self, record: Record, fed: Fed) -> None:
        """Choose anew with every stored frame, and as soon as it is known what is quoted."""
        is_first = record.kind is RecordKind.TICK and not self._followed
        if is_first or any(isinstance(event, FrameDue) and event.is_stored for event in fed.events):
            self.choose()

    def choose(self) -> None:
        """Follow what has most near the mark now; without a mid nothing is known to be quoted, and all stays."""
        markets = self._market.core.assembler.markets
        mid, mark = self._watch.mids.now(), markets.marks_of(np.arange(len(markets.markets)))
        if not (self._wishes.best_prices or self._wishes.books) or np.isnan(mid).all():
            return
        followed = {each.coin for each in self._followed}
        kept = np.array([coin in followed for coin in markets.markets.coins])
        moment = self._market.live.now
        near = np.zeros(len(mid))
        if moment is not None:
            usd = near_usd(moment)
            near[: len(usd)] = usd
        chosen = choose_books(
            markets.markets,
            np.where(np.isnan(mid) & kept, mark, mid),
            near,
            markets.worth(),
            followed=self._followed,
            wishes=self._wishes,
            room=room_for_books(self._prints()),
        )
        self._follow(set(chosen))

    def rows(self) -> list[SourceRow]:
        """Connections and streams as they stand; the map does not hang on them."""
        now_ns = self._market.clock.now_ns()
        rows = [
            socket_row("book_socket", self._url, each, now_ns // 1_000_000, self._market.lag_ms)
            for each in self.pool.figures()
        ]
        best = sum(isinstance(each, BboSubscription) for each in self._followed)
        return [
            *rows,
            self._stream_row("mids", MIDS, self._watch.mids.known_count, None, now_ns),
            self._stream_row("best_prices", BEST, self._watch.best_count, best, now_ns),
            self._stream_row("books", BOOKS, self._watch.book_count, len(self._followed) - best, now_ns),
        ]

    def _follow(self, wanted: set[BookSubscription]) -> None:
        gone = self._followed - wanted
        for each in gone:
            self.pool.unsubscribe(each)
        for each in wanted - self._followed:
            self.pool.subscribe(each)
        self._followed = wanted
        still = {(type(each), each.coin) for each in wanted}
        left = sorted((each for each in gone if (type(each), each.coin) not in still), key=lambda each: each.coin)
        if left:
            content = msgspec.json.encode({"reason": "followed no longer", "subscriptions": left})
            self._market.say(RecordKind.LOST, LEFT, content)

    def _stream_row(self, kind: str, channel: str, known: int, wanted: int | None, now_ns: int) -> SourceRow:
        """wanted: coins that are subscribed to; None: all that are quoted."""
        figures = self._watch.figures[channel]
        is_late = now_ns - figures.last_ns > LATE_NS
        is_off = wanted == 0
        missing = 0 if wanted is None else wanted - known
        return SourceRow(
            kind=kind,
            address="all coins" if wanted is None else f"{wanted} coins",
            state="off" if is_off else "stale" if is_late else "connected",
            last_message_ms=to_ms(figures.last_ns or None),
            messages=figures.messages,
            trouble=f"nothing known of {missing} coins that are subscribed to" if missing > 0 else None,
        )
