"""`liqscape import`: archives replayed onto a known state, or snapshot tables of others, into stored history."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.cli.fetching import Fetching
from liqscape.cli.keeping import KEEP_BOUNDS, keep_rules
from liqscape.cli.output import open_console, print_json, time_text
from liqscape.cli.serving import check_bounds
from liqscape.errors import InputError, SettingsError
from liqscape.service.asked_time import parse_time

if TYPE_CHECKING:
    from liqscape.service.importing import ImportReport
    from liqscape.wire.coin_tables import CoinTables

POSITIONS = "positions.parquet"
TABLE_ENDINGS = (".parquet", ".csv")
SHOWN_DAMAGE = 20
BOUNDS = {"max-unreadable": (0.0, 100.0), "price-per-gb": (0.0, 100.0), **KEEP_BOUNDS}
"""Of numbers, by option; `config check` reads them too."""


def import_history(
    archives: list[str],
    /,
    *,
    data: Path,
    start: str | None = None,
    end: str | None = None,
    base: Path | None = None,
    coin: list[str] | None = None,
    tables: Path | None = None,
    column: list[str] | None = None,
    cache: Path | None = None,
    dumps: Path | None = None,
    books: list[str] | None = None,
    books_every: float = 60.0,
    strict: bool = False,
    max_unreadable: float = 1.0,
    keep_days: int | None = None,
    keep_minutes_days: int | None = None,
    keep_quarter_hours_days: int | None = None,
    max_history_gb: float | None = None,
    dry_run: bool = False,
    yes: bool = False,
    price_per_gb: float | None = None,
    json: bool = False,
) -> None:
    """Import archives of the exchange, or a snapshot table of others, into stored history.

    Fills and funding are applied to a known state, and a frame is stored for every minute the archives have marks of.
    What is missing or damaged is said and passed over. An interrupted import goes on where it stopped when it is run
    again, and a later --end goes on from the end. `liqscape serve --data` then shows it.

    Parameters
    ----------
    archives
        Folders or s3://bucket/prefix laid out as the exchange's archives or a node's data, looked through in order;
        or one snapshot table: .parquet, .csv, or a folder with positions.parquet.
    data
        Folder the history is written to.
    start
        First time, ISO 8601 or milliseconds since 1970; that of the base by default.
    end
        Last time. Needed for archives.
    base
        What was held before the first fill: a dump of positions, a node's state snapshot (.rmp), or a folder with
        positions.parquet. Needed for the first import of archives into a folder.
    coin
        Follow only who holds this coin in the base; may be given more than once.
    tables
        Margin tables of coins that are not in the base: a recorded meta. Dated built-in tables by default.
    column
        OURS=THEIRS: a column's name in the snapshot table (address, coin, szi, snapshot_ts, ...); may be given more
        than once.
    cache
        Folder to keep what was fetched from buckets.
    dumps
        Folder to write a table of all positions to, one a UTC day.
    books
        Store order books of this coin too, for `liqscape cascade`; may be given more than once; all takes every coin.
        A coin has one file an hour.
    books_every
        Seconds: the last book of each such span is stored.
    strict
        Stop at the first part of an archive that is missing or damaged.
    max_unreadable
        Percent of the lines of a file, or of the events in them, that may be unreadable. A file with more of them ends
        the import before its hour.
    keep_days
        UTC days of history, liquidations and order books that are kept beside the last one; all by default.
    keep_minutes_days
        UTC days of which every stored frame is kept; of older ones the last of each 15 minutes.
    keep_quarter_hours_days
        UTC days of which one frame every 15 minutes is kept at least; of older ones the last of each hour.
    max_history_gb
        Size of the history, never exceeded: the oldest days lose detail first, then the oldest go.
    dry_run
        Only say how many objects and bytes would be fetched from buckets, and what that costs.
    yes
        Do not ask before fetching from buckets: who reads them pays.
    price_per_gb
        USD for a GB (2^30 bytes) from buckets, in place of the known prices (docs/archives.md).
    json
        Print what was imported as one JSON document.
    """
    start_ms = None if start is None else parse_time("--start", start)
    end_ms = None if end is None else parse_time("--end", end)
    if start_ms is not None and end_ms is not None and start_ms >= end_ms:
        raise SettingsError(f"--start {start} is not before --end {end}")
    if dumps is not None and dumps.resolve() == data.resolve():
        raise SettingsError(f"--dumps {dumps} is the folder of the history; name another")
    check_bounds("--max-unreadable", max_unreadable, *BOUNDS["max-unreadable"])
    if price_per_gb is not None:
        check_bounds("--price-per-gb", price_per_gb, *BOUNDS["price-per-gb"])
    fetching = Fetching(is_dry=dry_run, is_agreed=yes, is_json=json)
    table = _table_of(archives)
    keep = keep_rules(keep_days, keep_minutes_days, keep_quarter_hours_days, max_history_gb)

    from liqscape.cli.serving import progress_to
    from liqscape.service.importing import ArchiveWish, BookWish, TableWish, import_archives, import_table, write_dumps

    if table is not None:
        from liqscape.sources.tables.foreign import parse_columns

        if dry_run:
            raise SettingsError("--dry-run goes with archives: a snapshot table is fetched from nowhere")
        if base is not None or coin or tables is not None or cache is not None or books or strict:
            raise SettingsError(
                "--base, --coin, --tables, --cache, --books and --strict go with archives, not with a table"
            )
        report = import_table(
            TableWish(
                file=table, data=data, columns=parse_columns(column or []), start_ms=start_ms, end_ms=end_ms, keep=keep
            ),
            progress_to,
        )
    else:
        if column:
            raise SettingsError("--column goes with a snapshot table, not with archives")
        if end_ms is None:
            raise SettingsError("--end is needed: the time at which the import ends")
        wish = ArchiveWish(
            archives=tuple(archives),
            data=data,
            end_ms=end_ms,
            start_ms=start_ms,
            base=base,
            coins=tuple(coin or ()),
            tables=read_tables(tables),
            cache=cache,
            is_strict=strict,
            books=BookWish(tuple(dict.fromkeys(books or ())), round(books_every * 1_000)),
            max_unreadable=max_unreadable / 100.0,
            keep=keep,
            agree=fetching.agree if dry_run or any("://" in archive for archive in archives) else None,
            usd_per_gib=price_per_gb,
        )
        report = import_archives(wish, progress_to)
        if fetching.is_declined:
            if json:
                print_json({"data": str(data), "is_dry_run": dry_run, "fetched": fetching.volumes})
            return
    written = () if dumps is None else write_dumps(data, dumps)
    if json:
        print_json({"data": str(data), "dumps": [str(path) for path in written], "report": report})
    else:
        _print_report(report, data, written)


def _table_of(archives: list[str]) -> Path | None:
    """The snapshot table, where that is what was named."""
    if not archives:
        raise SettingsError("import: no archive is named: a folder, s3://bucket/prefix or a snapshot table is needed")
    paths = [Path(archive) for archive in archives]
    tables = [path for path in paths if path.suffix in TABLE_ENDINGS or (path / POSITIONS).is_file()]
    if not tables:
        return None
    if len(paths) > 1:
        raise SettingsError(f"{tables[0]} is a snapshot table, which is imported alone")
    return tables[0] if tables[0].suffix in TABLE_ENDINGS else tables[0] / POSITIONS


def read_tables(tables: Path | None) -> CoinTables | None:
    """Margin tables of a file; None without one. Raises InputError or RemoteWireError naming it."""
    if tables is None:
        return None
    from liqscape.wire.saved_tables import parse_saved_tables
    from liqscape.wire.user_text import as_utf8

    try:
        return parse_saved_tables(as_utf8(tables.read_bytes(), str(tables)), str(tables))
    except OSError as error:
        raise InputError(f"--tables {tables}: {error.strerror}", file=str(tables)) from None


def _print_report(report: ImportReport, data: Path, written: tuple[Path, ...]) -> None:
    console = open_console()

    def say(line: str) -> None:
        console.print(line, markup=False, highlight=False, soft_wrap=True)

    reached = time_text(report.reached_ms) if report.reached_ms else "nothing"
    say(f"{data}: {report.frames:,} frames up to {reached}, {report.fills:,} sides of fills applied")
    if report.liquidations:
        say(f"{report.liquidations:,} liquidations (`liqscape liquidations --data {data}` lists them)")
    if report.cash_moves:
        ambiguous = f", {report.cash_ambiguous:,} of them of unknown amounts" if report.cash_ambiguous else ""
        say(f"{report.cash_moves:,} deposits, withdrawals and transfers{ambiguous}")
    if report.books:
        say(f"{report.books:,} order books stored")
    unreadable = report.malformed_lines + report.book_lines
    if unreadable:
        say(f"{unreadable:,} lines could not be read and were passed over")
    if report.guessed:
        named = ", ".join(report.guessed[:8]) + (" and more" if len(report.guessed) > 8 else "")
        say(f"margin table not known, taken for the strictest (--tables names a better list): {named}")
    for damage in report.damage[:SHOWN_DAMAGE]:
        say(f"{damage.path}: {damage.reason}")
    if len(report.damage) > SHOWN_DAMAGE:
        say(f"and {len(report.damage) - SHOWN_DAMAGE} more parts that are missing or damaged (import.json)")
    for path in written:
        say(f"written: {path}")
