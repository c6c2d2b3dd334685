"""`liqscape levels`: the level of every recorded position, beside the published one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.errors import SettingsError

if TYPE_CHECKING:
    from liqscape.sources.recording.levels import LevelSummary


def levels(*, recording: Path, out: Path, json: bool = False) -> None:
    """Write the level of every position of a recording to a table.

    One row per position and snapshot, all but those of size zero, in the order of the input: snapshot_ts, address,
    coin, size, mark, notional, published_liquidation_price, solved_liquidation_price, class. The solved price comes
    from other prices of the same account, never from the row's own; it is null where they do not determine it or
    where no positive mark liquidates, and the class says which. The file appears whole or not at all.

    Parameters
    ----------
    recording
        Folder of a recorded market (positions.parquet, and markets.parquet if there is one).
    out
        Parquet file to write.
    json
        Print the summary as one JSON document.
    """
    if out.suffix != ".parquet":
        raise SettingsError(f"--out {out} must end in .parquet")
    if not out.absolute().parent.is_dir():
        raise SettingsError(f"--out {out}: the folder {out.absolute().parent} does not exist")
    if out.is_dir():
        raise SettingsError(f"--out {out} is a folder")
    if not recording.is_dir():
        raise SettingsError(f"--recording {recording} is not a folder")
    from liqscape.cli.export_tables import TableFile
    from liqscape.cli.output import print_json
    from liqscape.cli.progress import with_progress
    from liqscape.sources.recording import recording_files, refuse_damaged, solve_levels

    refuse_damaged(recording_files(recording))
    for solved in with_progress((solve_levels(folder) for folder in (recording,)), f"solving {recording.name}"):
        with TableFile(out) as file:
            file.add(solved.table)
            file.finish()
        if json:
            print_json(_document(solved.summary, recording, out))
        else:
            _print_summary(solved.summary, out)


def _document(summary: LevelSummary, recording: Path, out: Path) -> dict[str, object]:
    return {
        "recording": str(recording),
        "out": str(out),
        "rows": summary.rows,
        "empty_rows": summary.empty,
        "published": summary.published,
        "checkable": summary.checkable,
        "reproduced": summary.reproduced,
        "explained": summary.explained,
        "classes": {name: {"rows": count, "share": count / summary.rows} for name, count in summary.by_class.items()},
    }


def _print_summary(summary: LevelSummary, out: Path) -> None:
    from rich.table import Table

    from liqscape.cli.output import open_console, share

    console = open_console()
    table = Table("class", "rows", "share", box=None)
    table.columns[1].justify = table.columns[2].justify = "right"
    for name, count in sorted(summary.by_class.items(), key=lambda item: -item[1]):
        table.add_row(name, f"{count:,}", f"{100.0 * count / summary.rows:.2f} %")
    console.print(table)
    console.print(f"{summary.rows:,} rows, {share(summary.explained / summary.rows)} explained")
    of_checkable = f", {share(summary.reproduced / summary.checkable)} of the checkable" if summary.checkable else ""
    console.print(
        f"{summary.published:,} published prices, {summary.checkable:,} in accounts with two or more; "
        f"{summary.reproduced:,} reproduced to 1e-4 from other prices of their account{of_checkable}"
    )
    if summary.empty:
        console.print(f"{summary.empty:,} rows of size zero left out")
    console.print(f"written: {out}")
