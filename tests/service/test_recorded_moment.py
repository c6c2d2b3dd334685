"""What is kept of a recording answers as the recording does, and never after it changed."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars
import pytest

from liqscape.errors import NotFound
from liqscape.heatmap.moment import Moment
from liqscape.service import kept_snapshots
from liqscape.service.asked_time import asked_ms
from liqscape.service.folder_moments import moment_at, recorded_moments
from liqscape.service.recorded_moment import ShowReading, check_coins, find_moment

FIRST = datetime(2026, 3, 1, tzinfo=UTC)
COINS = ("BTC", "ETH", "SOL")
MARKS = (60_000.0, 2_000.0, 90.0)
SNAPSHOTS = 3


def write_recording(folder: Path, seed: int = 1) -> Path:
    """Snapshots twelve hours apart of accounts that hold up to three coins; some without a published price."""
    random = np.random.default_rng(seed)
    rows = []
    for snapshot in range(SNAPSHOTS):
        for owner in range(1, 7):
            for coin, mark in zip(COINS[: 1 + owner % 3], MARKS, strict=False):
                size = round(float(random.uniform(-9, 9)), 3)
                now = round(mark * (1.0 + 0.01 * snapshot), 1)
                price = None if owner == 4 else round(now * (0.8 if size > 0 else 1.2), 2)
                rows.append(
                    {
                        "snapshot_ts": (FIRST + timedelta(hours=12 * snapshot)).isoformat(),
                        "address": f"0x{owner:040x}",
                        "coin": coin,
                        "szi": size,
                        "entry_px": mark,
                        "leverage": 10,
                        "position_value": abs(size) * now,
                        "unrealized_pnl": 0.0,
                        "liquidation_px": price,
                    }
                )
    folder.mkdir(exist_ok=True)
    polars.DataFrame(rows).write_parquet(folder / "positions.parquet", compression="uncompressed")
    return folder


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return write_recording(tmp_path / "made_up")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of what is kept; switched on, in a home of its own."""
    monkeypatch.setenv("LIQSCAPE_CACHE", "1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "liqscape" / "snapshots"


def reading(seen: list[int]) -> ShowReading:
    """Notes each look through the recording itself."""

    def show(moments: Iterable[Moment]) -> Iterator[Moment]:
        seen.append(1)
        yield from moments

    return show


def is_equal(one: object, other: object) -> bool:
    """Equal to the bit, with the same types all the way down."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        same = (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())
        return same and other.flags.writeable and other.flags.c_contiguous
    if is_dataclass(one):
        return all(is_equal(getattr(one, each.name), getattr(other, each.name)) for each in fields(one))
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(is_equal, one, other))
    return one == other


def read_anew(recording: Path, at_ms: int | None) -> Moment:
    return moment_at(recorded_moments(recording), recording, at_ms)


@pytest.mark.parametrize("at", [None, "2026-03-01", "2026-03-01T13:00", "2026-04-01"])
def test_what_is_kept_is_equal_to_the_bit_to_what_is_read(recording: Path, cache: Path, at: str | None) -> None:
    at_ms = None if at is None else asked_ms("at", at)
    seen: list[int] = []
    first = find_moment(recording, at_ms, ("BTC",), reading(seen))
    again = find_moment(recording, at_ms, ("BTC",), reading(seen))
    assert seen == [1]
    assert len(list(cache.iterdir())) == 2  # the names of the coins, and the snapshot
    assert is_equal(read_anew(recording, at_ms), first)
    assert is_equal(first, again)


@pytest.mark.usefixtures("cache")
def test_a_file_that_changed_within_the_same_tick_of_the_clock_is_read_again(recording: Path) -> None:
    file = recording / "positions.parquet"
    former = find_moment(recording, None)
    before = file.stat()
    content = bytearray(file.read_bytes())
    whole = polars.read_parquet(file)
    number = np.float64(whole["szi"][-1]).tobytes()
    place = bytes(content).rindex(number, 0, bytes(content).index(np.float64(whole["entry_px"][0]).tobytes()))
    content[place : place + 8] = np.float64(whole["szi"][-1] / 2.0).tobytes()
    with file.open("r+b") as open_file:
        open_file.write(content)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = file.stat()
    assert (after.st_size, after.st_mtime_ns, after.st_ino) == (before.st_size, before.st_mtime_ns, before.st_ino)
    now = find_moment(recording, None)
    assert is_equal(read_anew(recording, None), now)
    assert not is_equal(former, now)


@pytest.mark.usefixtures("cache")
def test_what_was_read_while_its_file_changed_is_not_kept(recording: Path) -> None:
    def change(moments: Iterable[Moment]) -> Iterator[Moment]:
        for moment in moments:
            write_recording(recording, seed=2)
            yield moment

    before = find_moment(recording, None, (), change)
    write_recording(recording, seed=1)
    seen: list[int] = []
    now = find_moment(recording, None, (), reading(seen))
    assert seen == [1]
    assert is_equal(before, now)


def test_a_damaged_file_is_as_good_as_none_and_made_again(recording: Path, cache: Path) -> None:
    whole = find_moment(recording, None)
    (path,) = cache.glob("*-newest")
    content = path.read_bytes()
    turned = bytearray(content)
    turned[len(content) // 2] ^= 1
    for damaged in (b"", content[:10], content[:-1], bytes(turned), content + b"x"):
        path.write_bytes(damaged)
        seen: list[int] = []
        assert is_equal(whole, find_moment(recording, None, (), reading(seen)))
        assert seen == [1]
        assert path.read_bytes() == content


def test_the_folder_is_the_users_own(recording: Path, cache: Path) -> None:
    find_moment(recording, None)
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in cache.iterdir()} == {0o600}


def test_a_folder_that_others_may_write_to_is_not_believed(recording: Path, cache: Path) -> None:
    find_moment(recording, None)
    cache.chmod(0o777)
    seen: list[int] = []
    find_moment(recording, None, (), reading(seen))
    assert seen == [1]


@pytest.mark.usefixtures("cache")
def test_a_home_that_cannot_be_written_costs_no_answer(recording: Path, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("not a folder")
    assert is_equal(find_moment(recording, None), read_anew(recording, None))


def test_nothing_is_kept_where_it_is_switched_off(
    recording: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIQSCAPE_CACHE", "0")
    find_moment(recording, None)
    assert not cache.exists()


def test_the_oldest_goes_where_there_is_too_much(recording: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find_moment(recording, asked_ms("at", "2026-03-01"))
    (oldest,) = cache.glob("*000")
    (coins,) = cache.glob("*-coins")
    for age, path in ((200, oldest), (100, coins)):
        os.utime(path, ns=(10**18 - age, 10**18 - age))
    monkeypatch.setattr(kept_snapshots, "MAX_BYTES", int(1.5 * oldest.stat().st_size) + coins.stat().st_size)
    find_moment(recording, None)
    assert not oldest.exists()
    assert len(list(cache.glob("*-newest"))) == 1
    assert sum(path.stat().st_size for path in cache.iterdir()) <= kept_snapshots.MAX_BYTES


def test_several_may_keep_the_same_at_once(recording: Path, cache: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: find_moment(recording, None), range(8)))
    seen: list[int] = []
    found.append(find_moment(recording, None, (), reading(seen)))
    assert seen == []
    assert all(is_equal(found[0], each) for each in found[1:])
    assert len(list(cache.iterdir())) == 2


@pytest.mark.parametrize("switch", ["0", "1"])
@pytest.mark.usefixtures("cache")
def test_a_mistyped_coin_names_the_nearest_before_anything_is_solved(
    recording: Path, monkeypatch: pytest.MonkeyPatch, switch: str
) -> None:
    monkeypatch.setenv("LIQSCAPE_CACHE", switch)
    seen: list[int] = []
    for _ in range(2):
        with pytest.raises(NotFound, match=r"^unknown coin 'ETHH'; did you mean ETH\?$"):
            find_moment(recording, None, ("BTC", "ETHH"), reading(seen))
        with pytest.raises(NotFound, match="did you mean SOL"):
            check_coins(recording, ("SOLL",))
    assert seen == []
    check_coins(recording, COINS)


def loaded(*arguments: object) -> list[str]:
    """What is heavy and was loaded by a command line, in a process of its own."""
    code = (
        "import sys; from liqscape.cli.main import main; code = main(sys.argv[1:]); print(code, *sorted("
        "{'numpy', 'numba', 'polars', 'litestar', 'duckdb', 'aiohttp', 'scipy'} & set(sys.modules)), file=sys.stderr)"
    )
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=100)
    return done.stderr.splitlines()[-1].split()


@pytest.mark.usefixtures("cache")
def test_a_repeated_question_loads_neither_tables_nor_the_compiler(recording: Path) -> None:
    find_moment(recording, None)
    assert loaded("map", "BTC", "--recording", recording) == ["0", "numpy"]


@pytest.mark.parametrize(
    "arguments",
    [
        "mapp BTC --recording HERE",
        "map BTC --recordin HERE",
        "map BTCC --recording HERE",
        "map BTC --recording HERE --at noon",
        "map BTC --recording NOWHERE",
        "map BTC --data NOWHERE",
        "map BTC --recording HERE --rows many",
        "account 0x12 --recording HERE",
        "cascade BTCC --to 5 --recording HERE",
        "cascade BTC --to 5 --recording HERE --at noon",
        "cascade BTC --to 5 --recording NOWHERE",
        "export --what bands --recording HERE --at noon --out NOWHERE.csv",
        "export --what bands --recording NOWHERE --out NOWHERE.csv",
        "joint --btc -10% --recording NOWHERE",
        "levels --recording NOWHERE --out NOWHERE.parquet",
        "liquidations --data NOWHERE",
        "liquidations --url nowhere",
        "migrate NOWHERE",
        "serve --recording NOWHERE",
        "sql NOWHERE query",
        "status --url nowhere",
    ],
)
@pytest.mark.usefixtures("cache")
def test_a_mistake_is_answered_before_anything_heavy_is_loaded(arguments: str, recording: Path, tmp_path: Path) -> None:
    named = {"HERE": str(recording), "NOWHERE": str(tmp_path / "nowhere")}
    words = [named.get(word, word.replace("NOWHERE", named["NOWHERE"])) for word in arguments.split()]
    assert set(loaded(*words)) <= {"2", "numpy"} if "many" in words else loaded(*words) == ["2"]


@pytest.mark.recorded
@pytest.mark.usefixtures("cache")
def test_the_recorded_market_answers_alike_with_and_without_what_is_kept(recorded: Path) -> None:
    folder = recorded / "market_2026_02"
    assert is_equal(find_moment(folder, None), find_moment(folder, None))
    assert is_equal(read_anew(folder, None), find_moment(folder, None))
