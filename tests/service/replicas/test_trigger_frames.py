"""A replica knows the trigger orders its collector knows, to the bit and as old, whatever is lost on the way."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
import pytest
from trigger_history import MARKETS, TriggerWorld, assert_same_triggers, said

from liqscape.errors import RemoteWireError
from liqscape.heatmap.moment import Moment
from liqscape.model.markets import Markets
from liqscape.service.replicas.frames import FrameDecoder, FrameEncoder, SentFrame
from liqscape.service.standing import MADE_HERE


def played(seed: int, count: int) -> list[Moment]:
    world, found = TriggerWorld(seed), []
    for step in range(count):
        if step == count // 2:
            world.restart()
        found.append(replace(world.minute(step), sequence=step + 1))
    return found


@pytest.mark.parametrize("seed", [1, 2])
def test_frames_tell_what_changed_lost_ones_and_restarts_included(seed: int) -> None:
    chance, encoder, decoder = np.random.default_rng(seed), FrameEncoder("a"), FrameDecoder()
    needs_keyframe, followed_count = True, 0
    for moment in played(seed, 60):
        content = encoder.encode(moment, MADE_HERE, 0, is_keyframe=needs_keyframe)
        needs_keyframe = False
        if chance.random() < 0.1:
            continue  # lost
        followed = decoder.decode(content)
        if followed is None:
            needs_keyframe = True
            continue
        followed_count += 1
        assert_same_triggers(followed.moment, moment)
    assert followed_count > 40


def test_a_frame_in_which_nothing_changed_says_nothing_of_them() -> None:
    moment = played(1, 20)[-1]
    assert moment.standing is not None
    encoder, decoder = FrameEncoder("a"), FrameDecoder()
    decoder.decode(encoder.encode(moment, MADE_HERE, 0, is_keyframe=True))
    again = replace(moment, sequence=moment.sequence + 1)
    content = encoder.encode(again, MADE_HERE, 0, is_keyframe=False)
    assert not msgspec.msgpack.decode(content, type=SentFrame).triggers
    followed = decoder.decode(content)
    assert followed is not None
    assert_same_triggers(followed.moment, moment)


def test_other_markets_begin_anew() -> None:
    moments = played(3, 20)
    moment, other = moments[-2], moments[-1]
    assert other.standing is not None
    encoder, decoder = FrameEncoder("a"), FrameDecoder()
    decoder.decode(encoder.encode(moment, MADE_HERE, 0, is_keyframe=True))
    rows = [replace(market, max_leverage=market.max_leverage + 1) for market in MARKETS.rows]
    snapshot = replace(other.frame.snapshot, markets=Markets.build(rows))
    changed = replace(other, frame=replace(other.frame, snapshot=snapshot))
    followed = decoder.decode(encoder.encode(changed, MADE_HERE, 0, is_keyframe=False))
    assert followed is not None
    assert said(followed.moment.standing) == said(other.standing)


def test_a_collector_that_reads_none_has_none_on_the_replica_whatever_the_one_before_read() -> None:
    before, moment = played(1, 20)[-2:]
    decoder = FrameDecoder()
    followed = decoder.decode(FrameEncoder("a").encode(before, MADE_HERE, 0, is_keyframe=True))
    assert followed is not None
    assert followed.moment.triggers is not None
    none_read = replace(moment, triggers=None, standing=None)
    followed = decoder.decode(FrameEncoder("b").encode(none_read, MADE_HERE, 0, is_keyframe=True))
    assert followed is not None
    assert followed.moment.triggers is None


@pytest.mark.parametrize(
    ("table", "column", "wrong"),
    [
        ("triggers", "market_index", np.int32(len(MARKETS))),
        ("triggers", "market_index", np.int32(-1)),
        ("triggers", "order_id", np.int64(-5)),
        ("trigger_reads", "market_index", np.int32(len(MARKETS))),
        ("trigger_reads", "news", np.uint8(9)),
        ("trigger_reads", "dex", "nowhere"),
        ("triggers", "address", None),
    ],
)
def test_rows_that_cannot_be_are_refused_in_one_sentence_and_change_nothing(
    table: str, column: str, wrong: object
) -> None:
    first, second = played(1, 20)[-2:]
    encoder, decoder = FrameEncoder("a"), FrameDecoder()
    content = encoder.encode(first, MADE_HERE, 0, is_keyframe=True)
    sent = msgspec.msgpack.decode(content, type=SentFrame)
    columns = dict(sent.triggers[table])
    values = columns[column]
    if isinstance(values, list):
        columns[column] = b"" if wrong is None else [*values[:-1], str(wrong)]
    else:
        assert isinstance(wrong, np.generic)
        columns[column] = values[: -wrong.itemsize] + wrong.tobytes()
    damaged = msgspec.structs.replace(sent, triggers={**sent.triggers, table: columns})
    decoder.decode(content)
    moved = msgspec.structs.replace(damaged, sequence=sent.sequence + 1, follows=sent.sequence + 1)
    with pytest.raises(RemoteWireError, match=r"^[^\n]+$"):
        decoder.decode(msgspec.msgpack.encode(moved))
    followed = decoder.decode(encoder.encode(second, MADE_HERE, 0, is_keyframe=False))
    assert followed is not None
    assert_same_triggers(followed.moment, second)
