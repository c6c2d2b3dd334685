"""What SQL sees of a data folder is what was put into it, whatever it lies in: parts, heads, parts of version 1."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from former_history import write_former
from small_market import TABLES
from sql_asker import Asker
from stored_moments import moment_of, moments_of

from liqscape.service.moment_rows import KINDS, build_rows
from liqscape.service.moments import read_stored
from liqscape.store.history import HistoryReader, HistoryWriter


def time_of(frame: Any) -> datetime:
    return datetime.fromtimestamp(frame.time_ms / 1_000, UTC)


def held(accounts: Any, coins: tuple[str, ...]) -> set[tuple[str, str, float]]:
    owner = accounts.address_row[accounts.pool_of_position()]
    rows = zip(owner.tolist(), accounts.market_index.tolist(), accounts.size.tolist(), strict=True)
    return {(accounts.addresses[row], coins[market], size) for row, market, size in rows}


def test_every_frame_is_there_once_sealed_or_not(world: Any, ask: Asker) -> None:
    assert (world.folder / "parts").is_dir()
    assert any((world.folder / "head").iterdir())
    assert ask("select time from frames order by time") == [(time_of(frame),) for frame in world.frames]


@pytest.mark.parametrize("number", [0, 3, 9, 10, 14, 17])
def test_positions_at_a_time_are_those_of_its_frame(number: int, world: Any, ask: Asker) -> None:
    frame = world.frames[number]
    found = ask(f"select address, coin, size from positions_at({frame.time_ms + 30_000})")
    assert len(found) == world.accounts[number].position_count
    assert set(found) == held(world.accounts[number], frame.snapshot.markets.coins)


def test_changes_add_up_to_what_is_held(world: Any, ask: Asker) -> None:
    """Of each address and coin the last row, from the first row of the folder on: gone ones have size 0."""
    for number in (5, 12, 17):
        frame = world.frames[number]
        found = ask(
            "select address, coin, size from (from position_changes where time <= "
            f"to_timestamp({frame.time_ms / 1_000}) qualify row_number() over (partition by address, coin "
            "order by time desc) = 1) where size <> 0"
        )
        assert set(found) == held(world.accounts[number], frame.snapshot.markets.coins)


def test_the_level_at_write_is_the_level_of_that_moment_in_heads_too(world: Any, ask: Asker) -> None:
    for frame in (world.frames[5], world.frames[17]):
        pairs = ask(
            f"select level_at_write, liquidation_price from positions_at({frame.time_ms}) join position_changes "
            f"using (address, coin, size) where position_changes.time = to_timestamp({frame.time_ms / 1_000})"
        )
        assert pairs
        for written, solved in pairs:
            assert (written is None) == (solved is None)
            assert written is None or written == pytest.approx(solved, rel=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_of_a_moment_is_what_an_export_writes(kind: str, world: Any, ask: Asker, tmp_path: Path) -> None:
    time_ms = world.frames[12].time_ms
    stored = read_stored(HistoryReader(world.folder), time_ms)
    assert stored is not None
    rows = build_rows(kind, stored, ())
    assert rows.height > 0
    rows.write_parquet(tmp_path / "rows.parquet")
    assert ask(f"from {kind}_at({time_ms})") == Asker(tmp_path / "rows.parquet")("from rows")


def test_unknown_is_null_and_never_nan_in_any_table(ask: Asker) -> None:
    floats = 0
    for (table,) in ask("show tables"):
        for name, kind, *_ in ask(f"describe {table}"):
            if kind in ("FLOAT", "DOUBLE"):
                floats += 1
                assert ask(f"select count(*) from {table} where isnan({name})") == [(0,)], (table, name)
    assert floats > 50
    assert ask("select count(*) from mark_history where mark is null")[0][0] > 0
    assert ask("select count(*) from pools where raw_usd is null")[0][0] > 0


def test_beside_the_history_everything_is_in_words_with_null_for_unknown(ask: Asker) -> None:
    columns = "side, method, evidence, mark, predicted_liquidation_price, first_fill, trade_ids"
    assert ask(f"select {columns} from liquidations") == [
        ("short", "market", "inferred", None, None, datetime(2026, 2, 5, 11, 52, tzinfo=UTC), [8, 9]),
        ("long", "market", "exact", None, 69_900.0, datetime(2026, 2, 5, 11, 57, tzinfo=UTC), [3, 4]),
    ]
    assert ask("select sources, last_activity, account_value, is_vault from known_addresses") == [
        (["trades"], datetime(2026, 2, 5, 12, tzinfo=UTC), None, False),
        (["leaderboard"], None, 5e6, False),
        (["vault"], None, None, True),
    ]
    assert ask("select coin, time, side, price, size, orders from order_books") == [
        ("BTC", datetime(2026, 2, 5, 12, tzinfo=UTC), "bid", 69_999.0, 1.5, 3),
        ("BTC", datetime(2026, 2, 5, 12, tzinfo=UTC), "ask", 70_001.0, 2.5, 4),
    ]


def test_a_folder_of_version_1_answers_the_same(world: Any, tmp_path: Path) -> None:
    stored = list(zip(world.frames, world.accounts, strict=True))
    write_former(tmp_path / "former", stored, TABLES, in_parts=[7, 6])
    with HistoryWriter(tmp_path / "today", world.frames[0].provenance) as writer:
        writer.append_many(moments_of(stored, TABLES))
    former, today = Asker(tmp_path / "former"), Asker(tmp_path / "today")
    for question in (
        "select time, market_count, address_count from frames order by all",
        "from mark_history order by all",
        "from (select * exclude observed from positions) order by all",
        "from bands_at('2026-02-05 11:50') order by all",
    ):
        assert former(question) == today(question)
    steps = (
        "select band, side, margin_source, size from band_changes "
        "where coin = 'BTC' and time = '2026-02-05 11:44' and size > 0"
    )
    found, expected = ({row[:3]: row[3] for row in each(steps)} for each in (former, today))
    assert found
    assert found == pytest.approx(expected, rel=1e-6)


def test_a_damaged_file_is_passed_over_and_the_rest_answers(world: Any, tmp_path: Path) -> None:
    shutil.copytree(world.folder, tmp_path / "data")
    (path,) = (tmp_path / "data" / "parts").glob("*/positions.parquet")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    ask = Asker(tmp_path / "data")
    assert ask("select count(*) from frames") == [(len(world.frames),)]
    assert ask("select min(time) from position_changes")[0][0] == time_of(world.frames[10])


def test_a_question_sees_what_was_stored_since_the_one_before(world: Any, tmp_path: Path) -> None:
    stored = list(zip(world.frames, world.accounts, strict=True))
    with HistoryWriter(tmp_path / "data", world.frames[0].provenance) as writer:
        for frame, accounts in stored[:5]:
            writer.append(moment_of(frame, accounts, TABLES))
        ask = Asker(tmp_path / "data")
        assert ask("select count(*) from frames") == [(5,)]
        for frame, accounts in stored[5:8]:
            writer.append(moment_of(frame, accounts, TABLES))
        assert ask("select count(*), max(time) from frames") == [(8, time_of(stored[7][0]))]
        writer.compact()
        assert ask("select count(*), max(time) from frames") == [(8, time_of(stored[7][0]))]
        assert ask("select count(*) from positions") == [(stored[7][1].position_count,)]
