"""A replica's moments are the collector's to the bit, whatever changes from frame to frame and whatever is lost."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moving_accounts import MovingAccounts
from populations import TABLES, make_accounts, make_markets, make_snapshot

from liqscape.errors import RemoteWireError
from liqscape.heatmap.frame import Provenance
from liqscape.heatmap.moment import Moment
from liqscape.model import Accounts, MarketSnapshot
from liqscape.model.events import AccountsObserved, FrameDue, FundingDue, MarketDefined, MarksUpdated
from liqscape.model.funding import HourlyFunding
from liqscape.service.pipeline import DueMoment, Pipeline
from liqscape.service.replicas.frames import FrameDecoder, FrameEncoder, SentFrame
from liqscape.service.standing import MADE_HERE, standing_of_feed

MARKETS = make_markets(4)
SOURCE = Provenance("generated", "test", True, "made up")
EVENTS = ("open", "close", "vanish", "drop_pool", "trade", "flip", "deposit", "reorder", "swap_coin", "read")


def test_frames_of_moving_accounts_come_back_bit_for_bit_lost_ones_and_restarts_included() -> None:
    for seed in range(12):
        world, pipeline = MovingAccounts(seed), Pipeline(SOURCE)
        encoder, decoder = FrameEncoder("a"), FrameDecoder()
        needs_keyframe, followed_count = True, 0
        for sequence in range(1, 40):
            chance = world.random
            accounts = world.step([chance.choice(EVENTS) for _ in range(chance.randint(0, 3))])
            moment = replace(_moment(pipeline, world, accounts), sequence=sequence)
            if chance.random() < 0.05:
                encoder, needs_keyframe = FrameEncoder(f"a{sequence}"), False
            content = encoder.encode(moment, MADE_HERE, sequence, is_keyframe=needs_keyframe)
            needs_keyframe = False
            if chance.random() < 0.1:
                continue  # lost
            followed = decoder.decode(content)
            if followed is None:
                assert decoder.is_behind(content)
                needs_keyframe = True
                continue
            followed_count += 1
            assert_same_moment(followed.moment, moment)
            assert decoder.decode(content) is None  # once more changes nothing
            assert not decoder.is_behind(content)
        assert followed_count > 20


def test_frames_of_a_ledger_come_back_bit_for_bit() -> None:
    """With the ledger's own account of who changed, and with what the pipeline keeps from frame to frame."""
    markets = make_markets(9)
    pipeline, encoder, decoder = Pipeline(SOURCE), FrameEncoder("a"), FrameDecoder()
    pipeline.feed(MarketDefined(0, 0, markets, TABLES))
    snapshot = make_snapshot(0, markets)
    for step in range(1, 30):
        if step % 3 == 1:
            seen = make_accounts(step, snapshot, 5 + step % 4)
            pipeline.feed(AccountsObserved(time_ms=step, received_ns=0, accounts=seen))
        if step == 20:
            pipeline.feed(FundingDue(3_600_000, 0, np.full(9, 1e-4), snapshot.oracle))
        marks = MarketSnapshot.of_marks(markets, step, snapshot.mark * (1.0 + 0.001 * step))
        pipeline.feed(MarksUpdated(step, 0, marks))
        moment = pipeline.feed(FrameDue(step, 0))
        assert moment is not None
        moment = replace(moment, sequence=step)
        content = encoder.encode(moment, MADE_HERE, 0, is_keyframe=False)
        followed = decoder.decode(content)
        assert followed is not None
        assert_same_moment(followed.moment, moment)
        if step % 3 == 0:
            assert len(content) < 2_000  # marks alone


