"""The raw log: records come back as they went; a kill or a full disk costs at most what was never flushed."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
from bisect import bisect_right
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqscape.errors import StoreError
from liqscape.feed.records import Record, RecordKind
from liqscape.store.raw_log import RawLogReader, RawLogWriter
from liqscape.store.raw_log.format import HEAD, MAGIC
from liqscape.store.raw_log.segments import next_name

SECOND_NS = 1_000_000_000
RECORDS = st.builds(
    Record, st.sampled_from(RecordKind), st.text(max_size=20), st.binary(max_size=2_000), st.integers(0, 2**62)
)


def record(number: int, content: bytes = b"x") -> Record:
    return Record(RecordKind.MESSAGE, str(number), content, number * SECOND_NS)


def write(
    folder: Path,
    records: list[Record],
    *,
    rotate_bytes: int = 10**9,
    rotate_seconds: float = 1e9,
    keep_bytes: int | None = None,
    keep_seconds: float | None = None,
) -> None:
    writer = RawLogWriter(
        folder,
        rotate_bytes=rotate_bytes,
        rotate_seconds=rotate_seconds,
        keep_bytes=keep_bytes,
        keep_seconds=keep_seconds,
    )
    for each in records:
        writer.append(each, 0)
        writer.flush()
    writer.close()


def block_begins(content: bytes) -> list[int]:
    """Where each block of a sound segment begins."""
    begins = [len(MAGIC)]
    while begins[-1] < len(content):
        begins.append(begins[-1] + HEAD.size + HEAD.unpack_from(content, begins[-1])[0])
    return begins[:-1]


def segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.lqlog"))


def subjects(folder: Path) -> list[str]:
    return [each.subject for each in RawLogReader(folder).records()]


@given(records=st.lists(RECORDS, max_size=30))
def test_records_come_back_as_they_went(records: list[Record], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("log")
    writer = RawLogWriter(folder)
    for each in records:
        writer.append(each, 7)
    writer.close()
    reader = RawLogReader(folder)
    assert list(reader.records()) == records
    assert reader.damage == []


def test_segments_turn_by_size_and_by_age(tmp_path: Path) -> None:
    write(tmp_path / "size", [record(number, bytes(1_000)) for number in range(9)], rotate_bytes=100)
    assert len(segments(tmp_path / "size")) > 3
    write(tmp_path / "age", [record(number) for number in range(100)], rotate_seconds=30.0)
    assert len(segments(tmp_path / "age")) == 4
    assert subjects(tmp_path / "age") == [str(number) for number in range(100)]


def test_a_span_of_time_can_be_asked(tmp_path: Path) -> None:
    write(tmp_path, [record(number) for number in range(10)])
    found = RawLogReader(tmp_path).records(from_ns=3 * SECOND_NS, to_ns=6 * SECOND_NS)
    assert [each.subject for each in found] == ["3", "4", "5"]


def test_a_restart_begins_a_segment_of_its_own(tmp_path: Path) -> None:
    write(tmp_path, [record(0), record(1)])
    write(tmp_path, [record(2)])
    assert len(segments(tmp_path)) == 2
    assert subjects(tmp_path) == ["0", "1", "2"]


def test_a_clock_set_back_does_not_change_the_order(tmp_path: Path) -> None:
    for number in (50, 20, 50, 10):
        write(tmp_path, [record(number)])
    assert subjects(tmp_path) == ["50", "20", "50", "10"]
    assert next_name(0, tmp_path / "20260101T000000-999.lqlog") == "20260101T000001-000.lqlog"


def test_the_oldest_segments_go_first_and_never_the_one_in_hand(tmp_path: Path) -> None:
    records = [record(number, number.to_bytes(4, "little") * 300) for number in range(40)]
    write(tmp_path / "size", records, rotate_bytes=1, keep_bytes=1_500)
    kept = [int(subject) for subject in subjects(tmp_path / "size")]
    assert kept[0] > 0
    assert kept == list(range(kept[0], 40))
    write(tmp_path / "tiny", records, rotate_bytes=1, keep_bytes=0)
    assert subjects(tmp_path / "tiny") == ["39"]
    write(tmp_path / "age", records, rotate_bytes=1, keep_seconds=5.0)
    assert subjects(tmp_path / "age") == [str(number) for number in range(33, 40)]


@pytest.mark.parametrize("lost", [1, 5, 11, 12, 13, 40])
def test_a_cut_tail_is_said_and_everything_else_stands(tmp_path: Path, lost: int) -> None:
    write(tmp_path, [record(number) for number in range(5)])
    write(tmp_path, [record(number) for number in range(5, 8)])
    first = segments(tmp_path)[0]
    first.write_bytes(first.read_bytes()[:-lost])
    reader = RawLogReader(tmp_path)
    found = [each.subject for each in reader.records()]
    assert found[-3:] == ["5", "6", "7"]
    assert found[:-3] == [str(number) for number in range(len(found) - 3)]
    assert len(found) < 8
    assert [each.file for each in reader.damage] == [first.name]
    assert reader.damage[0].offset + reader.damage[0].bytes_lost == first.stat().st_size


def test_every_flipped_byte_is_found(tmp_path: Path) -> None:
    write(tmp_path, [record(number, b"some content") for number in range(3)])
    path = segments(tmp_path)[0]
    good = path.read_bytes()
    begins = block_begins(good)
    for place in range(len(good)):
        path.write_bytes(good[:place] + bytes([good[place] ^ 0x55]) + good[place + 1 :])
        reader = RawLogReader(tmp_path)
        found = list(reader.records())
        lost = bisect_right(begins, place) - 1
        kept = [] if place < len(MAGIC) else [number for number in range(3) if number != lost]
        assert found == [record(number, b"some content") for number in kept], f"byte {place}"
        assert [each.bytes_lost > 0 for each in reader.damage] == [True], f"byte {place}"


@given(cut=st.integers(0, 10_000), length=st.integers(1, 3_000), put=st.binary(max_size=300))
def test_what_stands_before_and_after_a_damaged_stretch_is_read(
    cut: int, length: int, put: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("log")
    records = [record(number, number.to_bytes(2, "big") * 40) for number in range(40)]
    write(folder, records)
    path = segments(folder)[0]
    good = path.read_bytes()
    begin = len(MAGIC) + cut % (len(good) - len(MAGIC))
    path.write_bytes(good[:begin] + put + good[begin + length :])
    reader = RawLogReader(folder)
    found = list(reader.records())
    numbers = [int(each.subject) for each in found]
    assert found == [records[number] for number in numbers], "nothing is made up"
    assert numbers == sorted(numbers)
    begins = block_begins(good)
    first, last = (bisect_right(begins, place) - 1 for place in (begin, begin + length - 1))
    assert set(range(40)) - set(numbers) <= set(range(first, last + 1))
    is_at_an_end = begin in begins and (begin + length in begins or begin + length >= len(good))
    assert len(numbers) == 40 or reader.damage or (is_at_an_end and not put), "what is lost is said"


@pytest.mark.parametrize("room", [0, 10])
def test_a_full_disk_leaves_nothing_half_written_and_writing_goes_on(tmp_path: Path, room: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    writer = RawLogWriter(tmp_path)
    try:
        writer.append(record(0), 0)
        writer.flush()
        resource.setrlimit(resource.RLIMIT_FSIZE, (segments(tmp_path)[0].stat().st_size + room, hard))
        writer.append(record(1), 0)
        with pytest.raises(StoreError, match="raw log cannot be written"):
            writer.flush()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert subjects(tmp_path) == ["0"]
    writer.append(record(1), 0)
    writer.append(record(2), 0)
    writer.close()
    reader = RawLogReader(tmp_path)
    assert [each.subject for each in reader.records()] == ["0", "1", "2"], "what failed is the caller's to append again"
    assert reader.damage == []


def test_a_disk_full_from_the_start_leaves_no_segment(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    writer = RawLogWriter(tmp_path)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4, hard))
        writer.append(record(0), 0)
        with pytest.raises(StoreError):
            writer.flush()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert segments(tmp_path) == []
    writer.append(record(0), 0)
    writer.close()
    assert subjects(tmp_path) == ["0"]


KILLED = """
import sys
from pathlib import Path
from liqscape.feed.records import Record, RecordKind
from liqscape.store.raw_log import RawLogWriter
writer = RawLogWriter(Path(sys.argv[1]), rotate_bytes=2_000)
for number in range(10**6):
    writer.append(Record(RecordKind.MESSAGE, str(number), bytes(50), number), 0)
    if number % 10 == 9:
        writer.flush()
        print(number, flush=True)
"""


def test_kill_loses_nothing_that_was_flushed(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        flushed = [int(process.stdout.readline()) for _ in range(60)]
        process.send_signal(signal.SIGKILL)
    found = [int(subject) for subject in subjects(tmp_path)]
    assert found == list(range(len(found)))
    assert len(found) > flushed[-1]


def test_a_folder_in_the_place_of_a_segment_is_said_and_neither_stops_reading_nor_writing(tmp_path: Path) -> None:
    for number in range(3):
        writer = RawLogWriter(tmp_path, keep_bytes=1)
        writer.append(Record(RecordKind.TICK, "", b"x", (1_770_000_000 + number) * 10**9), 0)
        (tmp_path / "20200101T000000-000.lqlog").mkdir(exist_ok=True)
        writer.close()
    reader = RawLogReader(tmp_path)
    assert len(list(reader.records())) == 1, "older ones were removed, the folder does not stand in the way"
    assert [str(each.file) for each in reader.damage] == ["20200101T000000-000.lqlog"]
