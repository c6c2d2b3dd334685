"""`liqscape import`: from archives and tables to a map that answers; interrupted, continued, refused."""

from __future__ import annotations

import io
import json
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import lz4.frame
import msgspec
import numpy as np
import polars
import pytest
from archived_world import BASE_MS, ArchivedWorld, archived_world
from bucket_server import Bucket, reach_bucket, serve_bucket

from liqscape.cli.fetching import Fetching
from liqscape.cli.main import main
from liqscape.errors import InputError, SettingsError
from liqscape.model.accounts import Accounts
from liqscape.service import loader
from liqscape.service.importing import ArchiveWish, BookWish, import_archives
from liqscape.service.importing.books import import_books
from liqscape.service.market_inputs import read_stored
from liqscape.sources.archive.store import LocalStore
from liqscape.sources.archive.volume import BucketVolume
from liqscape.sources.tables import read_positions, write_positions
from liqscape.store.books import BookReader
from liqscape.store.history import HistoryReader
from liqscape.store.liquidations import LiquidationFilter, LiquidationReader, StoredLiquidation
from liqscape.units import HOUR_MS, MINUTE_MS

FILLS_OF_2 = "node_fills_by_block/hourly/20260202/2.lz4"


@pytest.fixture(scope="module")
def archived(tmp_path_factory: pytest.TempPathFactory) -> ArchivedWorld:
    return archived_world(tmp_path_factory.mktemp("archived"), 75)


@contextmanager
def quiet(_text: str, _start: int, _end: int) -> Iterator[Callable[[int], None]]:
    yield lambda _: None


def wish(archived: ArchivedWorld, data: Path, end_ms: int | None = None, **options: Any) -> ArchiveWish:
    end_ms = archived.end_ms if end_ms is None else end_ms
    return ArchiveWish(archives=(str(archived.folder),), data=data, end_ms=end_ms, base=archived.base, **options)


def assert_same_accounts(found: Accounts, expected: Accounts) -> None:
    assert found.addresses == expected.addresses
    assert found.size.tobytes() == expected.size.tobytes()
    assert found.market_index.tobytes() == expected.market_index.tobytes()
    np.testing.assert_allclose(found.raw_usd, expected.raw_usd, rtol=0.0, atol=1e-6)


