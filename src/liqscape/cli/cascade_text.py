"""A simulated cascade as text: assumptions, sums by stage, prices, accounts, winners, what comes next, by level."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liqscape.cli.cascade_levels import largest_levels, print_smaller_levels
from liqscape.cli.cascade_stops_text import (
    print_stop_levels,
    print_stops,
    print_stops_over_runs,
    stops_label,
)
from liqscape.cli.output import UNKNOWN, percent, price, print_table, quantity, share, time_text, usd

if TYPE_CHECKING:
    from rich.console import Console

    from liqscape.service.answers.cascade_records import CascadeAnswer, CoinOutcome, EnsembleAnswer

SHOWN_COINS = 8
SHOWN_WINNERS = 10
SHOWN_FATES = 10
LABEL = "SIMULATED"
BOOK_NOTE = ": recorded book of "
RELATIVE = ("overshoot", "mark_overshoot", "widest_gap")


def print_answer(console: Console, answer: CascadeAnswer | EnsembleAnswer) -> None:
    """A single run or an ensemble."""
    from liqscape.service.answers.cascade_records import EnsembleAnswer

    if isinstance(answer, EnsembleAnswer):
        print_ensemble(console, answer)
    else:
        print_cascade(console, answer)


def print_cascade(console: Console, answer: CascadeAnswer) -> None:
    """The run as a person reads it: most important first, every table cut at a stated length."""
    source = f"{answer.provenance.kind} {answer.provenance.name}"
    console.print(f"{LABEL}: {answer.label}, mode {answer.mode}, {stops_label(answer)}", markup=False)
    console.print(
        f"from {time_text(answer.as_of_ms)}, {source}; {answer.coin} at {price(answer.mark)}, "
        f"{answer.horizon_ms / 60_000:g} minutes, the shock takes {answer.shock_ms / 60_000:g}",
        markup=False,
        soft_wrap=True,
    )
    _print_assumptions(console, answer)
    _print_totals(console, answer)
    print_stops(console, answer)
    _print_coins(console, answer)
    _print_next(console, answer)
    _print_levels(console, answer)
    print_stop_levels(console, answer)
    _print_fates(console, answer)
    _print_winners(console, answer)
    console.print(f"digest {answer.digest[:16]}; {LABEL}, not a forecast", markup=False)


def print_ensemble(console: Console, answer: EnsembleAnswer) -> None:
    """Quantiles of every figure; the central run stands in the JSON."""
    from rich.table import Table

    label = "" if answer.central is None else f"{answer.central.label}, mode {answer.central.mode}, "
    console.print(f"{LABEL}: {label}{answer.count} runs, seed {answer.seed}, {stops_label(answer)}", markup=False)
    console.print("assumed and drawn:")
    for note in answer.assumptions:
        console.print(f"  {note}", markup=False, soft_wrap=True)
    quantiles = [f"{100 * level:g} %" for level in answer.levels]
    table = Table(box=None, pad_edge=False)
    for heading in ("figure", *quantiles, "known in"):
        table.add_column(heading, justify="left" if heading == "figure" else "right")
    for name, values in answer.quantiles.items():
        table.add_row(name, *(_figure(name, value) for value in values), share(answer.share_known.get(name)))
    print_table(console, table)
    print_stops_over_runs(console, answer, quantiles)
    console.print(f"digest {answer.digest[:16]}; {LABEL}, not a forecast", markup=False)


def _figure(name: str, value: float | None) -> str:
    """A figure of an ensemble in its own unit."""
    if value is None:
        return UNKNOWN
    if name.endswith("_ms"):
        return _clock(round(value))
    if name in RELATIVE:
        return percent(100.0 * value)
    if name == "extreme_mark":
        return price(value)
    return share(value) if name == "lowest_withdrawal" else f"{value:g}" if name == "accounts" else usd(value)


def _print_assumptions(console: Console, answer: CascadeAnswer) -> None:
    report = answer.input
    known = ", ".join(
        f"{100 * part:.0f} % {name}"
        for name in ("state", "published", "tracked", "modelled", "unknown")
        if (part := getattr(report.margin_source_share, name)) >= 0.005
    )
    console.print(
        f"input: {report.address_count:,} addresses, {report.pool_count:,} pools ({report.left_out_pools} left out), "
        f"{report.position_count:,} positions, {share(report.coverage)} of open interest; "
        f"cash known by {known or UNKNOWN}",
        markup=False,
        soft_wrap=True,
    )
    console.print("assumed:")
    books = [note for note in answer.assumptions if BOOK_NOTE in note and not note.startswith(f"{answer.coin}:")]
    for note in answer.assumptions:
        if note not in books:
            console.print(f"  {note}", markup=False, soft_wrap=True)
    if books:
        console.print(f"  and the recorded books of {len(books)} other coins, each with its power law (--json)")


def _print_totals(console: Console, answer: CascadeAnswer) -> None:
    totals = answer.totals
    console.print(
        f"liquidated {totals.account_count:,} accounts: {usd(totals.sent)} USD sent to the book in {totals.orders:,} "
        f"orders, {usd(totals.filled)} filled (slippage {usd(totals.slippage)}), {usd(totals.backstop)} taken over in "
        f"{totals.takeovers:,} takeovers, {usd(totals.adl)} auto-deleveraged in {totals.adl_fills:,} fills",
        markup=False,
        soft_wrap=True,
    )
    first = UNKNOWN if answer.first_adl_ms is None else _clock(answer.first_adl_ms)
    lowest = min((min(column) for column in answer.vault_equity if column), default=None)
    console.print(
        f"vault equity {usd(totals.vault_equity_start)} to {usd(totals.vault_equity_end)} USD (one vault at least "
        f"{usd(lowest)}); first ADL {first}; uncovered {usd(totals.deficit)} USD",
        markup=False,
        soft_wrap=True,
    )


def _print_coins(console: Console, answer: CascadeAnswer) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    headings = (
        "coin",
        "start",
        "furthest",
        "without",
        "overshoot",
        "gap",
        "half back",
        "depth left",
        "peak n(p)",
        "USD",
    )
    for heading in headings:
        table.add_column(heading, justify="left" if heading == "coin" else "right")
    for row in answer.coins[:SHOWN_COINS]:
        recovery = "open" if row.half_recovery_ms is None else _clock(row.half_recovery_ms)
        cells = (
            row.coin,
            price(row.start_mark),
            price(row.extreme_mark),
            price(row.calm_extreme_mark),
            _relative(row.overshoot),
            _relative(row.widest_gap),
            recovery if row.widest_gap else UNKNOWN,
            share(row.lowest_withdrawal),
            UNKNOWN if row.peak_branching is None else f"{row.peak_branching:.3g}",
            usd(row.filled + row.backstop + row.adl),
        )
        table.add_row(*cells)
    print_table(console, table)


def _print_next(console: Console, answer: CascadeAnswer) -> None:
    if not answer.coins:
        return
    row: CoinOutcome = answer.coins[0]
    reached = sum(cluster.notional for cluster in row.reached)
    text = f"{row.coin}: {len(row.reached)} clusters of the map reached, {usd(reached)} USD; next "
    if row.next_cluster is None:
        text += "none on this side"
    else:
        text += f"{price(row.next_cluster.price_peak)}, {usd(row.next_cluster.notional)} USD"
    console.print(text, markup=False)


def _print_levels(console: Console, answer: CascadeAnswer) -> None:
    from rich.table import Table

    levels = answer.per_level
    sizes = (levels.filled, levels.backstop, levels.adl, levels.sent)
    shown = largest_levels(levels.coin, answer.coin, lambda row: sum(column[row] for column in sizes), levels.price_low)
    if not shown:
        console.print(f"{answer.coin}: nothing liquidated at any level", markup=False)
        return
    table = Table(box=None, pad_edge=False, title=f"{answer.coin} by mark", title_justify="left", title_style="")
    for heading in ("from", "to", "sent", "filled", "backstop", "ADL", "accounts"):
        table.add_column(heading, justify="right")
    for row in shown:
        table.add_row(
            price(levels.price_low[row]),
            price(levels.price_high[row]),
            *(usd(column[row]) for column in (levels.sent, levels.filled, levels.backstop, levels.adl)),
            f"{levels.account_count[row]:,}",
        )
    print_table(console, table)
    print_smaller_levels(console, levels.coin, answer.coin, shown)


def _print_fates(console: Console, answer: CascadeAnswer) -> None:
    from rich.table import Table

    fates = answer.fates
    if not fates.address:
        return
    size = [
        sum(column[row] for column in (fates.filled, fates.backstop, fates.adl)) for row in range(len(fates.address))
    ]
    table = Table(box=None, pad_edge=False, title="largest accounts liquidated", title_justify="left", title_style="")
    for heading in ("account", "pool", "first", "reached", "filled", "backstop", "ADL", "value left"):
        table.add_column(heading, justify="left" if heading in ("account", "pool", "reached") else "right")
    for row in sorted(range(len(size)), key=lambda row: -size[row])[:SHOWN_FATES]:
        table.add_row(
            fates.address[row],
            fates.coin[row] or f"cross {fates.dex[row] or ''}".strip(),
            _clock(fates.first_ms[row]),
            fates.stage[row],
            *(usd(column[row]) for column in (fates.filled, fates.backstop, fates.adl, fates.value_left)),
        )
    print_table(console, table)
    if answer.fate_count > SHOWN_FATES:
        console.print(f"and {answer.fate_count - SHOWN_FATES} more pools", markup=False)


def _print_winners(console: Console, answer: CascadeAnswer) -> None:
    from rich.table import Table

    winners = answer.winners
    if not winners.address:
        return
    table = Table(box=None, pad_edge=False, title="first winners cut by ADL", title_justify="left", title_style="")
    for heading in ("at", "rank", "account", "coin", "side", "size", "price", "realised", "given up after 60 s"):
        table.add_column(heading, justify="left" if heading in ("account", "coin", "side") else "right")
    for row in range(min(SHOWN_WINNERS, len(winners.address))):
        cells = (
            _clock(winners.time_ms[row]),
            str(winners.rank[row]),
            winners.address[row],
            winners.coin[row],
            "long" if winners.side[row] > 0 else "short",
            quantity(winners.size[row]),
            price(winners.price[row]),
            usd(winners.closed_pnl[row]),
            usd(winners.given_up_60s[row]),
        )
        table.add_row(*cells)
    print_table(console, table)
    if answer.winner_count > SHOWN_WINNERS:
        console.print(f"and {answer.winner_count - SHOWN_WINNERS} more", markup=False)


def _relative(value: float | None) -> str:
    return UNKNOWN if value is None else percent(100.0 * value)


def _clock(milliseconds: int) -> str:
    """Time since the start as minutes and seconds."""
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes}:{rest / 1000:04.1f}"
