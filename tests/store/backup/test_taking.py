"""Backups of a folder that a process is writing: each is a history of its own, and a kill costs nothing."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from amounts import every
from store_frames import MINUTE_MS, PROVENANCE, START_MS, TABLES, assert_same_accounts, assert_same_frame
from store_killed_writer import FIRST_STEP, frame_of
from store_live_writer import writing
from stored_moments import moment_of

from liqscape.errors import CorruptSegment, InputError, SettingsError, StoreError
from liqscape.store.backup import check_backup, list_backups, open_place, read_backup, restore_backup, take_backup
from liqscape.store.backup.listing import backup_name
from liqscape.store.backup.place import FolderPlace
from liqscape.store.history import HistoryReader, HistoryWriter

NOW_MS = 1_790_000_000_000


def steps_in(folder: Path) -> list[int]:
    reader = HistoryReader(folder)
    assert reader.damaged == ()
    steps = ((reader.frame_times(0, START_MS * 2) - START_MS) // MINUTE_MS).tolist()
    for step in (steps[0], steps[-1]):
        frame, accounts = frame_of(step)
        read = reader.frame_at(frame.time_ms)
        assert read is not None
        assert_same_frame(read, frame)
        assert_same_accounts(reader.accounts_at(frame.time_ms), accounts)
    return steps


def write(folder: Path, steps: range) -> None:
    with HistoryWriter(folder, PROVENANCE) as writer:
        for step in steps:
            writer.append(moment_of(*frame_of(step), TABLES))


def test_beside_a_writing_process_each_backup_is_a_history_up_to_its_moment(tmp_path: Path) -> None:
    data, place = tmp_path / "data", open_place(str(tmp_path / "copies"))
    data.mkdir()
    with writing(data) as live:
        for number in range(3):
            last = live.reach(30)
            backup = take_backup(data, place, NOW_MS + number).backup
            restore_backup(place, backup, tmp_path / f"back{number}")
            steps = steps_in(tmp_path / f"back{number}")
            assert steps == list(range(FIRST_STEP, FIRST_STEP + len(steps))), "none is missing and none twice"
            assert steps[-1] >= last
            assert backup.last_ms == START_MS + steps[-1] * MINUTE_MS
            assert check_backup(place, backup)[0] == []
    assert len(list_backups(place)) == 3
    assert any(path.name.startswith("2026") for path in (tmp_path / "back2" / "parts").iterdir()), "parts among them"
    write(tmp_path / "back2", range(steps[-1] + 1, steps[-1] + 5))
    assert steps_in(tmp_path / "back2")[-1] == steps[-1] + 4, "it is gone on with"


def test_what_is_there_is_not_copied_again(tmp_path: Path) -> None:
    data, place = tmp_path / "data", open_place(str(tmp_path / "copies"))
    write(data, range(FIRST_STEP, FIRST_STEP + 40))
    with HistoryWriter(data, PROVENANCE) as writer:
        writer.compact()
    first = take_backup(data, place, NOW_MS)
    assert first.copied_bytes > 0
    again = take_backup(data, place, NOW_MS + 1)
    assert (again.copied_count, again.backup.files) == (0, first.backup.files)
    write(data, range(FIRST_STEP + 40, FIRST_STEP + 42))
    more = take_backup(data, place, NOW_MS + 2)
    sealed = {file.name for file in first.backup.files if file.name.startswith("parts/")}
    assert sealed <= {file.name for file in more.backup.files}
    assert more.copied_count == 2, "two heads alone"


class DyingPlace(FolderPlace):
    """Ends its process at an event: before an object is written, in the middle of it, or after it."""

    def __init__(self, folder: Path, at: int) -> None:
        super().__init__(folder)
        self._left = at

    def write(self, name: str, pieces: Iterable[bytes], size: int) -> None:
        self._go_on()
        super().write(name, self._halved(pieces), size)
        self._go_on()

    def _halved(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            yield piece[: len(piece) // 2]
            self._go_on()
            yield piece[len(piece) // 2 :]

    def _go_on(self) -> None:
        self._left -= 1
        if self._left < 0:
            os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.property
def test_a_backup_that_is_killed_leaves_the_earlier_one_whole_and_the_next_goes_on(tmp_path: Path) -> None:
    data, folder = tmp_path / "data", tmp_path / "copies"
    place = open_place(str(folder))
    write(data, range(FIRST_STEP, FIRST_STEP + 6))
    earlier = take_backup(data, place, NOW_MS).backup
    write(data, range(FIRST_STEP + 6, FIRST_STEP + 36))
    killed = 0
    for at in range(0, 80, every(9)):
        child = os.fork()
        if child == 0:
            try:
                take_backup(data, DyingPlace(folder, at), NOW_MS + 1 + at)
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            break
        killed += 1
        assert list_backups(place) in ([earlier.name], [earlier.name, backup_name(NOW_MS + 1 + at)])
        assert check_backup(place, read_backup(place, earlier.name))[0] == []
    assert killed > 2
    last = take_backup(data, place, NOW_MS + 1_000)
    assert last.copied_count < 10, "what was copied before the kills is not copied again"
    restore_backup(place, last.backup, tmp_path / "back")
    assert steps_in(tmp_path / "back")[-1] == FIRST_STEP + 35


def test_rows_in_the_log_of_a_register_are_in_the_copy(tmp_path: Path) -> None:
    data, place = tmp_path / "data", open_place(str(tmp_path / "copies"))
    write(data, range(FIRST_STEP, FIRST_STEP + 2))
    live = sqlite3.connect(data / "register.sqlite")
    live.execute("PRAGMA journal_mode = WAL")
    live.execute("CREATE TABLE held (row INTEGER)")
    live.commit()
    take_backup(data, place, NOW_MS)
    live.execute("INSERT INTO held VALUES (7)")
    live.commit()
    assert (data / "register.sqlite-wal").stat().st_size > 0
    backup = take_backup(data, place, NOW_MS + 1).backup
    live.close()
    assert not any(file.name.endswith(("-wal", "-shm")) for file in backup.files)
    restore_backup(place, backup, tmp_path / "back")
    with closing(sqlite3.connect(tmp_path / "back" / "register.sqlite")) as copy:
        assert copy.execute("SELECT row FROM held").fetchall() == [(7,)]


def test_older_backups_go_with_what_only_they_hold(tmp_path: Path) -> None:
    data, place = tmp_path / "data", open_place(str(tmp_path / "copies"))
    write(data, range(FIRST_STEP, FIRST_STEP + 3))
    (data / "note.txt").write_text("first")
    take_backup(data, place, NOW_MS)
    (data / "note.txt").write_text("second")
    report = take_backup(data, place, NOW_MS + 1, keep=1)
    assert report.removed == ("20260921T141320000Z",)
    assert list_backups(place) == [report.backup.name]
    contents = {path.read_bytes() for path in (tmp_path / "copies" / "files").rglob("*") if path.is_file()}
    assert b"second" in contents
    assert b"first" not in contents
    assert check_backup(place, report.backup)[0] == []


def test_a_wish_and_what_is_under_way_are_not_copied(tmp_path: Path) -> None:
    data, place = tmp_path / "data", open_place(str(tmp_path / "copies"))
    write(data, range(FIRST_STEP, FIRST_STEP + 2))
    for name in ("asked.json", ".tmp-note", "parts/.tmp-part"):
        (data / name).write_text("{}")
    names = {file.name for file in take_backup(data, place, NOW_MS).backup.files}
    assert names == {"manifest.json", "manifest.copy.json", *(name for name in names if name.startswith("head/"))}


def test_content_that_was_changed_or_is_gone_is_named(tmp_path: Path) -> None:
    data, place = tmp_path / "data", open_place(str(tmp_path / "copies"))
    write(data, range(FIRST_STEP, FIRST_STEP + 3))
    backup = take_backup(data, place, NOW_MS).backup
    head = next(file for file in backup.files if file.name.startswith("head/"))
    stored = tmp_path / "copies" / "files" / head.digest[:2] / head.digest
    content = stored.read_bytes()
    stored.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    (problem,) = check_backup(place, backup)[0]
    assert problem.file == head.name
    with pytest.raises(CorruptSegment, match="is not what was copied"):
        restore_backup(place, backup, tmp_path / "back")
    assert not (tmp_path / "back").exists()
    stored.unlink()
    assert [each.file for each in check_backup(place, backup)[0]] == [head.name]
    stored.write_bytes(content)
    original = data / head.name
    before = original.stat()
    original.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    os.utime(original, ns=(before.st_atime_ns, before.st_mtime_ns))
    problems, compared = check_backup(place, backup, data)
    assert [each.file for each in problems] == [head.name]
    assert compared == 3


def test_what_cannot_be_used_is_said_in_a_sentence(tmp_path: Path) -> None:
    place = open_place(str(tmp_path / "copies"))
    with pytest.raises(InputError, match="no backup there"):
        read_backup(place)
    (tmp_path / "empty").mkdir()
    with pytest.raises(StoreError, match="no history here"):
        take_backup(tmp_path / "empty", place, NOW_MS)
    with pytest.raises(SettingsError, match="a folder or to s3://"):
        open_place("ftp://somewhere")
    write(tmp_path / "data", range(FIRST_STEP, FIRST_STEP + 2))
    backup = take_backup(tmp_path / "data", place, NOW_MS).backup
    with pytest.raises(SettingsError, match="is not empty"):
        restore_backup(place, backup, tmp_path / "data")
    with pytest.raises(InputError, match=f"the newest is {backup.name}"):
        read_backup(place, "20200101T000000000Z")
