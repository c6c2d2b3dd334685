"""A raw log read backwards: the same records in the other order, and no more bytes than were allowed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqscape.feed.records import Record, RecordKind
from liqscape.store.raw_log import RawLogReader, RawLogWriter
from liqscape.store.raw_log.newest_first import NewestFirst

SECOND_NS = 1_000_000_000


def write(folder: Path, flushes: list[list[int]], size: int = 10, **rules: int) -> None:
    """Records named by their second, so many a flush."""
    writer = RawLogWriter(folder, **rules)
    for seconds in flushes:
        for second in seconds:
            content = str(second).encode().ljust(size, b".")
            writer.append(Record(RecordKind.MESSAGE, str(second), content, second * SECOND_NS), 0)
        writer.flush()
    writer.close()


def names(blocks: list[list[Record]]) -> list[str]:
    return [each.subject for block in blocks for each in reversed(block)]


@given(counts=st.lists(st.integers(1, 5), max_size=12), rotates=st.booleans())
def test_backwards_is_forwards_the_other_way_round(
    *, counts: list[int], rotates: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("log")
    second, flushes = 0, []
    for count in counts:
        flushes.append(list(range(second, second + count)))
        second += count
    write(folder, flushes, rotate_bytes=60 if rotates else 10**9)
    log = NewestFirst(folder, 10**9)
    found = names(list(log.blocks()))
    assert found == [each.subject for each in RawLogReader(folder).records()][::-1]
    assert log.is_whole


@pytest.mark.parametrize("before", [0, 1, 17, 39, 40, 100])
def test_blocks_that_begin_later_are_passed_over(tmp_path: Path, before: int) -> None:
    write(tmp_path, [[second] for second in range(40)], rotate_bytes=400)
    found = names(list(NewestFirst(tmp_path, 10**9, before * SECOND_NS).blocks()))
    assert found == [str(second) for second in reversed(range(min(before, 40)))]


def test_no_more_than_the_bound_and_one_block_is_read_however_long_the_log(tmp_path: Path) -> None:
    write(tmp_path, [[second] for second in range(400)], size=200, rotate_bytes=5_000)
    largest = max(len(block[0].content) for block in NewestFirst(tmp_path, 10**9).blocks()) + 100
    log = NewestFirst(tmp_path, 2_000)
    found = names(list(log.blocks()))
    assert found[0] == "399"
    assert 2_000 <= log.bytes_read <= 2_000 + largest
    assert not log.is_whole
    assert log.oldest_ns == int(found[-1]) * SECOND_NS


def test_a_damaged_block_and_a_cut_tail_hide_no_others(tmp_path: Path) -> None:
    write(tmp_path, [[second] for second in range(6)])
    (path,) = tmp_path.glob("*.lqlog")
    content = bytearray(path.read_bytes())
    content[-20] ^= 1  # in the last block
    path.write_bytes(bytes(content))
    assert names(list(NewestFirst(tmp_path, 10**9).blocks())) == ["4", "3", "2", "1", "0"]
    path.write_bytes(path.read_bytes()[:-3])
    assert names(list(NewestFirst(tmp_path, 10**9).blocks())) == ["4", "3", "2", "1", "0"]


def test_no_folder_is_an_empty_log(tmp_path: Path) -> None:
    log = NewestFirst(tmp_path / "none", 10)
    assert list(log.blocks()) == []
    assert log.is_whole
