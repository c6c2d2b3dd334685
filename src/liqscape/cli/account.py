"""`liqscape account`: the margin pools of one address and every price at which something happens to it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.cli.output import (
    age_text,
    open_console,
    percent,
    price,
    print_json,
    print_table,
    quantity,
    source_text,
    time_text,
    usd,
)

if TYPE_CHECKING:
    from rich.console import Console

    from liqscape.service.answers.account import AccountAnswer, AccountPosition, PoolAnswer

TRADER = "trader"
"""What most are, and not worth a word."""


def account(
    address: str,
    *,
    recording: Path | None = None,
    data: Path | None = None,
    at: str | None = None,
    history: str | None = None,
    raw: bool = False,
    json: bool = False,
) -> None:
    """Print the margin pools and levels of one address.

    Parameters
    ----------
    address
        0x and 40 hex digits.
    recording
        Folder of a recorded market (positions.parquet, markets.parquet).
    data
        Folder of stored history.
    at
        ISO 8601 time (UTC unless it says otherwise) or milliseconds since 1970; the newest by default.
    history
        A coin: print what the address held of it through stored time up to --at, and where it would have been
        liquidated, instead.
    raw
        Print the newest state as it was received, where its bytes are kept, and what is stored of it, instead.
    json
        Print one JSON document: the account as the API answers it.
    """
    from liqscape.cli.account_text import HISTORY_ROWS, print_history, print_state
    from liqscape.cli.open_map import open_map
    from liqscape.errors import SettingsError
    from liqscape.service.asked_address import checked_address

    address = checked_address(address)
    if history is not None and raw:
        raise SettingsError("--history and --raw exclude each other")
    view, at_ms = open_map(recording, data, at)
    if history is not None:
        end_ms = None if at_ms is None else at_ms + 1
        path = view.account_history(address, history, end_ms=end_ms, width=HISTORY_ROWS)
        print_json(path) if json else print_history(path)
        return
    if raw:
        state = view.account_state(address, at_ms)
        print_json(state) if json else print_state(state)
        return
    answer = view.account(address, at_ms)
    if json:
        print_json(answer)
    else:
        _print_account(answer)


def _print_account(answer: AccountAnswer) -> None:
    console = open_console()
    console.print(
        f"{answer.address}, {time_text(answer.as_of_ms)}, {source_text(answer.provenance)}",
        markup=False,
    )
    if not answer.pools:
        console.print("no open position at this time")
    if answer.isolated_margin_left is not None:
        left = f"{answer.isolated_margin_left:,.2f}"
        console.print(f"isolated margin without a listed position: {left} USD", markup=False)
    for pool in answer.pools:
        _print_pool(console, pool, answer.as_of_ms)


def _print_pool(console: Console, pool: PoolAnswer, as_of_ms: int) -> None:
    from rich.table import Table

    console.print()
    health = "-" if pool.health is None else f"{100.0 * pool.health:.1f} %"
    kind = "" if pool.kind == TRADER else f", {pool.kind}"
    console.print(
        f"{pool.margin_mode} pool{kind}: account value {usd(pool.account_value)} USD, "
        f"maintenance {usd(pool.maintenance_margin)}, free {usd(pool.free_margin)}, used {health} "
        f"({pool.margin_source}, {age_text(as_of_ms - pool.observed_ms)} old)",
        markup=False,
    )
    if pool.is_in_doubt:
        console.print("IN DOUBT: it holds a coin whose figures cannot be right", markup=False)
    if pool.kind_reason is not None:
        console.print(f"not liquidated in practice: {pool.kind_reason}", markup=False)
    table = Table(box=None, pad_edge=False)
    for name in ("coin", "side", "size", "mark", "USD", "liquidation", "published", "distance", "backstop", "bankrupt"):
        table.add_column(name, justify="left" if name in ("coin", "side") else "right")
    for position in pool.positions:
        cells = (
            position.coin,
            "long" if position.side > 0 else "short",
            quantity(position.size),
            price(position.mark),
            usd(position.notional),
            price(position.liquidation_price) if position.level_status == "ok" else position.level_status,
            _published(position),
            percent(position.distance_percent),
            price(position.backstop_price),
            price(position.bankruptcy_price),
        )
        table.add_row(*cells)
    print_table(console, table)


def _published(position: AccountPosition) -> str:
    if position.published == "price":
        return price(position.published_liquidation_price)
    return "none" if position.published == "none" else "-"
