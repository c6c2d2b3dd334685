"""`liqscape cascades`: how runs of liquidations of a coin stand, and what came of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from liqscape.service.answers.cascade_states import CascadesAnswer


def cascades(
    coin: str,
    *,
    data: Path | None = None,
    url: str | None = None,
    token_file: Path | None = None,
    start: str | None = None,
    end: str | None = None,
    side: Literal["long", "short"] | None = None,
    limit: int = 50,
    cursor: str | None = None,
    json: bool = False,
) -> None:
    """List how cascades of a coin stand and stood, newest first, with the rule that decides and what came of them.

    These are observed; `liqscape cascade` simulates one.

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
        Side that was liquidated.
    limit
        Changes of state listed, at most 10,000.
    cursor
        Go on where a page ended: what the page before it gave, with the same choice.
    json
        Print one JSON document: the answer of the API.
    """
    from liqscape.cli.asking import Asked, asked_times
    from liqscape.cli.output import print_json
    from liqscape.cli.study_asking import ask_study, asked_rows
    from liqscape.service.answers.cascade_states import CascadesAnswer

    asked: Asked = {**asked_times(start, end), "side": side, "limit": limit, "cursor": cursor}
    answer = ask_study(
        "cascades",
        asked,
        CascadesAnswer,
        lambda study: study.cascades(coin, asked_rows(asked)),
        coin=coin,
        data=data,
        url=url,
        token_file=token_file,
    )
    print_json(answer) if json else _print(answer)


def _print(answer: CascadesAnswer) -> None:
    from rich.table import Table

    from liqscape.cli.output import UNKNOWN, open_console, price, print_table, time_text, usd
    from liqscape.cli.study_asking import print_head, print_note
    from liqscape.units import SIDE_WORDS

    console = open_console()
    print_head(console, answer.coin, answer)
    for now in answer.now:
        text = f"{answer.coin} {SIDE_WORDS[now.side]}: {now.state} since {time_text(now.time_ms)}; {now.threshold_rule}"
        console.print(text, markup=False, soft_wrap=True)
    figures = ("USD a minute", "threshold", "accounts", "liquidated", "ahead", "extreme")
    table = Table(box=None, pad_edge=False)
    for name in ("time", "side", "state", *figures):
        table.add_column(name, justify="right" if name in figures else "left", no_wrap=True)
    for row in answer.cascades:
        cells = (
            time_text(row.time_ms),
            SIDE_WORDS[row.side],
            row.state,
            usd(row.rate_usd),
            usd(row.threshold_usd),
            UNKNOWN if row.account_count is None else str(row.account_count),
            usd(row.liquidated_usd),
            usd(row.fuel_ahead_usd),
            price(row.extreme_mark),
        )
        table.add_row(*cells)
    print_table(console, table)
    for outcome in answer.outcomes:
        back = UNKNOWN if outcome.return_bp is None else f"{outcome.return_bp:+.0f} bp"
        what = f"{outcome.horizon} later: {outcome.outcome or UNKNOWN} ({back})"
        console.print(f"{time_text(outcome.exhausted_ms)} exhausted, {what}", markup=False, soft_wrap=True)
    print_note(console, answer.note, answer.needs, answer.as_of_ms, answer.next_cursor)
