"""A damaged file costs what only it held: the start goes on, the hole is listed, nothing is read as something else."""

from __future__ import annotations

import json
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from amounts import examples
from damaged_history import (
    DAMAGE,
    FRAMES,
    LATE_MS,
    MARKETS,
    STEPS,
    TIMES,
    damaged_copy,
    files_of,
    read_everything,
    stored_frame,
    window_of,
    write_history,
)
from disk_faults import Interrupted, fault_at
from hypothesis import given, settings
from hypothesis import strategies as st
from store_frames import PROVENANCE, TABLES, assert_same_accounts
from stored_moments import moment_of, moments_of

from liqscape.errors import CorruptSegment, SchemaMismatch, StoreError
from liqscape.store.damage import JOURNAL, MADE_GOOD
from liqscape.store.history import HistoryReader, HistoryWriter
from liqscape.store.history.head import read_head
from liqscape.store.history.parts import PARTS_FOLDER

Sound = tuple[Path, dict[str, tuple[np.ndarray, ...]]]

KINDS = (
    *("head/*.head", "manifest.json", "manifest.copy.json", "parts/*/files.json", "parts/*/frames.parquet"),
    *("parts/*/coins.parquet", "parts/*/pools.parquet", "parts/*/positions.parquet", "parts/*/addresses.parquet"),
    *("parts/*/bands.parquet", "parts/*/funding.parquet", "parts/*/steps.bin"),
)
ADDED = 4
"""Minutes stored after the damage: each also looks at one part."""


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Sound:
    """A history without damage, and its windows by coin."""
    folder = tmp_path_factory.mktemp("sound") / "data"
    write_history(folder)
    reader = HistoryReader(folder)
    windows = {coin: window_of(reader, coin) for coin in reader.coins}
    reported = read_everything(folder, windows)
    assert reported.times == tuple(TIMES)
    assert not reported.no_accounts
    assert not reported.damaged
    return folder, windows


@pytest.fixture
def folder(sound: Sound, tmp_path: Path) -> Path:
    """A copy to damage."""
    return Path(shutil.copytree(sound[0], tmp_path / "data"))


def append_minutes(writer: HistoryWriter, count: int = ADDED) -> None:
    for step in range(STEPS, STEPS + count):
        writer.append(moment_of(*stored_frame(step), TABLES))


@settings(max_examples=examples(24, 8), deadline=None)
@given(
    kind=st.sampled_from(KINDS),
    place=st.integers(0, 9),
    damage=st.sampled_from(sorted(DAMAGE)),
    seed=st.integers(0, 999),
)
def test_one_damaged_file_costs_what_only_it_held_and_is_listed(
    sound: Sound, tmp_path_factory: pytest.TempPathFactory, kind: str, place: int, damage: str, seed: int
) -> None:
    origin, windows = sound
    files = sorted(str(path.relative_to(origin)) for path in origin.glob(kind))
    file = files[place % len(files)]
    if kind.startswith("head") and file == files[-1] and damage == "removed":
        return  # the last minute without a trace is as if it had never been stored
    folder = tmp_path_factory.mktemp("damaged") / "data"
    damaged_copy(origin, folder, file, damage, seed)

    before = files_of(folder)
    looked = read_everything(folder, windows)
    assert files_of(folder) == before, "who only looks renames nothing"

    with HistoryWriter(folder, PROVENANCE) as writer:
        reported = read_everything(folder, windows)
        append_minutes(writer)
    assert (reported.times, reported.holes) == (looked.times, looked.holes)
    assert all(
        reported.is_listed(time_ms)
        for time_ms in {*TIMES, *reported.no_accounts} - (set(reported.times) - {*reported.no_accounts})
    )
    if kind.startswith("head") and file != files[-1]:
        assert reported.times == tuple(TIMES), "the head after it holds a copy"

    first = read_everything(folder, windows, ADDED)
    assert first.times == (*reported.times, *(stored_frame(STEPS + step)[0].time_ms for step in range(ADDED)))
    is_made_again = damage == "removed" and kind in (
        "head/*.head",
        "manifest.json",
        "manifest.copy.json",
        "parts/*/files.json",
        "parts/*/steps.bin",
    )
    assert is_made_again or any(row.file == file for row in first.damaged)
    HistoryWriter(folder, PROVENANCE).close()
    second = read_everything(folder, windows, ADDED)
    assert second == first
    shutil.rmtree(folder.parent)


