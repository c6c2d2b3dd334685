"""A read-only look: new minutes appear, the age is told, nothing is called live, and not a byte is written."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_market import SmallMarket
from stored_moments import moment_of, moments_of

from liqscape.errors import SettingsError, StoreError
from liqscape.feed.discovery import AddressBook
from liqscape.heatmap.moment import Moment
from liqscape.service.collecting.folder import LIVE
from liqscape.service.folders import REGISTER, Origin, write_origin
from liqscape.service.kinds import stored_vaults
from liqscape.service.stored_look import SILENT_MS, StoredLook
from liqscape.store.history import HistoryWriter
from liqscape.store.register import AddressRegister

SUPPORT = Path(__file__).resolve().parent.parent / "support"
VAULT = "0x" + "7" * 40


def fill_register(folder: Path) -> AddressRegister:
    """A register with a vault in it, left open."""
    book = AddressBook()
    book.flag([VAULT], 1, is_exempt=False)
    register = AddressRegister(folder / REGISTER)
    register.save(book.take_changed())
    return register


@pytest.fixture
def writer(market: SmallMarket, tmp_path: Path) -> Iterator[HistoryWriter]:
    """A folder as a live map keeps it, still being written; all frames but the last two are in it."""
    folder = tmp_path / "data"
    folder.mkdir()
    write_origin(folder, Origin(kind=LIVE, name="x", key="http://x"))
    with HistoryWriter(folder, market.frames[0].provenance) as opened:
        opened.append_many(moments_of(list(zip(market.frames, market.accounts, strict=True))[:-2], market.tables))
        yield opened


@pytest.fixture
def folder(writer: HistoryWriter, tmp_path: Path) -> Path:
    del writer
    return tmp_path / "data"


def tree(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Everything in a folder: times, modes and contents."""
    return {
        str(path.relative_to(folder)): (
            path.stat().st_mtime_ns,
            path.stat().st_mode,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in sorted(folder.rglob("*"))
    }


def test_a_new_minute_of_another_writer_appears_and_is_told_to_the_stream(
    market: SmallMarket, writer: HistoryWriter, folder: Path
) -> None:
    look = StoredLook(folder)
    heard: list[Moment] = []
    assert look.view.live is not None
    look.view.live.listen(heard.append)
    asyncio.run(look.look())
    assert heard == []
    assert look.view.status().as_of_ms == market.frames[-3].time_ms
    for frame, accounts in list(zip(market.frames, market.accounts, strict=True))[-2:]:
        writer.append(moment_of(frame, accounts, market.tables))
        asyncio.run(look.look())
        assert look.view.status().as_of_ms == look.sources().as_of_ms == frame.time_ms
        assert heard[-1].frame.time_ms == frame.time_ms
    assert [each.sequence for each in heard] == [heard[0].sequence, heard[0].sequence + 1]
    assert heard[0].sequence == len(market.frames) - 1


def test_it_is_never_called_live_and_says_how_old_it_is(market: SmallMarket, folder: Path) -> None:
    last_ms = market.frames[-3].time_ms
    now_ms = [last_ms + 30_000]
    look = StoredLook(folder, now_ms=lambda: now_ms[0])
    status = look.view.status()
    assert (status.is_live, status.feed_state) == (False, "stored")
    fresh = look.sources()
    assert (fresh.state, fresh.age_ms, fresh.sources[0].state) == ("stored", 30_000.0, "connected")
    now_ms[0] = last_ms + SILENT_MS + 1_000
    old = look.sources()
    assert (old.sources[0].state, old.sources[0].trouble) == ("stale", "nothing stored for 121 s")
    now_ms[0] = last_ms - 1
    assert look.sources().age_ms is None, "a frame ahead of our clock has no age"


@pytest.mark.parametrize("mode", [0o755, 0o555])
def test_a_look_leaves_every_byte_as_it_was_with_a_writer_and_without(
    writer: HistoryWriter, folder: Path, mode: int
) -> None:
    register = fill_register(folder)
    command = [sys.executable, str(SUPPORT / "look_at_stored.py"), str(folder), VAULT]
    folder.chmod(mode)
    try:
        before = tree(folder)
        subprocess.run(command, check=True)  # another process, as a look is: the register's index is shared in one
        assert tree(folder) == before
        folder.chmod(0o755)
        register.close()
        writer.close()
        folder.chmod(mode)
        before = tree(folder)
        assert {REGISTER, "writer.lock"} <= before.keys()
        subprocess.run(command, check=True)
        assert tree(folder) == before
    finally:
        folder.chmod(0o755)


def test_vaults_of_a_register_whose_writer_was_killed_are_read_and_nothing_is_made(
    folder: Path, tmp_path: Path
) -> None:
    register = fill_register(folder)
    left = tmp_path / "left"
    left.mkdir()
    for name in (REGISTER, f"{REGISTER}-wal"):  # the index is gone, as after the machine was started anew
        (left / name).write_bytes((folder / name).read_bytes())
    register.close()
    before = tree(left)
    assert VAULT in stored_vaults(left)()
    assert tree(left) == before


def test_nothing_to_look_at_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is not a folder"):
        StoredLook(tmp_path / "none")
    with pytest.raises(StoreError, match="no history here"):
        StoredLook(tmp_path)
    assert os.listdir(tmp_path) == []
