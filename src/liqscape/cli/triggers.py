"""`liqscape triggers`: stops and take-profits of a coin, and how much of the market they are known of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

    from liqscape.service.answers.triggers import TriggersAnswer
    from liqscape.service.view import MapView

SHOWN_CLUSTERS = 10
STEPS = (10.0, 5.0, 2.0, 1.0, 0.5)
"""Percent of the mark: absorption is printed at the edges of bands nearest to these."""
LINE_LEVEL = 0
"""Edges of 5 bp, for prices at half a percent."""


def triggers(
    coin: str,
    *,
    data: Path | None = None,
    url: str | None = None,
    token_file: Path | None = None,
    at: str | None = None,
    within_percent: float = 25.0,
    json: bool = False,
) -> None:
    """Print stops and take-profits of a coin, of how much of the market they are known, and what stands beside them.

    Orders by kind and cluster; then liquidations, stops and resting orders to each price, which are never summed. A map
    whose source reads no trigger orders says so: they are unknown then, which does not mean none.

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
    at
        As known at the frame at or before this time, ISO 8601 or milliseconds since 1970.
    within_percent
        How far from the mark bands, levels and absorption reach, above 0 and at most 1,000.
    json
        Print the answer of the API as one JSON document.
    """
    from liqscape.cli.asking import ask_coin
    from liqscape.cli.output import print_json
    from liqscape.service.answers.triggers import TriggersAnswer
    from liqscape.service.asked_time import parse_time

    at_ms = None if at is None else parse_time("--at", at)
    asked = {"at_ms": at_ms, "level": LINE_LEVEL, "within_percent": within_percent}

    def here(view: MapView) -> TriggersAnswer:
        from liqscape.service.triggers import TriggerQuestions

        return TriggerQuestions(view).ask(coin, at_ms, LINE_LEVEL, within_percent)

    answer = ask_coin("triggers", asked, TriggersAnswer, here, coin=coin, data=data, url=url, token_file=token_file)
    print_json(answer) if json else _print(answer)


def _print(answer: TriggersAnswer) -> None:
    from liqscape.cli.output import open_console, price, print_table, source_text, time_text

    console = open_console()
    head = f"{answer.coin} at {price(answer.mark)}, {time_text(answer.as_of_ms)}, {source_text(answer.provenance)}"
    console.print(head, markup=False, soft_wrap=True)
    if answer.has_triggers:
        console.print(_coverage_text(answer), markup=False, soft_wrap=True)
        print_table(console, _totals(answer))
        if answer.clusters:
            print_table(console, _clusters(answer))
        console.print(_stopped_text(answer), markup=False, soft_wrap=True)
        for each in answer.left_out or ():
            console.print(f"left out: {each.order_count:,} orders, {each.text}", markup=False, soft_wrap=True)
    if answer.absorption.price:
        print_table(console, _absorption(answer))
    for note in answer.notes:
        console.print(note, markup=False, soft_wrap=True)


def _coverage_text(answer: TriggersAnswer) -> str:
    from liqscape.cli.output import age_text, share

    known = answer.coverage
    assert known is not None
    ages = f"read {age_text(known.median_age_ms)} ago (median; oldest {age_text(known.oldest_age_ms)})"
    return (
        f"trigger orders known of {share(known.share)} of open size (longs {share(known.long_share)}, shorts "
        f"{share(known.short_share)}), {share(known.map_share)} of the positions on the map: "
        f"{known.known_account_count:,} of {known.account_count:,} accounts, {ages}"
    )


def _stopped_text(answer: TriggersAnswer) -> str:
    """Sums over the levels shown, by side; each is its own figure."""
    from liqscape.cli.output import usd

    levels = answer.levels
    assert levels is not None
    parts = []
    for side, word in ((1, "longs"), (-1, "shorts")):
        rows = [row for row, each in enumerate(levels.side) if each == side]
        whole, known, stopped, limit = (
            usd(sum(column[row] or 0.0 for row in rows))
            for column in (
                levels.notional,
                levels.known_notional,
                levels.stopped_notional,
                levels.limit_stopped_notional,
            )
        )
        parts.append(f"{word} {whole}: triggers known of {known}, own stop before the level {stopped} (limit {limit})")
    return f"USD of levels within {answer.within_percent:g} % of the mark: " + "; ".join(parts)


def _totals(answer: TriggersAnswer) -> Table:
    from liqscape.cli.output import figure_table, price, quantity, usd

    names = ("orders", "accounts", "coins", "USD", "at a limit", "whole position", "nearest")
    table = figure_table("kind", *names)
    for each in answer.totals or ():
        counts = (f"{count:,}" for count in (each.order_count, each.account_count))
        dollars = (usd(value) for value in (each.notional, each.limit_notional, each.whole_position_notional))
        table.add_row(each.kind.replace("_", " "), *counts, quantity(each.size), *dollars, price(each.nearest_price))
    return table


def _clusters(answer: TriggersAnswer) -> Table:
    from liqscape.cli.output import figure_table, percent, price, usd

    table = figure_table("cluster of", "from", "to", "distance", "orders", "USD")
    for each in (answer.clusters or ())[:SHOWN_CLUSTERS]:
        table.add_row(
            each.kind.replace("_", " "),
            price(each.price_low),
            price(each.price_high),
            percent(each.distance_percent),
            f"{each.order_count:,}",
            usd(each.notional),
        )
    return table


def _absorption(answer: TriggersAnswer) -> Table:
    """Highest price first."""
    from liqscape.cli.output import figure_table, percent, price, usd

    line = answer.absorption
    table = figure_table("to price", "distance", "liquidations", "stops", "resting")
    for step in (*STEPS, *(-each for each in reversed(STEPS))):
        row = min(range(len(line.price)), key=lambda row: abs(line.distance_percent[row] - step))
        if abs(line.distance_percent[row] - step) > 0.1:
            continue  # beyond what was asked for
        table.add_row(
            price(line.price[row]),
            percent(line.distance_percent[row]),
            usd(line.liquidation_notional[row]),
            usd(line.stop_notional[row]),
            usd(line.resting_notional[row]),
        )
    return table