def heads(folder: Path) -> list[Path]:
    return sorted((folder / "head").glob("*.head"))


def test_a_damaged_minute_is_taken_from_the_copy_in_the_next(folder: Path, sound: Sound) -> None:
    heads(folder)[2].write_bytes(b"")
    with HistoryWriter(folder, PROVENANCE) as writer:
        assert writer.last_time_ms == TIMES[-1]
    assert read_everything(folder, sound[1]).times == tuple(TIMES)
    (row,) = HistoryReader(folder).damaged
    assert row.loss == MADE_GOOD
    assert (folder / str(row.kept_as)).read_bytes() == b""


def test_the_last_minute_damaged_is_a_hole_and_the_next_follows_the_one_before(folder: Path, sound: Sound) -> None:
    heads(folder)[-1].write_bytes(b"nothing of ours")
    with HistoryWriter(folder, PROVENANCE) as writer:
        assert writer.last_time_ms == TIMES[-2]
        append_minutes(writer)
        reported = read_everything(folder, sound[1], ADDED)
        assert TIMES[-1] not in reported.times
        assert reported.holes == {(coin, STEPS - 1) for coin in MARKETS.coins}, "never the minute before in its place"
        writer.compact()
    assert read_everything(folder, sound[1], ADDED).times == reported.times


def test_two_damaged_minutes_in_a_row_end_the_run_and_what_follows_is_not_misread(folder: Path, sound: Sound) -> None:
    for path in heads(folder)[1:3]:
        path.write_bytes(b"")
    looked = read_everything(folder, sound[1])
    assert looked.times == tuple(TIMES[:-4])
    assert {row.file for row in looked.damaged} == {f"head/{path.name}" for path in heads(folder)[1:]}
    with HistoryWriter(folder, PROVENANCE) as writer:
        append_minutes(writer)
        writer.compact()
    reported = read_everything(folder, sound[1], ADDED)
    assert reported.times[: len(looked.times)] == looked.times
    assert len(reported.times) == len(looked.times) + ADDED


def test_minutes_damaged_while_the_writer_runs_do_not_stop_it(folder: Path, sound: Sound) -> None:
    with HistoryWriter(folder, PROVENANCE) as writer:
        append_minutes(writer, 1)
        for path in heads(folder)[1:3]:
            path.write_bytes(b"")
        for step in range(STEPS + 1, STEPS + ADDED):
            writer.append(moment_of(*stored_frame(step), TABLES))
        writer.compact()  # seals what can be read
        writer.append(moment_of(*stored_frame(STEPS + ADDED), TABLES))
        writer.compact()
    reported = read_everything(folder, sound[1], ADDED + 1)
    assert reported.times == (*TIMES[:11], stored_frame(STEPS + ADDED)[0].time_ms)


@pytest.mark.parametrize("place", [1, 2])
def test_a_merge_does_not_reach_across_a_damaged_part_nor_take_it_along(folder: Path, sound: Sound, place: int) -> None:
    part = sorted((folder / PARTS_FOLDER).iterdir())[place]
    path = part / "positions.parquet"
    path.write_bytes(path.read_bytes()[:-9])
    with HistoryWriter(folder, PROVENANCE) as writer:
        append_minutes(writer)
        writer.compact()
        reported = read_everything(folder, sound[1], ADDED)
    assert part.exists()
    assert reported.times[: len(TIMES)] == tuple(TIMES)
    first = 4 + 2 * place
    assert reported.no_accounts == tuple(TIMES[first : first + 2])


def test_a_flipped_figure_in_the_manifest_is_told(folder: Path, sound: Sound) -> None:
    path = folder / "manifest.json"
    text = path.read_text()
    assert '"hold_ms": 600000' in text
    path.write_text(text.replace('"hold_ms": 600000', '"hold_ms": 900000'))
    reader = HistoryReader(folder)
    assert reader.hold_ms == 600_000
    assert [row.file for row in reader.damaged] == ["manifest.json"]
    assert read_everything(folder, sound[1]).times == tuple(TIMES)


def test_a_head_with_the_content_of_another_is_not_taken_for_its_own(folder: Path, sound: Sound) -> None:
    heads(folder)[1].write_bytes(heads(folder)[3].read_bytes())
    reported = read_everything(folder, sound[1])
    assert reported.times == tuple(TIMES)
    assert "not those of its name" in reported.damaged[0].cause


