"""`liqscape book`: the resting orders of a coin through time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

    from liqscape.service.answers.book import BookAnswer, RestingCell


def book(
    coin: str,
    *,
    data: Path | None = None,
    url: str | None = None,
    token_file: Path | None = None,
    start: str | None = None,
    end: str | None = None,
    width: int = 24,
    price_low: float | None = None,
    price_high: float | None = None,
    json: bool = False,
) -> None:
    """Print the resting orders of a coin through time: USD near the mid, or archived books.

    Bids and asks apart, and no liquidation levels. A time whose book is not loaded has none, which is not the same as
    an empty one.

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
    width
        Most times listed, at most 4,000.
    price_low
        Lowest price of archived books, USD; 3 % beyond the marks by default.
    price_high
        Highest price of archived books, USD; 3 % beyond the marks by default.
    json
        Print one JSON document: the answer of the API.
    """
    from liqscape.cli.asking import ask_coin
    from liqscape.cli.output import print_json
    from liqscape.service.answers.book import BookAnswer
    from liqscape.service.asked_time import parse_time
    from liqscape.service.book_questions import BookQuestions, BookWindow

    start_ms, end_ms = (
        None if text is None else parse_time(option, text) for option, text in (("--start", start), ("--end", end))
    )
    window = BookWindow(start_ms, end_ms, width, price_low=price_low, price_high=price_high)
    answer = ask_coin(
        "book",
        window._asdict(),
        BookAnswer,
        lambda view: BookQuestions(view).book(coin, window),
        coin=coin,
        data=data,
        url=url,
        token_file=token_file,
    )
    print_json(answer) if json else _print(answer)


def _print(answer: BookAnswer) -> None:
    from liqscape.cli.output import open_console, print_table, source_text, time_text, usd

    console = open_console()
    console.print(
        f"{answer.coin} resting orders, {time_text(answer.as_of_ms)}, {source_text(answer.provenance)}; "
        "no liquidation levels",
        markup=False,
        soft_wrap=True,
    )
    if answer.summary is not None:
        print_table(console, _summary_table(answer))
    if answer.cells is not None:
        print_table(console, _cell_table(answer))
    if answer.low is not None:
        console.print(
            f"USD per 0.1 % of price on one side: {usd(answer.low)} is little, {usd(answer.high)} is much of this coin"
        )
    if answer.note is not None:
        console.print(answer.note, markup=False, soft_wrap=True)


def _summary_table(answer: BookAnswer) -> Table:
    """USD within distances of the mid, the furthest bids at the left end and the furthest asks at the right end."""
    from liqscape.cli.output import figure_table, price, time_text, usd

    summary = answer.summary
    assert summary is not None
    places = list(range(len(summary.within_percent)))
    bids = [(summary.bid_usd[place], f"bids {summary.within_percent[place]:g} %") for place in reversed(places)]
    asks = [(summary.ask_usd[place], f"asks {summary.within_percent[place]:g} %") for place in places]
    table = figure_table("time", *(name for _, name in bids), "mid", *(name for _, name in asks))
    for column in range(answer.columns):
        if summary.as_of_ms[column] is None:
            table.add_row(time_text(answer.start_ms + column * answer.step_ms), "not loaded")
            continue
        table.add_row(
            time_text(summary.as_of_ms[column]),
            *(usd(values[column]) for values, _ in bids),
            price(summary.mid[column]),
            *(usd(values[column]) for values, _ in asks),
        )
    return table


def _cell_table(answer: BookAnswer) -> Table:
    """The span of prices that each archived book shows and the USD in it."""
    from liqscape.cli.output import figure_table, price, time_text, usd

    cells = answer.cells
    assert cells is not None
    bids, asks = _sums(cells.bid, answer.columns), _sums(cells.ask, answer.columns)
    table = figure_table("archived book of", "from", "bids", "asks", "to")
    for column in range(answer.columns):
        if cells.as_of_ms[column] is None:
            table.add_row(time_text(answer.start_ms + column * answer.step_ms), "not loaded")
            continue
        table.add_row(
            time_text(cells.as_of_ms[column]),
            price(cells.seen_low[column]),
            usd(bids[column]),
            usd(asks[column]),
            price(cells.seen_high[column]),
        )
    return table


def _sums(cells: list[RestingCell], columns: int) -> list[float]:
    sums = [0.0] * columns
    for column, _, notional in cells:
        sums[column] += notional
    return sums
