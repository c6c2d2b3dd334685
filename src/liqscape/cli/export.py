"""`liqscape export`: bands, positions, marks or clusters as one Parquet or CSV file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from liqscape.errors import NotFound, SettingsError
from liqscape.service.asked_time import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterator

    from liqscape.service.live import Now


def export(
    *,
    what: Literal["bands", "positions", "marks", "clusters"],
    out: Path,
    recording: Path | None = None,
    data: Path | None = None,
    coin: list[str] | None = None,
    from_: str | None = None,
    to: str | None = None,
    json: bool = False,
) -> None:
    """Write bands, positions, marks or clusters to a Parquet or CSV file.

    Every row says its source, its time and how it became known. The file appears whole or not at all.

    Parameters
    ----------
    what
        bands (of the 5 bp grid), positions (with their solved levels), marks, or clusters.
    out
        File to write; its ending, .parquet or .csv, decides the format.
    recording
        Folder of a recorded market (positions.parquet, markets.parquet).
    data
        Folder of stored history.
    coin
        Only this coin; may be given more than once.
    from_
        First time, ISO 8601 or milliseconds since 1970.
    to
        Last time, ISO 8601 or milliseconds since 1970.
    json
        Print what was written as one JSON document.
    """
    from liqscape.cli.export_tables import TableFile
    from liqscape.cli.output import print_json
    from liqscape.cli.progress import with_progress
    from liqscape.service.moment_rows import build_rows

    _check_out(out)
    start_ms = None if from_ is None else parse_time("--from", from_)
    end_ms = None if to is None else parse_time("--to", to)
    if start_ms is not None and end_ms is not None and start_ms > end_ms:
        raise SettingsError(f"--from {from_} is after --to {to}")
    chosen = tuple(dict.fromkeys(coin or ()))
    frames = 0
    with TableFile(out) as file:
        for moment in with_progress(_moments(recording, data, start_ms, end_ms), f"exporting {what}"):
            file.add(build_rows(what, moment, chosen))
            frames += 1
        if not frames:
            raise NotFound("no frame in the time asked for")
        rows = file.finish()
    if json:
        print_json({"out": str(out), "what": what, "frames": frames, "rows": rows})
    else:
        print(f"{out}: {rows:,} rows of {frames:,} frames")


def _moments(recording: Path | None, data: Path | None, start_ms: int | None, end_ms: int | None) -> Iterator[Now]:
    """Frames with their accounts in [start, end], oldest first."""
    from liqscape.cli.open_map import check_source
    from liqscape.service.folder_moments import recorded_moments, stored_moments

    check_source(recording, data)
    if recording is not None:
        for moment in recorded_moments(recording):
            if end_ms is not None and moment.frame.time_ms > end_ms:
                return
            if start_ms is None or moment.frame.time_ms >= start_ms:
                yield moment
    elif data is not None:
        yield from stored_moments(data, start_ms, end_ms)


def _check_out(out: Path) -> None:
    if out.suffix not in (".parquet", ".csv"):
        raise SettingsError(f"--out {out} must end in .parquet or .csv")
    if not out.absolute().parent.is_dir():
        raise SettingsError(f"--out {out}: the folder {out.absolute().parent} does not exist")
    if out.is_dir():
        raise SettingsError(f"--out {out} is a folder")
