"""Views of the stream: what a reader holds is the frame, each message is made once, and none comes too soon."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace

import numpy as np
import pytest
from amounts import examples
from at_once import executors_at_once
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from memory_history import MemoryHistory
from small_market import SmallMarket
from view_reader import ViewReader, rows_in_view
from virtual_time import run_virtually

from liqscape.heatmap.build import build_frame
from liqscape.heatmap.moment import Moment
from liqscape.model import Markets
from liqscape.service.hub import Client, Hub
from liqscape.service.live import LiveState
from liqscape.service.streaming.client import MAX_QUEUED
from liqscape.service.streaming.stream_view import StreamView, stream_view
from liqscape.service.view import MapView

LEVEL_VIEW = stream_view("BTC", level=3)


class Stage:
    """A live map whose frames a test publishes one by one; the hub's work is done at once."""

    def __init__(self, market: SmallMarket) -> None:
        self.market = market
        self.live = LiveState(sequence=100)
        self.view = MapView(MemoryHistory(market), self.live)
        self.frames = {}
        self.frame = market.frames[-1]
        self.accounts = market.accounts[-1]
        self._keep(is_stored=True)
        self.hub = Hub(self.view, executors=executors_at_once())

    def _keep(self, *, is_stored: bool) -> None:
        now = self.live.publish(
            Moment(frame=self.frame, accounts=self.accounts, tables=self.market.tables, is_stored=is_stored)
        )
        self.frames[now.sequence] = self.frame

    def publish(self, factor: float = 1.001, *, without: int | None = None, is_stored: bool = False) -> None:
        """The next frame: marks moved, and perhaps one pool gone."""
        snapshot = self.frame.snapshot
        snapshot = replace(snapshot, time_ms=snapshot.time_ms + 3_000, mark=snapshot.mark * np.float64(factor))
        if without is not None and self.accounts.pool_count > 5:
            rows = np.delete(np.arange(self.accounts.pool_count), without % self.accounts.pool_count)
            self.accounts = self.accounts.take(rows)
        self.frame = build_frame(self.accounts, snapshot, self.market.tables, self.frame.provenance)
        self._keep(is_stored=is_stored)

    async def settle(self) -> None:
        """Until the hub has nothing left to do now."""
        for _ in range(50):
            await asyncio.sleep(0)

    async def read(self, client: Client, reader: ViewReader) -> dict:
        payload = await asyncio.wait_for(self.hub.next_message(client), 100)
        assert payload is not None
        return reader.hear(payload)

    def rows_at(self, sequence: int, view: StreamView) -> dict:
        """What a reader of the view holds at a frame."""
        frame = self.frames[sequence]
        bands = frame.bands.of_market(frame.snapshot.markets.index_of(view.coin))
        flat = zip(*(getattr(bands, name).tolist() for name in ("band", "side", "size", "position_count")), strict=True)
        assert view.level is not None
        return rows_in_view(flat, view.level, view.first_band, view.end_band, view.side)


def on_stage(market: SmallMarket, play: Callable[[Stage], Awaitable[None]]) -> None:
    async def run() -> None:
        stage = Stage(market)
        running = asyncio.create_task(stage.hub.run())
        await play(stage)
        running.cancel()

    run_virtually(run())


VIEWS = st.builds(
    lambda coin, level, share, side, every_ms, encoding: stream_view(
        coin,
        level=level,
        price_low=None if share is None else {"BTC": 70_000.0, "ETH": 2_000.0}[coin] * share,
        price_high=None if share is None else {"BTC": 70_000.0, "ETH": 2_000.0}[coin] * (share + 0.3),
        side=side,
        every_ms=every_ms,
        encoding=encoding,
    ),
    st.sampled_from(["BTC", "ETH"]),
    st.integers(0, 5),
    st.none() | st.floats(0.6, 1.2),
    st.sampled_from([None, 1, -1]),
    st.sampled_from([0, 2_000, 10_000]),
    st.sampled_from(["text", "deflate"]),
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("publish"), st.floats(0.99, 1.01), st.none() | st.integers(0, 60)),
        st.tuples(st.just("burst"), st.integers(2, MAX_QUEUED + 8)),
        st.tuples(st.just("read")),
        st.tuples(st.just("wait"), st.floats(0.1, 12.0)),
        st.tuples(st.just("look"), VIEWS),
    ),
    max_size=14,
)


