"""Writes and reads steps.bin of parts (step_format.py)."""

from __future__ import annotations

import logging
import os
import struct
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import BinaryIO

import numpy as np

from liqscape.errors import CorruptSegment
from liqscape.store.durable import TEMPORARY, flush_folder
from liqscape.store.history.manifest import Definition, PartEntry
from liqscape.store.history.parts import PARTS_FOLDER, PartReader
from liqscape.store.history.schema import BANDS, COINS, FRAMES, Table, pick_rows
from liqscape.store.history.step_format import (
    DETAILS,
    ENTRY_BYTES,
    MAX_FRAMES,
    STEPS_NAME,
    CoinSteps,
    decode_piece,
    encode_coin,
    index_place,
    last_frames,
    sum_of_piece,
)
from liqscape.units import Float64Array, Int64Array

log = logging.getLogger("liqscape.store")

COINS_A_PIECE = 32
"""Coins whose bands are in memory at once while a file is made."""
KEPT_BYTES = 8_000_000
"""A week of a busy coin is 1.5 MB."""

MAX_PIECE_BYTES, MAX_OFFSET = 1 << 28, 1 << 48
"""Of a piece; what an index says beyond is damage."""

UNSOUND = "checksum does not fit, the file is damaged"

_ENTRY = struct.Struct("<QII")
_OF_BANDS = ["time_ms", "market_index", "band", "side", "margin_source", "size", "position_count"]


class StepRun:
    """One coin in a part, at the last frame of each step: what a window asks of a run (ShownRun) for it."""

    def __init__(self, entry: PartEntry, definition: Definition, steps: CoinSteps) -> None:
        self.definition = definition
        self.first_ms, self.last_ms = entry.first_ms, entry.last_ms
        self.steps = steps

    def frames(self) -> Table:
        """Of FRAMES, what tells which frame a column shows."""
        return {"time_ms": self.steps.time_ms, "thinned_count": self.steps.thinned_count}

    def marks(self, _market_index: int, /) -> Float64Array:
        """Mark of its coin in those frames."""
        return self.steps.mark


def write_steps(folder: Path, entry: PartEntry, definition: Definition) -> bool:
    """Make the file of a part from its tables; durable on return. Whether it is there now.

    A part of version 1, one with a damaged table, and one the disk has no room beside go without: windows read the
    tables then. Raises FileNotFoundError where the part is gone.
    """
    path = folder / PARTS_FOLDER / entry.name / STEPS_NAME
    temporary = path.with_name(f"{TEMPORARY}{STEPS_NAME}")
    try:
        part = PartReader(folder, entry, definition.markets)
        if part.is_former:
            return False
        with temporary.open("wb") as file:
            _write(file, part, entry, definition.markets.coins)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        flush_folder(path.parent)
    except FileNotFoundError:
        raise
    except (OSError, CorruptSegment) as error:
        log.warning("%s: no %s is made: %s", entry.name, STEPS_NAME, error)
        temporary.unlink(missing_ok=True)
        return False
    return True


def is_sound(folder: Path, entry: PartEntry, coins: tuple[str, ...]) -> bool:
    """Whether the file of a part is what was written, all of it. Raises FileNotFoundError where there is none."""
    try:
        content = (folder / PARTS_FOLDER / entry.name / STEPS_NAME).read_bytes()
    except IsADirectoryError:
        return False
    end = index_place(len(coins), 0)
    if len(content) < end:
        return False
    for market_index, coin in enumerate(coins):
        for detail in range(len(DETAILS)):
            offset, size, check = _ENTRY.unpack_from(content, index_place(market_index, detail))
            piece = content[end : end + size]
            wanted = (end, sum_of_piece(entry.name, coin, detail, piece)) if size else (0, 0)
            if (offset, check) != wanted or len(piece) != size:
                return False
            end += size
    return end == len(content)


