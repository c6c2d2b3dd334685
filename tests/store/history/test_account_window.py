"""One account through stored time is what reading all accounts of each frame and solving them gives, to the bit."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from account_story import FRAMES, MARKETS, MINUTE_MS, TABLES, make_story
from store_frames import PROVENANCE
from stored_moments import moment_of, moments_of

from liqscape.errors import ModelError, QuestionError
from liqscape.heatmap.build import build_frame
from liqscape.heatmap.frame import MarketFrame
from liqscape.model import Accounts, MarketSnapshot
from liqscape.model.funding import HourlyFunding
from liqscape.risk.liquidation import solve_liquidation
from liqscape.store.history import HistoryReader, HistoryWriter
from liqscape.store.history.account_window import NOT_KNOWN, AccountWindow
from liqscape.store.history.parts import PartReader

START_MS = 1_770_076_800_000
IN_PART = 25
END_MS = START_MS + FRAMES * MINUTE_MS


@pytest.fixture(scope="module", params=[0, 3])
def frames(request: pytest.FixtureRequest) -> list[tuple[MarketFrame, Accounts]]:
    states, mark, dues = make_story(request.param)
    paid = {time_ms: HourlyFunding(START_MS, due) for time_ms, due in dues}
    made = []
    for number, (time_ms, accounts) in enumerate(states):
        snapshot = MarketSnapshot.of_marks(MARKETS, START_MS + time_ms, mark[:, number].copy())
        made.append((replace(build_frame(accounts, snapshot, TABLES, PROVENANCE), funding=paid.get(time_ms)), accounts))
    return made


@pytest.fixture(scope="module")
def folder(frames: list[tuple[MarketFrame, Accounts]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The first frames in a part, the others in heads."""
    path = tmp_path_factory.mktemp("history")
    with HistoryWriter(path, PROVENANCE) as writer:
        writer.append_many(moments_of(frames[:IN_PART], TABLES))
        writer.compact()
        for frame, accounts in frames[IN_PART:]:
            writer.append(moment_of(frame, accounts, TABLES))
        yield path


def expected(frame: MarketFrame, accounts: Accounts, address: str, coin: str) -> tuple[object, ...]:
    """(size, price, status, margin source) by a plain walk over all accounts of the frame."""
    if address not in accounts.addresses:
        return (None, None, NOT_KNOWN, NOT_KNOWN)
    level = solve_liquidation(accounts, frame.snapshot, TABLES)
    for pool in range(accounts.pool_count):
        for row in range(accounts.offsets[pool], accounts.offsets[pool + 1]):
            is_own = accounts.addresses[accounts.address_row[pool]] == address
            if is_own and MARKETS.coins[accounts.market_index[row]] == coin:
                price = level.price[row]
                return (
                    accounts.size[row],
                    None if np.isnan(price) else price,
                    level.status[row],
                    accounts.margin_source[pool],
                )
    return (0.0, None, NOT_KNOWN, NOT_KNOWN)


def drawn(window: AccountWindow, column: int) -> tuple[object, ...]:
    size, price = window.size[column], window.liquidation_price[column]
    return (
        None if np.isnan(size) else size,
        None if np.isnan(price) else price,
        window.status[column],
        window.margin_source[column],
    )


@pytest.mark.parametrize("is_large", [False, True])
def test_each_column_is_the_account_of_its_frame_to_the_bit(
    folder: Path,
    frames: list[tuple[MarketFrame, Accounts]],
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_large: bool,
) -> None:
    if is_large:
        monkeypatch.setattr("liqscape.store.history.small_tables.LARGEST_BYTES", 0)
    reader, held = HistoryReader(folder), 0
    for address in frames[-1][1].addresses:
        for coin in MARKETS.coins:
            window = reader.account_window(address, coin, START_MS, END_MS, FRAMES)
            assert window.step_ms == MINUTE_MS
            for column, (frame, accounts) in enumerate(frames):
                assert window.as_of_ms[column] == frame.time_ms
                assert drawn(window, column) == expected(frame, accounts, address, coin), (address, coin, column)
            held += int((np.nan_to_num(window.size) != 0.0).sum())
    assert held > 10 * FRAMES


def test_a_large_part_is_asked_for_the_rows_of_the_address_alone(
    folder: Path, frames: list[tuple[MarketFrame, Accounts]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("liqscape.store.history.small_tables.LARGEST_BYTES", 0)
    read, count = PartReader.read, {"pools": 0, "positions": 0}

    def counted(self: PartReader, table: str, *arguments: object, **named: object) -> object:
        rows = read(self, table, *arguments, **named)  # type: ignore[arg-type]
        if table in count:
            count[table] += len(next(iter(rows.values())))
        return rows

    monkeypatch.setattr(PartReader, "read", counted)
    reader = HistoryReader(folder)
    part = reader._seen.runs(START_MS, START_MS + 1)[0].part  # type: ignore[attr-defined]
    everybody = len(read(part, "pools", ["time_ms"])["time_ms"])
    address = frames[0][1].addresses[0]
    reader.account_window(address, "C0", START_MS, START_MS + IN_PART * MINUTE_MS, IN_PART)
    assert 0 < count["pools"] < everybody / 2


def test_damaged_accounts_are_a_hole_and_not_nothing_held(
    folder: Path, frames: list[tuple[MarketFrame, Accounts]], tmp_path: Path
) -> None:
    copied = shutil.copytree(folder, tmp_path / "history")
    (path,) = (copied / "parts").glob("*/pools.parquet")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    address = frames[0][1].addresses[0]
    window = HistoryReader(copied).account_window(address, "C0", START_MS, END_MS, FRAMES)
    assert (window.as_of_ms[:IN_PART] == -1).all()
    assert np.isnan(window.size[:IN_PART]).all()
    assert (window.as_of_ms[IN_PART:] > 0).all()


def test_who_is_not_listed_is_not_known_and_bad_questions_are_refused(folder: Path) -> None:
    reader = HistoryReader(folder)
    window = reader.account_window("0x" + "e" * 40, "C0", START_MS, END_MS, FRAMES)
    assert np.isnan(window.size).all()
    assert (window.as_of_ms > 0).all()
    with pytest.raises(QuestionError, match="no history"):
        reader.account_window("0x" + "e" * 40, "C0", END_MS, START_MS, FRAMES)
    with pytest.raises(ModelError):
        reader.account_window("0x" + "e" * 40, "NOPE", START_MS, END_MS, FRAMES)