@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=VIEWS, steps=STEPS)
def test_whatever_happens_a_reader_holds_exactly_the_frame(
    market: SmallMarket, first: StreamView, steps: list[tuple]
) -> None:
    async def play(stage: Stage) -> None:
        view, reader = first, ViewReader()
        client = stage.hub.join(view)

        async def read_all() -> None:
            while True:
                await stage.settle()
                waiting = asyncio.ensure_future(stage.read(client, reader))
                await stage.settle()
                if not waiting.done():
                    waiting.cancel()
                    return
                message = waiting.result()
                if message["type"] in ("view", "changes") and message["frame"]["coin"] == view.coin:
                    assert reader.rows == stage.rows_at(message["sequence"], view)
                    assert message["frame"]["as_of_ms"] == stage.frames[message["sequence"]].time_ms

        for name, *arguments in steps:
            if name == "publish":
                stage.publish(arguments[0], without=arguments[1])
                await asyncio.sleep(0.5)
            elif name == "burst":
                for _ in range(arguments[0]):
                    stage.publish(1.0005)
                    await stage.settle()
            elif name == "wait":
                await asyncio.sleep(arguments[0])
            elif name == "look":
                view = arguments[0]
                stage.hub.switch(client, view)
            else:
                await read_all()
        await asyncio.sleep(view.every_ms / 1e3 + 1)
        await read_all()
        assert reader.sequence == stage.live.sequence
        assert reader.rows == stage.rows_at(stage.live.sequence, view)

    on_stage(market, play)


@pytest.mark.parametrize("view", [stream_view("BTC"), stream_view("BTC", encoding="deflate"), LEVEL_VIEW])
def test_messages_are_made_once_however_many_readers(market: SmallMarket, view: StreamView) -> None:
    async def count(stage: Stage, readers: int) -> int:
        clients = [stage.hub.join(view) for _ in range(readers)]
        firsts = await asyncio.gather(*(stage.hub.next_message(client) for client in clients))
        assert len({id(each) for each in firsts}) == 1
        for _ in range(3):
            stage.publish()
            await stage.settle()
            payloads = [await stage.hub.next_message(client) for client in clients]
            assert len({id(each) for each in payloads}) == 1
        return stage.hub.message_count

    counts = []
    for readers in (1, 40):

        async def play(stage: Stage, readers: int = readers) -> None:
            counts.append(await count(stage, readers))

        on_stage(market, play)
    assert counts == [4, 4]


def test_who_comes_later_gets_everything_made_once_and_then_the_same_changes(market: SmallMarket) -> None:
    async def play(stage: Stage) -> None:
        early, late = ViewReader(), ViewReader()
        first = stage.hub.join(LEVEL_VIEW)
        await stage.read(first, early)
        stage.publish()
        await stage.read(first, early)
        second = stage.hub.join(LEVEL_VIEW)
        await stage.read(second, late)
        assert (late.kinds, late.sequence, late.rows) == (["view"], early.sequence, early.rows)
        stage.publish()
        await stage.settle()
        assert await stage.hub.next_message(first) is await stage.hub.next_message(second)

    on_stage(market, play)


def test_the_last_reader_of_a_view_leaves_nothing_to_be_made(market: SmallMarket) -> None:
    async def play(stage: Stage) -> None:
        client = stage.hub.join(LEVEL_VIEW)
        await stage.read(client, ViewReader())
        stage.hub.leave(client)
        before = stage.hub.message_count
        stage.publish()
        await stage.settle()
        assert stage.hub.message_count == before

    on_stage(market, play)