class StepFiles:
    """Reads pieces of parts, and keeps those asked for last. Usable from any thread."""

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._kept_bytes = kept_bytes
        self._held_bytes = 0
        self._lock = Lock()
        self._kept: OrderedDict[tuple[str, str, int], CoinSteps] = OrderedDict()

    def run_of(self, folder: Path, entry: PartEntry, definition: Definition, coin: str, detail: int) -> StepRun | None:
        """A coin in a part; None where the tables are to be read."""
        steps = self._read(folder, entry, definition, coin, detail)
        return None if steps is None else StepRun(entry, definition, steps)

    def _read(self, folder: Path, entry: PartEntry, definition: Definition, coin: str, detail: int) -> CoinSteps | None:
        key = (entry.name, coin, detail)
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
                return kept
        market_index = definition.markets.find(coin)
        if market_index is None:
            return None
        content = _read_piece(folder, entry.name, coin, market_index, detail)
        if content is None:
            return None
        steps = decode_piece(content, entry.first_ms)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = steps
                self._held_bytes += steps.byte_count
            while self._held_bytes > self._kept_bytes:
                self._held_bytes -= self._kept.popitem(last=False)[1].byte_count
        return steps


def _write(file: BinaryIO, part: PartReader, entry: PartEntry, coins: tuple[str, ...]) -> None:
    frames = part.read(FRAMES, ["time_ms", "thinned_count"])
    details = [last_frames(frames["time_ms"], frames["thinned_count"], step_ms) for step_ms in DETAILS]
    index = bytearray(len(coins) * len(DETAILS) * ENTRY_BYTES)
    file.write(index)
    offset = len(index)
    marks = part.read(COINS, ["market_index", "mark"])
    for market_index, bands in _bands_of(part, coins):
        own = _marks_of(marks, market_index)
        if len(details[0].time_ms) > MAX_FRAMES or len(own) != len(frames["time_ms"]):
            continue
        for detail, piece in enumerate(encode_coin(bands, own, details, entry.first_ms)):
            check = sum_of_piece(entry.name, coins[market_index], detail, piece)
            _ENTRY.pack_into(index, index_place(market_index, detail), offset, len(piece), check)
            file.write(piece)
            offset += len(piece)
    file.seek(0)
    file.write(index)


def _bands_of(part: PartReader, coins: tuple[str, ...]) -> Iterator[tuple[int, Table]]:
    """Each coin's place among the markets and its rows of BANDS, in order of time."""
    import polars as pl

    for first in range(0, len(coins), COINS_A_PIECE):
        names = coins[first : first + COINS_A_PIECE]
        where = None if len(names) == len(coins) else pl.col("coin").is_in(list(names))
        rows = part.read(BANDS, _OF_BANDS, where)
        numbers = np.arange(first, first + len(names) + 1)
        limits: Int64Array = np.searchsorted(rows["market_index"], numbers)
        for place in range(len(names)):
            yield first + place, pick_rows(rows, slice(int(limits[place]), int(limits[place + 1])))


def _marks_of(rows: Table, market_index: int) -> Float64Array:
    """Of rows of COINS, which are by market, then time."""
    begin, end = np.searchsorted(rows["market_index"], (market_index, market_index + 1)).tolist()
    marks: Float64Array = rows["mark"][begin:end]
    return marks


def _read_piece(folder: Path, part: str, coin: str, market_index: int, detail: int) -> bytes | None:
    try:
        descriptor = os.open(f"{folder}/{PARTS_FOLDER}/{part}/{STEPS_NAME}", os.O_RDONLY)
    except OSError:  # where the whole part is gone, its tables say so
        return None
    try:
        entry = os.pread(descriptor, ENTRY_BYTES, index_place(market_index, detail))
        if len(entry) < ENTRY_BYTES:
            return None
        offset, size, check = _ENTRY.unpack(entry)
        if not size or size > MAX_PIECE_BYTES or offset > MAX_OFFSET:
            return None
        content = os.pread(descriptor, size, offset)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return content if len(content) == size and sum_of_piece(part, coin, detail, content) == check else None
