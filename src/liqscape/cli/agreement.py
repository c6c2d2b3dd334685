"""`liqscape agreement`: our liquidation prices against those the exchange published."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.cli.output import open_console, price, print_json, print_table, source_text, time_text

if TYPE_CHECKING:
    from liqscape.service.answers.agreement import AgreementAnswer

BAR = 40
SHOWN_WORST = 5


def agreement(
    coin: str | None = None,
    /,
    *,
    recording: Path | None = None,
    data: Path | None = None,
    at: str | None = None,
    json: bool = False,
) -> None:
    """Print how far our liquidation prices are from those the exchange published.

    Parameters
    ----------
    coin
        Only positions of this coin; all by default.
    recording
        Folder of a recorded market (positions.parquet, markets.parquet).
    data
        Folder of stored history.
    at
        ISO 8601 time (UTC unless it says otherwise) or milliseconds since 1970; the newest by default.
    json
        Print one JSON document: the answer of the API.
    """
    from liqscape.cli.open_map import open_map

    view, at_ms = open_map(recording, data, at, coin)
    answer = view.agreement(coin, at_ms)
    if json:
        print_json(answer)
    else:
        _print_agreement(answer)


def _print_agreement(answer: AgreementAnswer) -> None:
    from rich.table import Table

    console = open_console()
    made_of = source_text(answer.provenance)
    console.print(f"{answer.coin or 'all coins'}, {time_text(answer.as_of_ms)}, {made_of}", markup=False)
    console.print(
        f"{answer.n:,} positions with a price of ours and one of the exchange, "
        f"{answer.within_digits:,} equal to the printed digits"
    )
    if answer.note is not None:
        console.print(answer.note, markup=False)
    if answer.n:
        largest = max(answer.counts)
        table = Table(box=None, pad_edge=False)
        for heading in ("relative difference", "positions", ""):
            table.add_column(heading, justify="right" if heading == "positions" else "left")
        lows = [None, *answer.edges]
        for low, high, count in zip(lows, [*answer.edges, None], answer.counts, strict=True):
            span = f"below {high:.0e}" if low is None else f"from {low:.0e}"
            table.add_row(span, f"{count:,}", "#" * round(BAR * count / largest))
        print_table(console, table)
    console.print(
        f"printed as none: {answer.nulls_agree:,} agree, {answer.only_ours:,} have a price of ours; "
        f"{answer.only_published:,} printed prices without one of ours"
    )
    for reason, count in answer.not_comparable.items():
        console.print(f"not comparable, {reason.replace('_', ' ')}: {count:,}")
    for row in answer.worst[:SHOWN_WORST]:
        if not row.is_within_digits:
            own, published = price(row.own_price), price(row.published_liquidation_price)
            console.print(f"{row.address} {row.coin}: ours {own}, published {published}", markup=False)
