"""A replayed archive against the exchange that wrote it, whole and damaged."""

from __future__ import annotations

import json
import math
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from archived_world import BASE_MS, ArchivedWorld
from small_sandbox import MARKETS

from liqscape.heatmap.frame import MarketFrame
from liqscape.model.accounts import Accounts
from liqscape.model.events import (
    Event,
    FillsObserved,
    FrameDue,
    FundingDue,
    FundingPaid,
    GapDetected,
    MarksUpdated,
    MidsObserved,
)
from liqscape.risk.liquidation import LevelStatus, solve_liquidation
from liqscape.sandbox.answers.contexts import mid_price
from liqscape.service.pipeline import Pipeline
from liqscape.sources.archive import ArchiveSource
from liqscape.sources.archive.base import BaseState, keep_holders, read_base
from liqscape.sources.archive.hours import ArchiveDamage
from liqscape.sources.archive.store import LocalStore
from liqscape.units import HOUR_MS, MINUTE_MS, PoolMode
from liqscape.wire.archive.frame import pack_frame, unpack_frame
from liqscape.wire.node.fills import parse_fill_block

HOURS = tuple(range(2, 4))
FILLS = "node_fills_by_block/hourly/20260202/{}.lz4"
CONTEXTS = "asset_ctxs/20260202.csv.lz4"

Held = dict[tuple[str, int, int], tuple[float, float]]


def held(accounts: Accounts) -> Held:
    """(size, raw USD of its pool) by address, market and whether the pool is isolated."""
    pool = accounts.pool_of_position()
    found: Held = {}
    for row in range(accounts.position_count):
        of = int(pool[row])
        key = accounts.addresses[accounts.address_row[of]], int(accounts.market_index[row]), int(accounts.mode[of])
        found[key] = float(accounts.size[row]), float(accounts.raw_usd[of])
    return found


def levels(accounts: Accounts, pipeline: Pipeline) -> dict[tuple[str, int, int], float]:
    """Solved prices by the same key; infinite where nothing liquidates."""
    level = solve_liquidation(accounts, pipeline.ledger.snapshot, pipeline.ledger.tables)
    price = np.where(level.status == LevelStatus.OK, level.price, np.inf)
    return dict(zip(held(accounts), price.tolist(), strict=True))


def assert_held(found: Held, expected: Held) -> None:
    """Equal but for the order in which cents were added up."""
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        assert found[key] == pytest.approx(value, abs=1e-6), key


class Replay:
    """A source run through the pipeline."""

    def __init__(self, source: ArchiveSource) -> None:
        self.source = source
        self.pipeline = Pipeline(source.provenance)
        self.events: list[Event] = []
        self.frames: list[MarketFrame] = []
        for event in source.events():
            self.events.append(event)
            moment = self.pipeline.feed(event)
            if moment is not None:
                self.frames.append(moment.frame)

    @property
    def accounts(self) -> Accounts:
        return self.pipeline.ledger.accounts

    def of(self, kind: type[Event]) -> list[Event]:  # type: ignore[valid-type]
        return [event for event in self.events if isinstance(event, kind)]


def base_of(archived: ArchivedWorld) -> BaseState:
    return read_base(archived.base, None)


def replay(
    archived: ArchivedWorld, folder: Path | None = None, damage: list[ArchiveDamage] | None = None, **options: Any
) -> Replay:
    tell = (damage if damage is not None else []).append
    store = LocalStore(folder or archived.folder)
    return Replay(ArchiveSource(store, base_of(archived), archived.end_ms, on_damage=tell, **options))


def copied(archived: ArchivedWorld, tmp_path: Path) -> Path:
    shutil.copytree(archived.folder, tmp_path / "copy")
    return tmp_path / "copy"


@pytest.fixture(scope="module")
def whole(archived: ArchivedWorld) -> Replay:
    damage: list[ArchiveDamage] = []
    found = replay(archived, damage=damage)
    assert damage == []
    return found


def test_sizes_cash_and_levels_are_those_of_the_exchange(archived: ArchivedWorld, whole: Replay) -> None:
    truth = archived.truth()
    expected, found = held(truth), held(whole.accounts)
    assert found.keys() == expected.keys()
    assert {key: size for key, (size, _) in found.items()} == {key: size for key, (size, _) in expected.items()}
    for key, (_, cash) in expected.items():
        assert found[key][1] == pytest.approx(cash, abs=1e-4), key  # pockets round to a millionth at each fill
    true_levels = levels(truth, whole.pipeline)
    for key, price in levels(whole.accounts, whole.pipeline).items():
        assert price == pytest.approx(true_levels[key], rel=1e-7), key


