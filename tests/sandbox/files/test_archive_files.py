"""Archives written by the sandbox, read back by the same records as the exchange's."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_sandbox import FIRST_PRICES, MARKETS, SmallSandbox, quotes

from liqscape.sandbox.answers.contexts import asset_contexts
from liqscape.sandbox.files import ArchiveFiles
from liqscape.units import HOUR_MS, MINUTE_MS
from liqscape.wire.archive.asset_contexts import COLUMNS, parse_asset_contexts
from liqscape.wire.archive.frame import unpack_frame
from liqscape.wire.archive.l2_book import parse_archived_books
from liqscape.wire.node.fills import parse_fill_block


def run(folder: Path, minutes: int, *, restart_after: int | None = None) -> SmallSandbox:
    """A world that trades every twenty seconds, from one minute past an hour on."""
    world = SmallSandbox()
    maker, user = world.open(1, 50_000_000.0), world.open(2, 100_000.0)
    files = ArchiveFiles(folder, book_period_ms=MINUTE_MS)
    for turn in range(3 * minutes):
        size = 0.01 if turn % 2 else -0.01
        rows = [world.order(user, market, size * 1_000 / price) for market, price in enumerate(FIRST_PRICES)]
        files.observe(world.state, world.step(20_000, *rows, *quotes(world, maker, FIRST_PRICES)))
        if turn == restart_after:
            files.close()
            files = ArchiveFiles(folder, book_period_ms=MINUTE_MS)
    files.close()
    return world


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("archive")


@pytest.fixture(scope="module")
def world(folder: Path) -> SmallSandbox:
    return run(folder, 70)


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_files_stand_where_the_exchange_puts_them_and_none_is_half_done(world: SmallSandbox, folder: Path) -> None:
    assert len(world.outputs) == 210
    books = {f"market_data/20260202/{hour}/l2Book/{coin}.lz4" for hour in (2, 3) for coin in MARKETS.coins}
    fills = {f"node_fills_by_block/hourly/20260202/{hour}.lz4" for hour in (2, 3)}
    assert names(folder) == books | fills | {"asset_ctxs/20260202.csv.lz4"}


def test_fills_are_the_blocks_of_their_hour(world: SmallSandbox, folder: Path) -> None:
    found = []
    for hour in (2, 3):
        content = unpack_frame((folder / f"node_fills_by_block/hourly/20260202/{hour}.lz4").read_bytes(), "fills")
        blocks = [parse_fill_block(line, "fills") for line in content.splitlines()]
        assert {int(block.block_time[11:13]) for block in blocks} == {hour}
        found += blocks
    assert [block.block_number for block in found] == [output.block for output in world.outputs]
    assert [len(block.events) for block in found] == [2 * len(output.fills) for output in world.outputs]


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("coin", MARKETS.coins)
def test_books_are_taken_every_period_and_hold_the_channels_message(folder: Path, coin: str) -> None:
    found = []
    for hour in (2, 3):
        content = unpack_frame((folder / f"market_data/20260202/{hour}/l2Book/{coin}.lz4").read_bytes(), coin)
        found += parse_archived_books(content, coin)
    assert len(found) == 70
    assert {(book.raw.channel, book.raw.data.coin, book.ver_num) for book in found} == {("l2Book", coin, 1)}
    times = [book.raw.data.time for book in found]
    assert times == sorted(times)
    assert len({time // MINUTE_MS for time in times}) == 70
    assert all(book.raw.data.levels[0] and book.raw.data.levels[1] for book in found[1:])


def test_contexts_have_a_row_a_coin_and_minute_below_one_header(world: SmallSandbox, folder: Path) -> None:
    content = unpack_frame((folder / "asset_ctxs/20260202.csv.lz4").read_bytes(), "contexts")
    rows = parse_asset_contexts(content, "contexts")
    assert content.count(",".join(COLUMNS).encode()) == 1
    assert len(rows) == 70 * len(MARKETS)
    assert len({(row.time, row.coin) for row in rows}) == len(rows)
    now = asset_contexts(world.state, list(range(len(MARKETS))))
    for row, context in zip(rows[-len(MARKETS) :], now, strict=True):
        assert (row.mark_px, row.oracle_px, row.open_interest) == (
            context.markPx,
            context.oraclePx,
            context.openInterest,
        )
    assert rows[0].time == "2026-02-02T02:02:00Z"


def test_a_restart_within_the_hour_adds_to_the_same_files(tmp_path: Path) -> None:
    whole, parted = tmp_path / "whole", tmp_path / "parted"
    run(whole, 70)
    run(parted, 70, restart_after=100)
    assert names(whole) == names(parted)
    for file in sorted(names(whole)):
        assert unpack_frame((whole / file).read_bytes(), file) == unpack_frame((parted / file).read_bytes(), file)


def test_a_file_under_way_is_not_found_under_its_own_name(tmp_path: Path) -> None:
    world = SmallSandbox()
    files = ArchiveFiles(tmp_path)
    files.observe(world.state, world.step(HOUR_MS // 2))
    assert not {name for name in names(tmp_path) if not name.endswith(".part")}
    files.close()

    assert "node_fills_by_block/hourly/20260202/2.lz4" in names(tmp_path)
