"""`liqscape board`: all coins side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.errors import SettingsError

if TYPE_CHECKING:
    from liqscape.service.answers.board import BoardAnswer, BoardRow

NEAR = "5"
"""Percent of the mark within which levels are summed in the table; JSON has 1 and 2 too."""
FIGURES = (
    "mark",
    "24 h",
    "open interest",
    "funding 8 h",
    "this hour",
    "longs 5 % below",
    "shorts 5 % above",
    "imbalance",
    "risk share",
    "coverage",
)


def board(
    *,
    data: Path | None = None,
    recording: Path | None = None,
    url: str | None = None,
    token_file: Path | None = None,
    limit: int = 50,
    cursor: str | None = None,
    json: bool = False,
) -> None:
    """Print all coins side by side: price, open interest, funding, and what is close to being liquidated.

    Parameters
    ----------
    data
        Data folder of a live map, an import or a demo.
    recording
        Folder of a recorded market, in place of a data folder: its last snapshot.
    url
        Address a map is served at, in place of a folder.
    token_file
        File with the token of that server; the variable LIQSCAPE_TOKEN holds it otherwise.
    limit
        Coins listed, largest open interest first, at most 10,000.
    cursor
        Go on where a page ended: what the page before it gave.
    json
        Print the answer of the API as one JSON document.
    """
    from liqscape.cli.output import print_json

    if sum(each is not None for each in (data, recording, url)) != 1:
        raise SettingsError("give one of --data DIR (the folder of a map), --recording DIR and --url URL (its server)")
    answer = (
        _from_folder(data, recording, limit, cursor) if url is None else _from_server(url, token_file, limit, cursor)
    )
    print_json(answer) if json else _print(answer)


def _from_folder(data: Path | None, recording: Path | None, limit: int, cursor: str | None) -> BoardAnswer:
    from liqscape.cli.open_map import open_map

    view, _ = open_map(recording, data, None)
    from liqscape.service.paging import Page

    return view.board(Page(limit, cursor))


def _from_server(url: str, token_file: Path | None, limit: int, cursor: str | None) -> BoardAnswer:
    from liqscape.cli.asking import ask_map
    from liqscape.service.answers.board import BoardAnswer
    from liqscape.service.asking import question_path

    return ask_map(url, question_path("/board", {"limit": limit, "cursor": cursor}), token_file, BoardAnswer)


def _print(answer: BoardAnswer) -> None:
    from rich.table import Table

    from liqscape.cli.output import open_console, print_table, source_text, time_text

    console = open_console()
    text = f"{answer.row_count} coins, {time_text(answer.as_of_ms)}, {source_text(answer.provenance)}"
    console.print(text, markup=False, soft_wrap=True)
    table = Table(box=None, pad_edge=False)
    for name in ("coin", "category"):
        table.add_column(name, no_wrap=True)
    for name in FIGURES:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("nearest large cluster", no_wrap=True)
    for row in answer.rows:
        table.add_row(*_cells(row))
    print_table(console, table)
    if answer.next_cursor is not None:
        console.print(f"further ones: the same with --cursor {answer.next_cursor}", markup=False, soft_wrap=True)


def _cells(row: BoardRow) -> tuple[str, ...]:
    from rich.markup import escape

    from liqscape.cli.output import UNKNOWN, percent, price, share, usd
    from liqscape.units import SIDE_WORDS

    long_usd, short_usd = (None, None) if row.within is None else row.within[NEAR]
    nearest = row.nearest_large
    funding = None if row.funding_8h is None else 100.0 * row.funding_8h
    marks = ("DELISTED",) if row.is_delisted else ()
    doubt = ("IN DOUBT",) if row.doubt else ()
    return (
        escape(" ".join((row.coin, *marks, *doubt))),
        escape(row.category or UNKNOWN),
        price(row.mark),
        percent(row.change_24h_percent),
        usd(row.open_interest_usd),
        percent(funding, 4),
        percent(None if row.funding_now_8h is None else 100.0 * row.funding_now_8h, 4),
        usd(long_usd),
        usd(short_usd),
        UNKNOWN if row.imbalance_5 is None else f"{row.imbalance_5:+.2f}",
        share(row.risk_share),
        share(row.coverage),
        UNKNOWN
        if nearest is None
        else f"{usd(nearest.notional)} {SIDE_WORDS[nearest.side]} at {price(nearest.price)} "
        f"({percent(nearest.distance_percent)})",
    )