def test_the_name_of_the_list_damaged_in_the_list_stops_nobody(folder: Path, sound: Sound) -> None:
    path = next((folder / PARTS_FOLDER).glob("*/files.json"))
    path.write_bytes(path.read_bytes().replace(b'"files.json"', b'"fjles.json"'))
    looked = read_everything(folder, sound[1])
    assert looked.times == tuple(TIMES)
    assert not looked.no_accounts
    with HistoryWriter(folder, PROVENANCE) as writer:
        append_minutes(writer)
    (row,) = read_everything(folder, sound[1], ADDED).damaged
    assert (row.file, row.loss) == (str(path.relative_to(folder)), MADE_GOOD)


def test_a_damaged_list_does_not_make_its_files_look_damaged(folder: Path, sound: Sound) -> None:
    path = next(folder.glob("parts/*/files.json"))
    files = json.loads(path.read_text())
    for file in files[:-1]:
        file["crc32"] += 1
    path.write_text(json.dumps(files))
    reported = read_everything(folder, sound[1])
    assert (reported.times, reported.no_accounts) == (tuple(TIMES), ())
    assert [row.file for row in reported.damaged] == [str(path.relative_to(folder))]


def test_bands_that_stood_before_lost_minutes_do_not_stand_on_after_a_merge(folder: Path, sound: Sound) -> None:
    """The writer goes on from its own memory while minutes behind it are damaged; merged, the day says the same."""
    with HistoryWriter(folder, PROVENANCE) as writer:
        append_minutes(writer, 1)
        for path in heads(folder)[1:]:
            path.write_bytes(b"")
        writer.append_many(moments_of([stored_frame(step) for step in range(STEPS + 1, STEPS + 40)], TABLES))
        writer.compact()
    reported = read_everything(folder, sound[1], 40)
    assert len(reported.times) == len(TIMES) - 4 + 39


def test_a_writer_that_meets_damage_made_since_it_opened_goes_on(folder: Path, sound: Sound) -> None:
    with HistoryWriter(folder, PROVENANCE) as writer:
        for path in heads(folder)[1:]:
            path.write_bytes(b"")
        append_minutes(writer)
    reported = read_everything(folder, sound[1], ADDED)
    assert len(reported.times) == len(TIMES) - 4 + ADDED


def test_a_manifest_and_its_copy_lost_are_made_again_from_parts_and_heads(folder: Path, sound: Sound) -> None:
    held = (folder / "manifest.json").read_bytes()
    for name in ("manifest.json", "manifest.copy.json"):
        (folder / name).unlink()
    assert read_everything(folder, sound[1]).times == tuple(TIMES)
    with HistoryWriter(folder, PROVENANCE) as writer:
        append_minutes(writer)
    assert read_everything(folder, sound[1], ADDED).times[: len(TIMES)] == tuple(TIMES)
    assert json.loads((folder / "manifest.json").read_text())["parts"] == json.loads(held)["parts"]


def test_an_earlier_manifest_put_back_loses_no_part(folder: Path, sound: Sound) -> None:
    """Parts it does not name are taken in; formerly they were removed."""
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["sealed_ms"], manifest["parts"] = TIMES[5], manifest["parts"][:1]
    del manifest["crc32"]
    for name in ("manifest.json", "manifest.copy.json"):
        (folder / name).write_text(json.dumps(manifest))
    with HistoryWriter(folder, PROVENANCE):
        assert read_everything(folder, sound[1]).times == tuple(TIMES)


def test_parts_of_another_history_are_set_aside_not_removed(folder: Path) -> None:
    for name in ("manifest.json", "manifest.copy.json"):
        manifest = json.loads((folder / "manifest.json").read_text())
        manifest |= {"parts": [], "sealed_ms": -1, "history_id": "another"}
        manifest.pop("crc32", None)
        (folder / name).write_text(json.dumps(manifest))
    names = [path.name for path in (folder / PARTS_FOLDER).iterdir()]
    HistoryWriter(folder, PROVENANCE).close()
    assert sorted(path.name for path in (folder / PARTS_FOLDER).iterdir()) == sorted(
        f"{each}.damaged-1" for each in names
    )


