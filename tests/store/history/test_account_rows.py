"""Accounts come back from rows of changes bit for bit; readings that tell nothing new within the stated bound."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from amounts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from moving_accounts import STEPS, MovingAccounts
from store_frames import assert_same_accounts, make_frame, make_markets

from liqscape.model import Accounts
from liqscape.model.accounts import POOL_COLUMNS, POSITION_COLUMNS
from liqscape.store.history.account_rows import accounts_of_rows
from liqscape.store.history.batch import BatchBuilder, StoredFrame
from liqscape.store.history.content import replay
from liqscape.store.history.schema import (
    ADDRESSES,
    CONFIRM_MS,
    FRAMES,
    FUNDING,
    GONE,
    POOLS,
    POSITIONS,
    RAW_NOISE_USD,
    Batch,
    join_batches,
    rows_between,
)

MARKETS = make_markets(4)
World = list[tuple[Accounts, StoredFrame]]
EVENTS = st.lists(
    st.tuples(st.lists(st.sampled_from(STEPS), max_size=4), st.sampled_from([1, 1, 1, 20, 61])), min_size=1, max_size=14
)


def live(seed: int, events: list[tuple[list[str], int]], keyframes: tuple[int, ...] = (0,)) -> World:
    """What a world gives to be stored and how it is stored."""
    world = MovingAccounts(seed)
    changes = BatchBuilder(Accounts.empty())
    made: World = []
    for number, (names, minutes) in enumerate(events):
        accounts = world.step(names, minutes)
        frame = make_frame(1, 0, markets=MARKETS, accounts=Accounts.empty(), time_ms=world.time_ms)
        frame = frame.__class__(**{**frame.__dict__, "funding": world.funding})
        made.append((accounts, changes.add(frame, accounts, is_keyframe=number in keyframes)))
    return made


def read_back(world: World) -> Iterator[Accounts]:
    """Accounts at each frame, from all rows up to it at once."""
    batch: Batch = join_batches([stored.batch for _, stored in world])
    times, is_keyframe = batch[FRAMES]["time_ms"], batch[FRAMES]["is_keyframe"]
    for row, time_ms in enumerate(times.tolist()):
        begin_ms = int(times[np.flatnonzero(is_keyframe[: row + 1])[-1]])
        tables = {name: rows_between(batch[name], begin_ms, time_ms) for name in (POOLS, POSITIONS, FUNDING, ADDRESSES)}
        addresses = tuple(tables.pop(ADDRESSES)["address"].tolist())
        yield accounts_of_rows(*tables.values(), addresses)


@settings(max_examples=examples(150))
@given(seed=st.integers(0, 10_000), events=EVENTS, again=st.integers(1, 20))
def test_any_life_of_accounts_comes_back_as_it_was_stored(
    seed: int, events: list[tuple[list[str], int]], again: int
) -> None:
    world = live(seed, events, (0, again))
    for read, (_, stored) in zip(read_back(world), world, strict=True):
        assert_same_accounts(read, stored.accounts)
    for replayed, (_, stored) in zip(replay(stored.batch for _, stored in world), world, strict=True):
        assert_same_accounts(replayed.accounts, stored.accounts)


@settings(max_examples=examples(100))
@given(seed=st.integers(0, 10_000), events=EVENTS)
def test_what_is_stored_is_what_was_given_but_for_readings_that_tell_nothing_new(
    seed: int, events: list[tuple[list[str], int]]
) -> None:
    for given_accounts, stored in live(seed, events):
        kept = stored.accounts
        assert kept.addresses == given_accounts.addresses
        loose = ("raw_usd", "observed_ms", "observed_mark", "published_price")
        for name in ("address_row", "offsets", *POOL_COLUMNS, *POSITION_COLUMNS):
            if name not in loose:
                assert getattr(kept, name).tobytes() == getattr(given_accounts, name).tobytes(), name
        late = given_accounts.observed_ms - kept.observed_ms
        assert ((late >= 0) & (late < CONFIRM_MS)).all()
        is_known = ~np.isnan(given_accounts.raw_usd)
        assert (np.isnan(kept.raw_usd) == ~is_known).all()
        assert (np.abs(kept.raw_usd - given_accounts.raw_usd)[is_known] <= RAW_NOISE_USD).all()
        assert (np.isnan(kept.published_price) == np.isnan(given_accounts.published_price)).all()


@settings(max_examples=examples(60))
@given(seed=st.integers(0, 10_000), events=EVENTS)
def test_the_last_row_of_an_address_and_coin_is_its_position(seed: int, events: list[tuple[list[str], int]]) -> None:
    """As whoever asks the files in SQL sees it, from the last keyframe on."""
    world = live(seed, events)
    batch = join_batches([stored.batch for _, stored in world])
    is_keyframe = batch[FRAMES]["is_keyframe"]
    begin_ms = int(batch[FRAMES]["time_ms"][np.flatnonzero(is_keyframe)[-1]])
    rows = rows_between(batch[POSITIONS], begin_ms, 2**62)
    seen: dict[tuple[int, int], float] = {}
    for owner, market, size in zip(rows["address_row"], rows["market_index"], rows["size"], strict=True):
        seen[int(owner), int(market)] = float(size)
    held = world[-1][1].accounts
    owners = held.address_row[held.pool_of_position()]
    expected = {
        (int(owner), int(market)): float(size)
        for owner, market, size in zip(owners, held.market_index, held.size, strict=True)
    }
    assert {key: size for key, size in seen.items() if size} == expected
    assert (rows["slot"][rows["size"] == 0.0] == GONE).all()


def test_a_funding_of_everybody_writes_no_account() -> None:
    world = live(3, [(["open", "read", "trade"], 1), (["fund"], 1), (["fund"], 60), ([], 1)])
    for _, stored in world[1:]:
        assert not len(stored.batch[POOLS]["time_ms"])
        assert not len(stored.batch[POSITIONS]["time_ms"])
    assert not np.array_equal(world[0][0].raw_usd, world[2][0].raw_usd)


def test_a_changed_size_comes_with_a_row_of_its_pool() -> None:
    world = live(5, [([], 1), *[(["trade", "flip", "flip"], 1)] * 12])
    for _, stored in world[1:]:
        pools = set(zip(stored.batch[POOLS]["address_row"], stored.batch[POOLS]["pool"], strict=True))
        positions = stored.batch[POSITIONS]
        assert set(zip(positions["address_row"], positions["pool"], strict=True)) <= pools


def test_readings_alone_are_stored_once_an_hour() -> None:
    events = [(["read"] * 40, 1), *[(["read"] * 40, 1)] * 70]
    rows = sum(len(stored.batch[POOLS]["time_ms"]) for _, stored in live(7, events)[1:])
    pools = live(7, events[:1])[0][0].pool_count
    assert pools <= rows <= 2 * pools
