"""The stream: snapshot and sequence, each frame once, and a bounded queue for who cannot keep up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import msgspec
import numpy as np
import pytest
from memory_history import MemoryHistory
from small_market import SmallMarket
from stream_reader import apply_changes, rows_of

from liqscape.errors import CorruptSegment, NotFound
from liqscape.heatmap.build import build_frame
from liqscape.heatmap.moment import Moment
from liqscape.service.hub import MAX_QUEUED, MAX_WAITING, Client, Hub
from liqscape.service.live import LiveState
from liqscape.service.standing import standing_of_feed
from liqscape.service.streaming.client import Feed, StreamPlace
from liqscape.service.streaming.packet import Packet
from liqscape.service.streaming.stream_view import stream_view
from liqscape.service.view import MapView


class Stage:
    """A live map whose frames a test publishes one by one."""

    def __init__(self, market: SmallMarket) -> None:
        self.market = market
        self.live = LiveState(sequence=100)
        self.view = MapView(MemoryHistory(market), self.live)
        self.frame = market.frames[-1]
        self.live.publish(Moment(frame=self.frame, accounts=market.accounts[-1], tables=market.tables, is_stored=True))
        self.hub = Hub(self.view)

    async def publish(self, count: int = 1) -> None:
        for _ in range(count):
            snapshot = self.frame.snapshot
            marks = snapshot.mark * np.float64(1.0005)
            snapshot = replace(snapshot, time_ms=snapshot.time_ms + 3_000, mark=marks)
            accounts = self.market.accounts[-1]
            self.frame = build_frame(accounts, snapshot, self.market.tables, self.frame.provenance)
            now = self.live.publish(
                Moment(frame=self.frame, accounts=accounts, tables=self.market.tables, is_stored=False)
            )
            await self.hub.deliver(now)

    async def read(self, client: Client) -> dict:
        text = await asyncio.wait_for(self.hub.next_message(client), 5)
        assert text is not None
        return msgspec.json.decode(text)


def on_stage(market: SmallMarket, play: Callable[[Stage], Awaitable[None]]) -> None:
    async def run() -> None:
        await play(Stage(market))

    asyncio.run(run())


def test_first_message_is_a_snapshot_and_frames_follow_in_sequence(market: SmallMarket) -> None:
    async def play(stage: Stage) -> None:
        client = stage.hub.join(stream_view("BTC"))
        first = await stage.read(client)
        assert first["type"] == "snapshot"
        assert first["sequence"] == first["frame"]["sequence"] == first["status"]["sequence"] == 101
        await stage.publish(3)
        for number in (102, 103, 104):
            message = await stage.read(client)
            assert (message["type"], message["sequence"]) == ("frame", number)
            assert message["is_stored"] is False
            assert message["status"]["as_of_ms"] == message["frame"]["as_of_ms"]

    on_stage(market, play)


def test_snapshot_plus_changes_is_the_frame_the_api_answers(market: SmallMarket) -> None:
    async def play(stage: Stage) -> None:
        client = stage.hub.join(stream_view("ETH"))
        held = rows_of((await stage.read(client))["frame"]["bands"])
        for _ in range(5):
            await stage.publish()
            frame = (await stage.read(client))["frame"]
            held = apply_changes(held, frame["changes"], frame["mark"])
            assert held == rows_of(msgspec.to_builtins(stage.view.frame("ETH"))["bands"])

    on_stage(market, play)


def test_slow_client_gets_a_snapshot_instead_of_a_growing_queue(market: SmallMarket) -> None:
    async def play(stage: Stage) -> None:
        slow, quick = stage.hub.join(stream_view("BTC")), stage.hub.join(stream_view("BTC"))
        await stage.read(slow)
        await stage.read(quick)
        for number in range(MAX_QUEUED + 5):
            await stage.publish()
            assert (await stage.read(quick))["sequence"] == 102 + number
        message = await stage.read(slow)
        assert message["type"] == "snapshot"
        assert message["sequence"] == 101 + MAX_QUEUED + 5
        await stage.publish()
        assert (await stage.read(slow))["sequence"] == message["sequence"] + 1

    on_stage(market, play)


def test_messages_up_to_the_bound_are_kept(market: SmallMarket) -> None:
    async def play(stage: Stage) -> None:
        client = stage.hub.join(stream_view("BTC"))
        await stage.read(client)
        await stage.publish(MAX_QUEUED)
        numbers = [(await stage.read(client))["sequence"] for _ in range(MAX_QUEUED)]
        assert numbers == list(range(102, 102 + MAX_QUEUED))

    on_stage(market, play)


def test_switching_the_coin_answers_a_snapshot_of_it(market: SmallMarket) -> None:
    async def play(stage: Stage) -> None:
        client = stage.hub.join(stream_view("BTC"))
        await stage.read(client)
        await stage.publish(2)  # still waiting when the coin changes: not to be sent
        stage.hub.switch(client, stream_view("ETH"))
        message = await stage.read(client)
        assert (message["type"], message["frame"]["coin"], message["sequence"]) == ("snapshot", "ETH", 103)
        await stage.publish()
        message = await stage.read(client)
        assert (message["type"], message["frame"]["coin"], message["sequence"]) == ("frame", "ETH", 104)

    on_stage(market, play)


def test_missed_frame_is_made_good_by_a_snapshot() -> None:
    async def play() -> None:
        place = StreamPlace(Feed(stream_view("BTC")), Client())
        place.begin(5)
        place.offer(4, 5, Packet("already in the snapshot"))
        place.offer(5, 6, Packet("six"))
        taken = place.take()
        assert taken is not None
        assert taken.payload == "six"
        place.offer(7, 8, Packet("seven never came"))
        assert place.take() is None
        assert place.wants_snapshot
        assert place.client.figures.behind == 1

    asyncio.run(play())


def test_hub_that_falls_behind_skips_to_the_newest_frames(market: SmallMarket) -> None:
    async def play(stage: Stage) -> None:
        client = stage.hub.join(stream_view("BTC"))
        await stage.read(client)
        for _ in range(MAX_WAITING + 4):  # published while the hub does not run
            stage.live.publish(
                Moment(frame=stage.frame, accounts=market.accounts[-1], tables=market.tables, is_stored=False)
            )
        task = asyncio.create_task(stage.hub.run())
        message = await stage.read(client)
        while message["sequence"] < stage.live.sequence:
            message = await stage.read(client)
        assert message["sequence"] == 101 + MAX_WAITING + 4
        task.cancel()

    on_stage(market, play)


def test_unknown_coin_is_not_found_and_no_coin_is_bitcoin(market: SmallMarket) -> None:
    async def play(stage: Stage) -> None:
        assert stage.hub.choose_coin(None) == "BTC"
        with pytest.raises(NotFound, match="did you mean ETH"):
            stage.hub.choose_coin("eth")

    on_stage(market, play)


def test_closing_ends_every_stream(market: SmallMarket) -> None:
    async def play(stage: Stage) -> None:
        client = stage.hub.join(stream_view("BTC"))
        await stage.read(client)
        waiting = asyncio.create_task(stage.hub.next_message(client))
        ending = asyncio.create_task(stage.hub.shut_down())
        assert await asyncio.wait_for(waiting, 120) is None
        stage.hub.leave(client)
        await asyncio.wait_for(ending, 120)
        assert stage.hub.client_count == 0

    on_stage(market, play)


def test_recording_has_one_snapshot_and_no_frames(market: SmallMarket) -> None:
    async def play() -> None:
        hub = Hub(MapView(MemoryHistory(market)))
        client = hub.join(stream_view("BTC"))
        message = msgspec.json.decode(await hub.next_message(client) or "")
        assert message["type"] == "snapshot"
        assert message["sequence"] == len(market.frames)
        assert not message["status"]["is_live"]

    asyncio.run(play())


def test_a_change_of_standing_is_told_though_no_frame_comes(market: SmallMarket) -> None:
    async def play(stage: Stage) -> None:
        client = stage.hub.join(stream_view("BTC"))
        assert (await stage.read(client))["status"]["is_live"]
        waiting = asyncio.create_task(stage.read(client))
        await asyncio.sleep(0)
        stage.live.stand(standing_of_feed("reconnecting"))
        message = await waiting
        assert message["type"] == "status"
        assert (message["status"]["is_live"], message["status"]["feed_state"]) == (False, "reconnecting")
        waiting = asyncio.create_task(stage.read(client))
        await asyncio.sleep(0)
        stage.live.stand(standing_of_feed("reconnecting"))  # the same again is no news
        stage.live.stand(standing_of_feed("stale", is_time_held=True))
        reported = (await waiting)["status"]
        assert (reported["feed_state"], reported["is_time_held"]) == ("stale", True)

    on_stage(market, play)


@pytest.mark.parametrize("call", ["status_of", "newest"])
def test_a_message_begun_before_the_standing_changed_is_followed_by_the_new_one(
    market: SmallMarket, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    async def play(stage: Stage) -> None:
        client = stage.hub.join(stream_view("BTC"))
        if call == "status_of":
            await stage.read(client)
        loop, build = asyncio.get_running_loop(), getattr(stage.view, call)

        async def lose() -> None:
            stage.live.stand(standing_of_feed("reconnecting"))

        def built_then_lost(subject: object) -> object:
            built = build(subject)
            asyncio.run_coroutine_threadsafe(lose(), loop).result()
            return built

        monkeypatch.setattr(stage.view, call, built_then_lost)
        if call == "status_of":
            await stage.publish()
        message = await stage.read(client)
        status = message["status"]
        assert (message["type"], status["is_live"]) == ("frame" if call == "status_of" else "snapshot", True)
        message = await stage.read(client)
        assert (message["type"], message["status"]["is_live"]) == ("status", False)

    on_stage(market, play)


def test_a_switch_while_the_old_coin_is_not_found_still_gets_its_snapshot(market: SmallMarket) -> None:
    async def play(stage: Stage) -> None:
        client = stage.hub.join(stream_view("LOST"))
        loop = asyncio.get_running_loop()
        find = stage.view.newest

        def newest(coin: str) -> object:
            if coin == "LOST":
                asyncio.run_coroutine_threadsafe(switch(), loop).result()
            return find(coin)

        async def switch() -> None:
            stage.hub.switch(client, stream_view("ETH"))

        stage.view.newest = newest
        message = await stage.read(client)
        assert (message["type"], message["frame"]["coin"]) == ("snapshot", "ETH")

    on_stage(market, play)


@pytest.mark.parametrize(
    ("failure", "is_said"), [(CorruptSegment("parts/x: damaged"), False), (KeyError("a bug of ours"), True)]
)
def test_a_frame_that_cannot_be_told_does_not_end_the_stream(
    market: SmallMarket, caplog: pytest.LogCaptureFixture, failure: Exception, is_said: bool
) -> None:
    async def play(stage: Stage) -> None:
        client = stage.hub.join(stream_view("BTC"))
        await stage.read(client)
        tell = stage.view.status_of
        failures = [failure]

        def status_of(now: Moment) -> object:
            if failures:
                raise failures.pop()
            return tell(now)

        stage.view.status_of = status_of
        await stage.publish()
        message = await stage.read(client)
        assert (message["type"], message["sequence"]) == ("snapshot", 102)
        await stage.publish()
        message = await stage.read(client)
        assert (message["type"], message["sequence"]) == ("frame", 103)

    on_stage(market, play)
    assert [record.message for record in caplog.records] == ["frame 102 could not be told"] * is_said
