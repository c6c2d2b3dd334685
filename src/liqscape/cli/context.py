"""`liqscape context`: what stands beside the map of a coin through time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from liqscape.service.answers.context import ContextAnswer
    from liqscape.service.view import MapView

NEAR = "5"
FIGURES = (
    "mark",
    "open interest",
    "change",
    "funding 8 h",
    "longs",
    "shorts",
    "long acc.",
    "short acc.",
    "imbalance 5 %",
    "liquidated longs",
    "liquidated shorts",
)


def context(
    coin: str,
    *,
    data: Path | None = None,
    url: str | None = None,
    token_file: Path | None = None,
    start: str | None = None,
    end: str | None = None,
    width: int = 24,
    json: bool = False,
) -> None:
    """Print what stands beside the map of a coin by time: open interest, funding, longs and shorts, liquidations.

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
        Steps of time at most, 1 to 4000.
    json
        Print the answer of the API as one JSON document.
    """
    from liqscape.cli.asking import ask_coin, asked_times
    from liqscape.cli.output import print_json
    from liqscape.service.answers.context import ContextAnswer

    times = asked_times(start, end)

    def here(view: MapView) -> ContextAnswer:
        from liqscape.service.context import ContextQuestions
        from liqscape.service.folders import LIQUIDATIONS

        assert data is not None
        start_ms, end_ms = (None if value is None else int(value) for value in times.values())
        return ContextQuestions(view, data / LIQUIDATIONS).ask(coin, start_ms, end_ms, width)

    asked = {**times, "width": width}
    answer = ask_coin("context", asked, ContextAnswer, here, coin=coin, data=data, url=url, token_file=token_file)
    print_json(answer) if json else _print(answer)


def _print(answer: ContextAnswer) -> None:
    from rich.table import Table

    from liqscape.cli.output import (
        UNKNOWN,
        age_text,
        open_console,
        percent,
        price,
        print_table,
        quantity,
        source_text,
        time_text,
        usd,
    )

    console = open_console()
    text = (
        f"{answer.coin}, steps of {age_text(answer.step_ms)} as at their end, {time_text(answer.as_of_ms)}, "
        f"{source_text(answer.provenance)}"
    )
    console.print(text, markup=False, soft_wrap=True)
    table = Table(box=None, pad_edge=False)
    table.add_column("from", no_wrap=True)
    for name in FIGURES:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("cascade", no_wrap=True)
    for column in range(answer.columns):
        funding = answer.funding_8h[column]
        counts = (answer.long_accounts[column], answer.short_accounts[column])
        imbalance = answer.imbalance[NEAR][column]
        cells = (
            time_text(answer.start_ms + column * answer.step_ms),
            price(answer.mark[column]),
            quantity(answer.open_interest[column]),
            quantity(answer.open_interest_change[column]),
            percent(None if funding is None else 100.0 * funding, 4),
            usd(answer.long_notional[column]),
            usd(answer.short_notional[column]),
            *(UNKNOWN if count is None else f"{count:,}" for count in counts),
            UNKNOWN if imbalance is None else f"{imbalance:+.2f}",
            usd(answer.liquidated_long_usd[column]),
            usd(answer.liquidated_short_usd[column]),
            answer.cascade_state[column] or UNKNOWN,
        )
        table.add_row(*cells)
    print_table(console, table)
    for note in answer.notes:
        console.print(note, markup=False, soft_wrap=True)
