"""Advice on a stop on a terminal: the verdict first, then every figure it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liqscape.cli.output import (
    UNKNOWN,
    age_text,
    bp,
    open_console,
    percent,
    price,
    print_table,
    quantity,
    share,
    source_text,
    time_text,
    usd,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from liqscape.insight.advice import ClusterOvershoot, OwnLevel, StopSizing
    from liqscape.service.answers.stop import NextStopRow, StopAnswer, StopCluster

NEEDS_BACKING = "unknown: needs --margin, --leverage or --account"


def print_stop(answer: StopAnswer) -> None:
    """Print it whole."""
    from liqscape.units import SIDE_WORDS

    console = open_console()
    _say(console, f"{answer.coin}, {time_text(answer.as_of_ms)}, {source_text(answer.provenance)}")
    for doubt in answer.doubt:
        _say(console, f"in doubt: {doubt}")
    far = 100.0 * (answer.stop / answer.entry - 1.0)
    trade = f"{SIDE_WORDS[answer.side]} from {price(answer.entry)}, stop {price(answer.stop)} ({percent(far)})"
    _say(console, f"{trade}, mark {price(answer.mark)}")
    _say(console, f"verdict: {answer.verdict}")
    for reason in answer.reasons:
        _say(console, f"  {reason}")
    _say(console, "")
    _print_sizing(console, answer, answer.sizing)
    _say(console, f"own liquidation price  {_level(answer.liquidation)}")
    _say(console, f"stops of others there    {_others(answer)}")
    _print_odds(console, answer)
    if answer.clusters:
        _say(console, "")
        _print_clusters(console, answer.clusters)
        _say(console, "")
        _print_next(console, answer.next_stops)
    for note in answer.notes:
        _say(console, note)


def _others(answer: StopAnswer) -> str:
    """Never without the share of the market it is known of."""
    near = answer.stops_at_yours
    if near is None or near.order_count is None:
        return f"unknown: {'not asked' if near is None else near.note}"
    where = f"between {price(near.price_low)} and {price(near.price_high)}"
    known = f"known of {share(near.coverage)} of open size, read {age_text(near.median_age_ms)} ago"
    return f"{near.order_count:,} of {near.account_count or 0:,} accounts, {usd(near.notional)} USD {where}; {known}"


def _say(console: Console, text: str) -> None:
    console.print(text, markup=False, soft_wrap=True)


def _print_sizing(console: Console, answer: StopAnswer, sizing: StopSizing) -> None:
    from liqscape.insight.advice.words import plain_words

    fee = f"{answer.fee_bp:g} bp, {answer.fee_source}"
    slippage = UNKNOWN if sizing.slippage is None else price(sizing.slippage)
    terms = (
        ("entry to stop", price(sizing.distance), "USD a coin"),
        ("fee at the entry", price(sizing.entry_fee), f"USD a coin ({fee})"),
        ("fee at the stop", price(sizing.stop_fee), f"USD a coin ({fee})"),
        ("slippage at the stop", slippage, f"USD a coin ({sizing.slippage_source})"),
        ("loss of one coin", price(sizing.loss_per_coin), "USD, the sum"),
        ("risk", price(sizing.risk_usd), "USD"),
        (
            "size",
            quantity(sizing.size),
            f"{answer.coin} = risk / loss, down to {plain_words(sizing.lot)}; {usd(sizing.notional)} USD",
        ),
        ("loss at the stop", price(sizing.loss_usd), "USD"),
    )
    for name, value, words in terms:
        _say(console, f"{name:<22} {value:>14}  {words}")


def _level(level: OwnLevel) -> str:
    if level.backed_by is None:
        return level.note if level.note and "account" in level.note and "holds" in level.note else NEEDS_BACKING
    made = [] if level.margin_usd is None else [f"margin {price(level.margin_usd)} USD, {level.leverage or 0.0:.3g}x"]
    words = ", ".join((level.pool or "", *made, *(() if level.note is None else (level.note,))))
    return f"{price(level.solo)} solo, {price(level.joint)} joint ({words})"


def _print_odds(console: Console, answer: StopAnswer) -> None:
    if answer.odds is None:
        _say(console, f"odds of reaching it    {answer.odds_note}")
    for each in answer.odds or ():
        name = f"odds within {each.horizon}"
        if each.probability is None or each.brier is None:
            _say(console, f"{name:<22} {UNKNOWN:>14}  {each.note}")
            continue
        skill = UNKNOWN if each.skill is None else f"{each.skill:+.3f}"
        record = f"Brier score {each.brier:.4f}, skill {skill}, n = {each.windows:,} windows ({each.source})"
        _say(console, f"{name:<22} {share(each.probability):>14}  {record}")


def _print_clusters(console: Console, rows: Iterable[StopCluster]) -> None:
    from rich.table import Table

    figures = ("from", "to", "USD", "held for", "stop past it", "overshoot 50 %", "90 %", "n")
    table = Table(box=None, pad_edge=False)
    table.add_column("cluster", no_wrap=True)
    for name in figures:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("of", no_wrap=True)
    for row in rows:
        cells = (
            row.place,
            price(row.price_low),
            price(row.price_high),
            usd(row.notional),
            age_text(row.weighted_age_ms),
            bp(row.distance_bp),
            bp(row.overshoot.q50_bp),
            bp(row.overshoot.q90_bp),
            f"{row.overshoot.n:,}",
            _class(row.overshoot),
        )
        table.add_row(*cells)
    print_table(console, table)


def _class(overshoot: ClusterOvershoot) -> str:
    words: str = overshoot.source
    if overshoot.coin_class is not None:
        words += f", {overshoot.coin_class} coins, cluster / depth {overshoot.size_class}"
    return words


def _print_next(console: Console, rows: Iterable[NextStopRow]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("past the cluster", no_wrap=True)
    for name in ("at", "overshoot", "stop", "size", "loss", "liquidated at"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in ("overshoot is", "verdict"):
        table.add_column(name, no_wrap=True)
    for row in rows:
        sizing, own = row.sizing, row.liquidation
        cells = (
            f"{price(row.price_low)} to {price(row.price_high)}",
            f"{100.0 * row.quantile:.0f} %",
            bp(row.overshoot_bp),
            price(row.stop),
            UNKNOWN if sizing is None else quantity(sizing.size),
            UNKNOWN if sizing is None else usd(sizing.loss_usd),
            UNKNOWN if own is None else price(own.solo),
            f"{row.source} (n = {row.n:,})",
            row.verdict or UNKNOWN,
        )
        table.add_row(*cells)
    print_table(console, table)
