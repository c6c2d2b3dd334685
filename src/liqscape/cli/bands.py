"""`liqscape bands`: what would be liquidated in each step of the price grid, at one instant."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.cli.output import open_console, price, print_json, print_table, quantity, source_text, time_text, usd

if TYPE_CHECKING:
    from liqscape.service.answers.frame import FrameAnswer


def bands(
    *,
    coin: str,
    recording: Path | None = None,
    data: Path | None = None,
    at: str | None = None,
    level: int = 0,
    interval: bool = False,
    json: bool = False,
) -> None:
    """Print the bands of a coin at one instant.

    The snapshot shown is the last one at or before the time asked for.

    Parameters
    ----------
    coin
        Coin as the exchange spells it, such as BTC.
    recording
        Folder of a recorded market (positions.parquet, markets.parquet).
    data
        Folder of stored history.
    at
        ISO 8601 time (UTC unless it says otherwise) or milliseconds since 1970; the newest by default.
    level
        Merge 2^level base bands of 5 basis points into one.
    interval
        Also what each band holds at least and at most on that side, all margin sources together (docs/intervals.md).
    json
        Print one JSON document: the frame as the API answers it.
    """
    from liqscape.cli.open_map import check_source, open_map
    from liqscape.service.questions import check_level

    check_source(recording, data)
    check_level(level)
    view, at_ms = open_map(recording, data, at, coin)
    answer = view.frame(coin, at_ms, level, interval=interval)
    if json:
        print_json(answer)
    else:
        _print_table(answer)


def _print_table(answer: FrameAnswer) -> None:
    from rich.table import Table

    console = open_console()
    console.print(
        f"{answer.coin} mark {price(answer.mark)}, {time_text(answer.as_of_ms)}, {source_text(answer.provenance)}",
        markup=False,
    )
    if answer.doubt:
        console.print(f"IN DOUBT: {'; '.join(answer.doubt)}", markup=False)
    table = Table(box=None, pad_edge=False)
    for name in ("from", "to", "side", "margin source", "USD at mark", "USD at level", "coins", "positions"):
        table.add_column(name, justify="left" if name in ("side", "margin source") else "right")
    columns = answer.bands
    has_vaults = columns.vault_size is not None and any(columns.vault_size)
    if has_vaults:
        table.add_column("of vaults", justify="right")
    if answer.intervals is not None:
        table.add_column("at least", justify="right")
        table.add_column("at most", justify="right")
    for row in range(len(columns.band)):
        cells = (
            price(columns.price_low[row]),
            price(columns.price_high[row]),
            "long" if columns.side[row] > 0 else "short",
            columns.margin_source[row],
            usd(columns.notional[row]),
            usd(columns.level_notional[row]),
            quantity(columns.size[row]),
            str(columns.position_count[row]),
            *([quantity(columns.vault_size[row])] if columns.vault_size is not None and has_vaults else []),
            *([] if columns.low is None or columns.high is None else [usd(columns.low[row]), usd(columns.high[row])]),
        )
        table.add_row(*cells)
    print_table(console, table)
    for part in answer.outside:
        side = "long" if part.side > 0 else "short"
        console.print(
            f"in no band, {part.reason}: {side} {usd(part.notional)} USD in {part.position_count} positions",
            markup=False,
        )
    if answer.intervals is not None:
        share = 100.0 * answer.intervals.share
        console.print(
            f"at least, at most: {share:g} % interval, modelled {answer.intervals.note}", markup=False, soft_wrap=True
        )
