"""Snapshot tables of others: their columns are named, the rest is a recorded market (sources/recording).

Needed are address, coin, szi, the time, and of the mark either position_value or mark_px. Sizes may be unsigned with a
column `side`. Cash (raw_usd, or account_value) makes levels exact; without it pools are inferred from the published
liquidation prices, exactly as for a recording; a table with neither cannot give a level and is refused. Where cash is
given all positions of an address are taken for one cross pool.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars

from liqscape.errors import InputError, SettingsError
from liqscape.heatmap.frame import Provenance
from liqscape.model.events import AccountsObserved, Event
from liqscape.sources.recording import RecordingSource, refuse_damaged
from liqscape.sources.recording.positions import COLUMNS, FILE_NAME
from liqscape.sources.recording.times import parse_time_ms
from liqscape.units import PoolMode, Quality

CASH = ("raw_usd", "account_value")
FURTHER = ("mark_px", "side", *CASH)
NAMES = (*COLUMNS, *FURTHER)
SHORT_WORDS = ("short", "s", "sell", "a", "ask", "-1")
LONG_WORDS = ("long", "l", "buy", "b", "bid", "1")
SECONDS_BELOW = 100_000_000_000
"""A time given as a number below this is in seconds: in milliseconds it would be before 1974."""
DISPLAYED = ("entry_px", "leverage")
"""Columns that decide no level: a table may lack them. One stands in while reading, unknown in what comes of it."""


def parse_columns(pairs: list[str]) -> dict[str, str]:
    """`szi=size` pairs, ours first. Raises SettingsError for anything else."""
    columns: dict[str, str] = {}
    for pair in pairs:
        ours, mark, theirs = pair.partition("=")
        if not mark or not theirs or ours not in NAMES:
            raise SettingsError(f"--column {pair}: must be OURS=THEIRS, OURS one of {', '.join(NAMES)}")
        columns[ours] = theirs
    return columns


class ForeignSource:
    """The source of a foreign table, once rearranged in `folder` as a recorded market.

    Raises InputError naming file, column and rule.
    """

    def __init__(self, file: Path, columns: Mapping[str, str], folder: Path) -> None:
        cash, self._unknown = rearrange(file, columns, folder)
        self._recording = RecordingSource(folder)
        self._cash = cash
        solved = self._recording.solved
        count = len(solved.times_ms)
        how = "cash given" if cash is not None else "margin inferred from published liquidation prices"
        note = f"{count} snapshots of a table of others, {how}; an account missing from one may be a failed request"
        self.provenance = (
            replace(self._recording.provenance, name=file.name)
            if cash is None
            else Provenance("recording", file.name, False, note)
        )

    @property
    def first_ms(self) -> int:
        """Time of the first snapshot."""
        return self._recording.first_ms

    @property
    def last_ms(self) -> int:
        """Time of the last snapshot."""
        return self._recording.last_ms

    def events(self) -> Iterator[Event]:
        """Those of the recording; with cash, accounts as given instead of inferred."""
        for event in self._recording.events():
            if isinstance(event, AccountsObserved):
                known = event if self._cash is None else self._given(event)
                nothing = np.full(known.accounts.position_count, np.nan)
                accounts = known.accounts
                yield replace(
                    known,
                    accounts=replace(
                        accounts,
                        entry_price=nothing if "entry_px" in self._unknown else accounts.entry_price,
                        leverage=nothing if "leverage" in self._unknown else accounts.leverage,
                    ),
                )
            else:
                yield event

    def _given(self, event: AccountsObserved) -> AccountsObserved:
        accounts = self._recording.solved.accounts
        first, last = np.searchsorted(accounts.observed_ms, [event.time_ms, event.time_ms + 1])
        taken = accounts.take(np.arange(first, last))
        rows, renumbered = np.unique(taken.address_row, return_inverse=True)
        names = tuple(accounts.addresses[row] for row in rows)
        raw_usd = np.array([self._cash_of(event.time_ms, names[row]) for row in renumbered.tolist()])
        given = replace(
            taken,
            addresses=names,
            address_row=renumbered.astype(np.int32),
            raw_usd=raw_usd,
            quality=np.where(np.isnan(raw_usd), Quality.UNKNOWN, Quality.STATE).astype(np.uint8),
            mode=np.full(len(raw_usd), PoolMode.CROSS, np.uint8),
        )
        return AccountsObserved(event.time_ms, 0, given, is_complete=True)

    def _cash_of(self, time_ms: int, address: str) -> float:
        assert self._cash is not None
        return self._cash.get((time_ms, address), np.nan)


Cash = dict[tuple[int, str], float]
"""Raw USD by time (ms) and address."""


def rearrange(file: Path, columns: Mapping[str, str], folder: Path) -> tuple[Cash | None, tuple[str, ...]]:
    """Write a table as `positions.parquet` of a folder; returns its cash, if it has any, and the columns it lacks."""
    table = _read(file)
    named = {ours: columns.get(ours, ours) for ours in NAMES}
    missing = [theirs for ours, theirs in columns.items() if theirs not in table.columns]
    if missing:
        raise InputError(f"{file}: column {missing[0]!r} is missing; there are: {', '.join(table.columns)}")
    present = {ours: theirs for ours, theirs in named.items() if theirs in table.columns}
    for needed in ("snapshot_ts", "address", "coin", "szi"):
        if needed not in present:
            raise InputError(f"{file}: no column {needed!r}; name it with --column {needed}=THEIRS", file=str(file))
    frame = table.select(polars.col(theirs).alias(ours) for ours, theirs in present.items())
    try:
        frame = _with_values(_with_sign(_with_times(frame, file), file), file)
        unknown = tuple(name for name in DISPLAYED if name not in frame.columns)
        frame = frame.with_columns(polars.lit(1.0).alias(name) for name in unknown)
        has_cash = any(name in frame.columns for name in CASH)
        if "liquidation_px" not in frame.columns:
            if not has_cash:
                raise InputError(
                    f"{file}: neither liquidation_px nor raw_usd nor account_value: nothing to solve levels from",
                    file=str(file),
                )
            frame = frame.with_columns(polars.lit(None, polars.Float64).alias("liquidation_px"))
        folder.mkdir(parents=True, exist_ok=True)
        frame.select(COLUMNS).write_parquet(folder / FILE_NAME)
        return (_cash(frame) if has_cash else None), unknown
    except (polars.exceptions.PolarsError, OSError) as error:
        raise InputError(f"{file}: {str(error).splitlines()[0]}", file=str(file)) from None


def _read(file: Path) -> polars.DataFrame:
    if file.suffix == ".parquet":
        refuse_damaged([file])
    try:
        return polars.read_csv(file, try_parse_dates=False) if file.suffix == ".csv" else polars.read_parquet(file)
    except (polars.exceptions.PolarsError, polars.exceptions.PanicException, OSError, ValueError) as error:
        reason = (str(error).splitlines() or [""])[0][:160]
        raise InputError(f"{file}: not a readable table ({reason})", file=str(file)) from None


def _with_times(frame: polars.DataFrame, file: Path) -> polars.DataFrame:
    """snapshot_ts as ISO text."""
    column, kind = polars.col("snapshot_ts"), frame.schema["snapshot_ts"]
    if kind == polars.String:
        return frame
    if kind.is_integer():
        is_seconds = bool((frame["snapshot_ts"].abs().max() or 0) < SECONDS_BELOW)  # type: ignore[operator]
        column = polars.from_epoch(column, time_unit="s" if is_seconds else "ms")
    elif not isinstance(kind, polars.Datetime):
        raise InputError(f"{file}: snapshot_ts holds {kind}, must hold times", file=str(file))
    elif kind.time_zone is not None:
        column = column.dt.convert_time_zone("UTC")
    return frame.with_columns(column.dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").alias("snapshot_ts"))


def _with_sign(frame: polars.DataFrame, file: Path) -> polars.DataFrame:
    if "side" not in frame.columns:
        return frame
    word = frame["side"].cast(polars.String).str.to_lowercase()
    unknown = sorted(set(word.fill_null("null").unique()) - {*SHORT_WORDS, *LONG_WORDS})
    if unknown:
        raise InputError(f"{file}: side holds {unknown[0]!r}, must say long or short", file=str(file))
    sign = polars.when(word.is_in(list(SHORT_WORDS))).then(-1.0).otherwise(1.0)
    return frame.with_columns((polars.col("szi").cast(polars.Float64).abs() * sign).alias("szi"))


def _with_values(frame: polars.DataFrame, file: Path) -> polars.DataFrame:
    if "position_value" not in frame.columns:
        if "mark_px" not in frame.columns:
            raise InputError(f"{file}: neither position_value nor mark_px: the mark is not known", file=str(file))
        value = polars.col("szi").cast(polars.Float64).abs() * polars.col("mark_px").cast(polars.Float64)
        return frame.with_columns(value.alias("position_value"))
    return frame.with_columns(polars.col("position_value").cast(polars.Float64).abs())


def _cash(frame: polars.DataFrame) -> Cash:
    """Raw USD by (time, address); of account values what is left without the positions' exposure."""
    exposure = polars.col("szi").cast(polars.Float64).sign() * polars.col("position_value")
    name = next(name for name in CASH if name in frame.columns)
    given = polars.col(name).cast(polars.Float64).first()
    cash = given if name == "raw_usd" else given - exposure.sum()
    rows = frame.group_by("snapshot_ts", polars.col("address").str.to_lowercase()).agg(cash.alias("cash"))
    times = {text: parse_time_ms(text) for text in rows["snapshot_ts"].unique()}
    found: Cash = {}
    for text, address, value in rows.iter_rows():
        time_ms = times[text]
        if time_ms is not None and value is not None:
            found[time_ms, address] = value
    return found