def test_a_reader_at_work_meets_damage_as_a_hole(folder: Path, sound: Sound) -> None:
    reader = HistoryReader(folder)
    path = sorted(folder.glob("parts/*/positions.parquet"))[1]
    path.write_bytes(b"")
    as_of, mark, long, _ = window_of(reader, "C0")
    assert as_of[6:8].tolist() == [-1, -1]
    assert np.isnan(long[:, 6:8]).all()
    assert np.isnan(mark[6:8]).all()
    assert as_of[:6].tolist() == sound[1]["C0"][0][:6].tolist()
    assert [row.file for row in reader.damaged] == [str(path.relative_to(folder))]


def test_a_part_gone_while_a_reader_is_at_work_is_a_hole(folder: Path) -> None:
    reader = HistoryReader(folder)
    assert reader.frame_count == STEPS
    shutil.rmtree(sorted((folder / PARTS_FOLDER).iterdir())[1])
    assert reader.frame_times(0, LATE_MS).tolist() == [*TIMES[:6], *TIMES[8:]]
    assert reader.frame_count == STEPS - 2
    (row,) = reader.damaged
    assert (row.first_ms, row.last_ms, row.is_hole) == (TIMES[6], TIMES[7], True)


def test_a_reader_keeps_the_manifest_it_has_seen(folder: Path) -> None:
    reader = HistoryReader(folder)
    for name in ("manifest.json", "manifest.copy.json"):
        (folder / name).write_bytes(b"{}")
    assert reader.frame_times(0, LATE_MS).tolist() == TIMES
    assert [row.file for row in reader.damaged] == ["manifest.json"]


def test_accounts_that_only_a_damaged_file_holds_are_named_not_made_up(folder: Path) -> None:
    path = next(folder.glob("parts/*/pools.parquet"))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(CorruptSegment, match=r"pools\.parquet"):
        HistoryReader(folder).accounts_at(TIMES[0])


def test_a_sound_file_put_back_fills_its_hole(folder: Path, sound: Sound) -> None:
    path = next(folder.glob("parts/*/frames.parquet"))
    whole = path.read_bytes()
    path.write_bytes(whole[:-3])
    with HistoryWriter(folder, PROVENANCE) as writer:
        append_minutes(writer)
    (row,) = HistoryReader(folder).damaged
    path.write_bytes(whole)
    (folder / str(row.kept_as)).unlink()
    assert read_everything(folder, sound[1], ADDED).times[: len(TIMES)] == tuple(TIMES)
    assert HistoryReader(folder).damaged == ()


def test_files_of_the_version_before_are_read(folder: Path, sound: Sound) -> None:
    """No checksum in the manifest and the lists, no copies, heads that do not name the one before."""
    (folder / "manifest.copy.json").unlink()
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["crc32"]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    for path in folder.glob("parts/*/files.json"):
        path.write_text(json.dumps([file for file in json.loads(path.read_text()) if file["name"] != "files.json"]))
    for path in heads(folder):
        _without_chain(path)
    assert read_everything(folder, sound[1]).times == tuple(TIMES)
    heads(folder)[1].write_bytes(b"")
    with HistoryWriter(folder, PROVENANCE) as writer:
        append_minutes(writer)
    assert read_everything(folder, sound[1], ADDED).times[:12] == (*TIMES[:11], stored_frame(STEPS)[0].time_ms)


@pytest.mark.parametrize("is_list_lost", [False, True])
def test_a_file_set_aside_stays_a_hole_whatever_happens_to_the_list_of_its_part(
    folder: Path, sound: Sound, is_list_lost: bool
) -> None:
    """In parts of the version before, too, whose lists have no checksum."""
    part = sorted((folder / PARTS_FOLDER).iterdir())[1]
    path, listed = part / "positions.parquet", part / "files.json"
    listed.write_text(json.dumps([file for file in json.loads(listed.read_text()) if file["name"] != "files.json"]))
    path.write_bytes(b"")
    with HistoryWriter(folder, PROVENANCE) as writer:
        append_minutes(writer)
    assert not path.exists()
    if is_list_lost:
        listed.write_bytes(b"[")
    reported = read_everything(folder, sound[1], ADDED)
    assert {("C0", 6), ("C0", 7)} <= reported.holes


def _without_chain(path: Path) -> None:
    import msgspec

    content = path.read_bytes()
    tables = msgspec.msgpack.decode(content[12:])
    del tables["chain"]
    rest = msgspec.msgpack.encode(tables)
    path.write_bytes(content[:8] + zlib.crc32(rest).to_bytes(4, "little") + rest)