def test_messages_are_so_far_apart_and_the_last_frame_is_told_though_none_follows(market: SmallMarket) -> None:
    async def play(stage: Stage) -> None:
        reader, view = ViewReader(), replace(LEVEL_VIEW, every_ms=10_000)
        client = stage.hub.join(view)
        begun = asyncio.get_running_loop().time()
        await stage.read(client, reader)
        for number in range(3):
            stage.publish(is_stored=number == 1)
            await asyncio.sleep(2.0)
        message = await stage.read(client, reader)
        assert asyncio.get_running_loop().time() - begun == pytest.approx(10.0)
        assert (message["sequence"], message["since"], message["is_stored"]) == (104, 101, True)
        stage.publish()
        message = await stage.read(client, reader)
        assert asyncio.get_running_loop().time() - begun == pytest.approx(20.0)
        assert (message["sequence"], message["since"], message["is_stored"]) == (105, 104, False)

    on_stage(market, play)


def test_first_live_frame_starts_readers_of_the_stored_map_anew(market: SmallMarket) -> None:
    async def run() -> None:
        live = LiveState()  # counts from 1, below the number of stored frames
        hub = Hub(MapView(MemoryHistory(market), live), executors=executors_at_once())
        running = asyncio.create_task(hub.run())
        reader, client = ViewReader(), hub.join(LEVEL_VIEW)
        reader.hear(await hub.next_message(client) or "")
        live.publish(Moment(frame=market.frames[3], accounts=market.accounts[3], tables=market.tables, is_stored=False))
        reader.hear(await hub.next_message(client) or "")
        assert (reader.kinds, reader.sequence) == (["view", "view"], 1)
        assert reader.frame["as_of_ms"] == market.frames[3].time_ms
        running.cancel()

    run_virtually(run())


def test_coin_that_is_gone_is_said_and_told_again_once_it_is_back(market: SmallMarket) -> None:
    async def play(stage: Stage) -> None:
        reader, client = ViewReader(), stage.hub.join(stream_view("kPEPE", level=0))
        await stage.read(client, reader)
        frame = stage.frame
        rows = frame.snapshot.markets.rows
        markets = Markets.build(replace(row, coin="RENAMED") if row.coin == "kPEPE" else row for row in rows)
        stage.frame = replace(frame, snapshot=replace(frame.snapshot, markets=markets))
        stage._keep(is_stored=False)
        assert "unknown coin 'kPEPE'" in (await stage.read(client, reader))["detail"]
        stage.frame = frame
        stage._keep(is_stored=False)
        message = await stage.read(client, reader)
        assert (message["type"], message["sequence"]) == ("view", 103)

    on_stage(market, play)


def test_compressed_messages_say_the_same(market: SmallMarket) -> None:
    async def play(stage: Stage) -> None:
        readers = [ViewReader(), ViewReader()]
        clients = [stage.hub.join(replace(LEVEL_VIEW, encoding=each)) for each in ("text", "deflate")]
        for _ in range(3):
            reported = [await stage.read(client, reader) for client, reader in zip(clients, readers, strict=True)]
            assert reported[0] == reported[1]
            stage.publish()

    on_stage(market, play)


def test_figures_of_the_whole_coin_do_not_depend_on_the_view(market: SmallMarket) -> None:
    async def play(stage: Stage) -> None:
        reader = ViewReader()
        narrow = stream_view("BTC", level=0, price_low=60_000.0, price_high=64_000.0, side=1)
        await stage.read(stage.hub.join(narrow), reader)
        whole = json.loads(await stage.hub.next_message(stage.hub.join(stream_view("BTC"))) or "")["frame"]
        shares = ("coverage", "margin_source_share")
        for name in ("mark", "oracle", "open_interest", *shares, "outside", "totals", "doubt"):
            assert reader.frame[name] == whole[name]
        sizes, firsts = whole["bands"]["size"], whole["bands"]["first_order_size"]
        assert reader.frame["first_order_share"] == pytest.approx(sum(firsts) / sum(sizes))
        assert (reader.frame["first_band"], reader.frame["end_band"]) == (narrow.first_band, narrow.end_band)
        assert 0 < len(reader.rows) < len(sizes)

    on_stage(market, play)
