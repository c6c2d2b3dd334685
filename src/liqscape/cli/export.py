"""`liqscape export`: levels, bands, positions, marks or clusters as one Parquet or CSV file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from liqscape.errors import NotFound, SettingsError
from liqscape.service.asked_time import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterator

    from liqscape.heatmap.moment import Moment


def export(
    *,
    what: Literal["levels", "bands", "positions", "pools", "marks", "clusters"],
    out: Path,
    recording: Path | None = None,
    data: Path | None = None,
    coin: list[str] | None = None,
    at: str | None = None,
    start: str | None = None,
    end: str | None = None,
    within_percent: float | None = None,
    interval: bool = False,
    json: bool = False,
) -> None:
    """Write levels, bands, positions, marks or clusters to a Parquet or CSV file.

    Every row says its source, its time and how it became known. The file appears whole or not at all.

    Parameters
    ----------
    what
        levels (positions that have one on the map), bands (of the 5 bp grid), positions (all, exempt ones and those
        without a level too), pools (what margin is reckoned of), marks, or clusters.
    out
        File to write; its ending, .parquet or .csv, decides the format.
    recording
        Folder of a recorded market (positions.parquet, markets.parquet).
    data
        Folder of stored history.
    coin
        Only this coin; may be given more than once.
    at
        The one frame at or before this time, ISO 8601 (UTC unless it says otherwise) or milliseconds since 1970; all by
        default.
    start
        First time, ISO 8601 or milliseconds since 1970.
    end
        Last time, ISO 8601 or milliseconds since 1970.
    within_percent
        With levels: only those at most so far from the mark, in percent of it.
    interval
        With bands: add low and high, USD that the band holds at least and at most on that side (docs/intervals.md).
    json
        Print what was written as one JSON document.
    """
    from liqscape.cli.open_map import check_source

    _check_out(out)
    if within_percent is not None and what != "levels":
        raise SettingsError(f"--within-percent goes with --what levels, not with {what}")
    if interval and what != "bands":
        raise SettingsError(f"--interval goes with --what bands, not with {what}")
    span = _span(at, start, end)
    check_source(recording, data)
    from liqscape.cli.export_tables import TableFile
    from liqscape.cli.output import print_json
    from liqscape.cli.progress import with_progress
    from liqscape.service.interval_rows import with_intervals
    from liqscape.service.kinds import no_vaults, stored_vaults
    from liqscape.service.moment_rows import build_rows

    chosen = tuple(dict.fromkeys(coin or ()))
    vaults = no_vaults if data is None else stored_vaults(data)
    frames = 0
    with TableFile(out) as file:
        moments = _moments(recording, data, span, chosen)  # one shows its own bar while it is looked for
        for moment in moments if span.at_ms is not None else with_progress(moments, f"exporting {what}"):
            rows_of = build_rows(what, moment, chosen, within_percent=within_percent, vaults=vaults)
            file.add(with_intervals(rows_of, moment) if interval else rows_of)
            frames += 1
        if not frames:
            raise NotFound("no frame in the time asked for")
        rows = file.finish()
    if json:
        print_json({"out": str(out), "what": what, "frames": frames, "rows": rows})
    else:
        print(f"{out}: {rows:,} rows of {frames:,} frames")


@dataclass(frozen=True)
class _AskedFrames:
    """Frames that are asked for: the one at or before `at_ms`, or all of [start, end], ms UTC."""

    at_ms: int | None
    start_ms: int | None
    end_ms: int | None


def _span(at: str | None, start: str | None, end: str | None) -> _AskedFrames:
    """Raises SettingsError for times that cannot be read or exclude each other."""
    start_ms = None if start is None else parse_time("--start", start)
    end_ms = None if end is None else parse_time("--end", end)
    if start_ms is not None and end_ms is not None and start_ms > end_ms:
        raise SettingsError(f"--start {start} is after --end {end}")
    if at is None:
        return _AskedFrames(None, start_ms, end_ms)
    if start is not None or end is not None:
        raise SettingsError("--at names one frame, --start and --end a span of them: give the one or the other")
    return _AskedFrames(parse_time("--at", at), None, None)


def _moments(recording: Path | None, data: Path | None, span: _AskedFrames, coins: tuple[str, ...]) -> Iterator[Moment]:
    """Frames with their accounts, oldest first."""
    from liqscape.cli.open_map import recorded_moment
    from liqscape.service.folder_moments import recorded_moments, stored_moment, stored_moments

    if recording is not None:
        if span.at_ms is not None:
            yield recorded_moment(recording, span.at_ms, coins)
            return
        for moment in recorded_moments(recording):
            if span.end_ms is not None and moment.frame.time_ms > span.end_ms:
                return
            if span.start_ms is None or moment.frame.time_ms >= span.start_ms:
                yield moment
    elif data is not None:
        if span.at_ms is not None:
            yield stored_moment(data, span.at_ms)
        else:
            yield from stored_moments(data, span.start_ms, span.end_ms)


def _check_out(out: Path) -> None:
    if out.suffix not in (".parquet", ".csv"):
        raise SettingsError(f"--out {out} must end in .parquet or .csv")
    if not out.absolute().parent.is_dir():
        raise SettingsError(f"--out {out}: the folder {out.absolute().parent} does not exist")
    if out.is_dir():
        raise SettingsError(f"--out {out} is a folder")