def test_a_frame_says_how_it_stands_what_is_in_doubt_and_what_was_paid() -> None:
    accounts = MovingAccounts(3).accounts()
    doubt = np.array([0, 4, 0, 64], np.uint8)
    snapshot = replace(make_snapshot(1, MARKETS), doubt=doubt, funding_rate=np.array([1e-5, np.nan, 0.0, -1e-5]))
    due = DueMoment(
        accounts=accounts,
        markets=MARKETS,
        snapshot=snapshot,
        tables=TABLES,
        funding=HourlyFunding(3_600_000, np.array([0.5, np.nan, 0.0, 1.0])),
        is_stored=True,
        block=77,
    )
    moment = replace(Pipeline(SOURCE).build(due), sequence=5)
    standing = standing_of_feed("stale", is_time_held=True)
    followed = FrameDecoder().decode(FrameEncoder("a").encode(moment, standing, 9, is_keyframe=True))
    assert followed is not None
    assert followed.sent.standing.standing() == standing
    assert_same_moment(followed.moment, moment)


@given(st.data())
def test_a_damaged_frame_is_one_sentence_and_changes_nothing(data: st.DataObject) -> None:
    pipeline, world = Pipeline(SOURCE), MovingAccounts(5)
    encoder, decoder = FrameEncoder("a"), FrameDecoder()
    first = replace(_moment(pipeline, world, world.accounts()), sequence=1)
    decoder.decode(encoder.encode(first, MADE_HERE, 0, is_keyframe=True))
    second = replace(_moment(pipeline, world, world.step(["open", "trade", "deposit"])), sequence=2)
    content = encoder.encode(second, MADE_HERE, 0, is_keyframe=False)
    place = data.draw(st.integers(0, len(content) - 1))
    damaged = content[:place] + bytes([content[place] ^ data.draw(st.integers(1, 255))]) + content[place + 1 :]
    is_refused = False
    try:
        decoder.decode(damaged)
    except RemoteWireError as error:
        is_refused = "\n" not in str(error)
    if is_refused:
        followed = decoder.decode(content)
        assert followed is not None
        assert_same_moment(followed.moment, second)


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [("positions", "market_index", 4), ("positions", "table_row", 99), ("pools", "address_row", 6)],
)
def test_rows_of_what_does_not_exist_are_refused_before_a_kernel_sees_them(table: str, column: str, value: int) -> None:
    world = MovingAccounts(2)
    moment = replace(_moment(Pipeline(SOURCE), world, world.accounts()), sequence=1)
    content = FrameEncoder("a").encode(moment, MADE_HERE, 0, is_keyframe=True)
    sent = msgspec.msgpack.decode(content, type=SentFrame)
    for wrong in (value, -1):
        columns = dict(getattr(sent, table))
        rows = np.frombuffer(columns[column], np.int32).copy()
        rows[0] = wrong
        columns[column] = rows.tobytes()
        with pytest.raises(RemoteWireError):
            FrameDecoder().decode(msgspec.msgpack.encode(msgspec.structs.replace(sent, **{table: columns})))


def assert_same_moment(found: Moment, expected: Moment) -> None:
    """Every figure of a moment but its notes, which files hold, and its number, which whoever publishes it gives."""
    assert found.is_stored == expected.is_stored
    assert found.tables.tables == expected.tables.tables
    for one, other in ((found.accounts, expected.accounts), (found.frame, expected.frame)):
        _assert_same(one, other)


def _assert_same(found: object, expected: object) -> None:
    if isinstance(expected, np.ndarray):
        assert isinstance(found, np.ndarray)
        assert found.dtype == expected.dtype
        assert found.tobytes() == expected.tobytes()
    elif is_dataclass(expected):
        for each in fields(expected):
            _assert_same(getattr(found, each.name), getattr(expected, each.name))
    else:
        assert found == expected


def _moment(pipeline: Pipeline, world: MovingAccounts, accounts: Accounts) -> Moment:
    rng = np.random.default_rng(world.time_ms // 60_000 % 1_000_003)
    mark = 1.0 + 0.1 * rng.random(len(MARKETS))
    mark[rng.random(len(MARKETS)) < 0.1] = np.nan
    return pipeline.build(
        DueMoment(
            accounts=accounts,
            markets=MARKETS,
            snapshot=MarketSnapshot.of_marks(MARKETS, world.time_ms, mark),
            tables=TABLES,
            funding=None,
            is_stored=False,
        )
    )
