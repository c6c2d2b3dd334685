"""Tables of the scores of a day and their files: one a table and UTC day, each with a checksum of the whole of it.

A day counts where all its tables carry the same standing; so a writing that was cut short is made again.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import IO

import msgspec
import numpy as np
import polars as pl

from liqscape.errors import CorruptSegment
from liqscape.insight.attraction.columns import REAL_COLUMNS, WHOLE_COLUMNS
from liqscape.insight.score.fates import FATES
from liqscape.store.durable import replace_file
from liqscape.store.sealed_parquet import BLANK, SEAL_KEY, check_parquet, seal_parquet
from liqscape.units import AnyArray

FOLDER = "scores"
SCORE_VERSION = 2
"""Raised with every change after which scoring the same history gives something else."""
STANDING_KEY = "liqscape.scored"
TIME = pl.Datetime("ms", "UTC")

Columns = dict[str, AnyArray]
Tables = dict[str, pl.DataFrame]
"""Tables of a day by name."""

_TEXT, _COUNT, _REAL, _FLAG = pl.String(), pl.Int64(), pl.Float64(), pl.Boolean()

TABLES: dict[str, dict[str, pl.DataType]] = {
    "levels": {
        "coin": _TEXT,
        "side": _TEXT,
        "horizon": _TEXT,
        "distance": _TEXT,
        "age": _TEXT,
        "margin_source": _TEXT,
        "predicted_count": _COUNT,
        "predicted_usd": _REAL,
        "crossed_count": _COUNT,
        "crossed_usd": _REAL,
        "window_count": _COUNT,
        "inferred_usd": _REAL,
        **{
            f"{fate}_{figure}": dtype
            for fate in FATES
            for figure, dtype in (("count", _COUNT), ("usd", _REAL), ("window_count", _COUNT))
        },
    },
    "crossings": {
        "time": TIME,
        "end": TIME,
        "reached": TIME,
        "coin": _TEXT,
        "address": _TEXT,
        "side": _TEXT,
        "horizon": _TEXT,
        "level": _REAL,
        "mark": _REAL,
        "size": _REAL,
        "usd": _REAL,
        "age_ms": _COUNT,
        "margin_source": _TEXT,
        "is_apart": _FLAG,
        "fate": _TEXT,
        **{f"{fate}_lots": _COUNT for fate in FATES},
        "inferred_lots": _COUNT,
    },
    "liquidations": {
        "time": TIME,
        "coin": _TEXT,
        "address": _TEXT,
        "side": _TEXT,
        "horizon": _TEXT,
        "status": _TEXT,
        "level": _REAL,
        "trigger_mark": _REAL,
        "error_bp": _REAL,
        "distance": _TEXT,
        "age": _TEXT,
        "margin_source": _TEXT,
        "usd": _REAL,
        "method": _TEXT,
        "is_exact": _FLAG,
    },
    "asymmetry": {
        "time": TIME,
        "coin": _TEXT,
        "horizon": _TEXT,
        **{f"imbalance_{percent}": _REAL for percent in (1, 2, 5, 10)},
        "return_before": _REAL,
        "return_after": _REAL,
        "is_apart": _FLAG,
    },
    "trials": {
        "time": TIME,
        "coin": _TEXT,
        **dict.fromkeys(REAL_COLUMNS, _REAL),
        **dict.fromkeys(WHOLE_COLUMNS, _COUNT),
    },
    "unjudged": {"coin": _TEXT, "reason": _TEXT, "horizon": _TEXT, "count": _COUNT, "usd": _REAL},
}
"""Columns of each, in order."""


class DayStanding(msgspec.Struct, frozen=True, kw_only=True):
    """What the scores of a day were made of.

    last_ms      last stored frame that was looked at; the day is whole where it lies after its end.
    hour_count   hours of the day with a stored frame.
    is_everybodys  whether the liquidations are a list of everybody's, so that recall means something.
    """

    history_id: str
    first_ms: int
    last_ms: int
    hour_count: int
    coin_count: int
    is_everybodys: bool
    version: int = SCORE_VERSION


def day_path(folder: Path, table: str, day: str) -> Path:
    """File of a table and day."""
    return folder / table / f"{day}.parquet"


def frame_of(table: str, columns: Columns) -> pl.DataFrame:
    """Columns of memory as a table: times lose _ms, NaN is null."""
    made = []
    for name, dtype in TABLES[table].items():
        values = columns[f"{name}_ms" if dtype == TIME else name]
        if dtype == TIME:
            made.append(pl.Series(name, values.astype(np.int64), pl.Int64).cast(TIME))
        elif dtype == _TEXT:
            made.append(pl.Series(name, values.tolist(), _TEXT))
        else:
            made.append(pl.Series(name, values).cast(dtype))
    return pl.DataFrame(made).with_columns(pl.col(pl.Float64).fill_nan(None))


def empty_frame(table: str) -> pl.DataFrame:
    """The table without rows."""
    return pl.DataFrame(schema=TABLES[table])


def columns_of(frame: pl.DataFrame) -> Columns:
    """Columns of memory of a table: times get _ms, null is NaN."""
    made: Columns = {}
    for name, dtype in frame.schema.items():
        if dtype == TIME:
            made[f"{name}_ms"] = frame[name].dt.epoch("ms").to_numpy()
        elif dtype == pl.Float64:
            made[name] = frame[name].fill_null(float("nan")).to_numpy()
        else:
            made[name] = np.array(frame[name].to_list()) if dtype == pl.String else frame[name].to_numpy()
    return made


def write_table(folder: Path, table: str, day: str, frame: pl.DataFrame, standing: DayStanding) -> None:
    """Replace the file of a table and day in one step; durable on return. Raises OSError."""
    path = day_path(folder, table, day)
    path.parent.mkdir(parents=True, exist_ok=True)
    buffer = BytesIO()
    metadata = {STANDING_KEY: msgspec.json.encode(standing).decode(), SEAL_KEY: BLANK}
    frame.write_parquet(buffer, compression="zstd", metadata=metadata)
    replace_file(path, seal_parquet(buffer.getvalue()))


def read_table(folder: Path, table: str, day: str) -> tuple[pl.DataFrame, DayStanding]:
    """Rows of a table and day. Raises CorruptSegment for what was not written so, FileNotFoundError."""
    path = day_path(folder, table, day)
    content = path.read_bytes()
    if not check_parquet(content, path):
        raise CorruptSegment(f"{path}: its checksum is missing, the file is damaged", path=str(path))
    standing = _standing(BytesIO(content), path)
    try:
        frame = pl.read_parquet(BytesIO(content))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise CorruptSegment(f"{path}: {error}", path=str(path)) from error
    if standing.version == SCORE_VERSION and dict(frame.schema) != TABLES[table]:
        raise CorruptSegment(f"{path}: its columns are not those of version {SCORE_VERSION}", path=str(path))
    return frame, standing


def read_standing(folder: Path, table: str, day: str) -> DayStanding:
    """What a file says of itself. Raises as `read_table`; its rows are not looked at."""
    path = day_path(folder, table, day)
    with path.open("rb") as file:
        return _standing(file, path)


def _standing(file: IO[bytes], path: Path) -> DayStanding:
    try:
        held = pl.read_parquet_metadata(file).get(STANDING_KEY, "")
        return msgspec.json.decode(held, type=DayStanding)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, msgspec.MsgspecError) as error:
        raise CorruptSegment(f"{path}: {error}", path=str(path)) from error