def test_the_crash_liquidated_somebody_and_the_replay_knows_whom(archived: ArchivedWorld, whole: Replay) -> None:
    forced = [
        event.fills.addresses[row]
        for event in whole.of(FillsObserved)
        if isinstance(event, FillsObserved)
        for row in event.fills.liquidated[event.fills.liquidated >= 0].tolist()
    ]
    assert set(forced) == {f"0x{4:040x}"}
    before = held(base_of(archived).accounts)
    assert set(before) - set(held(whole.accounts)) == {(f"0x{4:040x}", 1, PoolMode.ISOLATED)}


def test_a_frame_a_minute_with_the_marks_of_the_contexts(archived: ArchivedWorld, whole: Replay) -> None:
    minutes = list(range(BASE_MS + MINUTE_MS, archived.end_ms + 1, MINUTE_MS))
    assert [frame.time_ms for frame in whole.frames] == minutes
    last = whole.frames[-1].snapshot
    assert last.mark.tolist() == [archived.world.mark(market) for market in range(len(MARKETS))]
    assert whole.source.figures().frames == len(minutes)


def test_mids_of_the_contexts_come_with_the_marks_of_their_minute(archived: ArchivedWorld, whole: Replay) -> None:
    mids = whole.of(MidsObserved)
    assert [event.time_ms for event in mids] == [frame.time_ms for frame in whole.frames]
    truth = [mid_price(archived.world.exchange, market) for market in range(len(MARKETS))]
    expected = [math.nan if mid is None else mid for mid in truth]
    np.testing.assert_allclose(mids[-1].mid, expected, rtol=1e-9)
    assert np.isfinite(mids[-1].mid).any()


