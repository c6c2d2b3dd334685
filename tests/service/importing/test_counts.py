"""What an import says of itself: the same after any kill, and never more than the history holds."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from amounts import first_of
from archived_world import BASE_MS, ArchivedWorld, archived_world
from dying_disk import Killed, killed_after

from liqscape.cli.main import main
from liqscape.errors import InputError
from liqscape.service import loader
from liqscape.service.importing import ArchiveWish, ImportReport, import_archives
from liqscape.store.history import HistoryReader
from liqscape.store.liquidations import LiquidationFilter, LiquidationReader
from liqscape.units import MINUTE_MS
from liqscape.wire.archive.frame import pack_frame, unpack_frame
from liqscape.wire.node.block_time import print_block_time

FILLS = "node_fills_by_block/hourly/20260202/{}.lz4"
CHUNK = 7


@contextmanager
def quiet(_text: str, _start: int, _end: int) -> Iterator[Callable[[int], None]]:
    yield lambda _: None


@pytest.fixture(scope="module")
def archived(tmp_path_factory: pytest.TempPathFactory) -> ArchivedWorld:
    """With a crash that liquidates, lines that cannot be read, lines of no time, and contexts with a bad row."""
    world = archived_world(tmp_path_factory.mktemp("archived"), 70, crash=0.2)
    _change(world.folder / FILLS.format(2), lambda lines: [*lines[:9], b'{"block_time":7}', b"no", *lines[9:]])
    _change(
        world.folder / FILLS.format(3), lambda lines: [*lines[:4], _untimed(lines[4]), *lines[5:20], b"x", *lines[20:]]
    )
    contexts = world.folder / "asset_ctxs" / "20260202.csv.lz4"
    _change(contexts, lambda lines: [*lines[:30], b"no,row", *lines[30:]])
    return world


def _change(file: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    file.write_bytes(pack_frame(b"\n".join(change(unpack_frame(file.read_bytes(), "file").splitlines()))))


def _untimed(line: bytes) -> bytes:
    return re.sub(rb'"block_time":"[^"]*"', b'"block_time":"at noon"', line)


def wish(archived: ArchivedWorld, data: Path, end_ms: int | None = None) -> ArchiveWish:
    return ArchiveWish(
        archives=(str(archived.folder),), data=data, end_ms=end_ms or archived.end_ms, base=archived.base
    )


def stored(data: Path) -> tuple[list[int], str, bytes]:
    """Times of the frames, the liquidations, and what is held at the end."""
    reader = HistoryReader(data)
    found = LiquidationReader(data / "liquidations").find(LiquidationFilter(), 1_000).rows
    accounts = reader.accounts_at(reader.last_ms or 0)
    return reader.frame_times(0, 1 << 60).tolist(), repr(found), accounts.raw_usd.tobytes()


@pytest.fixture(scope="module")
def whole(archived: ArchivedWorld, tmp_path_factory: pytest.TempPathFactory) -> tuple[ImportReport, Path]:
    data = tmp_path_factory.mktemp("whole") / "data"
    return import_archives(wish(archived, data), quiet), data


@pytest.mark.parametrize("seed", first_of(range(5)))
def test_counts_after_any_kill_are_those_of_an_import_that_was_left_alone(
    archived: ArchivedWorld,
    whole: tuple[ImportReport, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
) -> None:
    monkeypatch.setattr(loader, "CHUNK_FRAMES", CHUNK)
    chance, data, kills = random.Random(seed), tmp_path / "data", 0
    report = None
    while report is None:
        try:
            with killed_after(chance.randrange(1, 25) if kills < 8 else 10_000):
                report = import_archives(wish(archived, data), quiet)
        except Killed:
            kills += 1
            _check_between(data)
    assert kills >= 2
    assert report == whole[0]
    assert stored(data) == stored(whole[1])
    assert report.malformed_lines == 4
    assert len(report.damage) == 2
    assert report.liquidations == 2


def _check_between(data: Path) -> None:
    """The file never tells of more than the history holds."""
    if not (data / "import.json").exists() or not (data / "manifest.json").exists():
        return
    said = msgspec.json.decode((data / "import.json").read_bytes(), type=ImportReport)
    assert said.reached_ms <= (HistoryReader(data).last_ms or 0)
    assert (said.reached_ms == 0) <= (said.fills == 0)


def test_a_later_end_adds_up_to_the_same(
    archived: ArchivedWorld, whole: tuple[ImportReport, Path], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    reached = [
        import_archives(wish(archived, data, BASE_MS + minutes * MINUTE_MS), quiet).reached_ms
        for minutes in (3, 31, 69)
    ]
    assert reached == [BASE_MS + minutes * MINUTE_MS for minutes in (3, 31, 69)]
    assert import_archives(wish(archived, data), quiet) == whole[0]
    assert import_archives(wish(archived, data), quiet) == whole[0]
    assert stored(data) == stored(whole[1])


def test_progress_ends_when_the_last_frame_is_durable_and_never_falls(
    archived: ArchivedWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loader, "CHUNK_FRAMES", CHUNK)
    data, reported, ends = tmp_path / "data", [], []

    @contextmanager
    def watched(text: str, start: int, end: int) -> Iterator[Callable[[int], None]]:
        def tell(time_ms: int) -> None:
            if not text.startswith("importing"):
                return
            reported.append((time_ms - start) / (end - start))
            if time_ms == end:
                ends.append(HistoryReader(data).last_ms)

        yield tell

    import_archives(wish(archived, data), watched)
    assert reported == sorted(reported)
    assert reported[-1] == 1.0
    assert ends == [archived.end_ms]


def test_a_first_hour_that_cannot_be_used_leaves_no_folder(
    archived: ArchivedWorld, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(archived.folder, folder)
    _change(folder / FILLS.format(2), lambda lines: [line[:-2] for line in lines])
    data = tmp_path / "data"
    options = ("--end", str(archived.end_ms), "--base", str(archived.base), "--data", str(data))
    assert main(["import", str(folder), *options]) == 2
    message = capsys.readouterr().err
    assert re.search(r"2\.lz4: 1\d\d of 1\d\d lines cannot be read, more than 1 %; line 1: not JSON", message), message
    assert not data.exists()
    assert main(["import", str(folder), *options, "--max-unreadable", "101"]) == 2
    assert "outside 0..100" in capsys.readouterr().err


def test_an_hour_that_cannot_be_used_leaves_the_hours_before_it_and_is_read_when_it_is_well(
    archived: ArchivedWorld, whole: tuple[ImportReport, Path], tmp_path: Path
) -> None:
    data, file = tmp_path / "data", archived.folder / FILLS.format(3)
    kept = file.read_bytes()
    try:
        _change(file, lambda lines: [line[:-2] for line in lines])
        with pytest.raises(InputError, match=r"3\.lz4: \d+ of \d+ lines cannot be read"):
            import_archives(wish(archived, data), quiet)
    finally:
        file.write_bytes(kept)
    said = json.loads((data / "import.json").read_bytes())
    times = HistoryReader(data).frame_times(0, 1 << 60).tolist()
    assert said["reached_ms"] == times[-1] == archived.end_ms // 3_600_000 * 3_600_000 - MINUTE_MS
    assert said["frames"] == len(times)
    assert 0 < said["fills"] < whole[0].fills
    assert not said["is_complete"]
    assert import_archives(wish(archived, data), quiet) == whole[0]


def test_a_liquidation_that_an_end_cuts_in_two_is_made_whole(archived: ArchivedWorld, tmp_path: Path) -> None:
    """Half of it 100 ms before a frame and half 100 ms after."""
    folder = tmp_path / "copy"
    shutil.copytree(archived.folder, folder)
    _change(folder / FILLS.format(3), _straddling)
    cut_ms = archived.end_ms - MINUTE_MS
    both = [replace(wish(archived, tmp_path / name), archives=(str(folder),)) for name in ("whole", "cut")]
    import_archives(both[0], quiet)
    import_archives(replace(both[1], end_ms=cut_ms), quiet)
    assert stored(both[1].data)[1] != stored(both[0].data)[1]
    import_archives(both[1], quiet)
    assert stored(both[1].data) == stored(both[0].data)
    assert "size=10.0" in stored(both[0].data)[1]


def _straddling(lines: list[bytes]) -> list[bytes]:
    """The block that closes a position in two fills, its second one moved to the next block, across a minute."""
    blocks = [json.loads(line) for line in lines if line.startswith(b'{"local') and b"at noon" not in line]
    place = next(row for row, block in enumerate(blocks) if any("liquidation" in fill for _, fill in block["events"]))
    first, second = blocks[place], blocks[place + 1]
    times = sorted({fill["time"] for _, fill in second["events"]})
    second_ms, ids = times[0], sorted({fill["tid"] for _, fill in first["events"] if "liquidation" in fill})
    moved = [event for event in first["events"] if event[1]["tid"] == ids[1]]
    first["events"] = [event for event in first["events"] if event[1]["tid"] != ids[1]]
    second["events"] = moved + second["events"]
    for block, time_ms in ((first, second_ms - 100), (second, second_ms + 100)):
        block["block_time"] = print_block_time(time_ms)
        for _, fill in block["events"]:
            fill["time"] = time_ms
    return [json.dumps(block).encode() for block in blocks]
