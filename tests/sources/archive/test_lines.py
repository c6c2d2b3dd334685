"""Chunks to lines: however they are cut; damaged and cut frames; times of lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqscape.errors import RemoteWireError
from liqscape.sources.archive import lines as module
from liqscape.sources.archive.lines import line_time, split_lines, unpack_chunks
from liqscape.wire.archive.frame import pack_frame


def pieces(content: bytes, places: Iterable[int]) -> list[bytes]:
    edges = sorted({0, len(content), *(place % (len(content) + 1) for place in places)})
    return [content[first:last] for first, last in pairwise(edges)]


def until_error(lines: Iterator[bytes]) -> tuple[list[bytes], str]:
    """What comes, and why it ended; "" at the proper end."""
    found: list[bytes] = []
    try:
        for line in lines:
            found.append(line)  # noqa: PERF402 - what came before the error counts
    except RemoteWireError as error:
        return found, str(error)
    return found, ""


@given(
    st.lists(st.binary(max_size=40).map(lambda line: line.replace(b"\n", b"")), max_size=20),
    st.integers(1, 4),
    st.lists(st.integers(0, 5_000), max_size=12),
    st.booleans(),
)
def test_lines_do_not_depend_on_how_the_transfer_was_cut(
    lines: list[bytes], frames: int, places: list[int], has_last_end: bool
) -> None:
    content = b"\n".join(lines) + b"\n" * has_last_end
    packed = b"".join(
        pack_frame(part) for part in pieces(content, range(0, len(content), max(1, len(content) // frames)))
    )
    found = list(split_lines(unpack_chunks(pieces(packed, places), "x"), "x"))
    assert found == [line for line in lines if line]


@given(st.integers(1, 400))
def test_a_cut_file_gives_whole_lines_of_what_is_left_and_then_says_so(cut: int) -> None:
    lines = [b"line %d" % row for row in range(50)]
    packed = b"".join(pack_frame(b"\n".join(lines[row : row + 10]) + b"\n") for row in range(0, 50, 10))
    left = packed[: len(packed) - min(cut, len(packed) - 1)]
    found, reason = until_error(split_lines(unpack_chunks([left], "x"), "x"))
    assert reason in ("", "x: LZ4 frame is cut short")
    assert found == lines[: len(found)]


def test_a_damaged_frame_is_said_after_the_lines_before_it() -> None:
    packed = pack_frame(b"one\ntwo\n") + b"rubbish that is no frame"
    found, reason = until_error(split_lines(unpack_chunks([packed], "hour"), "hour"))
    assert found == [b"one", b"two"]
    assert reason.startswith("hour: damaged LZ4 frame")


def test_a_line_without_end_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LINE", 100)
    with pytest.raises(RemoteWireError, match="a line is longer than 100 bytes"):
        list(split_lines([b"x" * 60, b"x" * 60], "hour"))


@pytest.mark.parametrize(
    ("line", "is_block", "expected"),
    [
        (
            b'{"local_time":"2025-10-27T17:00:00.06","block_time":"2025-10-27T16:59:59.797563798","x":1}',
            True,
            1761584399797,
        ),
        (b'{"block_time": "2025-10-27T16:59:59.797563798+00:00","x":1}', True, 1761584399797),
        (b'{"block_time" : "2025-10-28T01:59:59.797+09:00","x":1}', True, 1761584399797),
        (b'["0x1",{"coin":"BTC","time":1761584399797}]', False, 1761584399797),
        (b'{"coin":"BTC","time":"2025-10-27T16:59:59.797563798","px":"1"}', False, 1761584399797),
        (b'{"block_time":"yesterday"}', True, None),
        (b'{"block_time":"2025-13-27T16:59:59"}', True, None),
        (b"{}", False, None),
    ],
)
def test_times_are_found_without_reading_the_line(line: bytes, is_block: bool, expected: int | None) -> None:
    assert line_time(line, is_block=is_block) == expected
