"""Files of a node followed while they grow, rotate, come late, shrink, break; whole lines, each once."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqscape.errors import InputError
from liqscape.feed.records import Record, RecordKind
from liqscape.sources.node.tail import NodeTail

TABLE = "node_fills_by_block"
DAY_MS = 1_770_076_800_000
"""2026-02-03."""


def write(folder: Path, name: str, content: bytes, table: str = TABLE) -> Path:
    """Append to the file of an hour."""
    path = folder / table / "hourly" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(content)
    return path


def read_all(tail: NodeTail) -> list[tuple[str, bytes]]:
    """Everything there is now: (file, lines)."""
    found = []
    while records := tail.read(1):
        found += [(record.subject, record.content) for record in records if record.kind is RecordKind.NODE_LINES]
    return found


def lines_of(found: list[tuple[str, bytes]]) -> list[bytes]:
    return [line for _, content in found for line in content.splitlines()]


def test_whole_lines_are_taken_and_the_rest_waits(tmp_path: Path) -> None:
    tail = NodeTail(tmp_path, [TABLE])
    assert tail.read(1) == []
    write(tmp_path, "20260203/7", b"one\ntwo\nthr")
    assert tail.read(5) == [Record(RecordKind.NODE_LINES, f"{TABLE}/hourly/20260203/7", b"one\ntwo\n", 5)]
    assert tail.read(6) == []
    write(tmp_path, "20260203/7", b"ee\n")
    assert read_all(tail) == [(f"{TABLE}/hourly/20260203/7", b"three\n")]


def test_hours_follow_by_number_and_days_by_date(tmp_path: Path) -> None:
    for name in ("20260203/9", "20260203/10", "20260203/23", "20260204/0", "20251231/22"):
        write(tmp_path, name, name.encode() + b"\n")
    write(tmp_path, "20260203/notes", b"no table\n")
    write(tmp_path, "index/3", b"no table\n")
    found = lines_of(read_all(NodeTail(tmp_path, [TABLE])))
    assert found == [b"20251231/22", b"20260203/9", b"20260203/10", b"20260203/23", b"20260204/0"]


def test_tables_are_read_hour_by_hour_together(tmp_path: Path) -> None:
    for hour in (1, 2):
        for table in ("node_fills", "misc_events"):
            write(tmp_path, f"20260203/{hour}", f"{table} {hour}\n".encode(), table)
    found = lines_of(read_all(NodeTail(tmp_path, ["misc_events", "node_fills"])))
    assert found == [b"misc_events 1", b"node_fills 1", b"misc_events 2", b"node_fills 2"]


def test_reading_begins_at_the_hour_that_was_named(tmp_path: Path) -> None:
    for name in ("20260202/23", "20260203/0", "20260203/1", "20260203/2"):
        write(tmp_path, name, name.encode() + b"\n")
    tail = NodeTail(tmp_path, [TABLE], start_ms=DAY_MS + 3_600_000)
    assert lines_of(read_all(tail)) == [b"20260203/1", b"20260203/2"]


def test_an_hour_that_comes_late_or_grows_after_the_next_began_is_not_lost(tmp_path: Path) -> None:
    tail = NodeTail(tmp_path, [TABLE])
    write(tmp_path, "20260203/1", b"a\n")
    write(tmp_path, "20260203/3", b"c\n")
    assert lines_of(read_all(tail)) == [b"a", b"c"]
    write(tmp_path, "20260203/1", b"late\n")
    write(tmp_path, "20260203/2", b"b\n")
    assert lines_of(read_all(tail)) == [b"late", b"b"]
    assert read_all(tail) == []


def test_hours_long_past_are_left_behind_and_not_read_again(tmp_path: Path) -> None:
    tail = NodeTail(tmp_path, [TABLE])
    for hour in range(8):
        write(tmp_path, f"20260203/{hour}", b"%d\n" % hour)
        assert lines_of(read_all(tail)) == [b"%d" % hour]
    assert list(tail.cursor[TABLE]) == ["20260203/5", "20260203/6", "20260203/7"]
    write(tmp_path, "20260203/1", b"too late\n")
    assert read_all(tail) == []


def test_an_unfinished_line_of_an_hour_long_past_is_said(tmp_path: Path) -> None:
    tail = NodeTail(tmp_path, [TABLE])
    write(tmp_path, "20260203/0", b"whole\nhalf")
    for hour in range(1, 5):
        write(tmp_path, f"20260203/{hour}", b"x\n")
        read_all(tail)
    assert tail.remarks == [f"{TABLE}/hourly/20260203/0 ends in the middle of a line: 4 bytes are left out"]
    assert tail.figures().bytes_skipped == 4


def test_what_cannot_be_had_is_a_record_of_its_own_before_what_follows(tmp_path: Path) -> None:
    tail = NodeTail(tmp_path, [TABLE], max_bytes=32, max_line=64)
    write(tmp_path, "20260203/0", b"whole\nhalf")
    reported = []
    for hour in range(1, 5):
        write(tmp_path, f"20260203/{hour}", b"x\n")
        reported += [(record.kind, record.subject) for record in tail.read(1)]
    assert reported.count((RecordKind.LOST, f"{TABLE}/hourly/20260203/0")) == 1
    assert sum(kind is RecordKind.NODE_LINES for kind, _ in reported) == 5
    write(tmp_path, "20260203/4", b"y" * 200 + b"\n")
    (long,) = tail.read(1)
    assert (long.kind, long.subject) == (RecordKind.LOST, f"{TABLE}/hourly/20260203/4")
    assert tail.read(1) == []


def test_a_later_run_goes_on_where_the_cursor_stands(tmp_path: Path) -> None:
    write(tmp_path, "20260203/1", b"one\n")
    first = NodeTail(tmp_path, [TABLE])
    assert lines_of(read_all(first)) == [b"one"]
    cursor = json.loads(json.dumps(first.cursor))
    write(tmp_path, "20260203/1", b"two\n")
    write(tmp_path, "20260203/2", b"three\n")
    assert lines_of(read_all(NodeTail(tmp_path, [TABLE], cursor))) == [b"two", b"three"]


def test_a_file_that_shrank_is_read_anew_and_said(tmp_path: Path) -> None:
    path = write(tmp_path, "20260203/1", b"one\ntwo\n")
    tail = NodeTail(tmp_path, [TABLE])
    read_all(tail)
    path.write_bytes(b"new\n")
    assert lines_of(read_all(tail)) == [b"new"]
    assert tail.remarks == [f"{TABLE}/hourly/20260203/1 shrank from 8 to 4 bytes: read anew"]
    assert tail.figures().files_replaced == 1


def test_a_file_that_holds_other_lines_is_read_anew_and_said(tmp_path: Path) -> None:
    path = write(tmp_path, "20260203/1", b"one\ntwo\n")
    tail = NodeTail(tmp_path, [TABLE])
    read_all(tail)
    path.write_bytes(b"ONE\nTWO\nthree\n")
    assert lines_of(read_all(tail)) == [b"ONE", b"TWO", b"three"]
    assert "holds other lines than before" in tail.remarks[0]


def test_a_file_that_is_taken_away_is_said(tmp_path: Path) -> None:
    path = write(tmp_path, "20260203/1", b"one\n")
    write(tmp_path, "20260203/2", b"two\n")
    tail = NodeTail(tmp_path, [TABLE])
    read_all(tail)
    path.unlink()
    assert read_all(tail) == []
    assert tail.remarks == [f"{TABLE}/hourly/20260203/1 is gone"]


def test_a_read_is_bounded_but_never_cuts_a_line(tmp_path: Path) -> None:
    content = b"".join(b"%03d" % row + b"x" * 20 + b"\n" for row in range(50))
    write(tmp_path, "20260203/1", content)
    tail = NodeTail(tmp_path, [TABLE], max_bytes=100)
    parts = []
    while records := tail.read(1):
        (record,) = records
        assert len(record.content) <= 100
        assert record.content.endswith(b"\n")
        parts.append(record.content)
    assert b"".join(parts) == content
    assert tail.figures().lines_read == 50


def test_a_line_longer_than_a_read_is_taken_whole(tmp_path: Path) -> None:
    write(tmp_path, "20260203/1", b"x" * 1_000 + b"\nshort\n")
    tail = NodeTail(tmp_path, [TABLE], max_bytes=64)
    assert lines_of(read_all(tail)) == [b"x" * 1_000, b"short"]


def test_a_line_too_long_to_be_one_is_passed_over_and_said(tmp_path: Path) -> None:
    write(tmp_path, "20260203/1", b"x" * 1_000)
    tail = NodeTail(tmp_path, [TABLE], max_bytes=64, max_line=256)
    assert read_all(tail) == []
    write(tmp_path, "20260203/1", b"x\nshort\n")
    assert lines_of(read_all(tail)) == [b"short"]
    assert "a line of 1002 bytes is passed over, more than 256" in tail.remarks[0]
    assert tail.figures().bytes_skipped == 1_002


@pytest.mark.parametrize(
    "cursor",
    [
        {TABLE: 5},
        {TABLE: {"20260203/1": 5}},
        {TABLE: {"20260203/1": [1]}},
        {TABLE: {"20260203/1": [-1, 0]}},
        {TABLE: {"20260203/1": [1.5, 0]}},
        {TABLE: {"../../x": [1, 0]}},
    ],
)
def test_a_cursor_that_is_none_is_refused(tmp_path: Path, cursor: dict[str, object]) -> None:
    with pytest.raises(InputError, match="cursor of node_fills_by_block"):
        NodeTail(tmp_path, [TABLE], cursor)


@given(
    st.lists(st.tuples(st.integers(0, 3), st.binary(max_size=30), st.booleans(), st.booleans()), max_size=25),
    st.integers(8, 64),
)
def test_however_it_is_written_and_read_every_whole_line_comes_once(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, bytes, bool, bool]], most: int
) -> None:
    folder = tmp_path_factory.mktemp("node")
    written = dict.fromkeys(range(4), b"")
    found = dict.fromkeys(range(4), b"")
    tail = NodeTail(folder, [TABLE], max_bytes=most)
    newest = 0
    for hour, content, is_ended, is_restarted in steps:
        newest = max(newest, hour)
        content += b"\n" if is_ended else b""
        write(folder, f"20260203/{hour}", content)
        written[hour] += content
        if is_restarted:
            tail = NodeTail(folder, [TABLE], json.loads(json.dumps(tail.cursor)), max_bytes=most)
        for subject, lines in read_all(tail):
            assert lines.endswith(b"\n")
            found[int(subject.rpartition("/")[2])] += lines
    first = min((int(name.partition("/")[2]) for name in tail.cursor[TABLE]), default=0)
    for hour in range(first, newest + 1):
        assert found[hour] == written[hour][: written[hour].rfind(b"\n") + 1]
    assert tail.figures().files_replaced == 0


def test_the_runner_hands_over_what_is_written_while_it_runs(tmp_path: Path) -> None:
    async def follow() -> list[bytes]:
        stop, found = asyncio.Event(), []
        tail = NodeTail(tmp_path, [TABLE])

        def take(record: Record) -> None:
            found.extend(record.content.splitlines())
            if len(found) == 1:
                write(tmp_path, "20260203/2", b"two\n")
            else:
                stop.set()

        write(tmp_path, "20260203/1", b"one\n")
        async with asyncio.timeout(30):
            await tail.run(stop, take, interval_seconds=0.001, wall_ns=lambda: 7)
        return found

    assert asyncio.run(follow()) == [b"one", b"two"]
