"""steps.bin of a part: bands of each coin as windows show them, so that a window reads no table and no other coin.

It says what frames.parquet, coins.parquet and bands.parquet say of the last frame of each step, and nothing else: where
it is missing or damaged they are read. Steps are of 15 minutes, an hour and three hours (DETAILS); a window takes the
longest that divides its own. Of a band a part holds *intervals*: from the frame of one step up to that of another it
has so many coins. Nothing is averaged, so cells are the same to the bit from every detail. Where nearly
all are one frame long, all are cut into such (CUT_GROWTH): a window need not spread them over columns.

    index       a coin after the other, for each detail: uint64 offset, uint32 bytes, uint32 CRC-32 (of part, coin and
                detail as text, then the piece); 0 bytes where there is none
    piece       uint32 frames F, names N, intervals R, 0
                float64 mark (F,)           of the coin, NaN unknown
                int32 time (F,)             ms after the first frame of the part
                int32 thinned (F,)          frames taken out right after the frame before, as FRAMES says it
                int32 name (N,)             band * 2, and 1 where it is of longs; rising
                uint32 start (N + 1,)       first interval of each name
                float32 size (R,)           coins; by name, margin source and time
                uint8 begin (R,)            first frame
                uint8 end (R,)              frame after the last one; 128 is added where it is one position

Little-endian. The file is written after the tables, in one step, and is in no list of files: it can be made again.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from liqscape.store.history.schema import STEP_MS, Table
from liqscape.units import AnyArray, Float64Array, Int32Array, Int64Array

STEPS_NAME = "steps.bin"
DETAILS = tuple(steps * STEP_MS for steps in (1, 4, 12))
"""Lengths of steps, ms."""
ENTRY_BYTES = 16
ONE_POSITION = 128
MAX_FRAMES = 96
"""Steps of a day: a place among them takes seven bits."""
CUT_GROWTH = 1.25
"""Intervals are cut into single frames where that makes at most so many times as many."""
_VERSION = "1"
_HEAD_BYTES = 16


class StepFrames(NamedTuple):
    """Frames of a part that a detail shows: time, frames taken out before (see above), and their place among all."""

    time_ms: Int64Array
    thinned_count: Int32Array
    place: Int64Array


class CoinSteps(NamedTuple):
    """A piece: columns as above, but time_ms since 1970."""

    time_ms: Int64Array
    thinned_count: Int32Array
    mark: Float64Array
    name: AnyArray
    start: AnyArray
    size: AnyArray
    begin: AnyArray
    marked_end: AnyArray
    byte_count: int


def detail_of(step_ms: int) -> int | None:
    """Place in DETAILS of what a window of such steps is drawn from; None where only the accounts tell."""
    return next((place for place in reversed(range(len(DETAILS))) if step_ms % DETAILS[place] == 0), None)


def last_frames(time_ms: Int64Array, thinned_count: AnyArray, step_ms: int) -> StepFrames:
    """The last frame of each step. time_ms (F,) rising, thinned_count (F,) of all frames of a part.

    Columns look at what follows a frame to tell whether some were taken out after it: that of the frame that follows
    goes with the next one that stays.
    """
    step = time_ms // step_ms
    place = np.flatnonzero(np.append(step[1:] != step[:-1], True))
    follows = np.concatenate(([0], place[:-1] + 1))
    return StepFrames(time_ms[place], thinned_count[follows].astype(np.int32), place)


def encode_coin(bands: Table, marks: Float64Array, details: list[StepFrames], first_ms: int) -> Iterator[bytes]:
    """Its piece of each detail. bands: rows of BANDS of a coin; marks (F,) in all frames; details: of DETAILS."""
    key = (bands["band"].astype(np.int64) * 2 + (bands["side"] > 0)) * 8 + bands["margin_source"]
    order = np.argsort(key, kind="stable")
    key, size = key[order], bands["size"][order].astype(np.float32)
    begin = np.searchsorted(details[0].time_ms, bands["time_ms"][order])
    end = np.append(begin[1:], 0)
    end[np.append(key[1:] != key[:-1], True)[: len(key)]] = len(details[0].time_ms)
    mark_of_one = np.where(bands["position_count"][order] == 1, ONE_POSITION, 0)
    for frames in details:
        shown = np.searchsorted(details[0].time_ms, frames.time_ms)
        first, last = np.searchsorted(shown, begin), np.searchsorted(shown, end)
        kept = np.flatnonzero((first < last) & (size != 0.0))
        first, last = first[kept], last[kept]
        length = last - first
        if length.sum() <= CUT_GROWTH * len(kept):
            kept = kept.repeat(length)
            first = first.repeat(length) + np.arange(len(kept)) - (length.cumsum() - length).repeat(length)
            last = first + 1
        name, start = np.unique(key[kept] >> 3, return_index=True)
        yield b"".join(
            (
                np.array([len(frames.time_ms), len(name), len(kept), 0], "<u4").tobytes(),
                marks[frames.place].astype("<f8").tobytes(),
                (frames.time_ms - first_ms).astype("<i4").tobytes(),
                frames.thinned_count.astype("<i4").tobytes(),
                name.astype("<i4").tobytes(),
                np.append(start, len(kept)).astype("<u4").tobytes(),
                size[kept].astype("<f4").tobytes(),
                first.astype(np.uint8).tobytes(),
                (last + mark_of_one[kept]).astype(np.uint8).tobytes(),
            )
        )


def decode_piece(content: bytes, first_ms: int) -> CoinSteps:
    """Of a piece whose checksum fits."""
    frames, names, rows, _ = np.frombuffer(content, "<u4", 4).tolist()
    after = _HEAD_BYTES + 8 * frames
    starts = after + 8 * frames + 4 * names
    sizes = starts + 4 * (names + 1)
    return CoinSteps(
        time_ms=np.frombuffer(content, "<i4", frames, after) + np.int64(first_ms),
        thinned_count=np.frombuffer(content, "<i4", frames, after + 4 * frames),
        mark=np.frombuffer(content, "<f8", frames, _HEAD_BYTES),
        name=np.frombuffer(content, "<i4", names, after + 8 * frames),
        start=np.frombuffer(content, "<u4", names + 1, starts),
        size=np.frombuffer(content, "<f4", rows, sizes),
        begin=np.frombuffer(content, np.uint8, rows, sizes + 4 * rows),
        marked_end=np.frombuffer(content, np.uint8, rows, sizes + 5 * rows),
        byte_count=len(content),
    )


def sum_of_piece(part: str, coin: str, detail: int, content: bytes) -> int:
    """Its CRC-32: a piece of another part, coin, detail or version does not fit."""
    return zlib.crc32(content, zlib.crc32(f"LQST{_VERSION} {part} {coin} {DETAILS[detail]}".encode()))


def index_place(market_index: int, detail: int) -> int:
    """Offset of an entry of the index."""
    return (market_index * len(DETAILS) + detail) * ENTRY_BYTES
