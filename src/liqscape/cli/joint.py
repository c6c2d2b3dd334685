"""`liqscape joint`: what is liquidated if all coins move together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from liqscape.cli.output import (
    open_console,
    percent,
    price,
    print_json,
    print_table,
    share,
    source_text,
    time_text,
    usd,
)
from liqscape.errors import SettingsError

if TYPE_CHECKING:
    from rich.console import Console

    from liqscape.service.answers.joint import CurveAnswer, JointAnswer
    from liqscape.service.answers.unread import UnreadAccounts
    from liqscape.service.joint import NamedMoves
    from liqscape.service.view import MapView

SHOWN_COINS = 15
SHOWN_ACCOUNTS = 10


def joint(
    *,
    btc_percent: Annotated[str | None, Parameter(allow_leading_hyphen=True)] = None,
    recording: Path | None = None,
    data: Path | None = None,
    api_url: str | None = None,
    accounts: Path | None = None,
    dexs: str | None = None,
    at: str | None = None,
    candles: Path | None = None,
    betas: Path | None = None,
    shock: Path | None = None,
    json: bool = False,
) -> None:
    """Print what is liquidated if BTC moves and the rest follow.

    Every account is taken to its first liquidation with all coins moving: each by its beta to BTC, estimated from
    candles, or straight to a vector of moves of your own. Beside it stands what the maps of single coins add up to.

    Parameters
    ----------
    btc_percent
        How far BTC moves in percent, such as -10%.
    recording
        Folder of a recorded market (positions.parquet, markets.parquet).
    data
        Folder of stored history.
    api_url
        Address of a server that speaks the exchange's info protocol, such as a sandbox's; read now.
    accounts
        With --api-url: text file of addresses to read, one a line; by default the server's leaderboard.
    dexs
        With --api-url: all (the default), or names separated by commas: main, xyz, ...; main is always read. Every
        dex costs as many requests for accounts as the first.
    at
        ISO 8601 time (UTC unless it says otherwise) or milliseconds since 1970; the newest by default.
    candles
        Parquet file of another venue's candles to estimate betas from; by default the one beside the recording.
    betas
        JSON file of your own betas: {"ETH": 1.2, "*": 1.5}; * is every coin not named.
    shock
        JSON file of moves instead of --btc-percent: {"BTC": "-10%", "ETH": -0.15}; coins not named stay.
    json
        Print one JSON document: the answer of the API.
    """
    from liqscape.cli.open_map import check_source, open_map

    if api_url is None:
        for option, value in (("--accounts", accounts), ("--dexs", dexs)):
            if value is not None:
                raise SettingsError(f"{option} goes with --api-url only")
        check_source(recording, data)
    else:
        _check_alone(recording, data, candles, at)
    if (btc_percent is None) == (shock is None):
        raise SettingsError("give either --btc-percent PERCENT or --shock FILE")
    if shock is not None and betas is not None:
        raise SettingsError("--betas and --shock exclude each other: a shock names every move itself")
    from liqscape.service.joint_files import parse_percent, read_betas_file, read_shock_file

    moved = None if btc_percent is None else parse_percent("--btc-percent", btc_percent)
    given = None if betas is None else read_betas_file(betas)
    moves = None if shock is None else read_shock_file(shock)
    if api_url is not None:
        _print(_of_server(api_url, accounts, dexs, moved, given, moves), json=json)
        return
    view, at_ms = open_map(recording, data, at)
    if recording is not None or candles is not None:
        view = _with_candles(view, recording, candles, data)
    if moves is not None:
        answer = view.shock(moves, at_ms)
    else:
        assert moved is not None
        answer = view.joint(moved, at_ms, given)
    _print(answer, json=json)


def _check_alone(recording: Path | None, data: Path | None, candles: Path | None, at: str | None) -> None:
    for option, value in (("--recording", recording), ("--data", data), ("--candles", candles), ("--at", at)):
        if value is not None:
            raise SettingsError(f"{option} and --api-url exclude each other: a server is read as it is now")


def _of_server(
    api_url: str,
    accounts: Path | None,
    dexs: str | None,
    btc_percent: float | None,
    betas: NamedMoves | None,
    shock: NamedMoves | None,
) -> JointAnswer:
    from liqscape.cli.addresses import read_addresses
    from liqscape.cli.reading import reading_reporter
    from liqscape.service.collecting.settings import read_dexs
    from liqscape.service.market_inputs.from_api import read_api
    from liqscape.service.market_inputs.joint_of_input import answer_joint

    listed = None if accounts is None else read_addresses(accounts)
    wanted = None if dexs is None else read_dexs(dexs)
    with reading_reporter() as tell:
        market = read_api(api_url, "BTC", listed, tell, dexs=wanted)
    return answer_joint(market, btc_percent, betas, shock)


def _print(answer: JointAnswer, *, json: bool) -> None:
    if json:
        print_json(answer)
    else:
        _print_answer(answer)


def _with_candles(view: MapView, recording: Path | None, candles: Path | None, data: Path | None) -> MapView:
    from liqscape.cli.open_map import open_history
    from liqscape.service.view import MapView
    from liqscape.sources.recording import open_candles

    reader = None if data is None else open_history(data)
    return MapView(reader, view.live, open_candles(candles, recording))


def _print_answer(answer: JointAnswer) -> None:
    console = open_console()
    moves = (
        "the given shock" if answer.direction == "shock" else f"BTC {percent(answer.at_percent)} and the rest follow"
    )
    console.print(f"{moves}, {time_text(answer.as_of_ms)}, {source_text(answer.provenance)}", markup=False)
    console.print(
        f"liquidated {usd(answer.joint_notional)} USD in {answer.pool_count:,} margin pools; "
        f"single-coin maps add up to {usd(answer.solo_notional)} USD",
        markup=False,
    )
    for text, amount in (
        ("below maintenance already, counted in it", answer.now_notional),
        ("not solved, left out", answer.unknown_notional),
        ("in accounts kept apart, left out", answer.exempt_notional),
    ):
        if amount > 0.0:
            console.print(f"{text}: {usd(amount)} USD", markup=False)
    if answer.unread is not None:
        console.print(answer.provenance.note, markup=False, soft_wrap=True)
        if answer.unread.accounts:
            console.print(_unread(answer.unread), markup=False, soft_wrap=True)
    if answer.in_doubt:
        console.print(f"IN DOUBT, and what holds them with them: {', '.join(answer.in_doubt)}", markup=False)
    console.print(f"betas: {answer.betas_origin}", markup=False)
    _print_coins(console, answer)
    for curve in answer.curves:
        _print_curve(console, curve)
    _print_accounts(console, answer)


def _unread(unread: UnreadAccounts) -> str:
    of_all = "" if unread.share is None else f", {share(unread.share)} of open interest"
    silent = f"; {unread.unreported} of them do not say how much" if unread.unreported else ""
    return (
        f"accounts that cannot be read, left out: {unread.accounts}, with {usd(unread.notional)} USD by their own "
        f"totals{of_all}{silent}"
    )


def _print_coins(console: Console, answer: JointAnswer) -> None:
    from rich.table import Table

    betas = {row.coin: row for row in answer.betas}
    is_up = answer.direction == "up"
    table = Table(box=None, pad_edge=False)
    for name in ("coin", "beta", "from", "to", "USD joint", "USD single-coin"):
        table.add_column(name, justify="left" if name == "coin" else "right")
    for row in answer.coins[:SHOWN_COINS]:
        beta = betas.get(row.coin)
        source = "" if beta is None else {"default": " *", "user": " user"}.get(beta.beta_source, "")
        shown = "-" if beta is None else f"{beta.beta_up if is_up else beta.beta:.2f}{source}"
        table.add_row(
            row.coin,
            shown,
            price(row.mark),
            price(row.moved_mark),
            usd(row.joint_notional),
            usd(row.solo_notional),
        )
    print_table(console, table)
    if len(answer.coins) > SHOWN_COINS:
        console.print(f"and {len(answer.coins) - SHOWN_COINS} more coins", markup=False)
    if any(row.beta_source == "default" for row in answer.betas):
        console.print("* no candles: the default beta", markup=False)


def _print_curve(console: Console, curve: CurveAnswer) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    heading = "of the shock" if curve.direction == "shock" else "BTC"
    for name in (heading, "USD joint", "USD single-coin", "pools"):
        table.add_column(name, justify="right")
    for row, at_percent in enumerate(curve.at_percent):
        table.add_row(
            f"{at_percent:.0f} %" if curve.direction == "shock" else percent(at_percent, 1),
            usd(curve.joint_notional[row]),
            usd(curve.solo_notional[row]),
            f"{curve.pool_count[row]:,}",
        )
    print_table(console, table)


def _print_accounts(console: Console, answer: JointAnswer) -> None:
    from rich.table import Table

    if not answer.accounts:
        return
    table = Table(box=None, pad_edge=False)
    for name in (
        "account",
        "margin mode",
        "margin source",
        "at",
        "USD",
        "largest position",
        "joint level",
        "solo level",
    ):
        table.add_column(name, justify="right" if name in ("at", "USD", "joint level", "solo level") else "left")
    for account in answer.accounts[:SHOWN_ACCOUNTS]:
        largest = max(account.positions, key=lambda position: position.notional)
        side = "long" if largest.size > 0.0 else "short"
        cells = (
            account.address,
            account.margin_mode,
            account.margin_source,
            percent(account.at_percent),
            usd(account.notional),
            f"{largest.coin} {side} {usd(largest.notional)}",
            price(largest.joint_liquidation_price),
            price(largest.liquidation_price),
        )
        table.add_row(*cells)
    print_table(console, table)
