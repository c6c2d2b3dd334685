"""`liqscape sweeps`: the mark's ways through clusters, and what became of the size it met."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from liqscape.service.answers.sweeps import SweepAnswer, SweepsAnswer


def sweeps(
    coin: str,
    *,
    data: Path | None = None,
    url: str | None = None,
    token_file: Path | None = None,
    start: str | None = None,
    end: str | None = None,
    side: Literal["long", "short"] | None = None,
    cluster_id: str | None = None,
    outcome: Literal["open", "swept", "partly_swept", "dissolved", "held"] | None = None,
    limit: int = 50,
    cursor: str | None = None,
    json: bool = False,
) -> None:
    """List the sweeps of a coin's clusters, newest first, with those that are not over.

    Decided on every mark; last prices and wicks never count.

    Parameters
    ----------
    coin
        Coin as the exchange spells it, such as BTC.
    data
        Data folder of a live map, an import or a demo.
    url
        Address a map is served at, in place of its folder.
    token_file
        File with the token of that server; the variable LIQSCAPE_TOKEN holds it otherwise.
    start
        First time of entry, ISO 8601 or milliseconds since 1970.
    end
        End of the time, itself not included.
    side
        Side of the positions.
    cluster_id
        Only of this cluster.
    outcome
        How they ended; open: those that are not over.
    limit
        Sweeps listed, at most 10,000.
    cursor
        Go on where a page ended: what the page before it gave, with the same choice.
    json
        Print one JSON document: the answer of the API.
    """
    from liqscape.cli.asking import Asked, asked_times
    from liqscape.cli.output import print_json
    from liqscape.cli.study_asking import ask_study, asked_rows
    from liqscape.service.answers.sweeps import SweepsAnswer

    asked: Asked = {
        **asked_times(start, end),
        "side": side,
        "cluster_id": cluster_id,
        "outcome": outcome,
        "limit": limit,
        "cursor": cursor,
    }
    answer = ask_study(
        "sweeps",
        asked,
        SweepsAnswer,
        lambda study: study.sweeps(coin, asked_rows(asked), cluster_id=cluster_id, outcome=outcome),
        coin=coin,
        data=data,
        url=url,
        token_file=token_file,
    )
    print_json(answer) if json else _print(answer)


def _print(answer: SweepsAnswer) -> None:
    from liqscape.cli.output import open_console, print_table, usd
    from liqscape.cli.study_asking import print_head, print_note

    console = open_console()
    print_head(console, answer.coin, answer)
    listed = {row.sweep_id for row in answer.sweeps}
    print_table(console, sweep_table([*(row for row in answer.open if row.sweep_id not in listed), *answer.sweeps]))
    for total in answer.totals:
        console.print(f"{total.count:,} {total.outcome}: {usd(total.usd_at_entry)} USD at entry")
    print_note(console, answer.note, answer.needs, answer.as_of_ms, answer.next_cursor)


def sweep_table(rows: Sequence[SweepAnswer]) -> Table:
    """Sweeps, one a line: parts of the size at entry in coins."""
    from rich.markup import escape
    from rich.table import Table

    from liqscape.cli.output import bp, price, quantity, share, time_text, usd
    from liqscape.units import SIDE_WORDS

    figures = (
        "from",
        "to",
        "USD",
        "liquidated",
        "closed",
        "by stop",
        "saved",
        "moved",
        "left",
        "unknown",
        "cleared",
        "overshoot",
    )
    table = Table(box=None, pad_edge=False)
    for name in ("entered", "side", *figures, "outcome", "cluster"):
        table.add_column(name, justify="right" if name in figures else "left", no_wrap=True)
    for row in rows:
        cells = (
            f"{time_text(row.entered_ms)}{' (over a hole)' if row.gap else ''}",
            SIDE_WORDS[row.side],
            price(row.price_low),
            price(row.price_high),
            usd(row.usd_at_entry),
            quantity(row.liquidated_book + row.liquidated_backstop + row.deleveraged),
            quantity(row.closed_before + row.closed_after),
            by_stop_text(row),
            quantity(row.saved_by_margin),
            quantity(row.moved_away),
            quantity(row.still_there),
            quantity(row.unknown),
            share(row.clear_fraction),
            bp(row.overshoot_bp),
            row.outcome,
            escape(row.cluster_id),
        )
        table.add_row(*cells)
    return table


def by_stop_text(row: SweepAnswer) -> str:
    """Of what was closed, what own stops closed, and of how much of the size they were known: 2.5 (of 40 %)."""
    from liqscape.cli.output import UNKNOWN, quantity, share

    if row.closed_by_own_stop is None:
        return UNKNOWN
    return f"{quantity(row.closed_by_own_stop)} (of {share(row.stop_coverage)})"