@pytest.fixture(scope="module")
def imported(archived: ArchivedWorld, tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("import") / "data"
    import_archives(wish(archived, data), quiet)
    return data


def test_an_imported_archive_is_a_map(
    archived: ArchivedWorld, tmp_path: Path, command: Callable[..., str], command_json: Callable[..., Any]
) -> None:
    data, dumps = tmp_path / "data", tmp_path / "dumps"
    options = ("--base", archived.base, "--data", data, "--dumps", dumps)
    answer = command_json("import", archived.folder, "--end", archived.end_ms, *options)
    minutes = (archived.end_ms - BASE_MS) // MINUTE_MS
    assert answer["report"]["frames"] == minutes
    assert answer["report"]["is_complete"] is True
    assert answer["report"]["reached_ms"] == archived.end_ms
    assert answer["report"]["damage"] == []
    assert command_json("bands", "--coin", "BTC", "--data", data)["as_of_ms"] == archived.end_ms
    dump = read_positions(dumps / "2026-02-02.parquet")
    assert dump.snapshot.time_ms == archived.end_ms
    assert_same_accounts(dump.accounts, HistoryReader(data).accounts_at(archived.end_ms))
    shown = command("import", archived.folder, "--end", archived.end_ms, "--data", data)
    assert f"{minutes} frames up to" in shown


def test_a_dump_is_a_base_to_go_on_from(archived: ArchivedWorld, imported: Path, tmp_path: Path) -> None:
    reader = HistoryReader(imported)
    middle = BASE_MS + 30 * MINUTE_MS
    frame = reader.frame_at(middle, with_bands=False)
    assert frame is not None
    base = tmp_path / "middle.parquet"
    write_positions(base, reader.accounts_at(middle), frame.snapshot, reader.tables_at(middle), is_simulated=True)
    data = tmp_path / "data"
    import_archives(ArchiveWish(archives=(str(archived.folder),), data=data, end_ms=archived.end_ms, base=base), quiet)
    found = HistoryReader(data)
    assert found.first_ms == middle
    assert_same_accounts(found.accounts_at(archived.end_ms), reader.accounts_at(archived.end_ms))


def test_a_later_end_goes_on_from_the_last_frame(archived: ArchivedWorld, imported: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    for end_ms in (BASE_MS + 20 * MINUTE_MS, BASE_MS + 50 * MINUTE_MS, archived.end_ms, archived.end_ms):
        report = import_archives(wish(archived, data, end_ms), quiet)
        assert report.reached_ms == end_ms
    whole, parts = HistoryReader(imported), HistoryReader(data)
    assert parts.frame_count == whole.frame_count == report.frames
    assert parts.provenance == whole.provenance
    for time_ms in whole.frame_times(0, 1 << 60).tolist():
        left, right = parts.frame_at(time_ms), whole.frame_at(time_ms)
        assert left is not None
        assert right is not None
        assert left.snapshot.mark.tobytes() == right.snapshot.mark.tobytes()
        assert_same_accounts(parts.accounts_at(time_ms), whole.accounts_at(time_ms))


class Stopped(Exception):
    """As if the process had ended there."""


def stopping(after: int) -> Any:
    """Progress that ends the process after so many frames."""

    @contextmanager
    def progress(_text: str, _start: int, _end: int) -> Iterator[Callable[[int], None]]:
        met = iter(range(after))

        def tell(_: int) -> None:
            if next(met, None) is None:
                raise Stopped

        yield tell

    return progress


def test_an_interrupted_import_goes_on(
    archived: ArchivedWorld, imported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loader, "CHUNK_FRAMES", 64)
    data = tmp_path / "data"
    for after, kept in ((3, 0), (70, 64)):
        with pytest.raises(Stopped):
            import_archives(wish(archived, data), stopping(after))
        assert HistoryReader(data).frame_count == kept
    assert import_archives(wish(archived, data), quiet).is_complete
    whole, parts = HistoryReader(imported), HistoryReader(data)
    assert parts.frame_times(0, 1 << 60).tolist() == whole.frame_times(0, 1 << 60).tolist()
    assert_same_accounts(parts.accounts_at(archived.end_ms), whole.accounts_at(archived.end_ms))


def test_damage_is_listed_and_kept(archived: ArchivedWorld, tmp_path: Path, command: Callable[..., str]) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(archived.folder, folder)
    file = folder / FILLS_OF_2
    file.write_bytes(file.read_bytes()[:-40])
    options = ("--base", archived.base, "--end", archived.end_ms)
    shown = command("import", folder, *options, "--data", tmp_path / "data")
    assert f"{FILLS_OF_2}: " in shown
    log = json.loads((tmp_path / "data" / "import.json").read_bytes())
    assert [part["path"] for part in log["damage"]] == [FILLS_OF_2]
    assert log["damage"][0]["to_ms"] % HOUR_MS == 0
    with pytest.raises(InputError, match=f"{FILLS_OF_2}: LZ4 frame is cut short"):
        import_archives(replace(wish(archived, tmp_path / "strict"), archives=(str(folder),), is_strict=True), quiet)


def test_a_bucket_is_imported_like_a_folder_and_paid_for_once(
    archived: ArchivedWorld, imported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("obstore")
    files = {
        f"data/{path.relative_to(archived.folder).as_posix()}": path.read_bytes()
        for path in archived.folder.rglob("*")
        if path.is_file()
    }
    with serve_bucket(Bucket(objects=files)) as bucket:
        reach_bucket(bucket, monkeypatch)
        fetched = []
        for data in (tmp_path / "first", tmp_path / "second"):
            bucket.cuts, bucket.cut_after = 1, 5_000
            asked = replace(wish(archived, data), archives=("s3://test-bucket/data",), cache=tmp_path / "cache")
            assert import_archives(asked, quiet).damage == ()
            fetched.append([path for method, path, _ in bucket.seen if method == "GET"])
            bucket.seen.clear()
            assert_same_accounts(
                HistoryReader(data).accounts_at(archived.end_ms), HistoryReader(imported).accounts_at(archived.end_ms)
            )
    assert len(set(fetched[0])) == 5  # two hours of fills, two of events, one day of contexts
    assert len(fetched[0]) == 6  # one of them was cut
    assert fetched[1] == []


@pytest.fixture
def bucket(archived: ArchivedWorld, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    pytest.importorskip("obstore")
    paths = [path for path in archived.folder.rglob("*") if path.is_file()]
    files = {f"data/{path.relative_to(archived.folder).as_posix()}": path.read_bytes() for path in paths}
    with serve_bucket(Bucket(objects=files)) as served:
        reach_bucket(served, monkeypatch)
        yield served


def fetched_bytes(bucket: Bucket) -> tuple[int, int]:
    """(objects, bytes) that were asked for whole so far."""
    names = {unquote(path).removeprefix("/test-bucket/") for method, path, _ in bucket.seen if method == "GET"}
    return len(names), sum(len(bucket.objects[name]) for name in names)


def test_what_a_bucket_gives_is_said_with_its_price_before_anything_is_fetched(
    archived: ArchivedWorld,
    bucket: Bucket,
    tmp_path: Path,
    command: Callable[..., str],
    command_json: Callable[..., Any],
    capsys: pytest.CaptureFixture[str],
) -> None:
    data = tmp_path / "data"
    asked = ("import", "s3://test-bucket/data", "--base", archived.base, "--end", archived.end_ms, "--data", data)
    plan = command_json(*asked, "--dry-run", "--price-per-gb", "64")
    (volume,) = plan["fetched"]
    assert fetched_bytes(bucket) == (0, 0), "sizes alone"
    assert volume["usd"] == pytest.approx(volume["bytes"] / 2**24)
    assert not data.exists()
    assert "price not known" in command(*asked, "--dry-run")
    assert main([str(each) for each in asked]) == 2, "nobody is at a terminal"
    said = capsys.readouterr().err
    assert f"s3://test-bucket: {volume['object_count']} objects" in said
    assert "--yes agrees" in said
    assert fetched_bytes(bucket) == (0, 0)
    assert not data.exists()
    assert command_json(*asked, "--yes")["report"]["is_complete"]
    assert fetched_bytes(bucket) == (volume["object_count"], volume["bytes"]), "what was said is what was fetched"
    assert command_json(*asked, "--dry-run")["fetched"] == [], "it is all there"


def test_where_stdin_is_closed_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    volume = BucketVolume(bucket="b", object_count=1, bytes=10, usd_per_gib=None, usd=None)
    with pytest.raises(SettingsError, match="--yes agrees"):
        Fetching(is_dry=False, is_agreed=False, is_json=False).agree((volume,))


@pytest.mark.usefixtures("bucket")
def test_the_user_is_asked_at_a_terminal_and_a_no_fetches_nothing(
    archived: ArchivedWorld, tmp_path: Path, command: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    data = tmp_path / "data"
    asked = ("import", "s3://test-bucket/data", "--base", archived.base, "--end", archived.end_ms, "--data", data)
    monkeypatch.setattr("sys.stdin", Terminal("no\n"))
    command(*asked)
    assert not data.exists()
    monkeypatch.setattr("sys.stdin", Terminal("yes\n"))
    assert "frames up to" in command(*asked)


@pytest.mark.usefixtures("bucket")
def test_books_and_what_a_cache_or_folder_holds_are_reckoned(
    archived: ArchivedWorld, tmp_path: Path, command_json: Callable[..., Any]
) -> None:
    options = ("--base", archived.base, "--end", archived.end_ms, "--data", tmp_path / "data")
    whole = command_json("import", "s3://test-bucket/data", *options, "--dry-run")["fetched"]
    with_books = command_json("import", "s3://test-bucket/data", *options, "--books", "BTC", "--dry-run")["fetched"]
    assert with_books[0]["object_count"] > whole[0]["object_count"]
    assert command_json("import", archived.folder, "s3://test-bucket/data", *options, "--dry-run")["fetched"] == []
    kept = (tmp_path / "cache" / "test-bucket" / "data" / FILLS_OF_2).resolve()
    kept.parent.mkdir(parents=True)
    shutil.copy(archived.folder / FILLS_OF_2, kept)
    cached = command_json("import", "s3://test-bucket/data", *options, "--cache", tmp_path / "cache", "--dry-run")[
        "fetched"
    ]
    assert whole[0]["bytes"] - cached[0]["bytes"] == kept.stat().st_size


def test_a_table_of_others_is_a_map(tmp_path: Path, command_json: Callable[..., Any]) -> None:
    table = tmp_path / "theirs.csv"
    polars.DataFrame(
        {
            "at": [1_770_120_000_000, 1_770_120_000_000, 1_770_123_600_000],
            "wallet": ["0x" + "ab" * 20, "0x" + "12" * 20, "0x" + "ab" * 20],
            "coin": ["BTC", "BTC", "BTC"],
            "szi": [1.5, -0.25, 1.0],
            "mark": [70_000.0, 70_000.0, 71_000.0],
            "equity": [30_000.0, 9_000.0, 31_000.0],
        }
    ).write_csv(table)
    named = [
        word
        for pair in ("snapshot_ts=at", "address=wallet", "mark_px=mark", "account_value=equity")
        for word in ("--column", pair)
    ]
    answer = command_json("import", table, "--data", tmp_path / "data", *named)
    assert answer["report"]["frames"] == 2
    account = command_json("account", "0x" + "ab" * 20, "--data", tmp_path / "data")
    position = account["pools"][0]["positions"][0]
    # 31,000 of value on 1 BTC at 71,000: value = maintenance at x with 31000 + (x - 71000) = x / 80 (40x table).
    assert position["liquidation_price"] == pytest.approx(40_000.0 * 80 / 79, rel=1e-9)
    again = command_json("import", table, "--data", tmp_path / "data", *named)
    assert again["report"]["frames"] == 2


def test_an_import_keeps_as_many_days_as_it_is_told(tmp_path: Path, command_json: Callable[..., Any]) -> None:
    days, table = 5, tmp_path / "theirs.csv"
    polars.DataFrame(
        {
            "snapshot_ts": [1_770_120_000_000 + day * 24 * HOUR_MS for day in range(days)],
            "address": ["0x" + "ab" * 20] * days,
            "coin": ["BTC"] * days,
            "szi": [1.5] * days,
            "mark_px": [70_000.0] * days,
            "account_value": [30_000.0 + day for day in range(days)],
        }
    ).write_csv(table)
    answer = command_json("import", table, "--data", tmp_path / "data", "--keep-days", 2)
    assert answer["report"]["frames"] == 3
    assert HistoryReader(tmp_path / "data").first_ms == 1_770_120_000_000 + 2 * 24 * HOUR_MS
    again = command_json("import", table, "--data", tmp_path / "data", "--keep-days", 2)
    assert again["report"]["frames"] == 3, "what was removed does not come back"


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ((), "--end is needed"),
        (("--end", BASE_MS + MINUTE_MS), "--base is needed"),
        (("--end", BASE_MS - MINUTE_MS, "--base"), "is not after the base"),
        (("--end", BASE_MS + MINUTE_MS, "--start", BASE_MS - HOUR_MS, "--base"), "--start .* is before the base"),
        (("--end", BASE_MS + MINUTE_MS, "--start", BASE_MS + HOUR_MS), "is not before --end"),
        (("--end", BASE_MS + MINUTE_MS, "--column", "szi=size"), "--column goes with a snapshot table"),
        (("--end", BASE_MS + MINUTE_MS, "--coin", "NONE", "--base"), "unknown coin 'NONE'"),
        (("--end", BASE_MS + MINUTE_MS, "--tables", "missing.json"), "missing.json: No such file"),
    ],
)
def test_wishes_that_cannot_be_met_are_refused_before_anything_is_written(
    archived: ArchivedWorld, tmp_path: Path, refused: Callable[..., str], options: tuple[object, ...], rule: str
) -> None:
    if options and options[-1] == "--base":
        options = (*options, archived.base)
    data = tmp_path / "data"
    message = refused("import", archived.folder, "--data", data, *options)
    assert re.search(rule, message), message
    assert not data.exists()


def test_a_folder_of_something_else_is_not_touched(
    archived: ArchivedWorld, imported: Path, tmp_path: Path, refused: Callable[..., str]
) -> None:
    other = tmp_path / "other"
    shutil.copytree(archived.folder, other)
    options = ("--end", archived.end_ms, "--base", archived.base)
    assert "holds the history of archive" in refused("import", other, "--data", imported, *options)
    assert "is not empty" in refused("import", other, "--data", other, *options)
    assert "go with archives" in refused("import", archived.base, "--data", tmp_path / "data", "--strict")


def test_books_are_stored_with_the_history_and_stand_in_a_simulation(
    archived: ArchivedWorld, tmp_path: Path, command_json: Callable[..., Any]
) -> None:
    data = tmp_path / "data"
    options = ("--base", archived.base, "--data", data, "--books", "BTC", "--books", "ETH")
    report = command_json("import", archived.folder, "--end", archived.end_ms, *options)["report"]
    # A book every ten minutes of each coin, from the base to the end.
    times = polars.read_parquet(data / "books" / "BTC" / "2026-02-02.parquet")["time"].dt.epoch("ms").unique()
    assert report["books"] == 2 * len(times)
    assert report["damage"] == []
    shelf = BookReader(data)
    last = int(times.max())
    found = shelf.find("BTC", archived.end_ms, HOUR_MS)
    assert found is not None
    assert found.time_ms == last <= archived.end_ms
    at = last + 30_000
    market = read_stored(data, at)
    books = dict(zip(market.cascade.snapshot.markets.coins, market.cascade.books, strict=True))
    assert {coin for coin, book in books.items() if book is not None} == {"BTC", "ETH"}
    age = (market.time_ms - last) / 1_000
    assert any(f"{age:g} s older than the marks" in note for note in market.notes)
    target = 0.97 * market.mark_of("BTC")
    answer = command_json("cascade", "BTC", "--target-price", target, "--data", data, "--at", at, "--minutes", "1")
    assert answer["input"]["real_books"] == 2
    assert any("BTC: recorded book of" in line for line in answer["assumptions"])


def test_books_already_there_are_not_read_again_and_missing_hours_are(
    archived: ArchivedWorld, imported: Path, tmp_path: Path
) -> None:
    folder, data = tmp_path / "archive", tmp_path / "data"
    shutil.copytree(archived.folder, folder)
    shutil.copytree(imported, data)
    reader = HistoryReader(data)
    assert reader.first_ms is not None
    span = {"from_ms": reader.first_ms, "to_ms": archived.end_ms + 1}
    store, reported = LocalStore(folder), []
    (hour,) = {path.parent.parent for path in folder.glob("market_data/*/2/l2Book/BTC.lz4")}
    hour.rename(tmp_path / "away")
    first = import_books(
        store, data, wish=BookWish(("BTC",)), coins=("BTC",), **span, on_damage=reported.append, progress=lambda _: None
    )
    assert len(reported) == 1
    (tmp_path / "away").rename(hour)
    second = import_books(
        store, data, wish=BookWish(("BTC",)), coins=("BTC",), **span, on_damage=reported.append, progress=lambda _: None
    )
    assert second.books > first.books > 0
    shutil.rmtree(folder / "market_data")
    third = import_books(
        store, data, wish=BookWish(("BTC",)), coins=("BTC",), **span, on_damage=reported.append, progress=lambda _: None
    )
    assert (third.books, len(reported)) == (second.books, 1)


@pytest.mark.parametrize("every", [0.0, 5.0, 7.0 * 60, 7_200.0])
def test_sampling_that_divides_no_day_is_refused(every: float) -> None:
    with pytest.raises(SettingsError, match="--books-every"):
        BookWish(("BTC",), round(every * 1_000))


def test_books_of_an_unknown_coin_are_refused(archived: ArchivedWorld, imported: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(imported, data)
    with pytest.raises(SettingsError, match="NONE is no coin"):
        import_archives(wish(archived, data, books=BookWish(("NONE",))), quiet)


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> ArchivedWorld:
    return archived_world(tmp_path_factory.mktemp("crashed"), 70, crash=0.2)


def closed_by_force(archived: ArchivedWorld) -> dict[tuple[str, str], float]:
    """Coins closed by force by wallet and coin, from the bytes of the archive: the victim's own rows."""
    closed: dict[tuple[str, str], float] = {}
    for packed in sorted(archived.folder.rglob("node_fills_by_block/**/*.lz4")):
        for line in lz4.frame.decompress(packed.read_bytes()).splitlines():
            for user, fill in msgspec.json.decode(line)["events"]:
                if fill.get("liquidation", {}).get("liquidatedUser") == user:
                    key = user, fill["coin"]
                    closed[key] = closed.get(key, 0.0) + float(fill["sz"])
    return closed


def stored_liquidations(data: Path) -> list[StoredLiquidation]:
    return LiquidationReader(data / "liquidations").find(LiquidationFilter(), 1_000).rows


def test_liquidations_of_an_archive_are_stored_listed_and_exact(
    crashed: ArchivedWorld, tmp_path: Path, command: Callable[..., str], command_json: Callable[..., Any]
) -> None:
    data = tmp_path / "data"
    options = ("--base", crashed.base, "--data", data)
    shown = command("import", crashed.folder, "--end", crashed.end_ms, *options)
    found = command_json("liquidations", "--data", data)["liquidations"]
    assert f"{len(found)} liquidations" in shown
    assert {row["evidence"] for row in found} == {"exact"}
    sums: dict[tuple[str, str], float] = {}
    for row in found:
        key = row["address"], row["coin"]
        sums[key] = sums.get(key, 0.0) + row["size"]
    expected = closed_by_force(crashed)
    assert len(expected) == 2
    assert sums == pytest.approx(expected)


def test_an_interrupted_import_stores_every_liquidation_once(crashed: ArchivedWorld, tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    import_archives(wish(crashed, whole), quiet)
    with pytest.raises(Stopped):
        import_archives(wish(crashed, parts), stopping(69))
    report = import_archives(wish(crashed, parts), quiet)
    assert report.is_complete
    assert len(stored_liquidations(whole)) == 2
    assert repr(stored_liquidations(parts)) == repr(stored_liquidations(whole))  # NaN equals itself as text