def test_a_copy_holds_what_its_head_held(folder: Path) -> None:
    names = [path.name for path in heads(folder)]
    for place in range(1, len(names)):
        lost = read_head(folder, names[place - 1])
        (folder / "head" / names[place - 1]).unlink()
        reader = HistoryReader(folder)
        assert_same_accounts(reader.accounts_at(TIMES[9 + place]), FRAMES[9 + place][1])
        with HistoryWriter(folder, PROVENANCE):
            again = read_head(folder, names[place - 1])
        assert again.name == lost.name


@pytest.mark.parametrize("pattern", ["head/*.head", "manifest.json", "parts/*/frames.parquet"])
def test_setting_aside_interrupted_at_every_step_ends_the_same(
    folder: Path, sound: Sound, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pattern: str
) -> None:
    sorted(folder.glob(pattern))[-1].write_bytes(b"damage")
    number, is_done = 0, False
    listed = set()
    while not is_done:
        number += 1
        again = tmp_path / f"at{number}"
        shutil.copytree(folder, again)
        try:
            with fault_at(monkeypatch, number), HistoryWriter(again, PROVENANCE) as writer:
                append_minutes(writer, 1)
            is_done = True
        except (Interrupted, StoreError):
            pass
        with HistoryWriter(again, PROVENANCE) as writer:
            append_minutes(writer, 1)
        reported = read_everything(again, sound[1], 1)
        listed.add((reported.times, reported.holes, tuple(row.sentence for row in reported.damaged)))
        shutil.rmtree(again)
    assert number > 4
    assert len(listed) == 1


def test_the_journal_damaged_itself_costs_no_listing(folder: Path) -> None:
    heads(folder)[-1].write_bytes(b"")
    HistoryWriter(folder, PROVENANCE).close()
    (row,) = HistoryReader(folder).damaged
    (folder / JOURNAL).write_bytes(b"\x00\xff{{")
    (again,) = HistoryReader(folder).damaged
    assert (again.file, again.kept_as) == (row.file, row.kept_as)


def test_manifest_of_another_version_is_refused_and_left_alone(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["schema_version"] = 4
    del manifest["crc32"]
    for name in ("manifest.json", "manifest.copy.json"):
        (folder / name).write_text(json.dumps(manifest))
    before = files_of(folder)
    with pytest.raises(SchemaMismatch, match=r"manifest.*schema version 4, this liqscape reads 1, 2, 3"):
        HistoryReader(folder)
    with pytest.raises(SchemaMismatch):
        HistoryWriter(folder, PROVENANCE)
    assert files_of(folder) == before


def _replace_listed(path: Path, table: pl.DataFrame, version: str) -> None:
    """Another file in the place of one, with a list of files that knows it."""
    table.write_parquet(path, metadata={"liqscape.schema_version": version})
    content = path.read_bytes()
    listed = path.parent / "files.json"
    files = [file for file in json.loads(listed.read_text()) if file["name"] != "files.json"]
    for file in files:
        if file["name"] == path.name:
            file["size"], file["crc32"] = len(content), zlib.crc32(content)
    listed.write_text(json.dumps(files))


CHANGES: dict[str, tuple[Callable[[pl.DataFrame], pl.DataFrame], str]] = {
    r"coins\.parquet: schema version 7": (lambda table: table, "7"),
    "coverage": (lambda table: table.drop("coverage"), "2"),
}


@pytest.mark.parametrize("said", sorted(CHANGES))
def test_parquet_of_another_version_or_without_a_column_is_refused(folder: Path, said: str) -> None:
    change, version = CHANGES[said]
    path = next(folder.glob("parts/*/coins.parquet"))
    _replace_listed(path, change(pl.read_parquet(path)), version)
    with pytest.raises(SchemaMismatch, match=said):
        HistoryReader(folder).frame_at(TIMES[0])


def test_every_parquet_file_carries_version_and_provenance(folder: Path) -> None:
    paths = sorted(folder.glob("parts/**/*.parquet"))
    assert len(paths) == 3 * 7, "tables nothing was given for have no file"
    for path in paths:
        metadata = pl.read_parquet_metadata(path)
        assert metadata["liqscape.schema_version"] == "3"
        assert json.loads(metadata["liqscape.provenance"])["name"] == PROVENANCE.name
        assert ("liqscape.history" in metadata) == (path.name == "frames.parquet")
