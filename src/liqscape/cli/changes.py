"""`liqscape changes`: why clusters of a coin hold more or less than before."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from liqscape.service.answers.cluster_changes import ClusterChangesAnswer


def changes(
    coin: str,
    *,
    data: Path | None = None,
    url: str | None = None,
    token_file: Path | None = None,
    start: str | None = None,
    end: str | None = None,
    side: Literal["long", "short"] | None = None,
    cluster_id: str | None = None,
    reason: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
    json: bool = False,
) -> None:
    """List why clusters of a coin changed, minute by minute, newest first, with the sum of each reason.

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
        First time, ISO 8601 or milliseconds since 1970.
    end
        End of the time, itself not included.
    side
        Side of the positions.
    cluster_id
        Only of this cluster.
    reason
        Only for this reason, such as opened, closed, liquidated_book or moved_by_margin.
    limit
        Rows listed, at most 10,000; the sums are of all that fit.
    cursor
        Go on where a page ended: what the page before it gave, with the same choice.
    json
        Print one JSON document: the answer of the API.
    """
    from liqscape.cli.asking import Asked, asked_times
    from liqscape.cli.output import print_json
    from liqscape.cli.study_asking import ask_study, asked_rows
    from liqscape.service.answers.cluster_changes import ClusterChangesAnswer

    asked: Asked = {
        **asked_times(start, end),
        "side": side,
        "cluster_id": cluster_id,
        "reason": reason,
        "limit": limit,
        "cursor": cursor,
    }
    answer = ask_study(
        "changes",
        asked,
        ClusterChangesAnswer,
        lambda study: study.changes(coin, asked_rows(asked), cluster_id=cluster_id, reason=reason),
        coin=coin,
        data=data,
        url=url,
        token_file=token_file,
    )
    print_json(answer) if json else _print(answer)


def _print(answer: ClusterChangesAnswer) -> None:
    from rich.markup import escape
    from rich.table import Table

    from liqscape.cli.output import open_console, print_table, quantity, time_text, usd
    from liqscape.cli.study_asking import print_head, print_note
    from liqscape.units import SIDE_WORDS

    console = open_console()
    print_head(console, answer.coin, answer)
    figures = ("coins", "USD", "positions", "rows")
    table = Table(box=None, pad_edge=False)
    for name in ("time", "side", "reason", "coins", "USD", "positions", "cluster"):
        table.add_column(name, justify="right" if name in figures else "left", no_wrap=True)
    for row in answer.changes:
        cells = (
            f"{time_text(row.time_ms)}{' (over a hole)' if row.gap else ''}",
            SIDE_WORDS[row.side],
            row.reason,
            quantity(row.size),
            usd(row.usd),
            str(row.position_count),
            escape(row.cluster_id),
        )
        table.add_row(*cells)
    print_table(console, table)
    sums = Table(box=None, pad_edge=False, title="of all that fit", title_justify="left")
    for name in ("reason", "coins", "USD", "rows"):
        sums.add_column(name, justify="right" if name in figures else "left", no_wrap=True)
    for total in answer.totals:
        sums.add_row(total.reason, quantity(total.size), usd(total.usd), f"{total.row_count:,}")
    if answer.totals:
        print_table(console, sums)
    print_note(console, answer.note, answer.needs, answer.as_of_ms, answer.next_cursor)
