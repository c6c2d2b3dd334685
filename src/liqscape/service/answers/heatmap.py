"""A window of history, time by price, as numbers: the same cells as compact bytes and as JSON.

Bytes (docs/api.md, "Binary heatmap"): `LQH1`, uint32 header length n, n bytes of JSON header padded with
spaces so that 8 + n divides by 8, then little-endian float64 as_of_ms (columns,), float64 mark (columns,),
float32 long and short (rows, columns) in USD. NaN is a hole or an unknown mark; -1 in as_of_ms a hole.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import numpy as np

from liqscape.errors import RemoteWireError
from liqscape.heatmap.density import lone_runs
from liqscape.heatmap.frame import Provenance
from liqscape.heatmap.grid import LOG_WIDTH
from liqscape.service.answers.damage import DamageRow
from liqscape.service.answers.parts import (
    ProvenanceAnswer,
    TimeMs,
    Usd,
    known_list,
    provenance_answer,
)
from liqscape.units import Float32Array, Float64Array, Int64Array

if TYPE_CHECKING:
    from liqscape.store.history import HeatmapWindow

MAGIC = b"LQH1"
QUANTILES = (0.5, 0.9, 0.99)
CELLS_A_PIECE = 20_000
"""Some 5 ms of encoding, so often others get their turn."""

Cell = tuple[int, int, float, float]
LoneRun = tuple[int, int, int]


class HeatmapHeader(msgspec.Struct, frozen=True, kw_only=True):
    """What the cells mean. Row r starts at exp((first_band + r) * log_width * 2^level) USD."""

    provenance: ProvenanceAnswer
    as_of_ms: Annotated[int, msgspec.Meta(description="Time of the last frame shown; -1 where all is a hole.")]
    coin: str
    value: Annotated[str, msgspec.Meta(description="mark: size * mark; level: size * middle of the band of 5 bp.")]
    level: int
    first_band: int
    rows: int
    columns: int
    start_ms: TimeMs
    step_ms: Annotated[int, msgspec.Meta(description="Column c shows the last frame before its end.")]
    log_width: Annotated[float, msgspec.Meta(description="ln of the ratio of two edges of the base grid.")]
    maximum: Annotated[float, msgspec.Meta(description="Largest long + short of a cell, USD.")]
    quantiles: Annotated[dict[str, Usd], msgspec.Meta(description="Of non-zero long + short cells, USD.")] | None
    damaged: Annotated[list[DamageRow], msgspec.Meta(description="Damaged files that left holes in this window.")]
    mode: Annotated[str, msgspec.Meta(description="solo or joint.")] = "solo"
    betas_origins: (
        Annotated[
            list[str],
            msgspec.Meta(
                description="Where the betas of the columns are from, in words, the last first; null if solo."
            ),
        ]
        | None
    ) = None
    lone: (
        Annotated[
            list[LoneRun],
            msgspec.Meta(
                description="[row, first column, column after the last] of cells above `high` of the coin's scale of "
                "which one account holds 90 % or more; null: not asked for, or there is no scale."
            ),
        ]
        | None
    ) = None
    lone_rule: (
        Annotated[
            Literal["accounts", "bands"],
            msgspec.Meta(
                description="accounts: every level was looked at. bands: columns come from stored bands, where only an "
                "account that has a band of 5 bp to itself is told apart. null with lone."
            ),
        ]
        | None
    ) = None


class HeatmapJson(HeatmapHeader, frozen=True, kw_only=True):
    """The header and the non-zero cells."""

    as_of_ms_columns: list[int]
    mark: list[float | None]
    cells: Annotated[list[Cell], msgspec.Meta(description="[column, row, long, short], USD.")]


@dataclass(frozen=True, kw_only=True)
class HeatmapAnswer:
    """A window and its header; `to_bytes` and `to_json` hold the same numbers.

    as_of_ms (columns,) int64; mark (columns,) f64; long, short (rows, columns) f32, row 0 the lowest price.
    """

    header: HeatmapHeader
    as_of_ms: Int64Array
    mark: Float64Array
    long: Float32Array
    short: Float32Array

    def to_bytes(self) -> bytes:
        """The binary form."""
        head = msgspec.json.encode(self.header)
        head += b" " * (-len(head) % 8)
        return b"".join(
            (
                MAGIC,
                struct.pack("<I", len(head)),
                head,
                self.as_of_ms.astype("<f8").tobytes(),
                self.mark.astype("<f8").tobytes(),
                self.long.astype("<f4").tobytes(),
                self.short.astype("<f4").tobytes(),
            )
        )

    @classmethod
    def from_bytes(cls, content: bytes) -> HeatmapAnswer:
        """The answer of which these are the binary form. Raises RemoteWireError for other bytes."""
        if content[:4] != MAGIC or len(content) < 8:
            raise RemoteWireError(f"a heatmap begins with {MAGIC!r}, not with {content[:4]!r}")
        (length,) = struct.unpack_from("<I", content, 4)
        try:
            header = msgspec.json.decode(content[8 : 8 + length], type=HeatmapHeader)
        except msgspec.MsgspecError as error:
            raise RemoteWireError(f"the header of a heatmap cannot be read: {error}") from None
        columns, cells = header.columns, header.rows * header.columns
        wanted = 8 + length + 16 * columns + 8 * cells
        if len(content) != wanted:
            raise RemoteWireError(f"a heatmap of {header.rows} x {columns} has {wanted} bytes, not {len(content)}")
        start = 8 + length
        as_of = np.frombuffer(content, "<f8", columns, start).astype(np.int64)
        mark = np.frombuffer(content, "<f8", columns, start + 8 * columns)
        sides = np.frombuffer(content, "<f4", 2 * cells, start + 16 * columns).reshape(2, header.rows, columns)
        return cls(header=header, as_of_ms=as_of, mark=mark, long=sides[0], short=sides[1])

    def to_json(self) -> bytes:
        """The JSON form: non-zero cells only; a column with as_of -1 is a hole, not empty.

        Encoded piece by piece: a million cells as objects are 200 MB, and encoding them in one go keeps every other
        thread waiting.
        """
        fields = {name: getattr(self.header, name) for name in HeatmapHeader.__struct_fields__}
        empty = HeatmapJson(**fields, as_of_ms_columns=self.as_of_ms.tolist(), mark=known_list(self.mark), cells=[])
        head = msgspec.json.encode(empty).removesuffix(b"]}")
        return head + b",".join(msgspec.json.encode(piece)[1:-1] for piece in self._cells()) + b"]}"

    def _cells(self) -> Iterator[list[Cell]]:
        """Cells that hold something, by column, CELLS_A_PIECE or fewer at a time; none of a window that is empty."""
        long, short = np.nan_to_num(self.long), np.nan_to_num(self.short)
        columns, rows = np.nonzero((long + short).T)
        for first in range(0, len(columns), CELLS_A_PIECE):
            place = slice(first, first + CELLS_A_PIECE)
            picked = (rows[place], columns[place])
            sums = long[picked].tolist(), short[picked].tolist()
            yield list(zip(columns[place].tolist(), rows[place].tolist(), *sums, strict=True))


def heatmap_answer(
    window: HeatmapWindow,
    provenance: Provenance,
    value: str,
    damaged: list[DamageRow],
    betas_origins: Sequence[str] | None = None,
    high: float | None = None,
) -> HeatmapAnswer:
    """Header figures of a window of history; betas_origins: of one at joint levels; high: of the coin's scale, to tell
    hot cells that are one account's."""
    total = window.long + window.short
    cells = total[total > 0.0]
    header = HeatmapHeader(
        provenance=provenance_answer(provenance),
        as_of_ms=int(window.as_of_ms.max(initial=-1)),
        coin=window.coin,
        value=value,
        level=window.level,
        first_band=window.first_band,
        rows=window.rows,
        columns=window.columns,
        start_ms=window.start_ms,
        step_ms=window.step_ms,
        log_width=LOG_WIDTH,
        maximum=float(cells.max(initial=0.0)),
        quantiles=_quantiles(cells),
        damaged=damaged,
        mode="solo" if betas_origins is None else "joint",
        betas_origins=None if betas_origins is None else list(betas_origins),
        lone=_lone(window, total, high),
        lone_rule=None if high is None else "bands" if window.is_largest_of_bands else "accounts",
    )
    return HeatmapAnswer(
        header=header, as_of_ms=window.as_of_ms, mark=window.mark, long=window.long, short=window.short
    )


def _lone(window: HeatmapWindow, total: Float32Array, high: float | None) -> list[LoneRun] | None:
    if high is None or window.largest is None:
        return None
    return lone_runs(total, window.largest, window.level, high)


def _quantiles(cells: Float32Array) -> dict[str, float] | None:
    """Order statistics (the value at rank floor(q * n)), None without cells."""
    if not len(cells):
        return None
    ranks = [min(int(quantile * len(cells)), len(cells) - 1) for quantile in QUANTILES]
    ordered = np.partition(cells, ranks)
    return {str(quantile): float(ordered[rank]) for quantile, rank in zip(QUANTILES, ranks, strict=True)}