def test_events_are_in_order_of_time_and_marks_precede_frames(whole: Replay) -> None:
    times = [event.time_ms for event in whole.events]
    assert times == sorted(times)
    for before, event in zip(whole.events, whole.events[1:], strict=False):
        if isinstance(event, FrameDue):
            assert isinstance(before, MarksUpdated)
            assert before.time_ms == event.time_ms
    assert [event.time_ms % HOUR_MS // MINUTE_MS for event in whole.of(FundingPaid)] == [0]


def test_equal_archives_give_equal_events(archived: ArchivedWorld, whole: Replay) -> None:
    again = replay(archived)
    assert [(type(event), event.time_ms) for event in again.events] == [
        (type(event), event.time_ms) for event in whole.events
    ]
    assert again.accounts.raw_usd.tobytes() == whole.accounts.raw_usd.tobytes()
    assert again.accounts.size.tobytes() == whole.accounts.size.tobytes()


def test_plain_files_of_a_node_give_the_same_as_packed_ones(
    archived: ArchivedWorld, whole: Replay, tmp_path: Path
) -> None:
    folder = copied(archived, tmp_path)
    for hour in HOURS:
        packed = folder / FILLS.format(hour)
        packed.with_suffix("").write_bytes(unpack_frame(packed.read_bytes(), "fills"))
        packed.unlink()
    found = replay(archived, folder)
    assert found.accounts.raw_usd.tobytes() == whole.accounts.raw_usd.tobytes()
    assert len(found.frames) == len(whole.frames)


def test_fills_a_line_each_give_the_same_as_blocks(archived: ArchivedWorld, whole: Replay, tmp_path: Path) -> None:
    """node_fills, the format of 2025-05 to 2025-07."""
    folder = copied(archived, tmp_path)
    for hour in HOURS:
        lines = fill_lines(folder / FILLS.format(hour))
        write_hour(folder, "node_fills", hour, lines)
    shutil.rmtree(folder / "node_fills_by_block")
    assert_held(held(replay(archived, folder).accounts), held(whole.accounts))


def test_prints_of_trades_give_the_sizes_and_nearly_the_cash(
    archived: ArchivedWorld, whole: Replay, tmp_path: Path
) -> None:
    """node_trades, the format of 2025-03 to 2025-06: no fees, so they are assumed."""
    folder = copied(archived, tmp_path)
    for hour in HOURS:
        sides = fill_lines(folder / FILLS.format(hour))
        write_hour(
            folder, "node_trades", hour, [trade_line(*pair) for pair in zip(sides[::2], sides[1::2], strict=True)]
        )
    shutil.rmtree(folder / "node_fills_by_block")
    found, expected = held(replay(archived, folder).accounts), held(whole.accounts)
    traded = {key for key, (_, cash) in expected.items() if key[2] == PoolMode.CROSS}
    assert traded <= set(found)
    for key in traded:
        assert found[key][0] == pytest.approx(expected[key][0])
        assert found[key][1] == pytest.approx(expected[key][1], abs=50.0)


def test_without_misc_events_funding_is_paid_by_the_rate(
    archived: ArchivedWorld, whole: Replay, tmp_path: Path
) -> None:
    folder = copied(archived, tmp_path)
    shutil.rmtree(folder / "misc_events_by_block")
    found = replay(archived, folder)
    assert not found.of(FundingPaid)
    assert [event.time_ms % HOUR_MS for event in found.of(FundingDue)] == [0]
    paid = [event for event in whole.of(FundingPaid) if isinstance(event, FundingPaid)]
    largest = max(float(np.abs(event.payments.amount).max()) for event in paid)
    assert largest > 0.01
    for key, (size, cash) in held(whole.accounts).items():
        assert held(found.accounts)[key] == pytest.approx((size, cash), abs=0.5 * largest + 0.01)


def test_a_base_just_before_the_hour_still_pays_for_it(archived: ArchivedWorld, tmp_path: Path) -> None:
    folder = copied(archived, tmp_path)
    shutil.rmtree(folder / "misc_events_by_block")
    hour = BASE_MS // HOUR_MS * HOUR_MS + HOUR_MS
    base = replace(base_of(archived), time_ms=hour - 20_000)
    found = Replay(ArchiveSource(LocalStore(folder), base, hour + 2 * MINUTE_MS))
    assert [event.time_ms for event in found.of(FundingDue)] == [hour]
    assert [frame.time_ms for frame in found.frames] == [hour, hour + MINUTE_MS, hour + 2 * MINUTE_MS]


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7])
def test_a_cut_hour_counts_up_to_the_cut_and_the_next_hour_goes_on(
    archived: ArchivedWorld, whole: Replay, tmp_path: Path, share: float
) -> None:
    folder = copied(archived, tmp_path)
    file = folder / FILLS.format(2)
    lines = unpack_frame(file.read_bytes(), "fills").splitlines(keepends=True)
    keep = int(share * len(lines))
    rest = pack_frame(b"".join(lines[keep:]))
    file.write_bytes(pack_frame(b"".join(lines[:keep])) + rest[: len(rest) // 50])
    damage: list[ArchiveDamage] = []
    found = replay(archived, folder, damage)
    assert [(part.path, part.to_ms % HOUR_MS) for part in damage] == [(FILLS.format(2), 0)]
    assert "LZ4 frame" in damage[0].reason
    gaps = [event for event in found.of(GapDetected) if isinstance(event, GapDetected)]
    assert gaps
    assert gaps[0].from_ms == damage[0].from_ms
    assert len(found.frames) == len(whole.frames)
    blocks = [parse_fill_block(line, "fills") for line in lines[:keep]]
    fills = sum(len(block.events) for block in blocks)
    before = sum(
        len(event.fills)
        for event in found.of(FillsObserved)
        if isinstance(event, FillsObserved) and event.time_ms <= damage[0].from_ms
    )
    assert before >= fills
    # Fills name the size before them, so whoever trades again is right about sizes.
    again = (f"0x{3:040x}", 2, PoolMode.CROSS)
    assert held(found.accounts)[again][0] == held(whole.accounts)[again][0]


def test_an_hour_that_is_not_there_is_said_and_leaves_accounts_unsure(
    archived: ArchivedWorld, whole: Replay, tmp_path: Path
) -> None:
    folder = copied(archived, tmp_path)
    (folder / FILLS.format(2)).unlink()
    damage: list[ArchiveDamage] = []
    found = replay(archived, folder, damage)
    assert [part.reason for part in damage] == ["is not there, no node_fills nor node_trades of this hour"]
    assert damage[0].from_ms == BASE_MS
    assert found.pipeline.ledger.tracking_figures() != whole.pipeline.ledger.tracking_figures()
    assert len(found.frames) == len(whole.frames)


def test_an_hour_that_is_not_there_from_the_time_of_the_base_on_leaves_everybody_unsure(
    archived: ArchivedWorld, tmp_path: Path
) -> None:
    folder = copied(archived, tmp_path)
    (folder / FILLS.format(HOURS[0])).unlink()
    source = ArchiveSource(LocalStore(folder), base_of(archived), BASE_MS + 2 * MINUTE_MS)
    found = Replay(source)
    assert len(found.frames) == 2
    assert found.pipeline.ledger.watch().is_unsure.all()


def test_contexts_cut_short_end_the_frames_of_the_day(archived: ArchivedWorld, whole: Replay, tmp_path: Path) -> None:
    folder = copied(archived, tmp_path)
    content = unpack_frame((folder / CONTEXTS).read_bytes(), "contexts")
    lines = content.splitlines(keepends=True)
    half = pack_frame(b"".join(lines[: 1 + 5 * 30]))
    (folder / CONTEXTS).write_bytes(half + pack_frame(b"".join(lines[1 + 5 * 30 :]))[:20])
    damage: list[ArchiveDamage] = []
    found = replay(archived, folder, damage)
    assert [frame.time_ms for frame in found.frames] == [frame.time_ms for frame in whole.frames[:30]]
    assert damage[0].path == CONTEXTS
    assert held(found.accounts).keys() == held(whole.accounts).keys()


def test_without_contexts_there_are_no_frames_and_it_is_said(archived: ArchivedWorld, tmp_path: Path) -> None:
    folder = copied(archived, tmp_path)
    (folder / CONTEXTS).unlink()
    damage: list[ArchiveDamage] = []
    assert replay(archived, folder, damage).frames == []
    assert "no marks and no frames" in damage[0].reason


def test_a_line_that_cannot_be_read_is_counted_and_the_others_stand(
    archived: ArchivedWorld, whole: Replay, tmp_path: Path
) -> None:
    folder = copied(archived, tmp_path)
    file = folder / FILLS.format(3)
    lines = unpack_frame(file.read_bytes(), "fills").splitlines()
    file.write_bytes(pack_frame(b"\n".join([*lines[:5], b'{"block_time":7}', b"rubbish", *lines[5:]])))
    damage: list[ArchiveDamage] = []
    found = replay(archived, folder, damage)
    assert found.source.figures().decoded.malformed == 2
    assert_held(held(found.accounts), held(whole.accounts))
    assert damage == []  # the blocks on either side follow one another: nothing stood between them
    assert found.of(GapDetected) == []


@pytest.mark.parametrize(("first", "end"), [(4, 7), (0, None)])
def test_lines_without_a_readable_time_are_counted_said_and_a_gap(
    archived: ArchivedWorld, tmp_path: Path, first: int, end: int | None
) -> None:
    """Also where the whole first hour is so: none of its lines may count as older than the base."""
    folder = copied(archived, tmp_path)
    file = folder / FILLS.format(2)
    lines = unpack_frame(file.read_bytes(), "fills").splitlines()
    spoilt = [re.sub(rb'"block_time":"[^"]*"', b'"block_time":"at noon"', line) for line in lines[first:end]]
    file.write_bytes(pack_frame(b"\n".join([*lines[:first], *spoilt, *(lines[end:] if end else [])])))
    damage: list[ArchiveDamage] = []
    found = replay(archived, folder, damage, max_unreadable=1.0)
    assert found.source.figures().decoded.malformed == len(spoilt)
    (reported,) = damage
    assert reported.path == FILLS.format(2)
    assert reported.reason.startswith(
        f"{len(spoilt)} lines name no time that can be read, the first is line {first + 1}"
    )
    gaps = [event for event in found.of(GapDetected) if isinstance(event, GapDetected)]
    assert gaps[0].from_ms == reported.from_ms
    assert reported.from_ms < reported.to_ms


def test_times_with_a_zone_give_the_same(archived: ArchivedWorld, whole: Replay, tmp_path: Path) -> None:
    folder = copied(archived, tmp_path)
    for hour in HOURS:
        file = folder / FILLS.format(hour)
        content = unpack_frame(file.read_bytes(), "fills")
        file.write_bytes(pack_frame(re.sub(rb'("block_time":"[^"]*)"', rb'\1+00:00"', content)))
    found = replay(archived, folder)
    assert found.source.figures() == whole.source.figures()
    assert held(found.accounts) == held(whole.accounts)


def test_a_bad_row_of_contexts_costs_its_coin_one_minute(
    archived: ArchivedWorld, whole: Replay, tmp_path: Path
) -> None:
    folder = copied(archived, tmp_path)
    content = unpack_frame((folder / CONTEXTS).read_bytes(), "contexts")
    header, *rows = content.splitlines()
    place = next(row for row, line in enumerate(rows) if b",ETH," in line and row > 20)
    cells = rows[place].split(b",")
    cells[header.split(b",").index(b"mark_px")] = b"NaN"
    rows[place] = b",".join(cells)
    (folder / CONTEXTS).write_bytes(pack_frame(b"\n".join([header, *rows[:40], header, *rows[40:]])))
    damage: list[ArchiveDamage] = []
    found = replay(archived, folder, damage)
    assert [frame.time_ms for frame in found.frames] == [frame.time_ms for frame in whole.frames]
    assert damage[0].reason.startswith(f"2 rows are left out, the first is line {place + 2}: mark_px: nan is not")
    unknown = [np.flatnonzero(np.isnan(frame.snapshot.mark)).tolist() for frame in found.frames]
    eth = found.frames[0].snapshot.markets.index_of("ETH")
    assert [row for row in unknown if row] == [[eth]]
    assert held(found.accounts).keys() == held(whole.accounts).keys()


@pytest.mark.parametrize("line_count", [0, 1])
def test_contexts_without_a_row_are_said(archived: ArchivedWorld, tmp_path: Path, line_count: int) -> None:
    folder = copied(archived, tmp_path)
    lines = unpack_frame((folder / CONTEXTS).read_bytes(), "contexts").splitlines()
    (folder / CONTEXTS).write_bytes(pack_frame(b"\n".join(lines[:line_count])))
    damage: list[ArchiveDamage] = []
    assert replay(archived, folder, damage).frames == []
    assert [each.reason for each in damage if each.path == CONTEXTS] == ["holds no row: no marks and no frames"]


def test_only_holders_of_a_chosen_coin_are_followed(archived: ArchivedWorld, whole: Replay) -> None:
    base = keep_holders(base_of(archived), ("HYPE",))
    found = Replay(ArchiveSource(LocalStore(archived.folder), base, archived.end_ms))
    holders = {key[0] for key in held(base.accounts) if key[1] == MARKETS.index_of("HYPE")}
    assert {key[0] for key in held(found.accounts)} == holders
    expected = {key: value for key, value in held(whole.accounts).items() if key[0] in holders}
    assert_held(held(found.accounts), expected)
    assert found.source.figures().fills < whole.source.figures().fills
    assert "only holders of HYPE" in found.source.provenance.note


def test_frames_begin_where_asked_and_fills_at_the_base(archived: ArchivedWorld, whole: Replay) -> None:
    start = BASE_MS + 40 * MINUTE_MS
    found = Replay(ArchiveSource(LocalStore(archived.folder), base_of(archived), archived.end_ms, start_ms=start))
    assert found.frames[0].time_ms == start
    assert found.accounts.raw_usd.tobytes() == whole.accounts.raw_usd.tobytes()


def test_a_coin_first_met_in_the_contexts_becomes_a_market(archived: ArchivedWorld) -> None:
    base = base_of(archived)
    without = replace(base, markets=replace(base.markets, rows=base.markets.rows[:-1]))
    pools = [
        pool
        for pool in range(base.accounts.pool_count)
        if (base.accounts.market_index[base.accounts.offsets[pool] : base.accounts.offsets[pool + 1]] < 4).all()
    ]
    without = replace(without, accounts=base.accounts.take(np.array(pools)))
    found = Replay(ArchiveSource(LocalStore(archived.folder), without, archived.end_ms))
    assert found.pipeline.ledger.markets.coins == MARKETS.coins
    assert found.source.figures().guessed == ("LONELY",)
    assert found.pipeline.ledger.markets.rows[-1].max_leverage == 3


def fill_lines(file: Path) -> list[bytes]:
    """Lines of node_fills out of blocks."""
    blocks = [json.loads(line) for line in unpack_frame(file.read_bytes(), "fills").splitlines()]
    return [json.dumps(side, separators=(",", ":")).encode() for block in blocks for side in block["events"]]


def trade_line(buyer: bytes, seller: bytes) -> bytes:
    """A line of node_trades out of both sides of a fill."""
    sides = [json.loads(buyer), json.loads(seller)]
    fill = sides[0][1]
    time_ms = fill["time"]
    seconds, rest = divmod(time_ms - BASE_MS // HOUR_MS * HOUR_MS, 1_000)
    trade = {
        "coin": fill["coin"],
        "side": "B" if fill["crossed"] else "A",
        "time": f"2026-02-02T{2 + seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{rest:03d}",
        "px": fill["px"],
        "sz": fill["sz"],
        "hash": fill["hash"],
        "trade_dir_override": "Na",
        "side_info": [
            {"user": user, "start_pos": side["startPosition"], "oid": side["oid"], "twap_id": None, "cloid": None}
            for user, side in sides
        ],
    }
    return json.dumps(trade, separators=(",", ":")).encode()


def write_hour(folder: Path, table: str, hour: int, lines: list[bytes]) -> None:
    file = folder / f"{table}/hourly/20260202/{hour}.lz4"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(pack_frame(b"\n".join(lines) + b"\n"))
