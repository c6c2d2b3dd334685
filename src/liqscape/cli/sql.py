"""`liqscape sql`: questions in SQL about what lies in a folder."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.errors import LiqscapeError, SettingsError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from liqscape.service.sql import Result

PROMPT, GOING_ON = "liqscape> ", "      ... "
MAX_SHOWN = 1_000
"""Rows of a table on a terminal; files and --json have all."""
LEAVING = ("exit", "quit", ".exit", ".quit")


def sql(
    folder: Path,
    query: str | None = None,
    /,
    *,
    out: Path | None = None,
    csv: bool = False,
    json: bool = False,
) -> None:
    """Ask a data folder, a recording or exported tables in SQL.

    Nothing is written to the folder, and nothing but it is read. `show tables` lists what there is; docs/sql.md says
    what each holds, with recipes. Needs DuckDB: pip install 'liqscape[sql]'.

    Parameters
    ----------
    folder
        Data folder of a map, recording, or folder or file of exported tables (.parquet, .csv).
    query
        The question; without one it is read from stdin, on a terminal at a prompt.
    out
        Write the rows to this Parquet or CSV file instead.
    csv
        Print the rows as CSV.
    json
        Print the rows as one JSON document: a list of objects.
    """
    if csv + json + (out is not None) > 1:
        raise SettingsError("--out, --csv and --json exclude each other")
    if out is not None and (out.suffix not in (".parquet", ".csv") or not out.absolute().parent.is_dir()):
        raise SettingsError(f"--out {out} must end in .parquet or .csv and lie in a folder that exists")
    if not folder.exists():
        raise SettingsError(f"{folder} does not exist; give a data folder, a recording, or a folder of tables")
    from liqscape.service.sql import connect

    if query is None and sys.stdin.isatty() and not (csv or json or out):
        _ask_at_prompt(connect(folder))
        return
    text = sys.stdin.read() if query is None else query
    if not text.strip():
        raise SettingsError("no question: give one after the folder, or on stdin")
    connection = connect(folder)
    _answer(connection, text, out, is_csv=csv, is_json=json)


def _answer(connection: DuckDBPyConnection, text: str, out: Path | None, *, is_csv: bool, is_json: bool) -> None:
    from liqscape.cli.output import print_json
    from liqscape.service.sql import fetch, run

    result = run(connection, text)
    if out is not None:
        if result is None:
            raise SettingsError("the question gives no rows to write")
        _write(connection, result, out)
    elif result is None:
        print("done", file=sys.stderr)
    elif is_json:
        print_json([dict(zip(result.columns, row, strict=True)) for row in fetch(connection, result)])
    elif is_csv:
        _print_csv(result.columns, fetch(connection, result))
    else:
        _print_table(result.columns, fetch(connection, result, MAX_SHOWN + 1))


def _ask_at_prompt(connection: DuckDBPyConnection) -> None:
    """Run statements typed at a prompt, each ended by a semicolon; a failure is printed and the next one is read."""
    import contextlib

    with contextlib.suppress(ImportError):
        import readline  # noqa: F401 - lines can be edited and found again

    print("SQL, each question ends with a semicolon; `show tables;` lists what there is, `exit` or Ctrl-D ends.")
    held = ""
    while True:
        try:
            line = input(GOING_ON if held else PROMPT)
        except EOFError:
            print()
            return
        if not held and line.strip().rstrip(";").lower() in LEAVING:
            return
        held = f"{held}{line}\n" if held or line.strip() else ""
        if not held.rstrip().endswith(";"):
            continue
        try:
            _answer(connection, held, None, is_csv=False, is_json=False)
        except LiqscapeError as error:
            print(f"liqscape: {error}", file=sys.stderr)
        held = ""


def _write(connection: DuckDBPyConnection, result: Result, out: Path) -> None:
    """The file appears whole or not at all."""
    import shutil

    from liqscape.errors import StoreError
    from liqscape.service.sql import write
    from liqscape.store.durable import flush_file, flush_folder

    made = write(connection, result, f"out{out.suffix}")
    part = out.with_name(f".{out.name}.part")
    try:
        shutil.copyfile(made, part)
        flush_file(part)
        part.replace(out)
        flush_folder(out.absolute().parent)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StoreError(f"cannot write {out}: {error.strerror or error}") from None
    print(f"{out}: written")


def _print_csv(columns: list[str], rows: list[tuple[object, ...]]) -> None:
    import csv

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_csv_text(value) for value in row] for row in rows)


def _print_table(columns: list[str], rows: list[tuple[object, ...]]) -> None:
    from rich.markup import escape
    from rich.table import Table

    from liqscape.cli.output import open_console, print_table

    table = Table(box=None, pad_edge=False)
    for place, name in enumerate(columns):
        is_number = any(isinstance(row[place], int | float) and not isinstance(row[place], bool) for row in rows)
        table.add_column(escape(name), justify="right" if is_number else "left", no_wrap=True)
    for row in rows[:MAX_SHOWN]:
        table.add_row(*(escape(_text(value)) for value in row))
    console = open_console()
    print_table(console, table)
    if len(rows) > MAX_SHOWN:
        console.print(f"the first {MAX_SHOWN:,} rows; --json, --csv and --out give all")


def _csv_text(value: object) -> object:
    return "" if value is None else _text(value) if not isinstance(value, int | float) else value


def _text(value: object) -> str:
    """A value as it is read: times in UTC, unknown a dash."""
    import msgspec

    from liqscape.cli.output import UNKNOWN

    if value is None:
        return UNKNOWN
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return f"{value:.10g}"
    return msgspec.json.encode(value).decode().strip('"')
