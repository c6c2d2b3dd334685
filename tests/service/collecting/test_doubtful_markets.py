"""What follows from a market in doubt: who is read again, what is asked again and when, and when the map is stale."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from itertools import pairwise

import msgspec
import numpy as np
import pytest
from live_records import SECOND_NS, Speaker
from small_sandbox import KPEPE, LONELY, MARKETS, crash, eventful_sandbox, name
from virtual_time import run_virtually

from liqscape.errors import RequestFailed
from liqscape.feed.records import Record
from liqscape.model.doubt import Doubt, pools_in_doubt
from liqscape.model.events import GapDetected
from liqscape.service.collecting.core import Fed, LiveCore, Start, checkpoint_record
from liqscape.service.collecting.listing import MAX_DOUBT_SECONDS, keep_contexts
from liqscape.service.collecting.streams import Streams
from liqscape.sources.live.checkpoint import Checkpoint, write_checkpoint
from liqscape.sources.live.gaps import RENEWED_NS
from liqscape.sources.live.plausibility import COVERAGE_LASTS_NS, HOLE_NS
from liqscape.store.history.frames import coin_table
from liqscape.wire.info.meta import MetaAndAssetCtxsRequest

START = Start(kind="sandbox", name="test", is_simulated=True, note="", dexs=None)
USERS = [name(number) for number in range(1, 12)]


class Told:
    """A core that knows markets and accounts of a small sandbox, its contexts bent on the way."""

    def __init__(self) -> None:
        self.speaker = Speaker(eventful_sandbox())
        self.core = LiveCore(START)
        for record in self.speaker.listing():
            self.core.feed(record)
        self.feed(self.speaker.answer(type="batchClearinghouseStates", users=USERS))
        for user in USERS:
            self.feed(self.speaker.answer(type="spotClearinghouseState", user=user))
        for _ in range(2):
            self.feed(self.speaker.tick())

    def feed(self, record: Record) -> Fed:
        fed = self.core.feed(record)
        assert fed.fault is None
        return fed

    def contexts(self, changes: Mapping[int, Mapping[str, str]] | None = None) -> Fed:
        """Contexts four seconds after whatever was before, so that a frame is due."""
        self.speaker.received_ns += 2 * SECOND_NS
        message = msgspec.json.decode(self.speaker.contexts().content)
        for row, change in (changes or {}).items():
            message["data"]["ctxs"][0][1][row] |= change
        return self.feed(self.speaker.message("allDexsAssetCtxs", message["data"]))

    def streams(self) -> Streams:
        return Streams(self.core.assembler.markets, lambda: self.speaker.received_ns, has_prints=False)


def doubts(fed: Fed) -> dict[str, int]:
    """Of the newest frame."""
    snapshot = fed.moments[-1].frame.snapshot
    return {snapshot.markets.coins[row]: snapshot.doubt_of(row) for row in snapshot.in_doubt.tolist()}


ZERO = {"markPx": "0"}


def test_pools_that_hold_a_coin_in_doubt_are_so_and_no_others() -> None:
    reported = Told()
    fed = reported.contexts({LONELY: ZERO})
    assert doubts(fed) == {"LONELY": Doubt.UNREADABLE}
    frame, accounts = fed.moments[-1].frame, fed.moments[-1].accounts
    found = pools_in_doubt(accounts, frame.snapshot.doubt)
    for pool, is_doubtful in enumerate(found.tolist()):
        held = accounts.market_index[accounts.offsets[pool] : accounts.offsets[pool + 1]].tolist()
        assert is_doubtful is (LONELY in held)
    assert found.any()
    assert not found.all()


def test_a_stored_frame_keeps_no_mark_that_was_in_doubt() -> None:
    frame = Told().contexts({LONELY: ZERO}).moments[-1].frame
    stored = coin_table([frame])["mark"]
    assert not np.isnan(frame.snapshot.mark[LONELY])
    assert np.flatnonzero(np.isnan(stored)).tolist() == [LONELY]


def test_a_message_with_a_coin_in_doubt_still_moves_the_others_and_brings_a_frame() -> None:
    reported = Told()
    before = reported.contexts().moments[-1].frame.snapshot.mark
    fed = reported.contexts({LONELY: ZERO, KPEPE: {"markPx": "0.00405", "oraclePx": "0.00405"}})
    after = fed.moments[-1].frame.snapshot.mark
    assert after[KPEPE] == 0.00405
    assert after[LONELY] == before[LONELY]


def test_where_more_is_held_than_is_open_the_holders_are_read_again_each_minute_while_it_is_so() -> None:
    reported = Told()
    reported.contexts()
    gaps: list[tuple[int, GapDetected]] = []
    few = {LONELY: {"openInterest": "1"}}
    end_ns = reported.speaker.received_ns + COVERAGE_LASTS_NS + 2 * RENEWED_NS
    while reported.speaker.received_ns < end_ns:
        reported.contexts(few)
        fed = reported.feed(reported.speaker.tick())
        gaps += [(reported.speaker.received_ns, each) for each in fed.events if isinstance(each, GapDetected)]
    assert len(gaps) == 2
    assert all(gap.market_index is not None and gap.market_index.tolist() == [LONELY] for _, gap in gaps)
    assert all(later - earlier >= RENEWED_NS for (earlier, _), (later, _) in pairwise(gaps))
    watch = reported.core.pipeline.ledger.watch()
    unsure = {watch.address[row] for row in np.flatnonzero(watch.is_unsure & watch.is_known).tolist()}
    assert unsure == {name(1), name(4)}  # who hold it
    for _ in range(2):
        assert doubts(reported.contexts(few)) == {"LONELY": Doubt.COVERAGE}
    assert doubts(reported.contexts()) == {}


def test_few_doubtful_coins_are_named_and_most_of_the_market_makes_the_map_stale() -> None:
    reported = Told()
    streams = reported.streams()
    fed = reported.contexts({LONELY: ZERO})
    streams.observe(reported.speaker.tick(), fed)
    (row,) = streams.rows()
    assert (row.state, row.trouble) == ("connected", "in doubt: LONELY")
    fed = reported.contexts(dict.fromkeys(range(len(MARKETS) - 1), ZERO))
    streams.observe(reported.speaker.tick(), fed)
    (row,) = streams.rows()
    assert row.state == "stale"
    assert row.trouble == "in doubt: BTC, ETH, HYPE, kPEPE"


def test_one_coin_with_most_of_the_open_interest_is_most_of_the_market() -> None:
    reported = Told()
    streams = reported.streams()
    reported.contexts({KPEPE: {"openInterest": "1e12"}})
    streams.observe(reported.speaker.tick(), reported.contexts({KPEPE: ZERO}))
    (row,) = streams.rows()
    assert (row.state, row.trouble) == ("stale", "in doubt: kPEPE")


def test_a_crash_of_half_in_24_seconds_is_taken_as_it_comes() -> None:
    reported = Told()
    world = reported.speaker.sandbox
    reported.contexts()
    for share in (0.125, 0.25, 0.375, 0.5):
        crash(world, share, blocks=1)
        assert not set(doubts(reported.contexts()).values()) - {Doubt.COVERAGE}  # nobody tells of the liquidations here
    assert reported.core.assembler.markets.flagged_count == 0


def test_marks_of_a_checkpoint_are_no_measure_for_those_after_the_restart() -> None:
    reported = Told()
    moment = reported.contexts().moments[-1]
    content = write_checkpoint(Checkpoint(moment.frame.snapshot, moment.tables, moment.accounts))
    core = LiveCore(START)
    speaker = reported.speaker
    core.feed(checkpoint_record(START, content, speaker.received_ns))
    crash(speaker.sandbox, 0.9, blocks=40)
    for record in speaker.listing():
        fed = core.feed(record)
    assert set(doubts(fed)) <= {coin for coin in MARKETS.coins if doubts(fed).get(coin) == Doubt.COVERAGE}
    assert core.assembler.markets.plausibility.flagged_count == 0


def test_a_mark_is_kept_for_a_minute_and_then_unknown_in_the_frame() -> None:
    reported = Told()
    kept = reported.contexts().moments[-1].frame.snapshot.mark[LONELY]
    for _ in range(HOLE_NS // SECOND_NS // 4):
        fed = reported.contexts({LONELY: ZERO})
        assert fed.moments[-1].frame.snapshot.mark[LONELY] == kept
    fed = reported.contexts({LONELY: ZERO})
    assert np.isnan(fed.moments[-1].frame.snapshot.mark[LONELY])
    assert doubts(fed) == {"LONELY": Doubt.UNREADABLE}


class Client:
    """Notes when contexts were asked of it."""

    url = "http://x"

    def __init__(self, *, fails: bool) -> None:
        self.fails = fails
        self.asked: list[tuple[float, str]] = []

    async def ask(self, request: MetaAndAssetCtxsRequest, *, priority: int = 0) -> bytes:  # noqa: ARG002
        assert isinstance(request, MetaAndAssetCtxsRequest)
        self.asked.append((asyncio.get_running_loop().time(), request.dex or ""))
        if self.fails:
            raise RequestFailed("no answer")
        return b"[]"


@pytest.mark.parametrize("fails", [False, True])
def test_dexs_in_doubt_are_asked_about_at_once_then_less_and_less_often_and_no_others(fails: bool) -> None:
    wanted: list[str] = []

    async def run() -> tuple[Client, float]:
        client, stop, kept = Client(fails=fails), asyncio.Event(), []
        keeping = asyncio.create_task(
            keep_contexts(stop, client, lambda *each: kept.append(each), lambda: tuple(wanted))  # type: ignore[arg-type]
        )
        await asyncio.sleep(100.0)
        assert not client.asked
        began = asyncio.get_running_loop().time()
        wanted.append("xyz")
        await asyncio.sleep(200.0)
        wanted.clear()
        await asyncio.sleep(100.0)
        stop.set()
        await keeping
        assert len(kept) == (0 if fails else len(client.asked))
        return client, began

    client, began = run_virtually(run())
    times = [round(at - began) for at, _ in client.asked]
    assert {dex for _, dex in client.asked} == {"xyz"}
    assert times[0] <= 1
    assert [later - earlier for earlier, later in pairwise(times)][:4] == [3, 6, 12, 24]
    assert all(later - earlier == MAX_DOUBT_SECONDS for earlier, later in pairwise(times[4:]))
    assert times[-1] <= 200
