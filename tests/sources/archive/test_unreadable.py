"""Too many lines that cannot be read: the file is of something else, and nothing of its hour is given out."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from archived_world import BASE_MS, ArchivedWorld

from liqscape.errors import InputError
from liqscape.model.events import FrameDue
from liqscape.sources.archive import ArchiveSource
from liqscape.sources.archive.base import read_base
from liqscape.sources.archive.reading import FileTally
from liqscape.sources.archive.source import ArchiveFigures
from liqscape.sources.archive.store import LocalStore
from liqscape.units import HOUR_MS, MINUTE_MS
from liqscape.wire.archive.frame import pack_frame, unpack_frame

FILLS = "node_fills_by_block/hourly/20260202/{}.lz4"
CONTEXTS = "asset_ctxs/20260202.csv.lz4"
SECOND_HOUR_MS = BASE_MS // HOUR_MS * HOUR_MS + HOUR_MS


def broken(archived: ArchivedWorld, tmp_path: Path, file: str, spoil: Callable[[list[bytes]], list[bytes]]) -> Path:
    """A copy of the archive, one file of it changed line by line."""
    folder = tmp_path / "copy"
    shutil.copytree(archived.folder, folder)
    lines = unpack_frame((folder / file).read_bytes(), file).splitlines()
    (folder / file).write_bytes(pack_frame(b"\n".join(spoil(lines))))
    return folder


def frames_of(source: ArchiveSource) -> tuple[list[int], str]:
    """Times of the frames that are given out, and why there were no more."""
    given: list[int] = []
    try:
        given.extend(event.time_ms for event in source.events() if isinstance(event, FrameDue))
    except InputError as error:
        return given, str(error)
    return given, ""


def source_of(archived: ArchivedWorld, folder: Path, **options: float) -> ArchiveSource:
    return ArchiveSource(LocalStore(folder), read_base(archived.base, None), archived.end_ms, **options)  # type: ignore[arg-type]


def spoil_some(count: int) -> Callable[[list[bytes]], list[bytes]]:
    """Some lines from the third on are no JSON behind their block time."""
    return lambda lines: [*lines[:2], *(line[:-2] for line in lines[2 : 2 + count]), *lines[2 + count :]]


def test_a_file_of_which_too_much_cannot_be_read_ends_the_frames_before_its_hour(
    archived: ArchivedWorld, tmp_path: Path
) -> None:
    folder = broken(archived, tmp_path, FILLS.format(3), spoil_some(10))
    times, refusal = frames_of(source_of(archived, folder))
    assert times == list(range(BASE_MS + MINUTE_MS, SECOND_HOUR_MS, MINUTE_MS))
    assert refusal.startswith(f"{FILLS.format(3)}: 10 of ")
    assert "lines cannot be read, more than 1 %; line 3: not JSON: " in refusal


def test_the_first_hour_gives_nothing_where_it_cannot_be_used(archived: ArchivedWorld, tmp_path: Path) -> None:
    folder = broken(archived, tmp_path, FILLS.format(2), spoil_some(10))
    assert frames_of(source_of(archived, folder))[0] == []


def test_fewer_are_damage_and_a_larger_share_may_be_allowed(archived: ArchivedWorld, tmp_path: Path) -> None:
    whole = frames_of(source_of(archived, archived.folder))
    few = broken(archived, tmp_path / "few", FILLS.format(3), spoil_some(9))
    assert frames_of(source_of(archived, few)) == whole
    many = broken(archived, tmp_path / "many", FILLS.format(3), spoil_some(10))
    source = source_of(archived, many, max_unreadable=0.5)
    assert frames_of(source) == whole
    assert source.figures().decoded.malformed == 10


def test_events_in_lines_that_can_be_read_count_too(archived: ArchivedWorld, tmp_path: Path) -> None:
    folder = broken(
        archived, tmp_path, FILLS.format(3), lambda lines: [line.replace(b'"px":"', b'"px":"x') for line in lines]
    )
    times, refusal = frames_of(source_of(archived, folder))
    assert times[-1] == SECOND_HOUR_MS - MINUTE_MS
    assert " events cannot be read, more than 1 %; line " in refusal


def test_rows_of_contexts_are_lines_too(archived: ArchivedWorld, tmp_path: Path) -> None:
    folder = broken(archived, tmp_path, CONTEXTS, lambda lines: [*lines[:40], *(b"x" for _ in range(20)), *lines[40:]])
    times, refusal = frames_of(source_of(archived, folder))
    assert times == []
    assert refusal.startswith(f"{CONTEXTS}: 20 of ")
    assert "more than 1 %; line 41: " in refusal


def test_the_figures_of_an_hour_are_told_before_its_first_event(archived: ArchivedWorld) -> None:
    reported: list[ArchiveFigures] = []
    source = source_of(archived, archived.folder, on_hour=reported.extend)  # type: ignore[arg-type]
    given = 0
    for event in source.events():
        if isinstance(event, FrameDue):
            assert reported[given].time_ms == event.time_ms
            assert reported[given].frames == given + 1
            given += 1
    assert len(reported) == given
    assert reported[-1] == source.figures()
    assert [each.fills for each in reported] == sorted(each.fills for each in reported)


@pytest.mark.parametrize(
    ("lines", "lost_lines", "events", "lost_events", "noun"),
    [
        (2_000, 20, 0, 0, None),  # 1 % exactly
        (2_000, 21, 0, 0, "lines"),
        (20, 9, 0, 0, None),  # fewer than ten
        (20, 10, 0, 0, "lines"),
        (100, 0, 1_089, 11, None),  # 11 of 1,100
        (100, 0, 1_088, 11, "events"),
        (50_000, 49_982, 144, 0, "lines"),
    ],
)
def test_the_bound_is_a_share_of_lines_or_of_events(
    lines: int, lost_lines: int, events: int, lost_events: int, noun: str | None
) -> None:
    refusal = FileTally(
        path="file",
        hour_ms=0,
        lines=lines,
        lost_lines=lost_lines,
        events=events,
        lost_events=lost_events,
        first="line 1: wrong",
    ).refusal(0.01)
    assert (noun is None) == (refusal is None)
    assert noun is None or f" {noun} cannot be read" in str(refusal)
