"""`liqscape deleveraging`: who would be closed by the exchange though it is solvent, and where an account stands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from liqscape.errors import SettingsError

if TYPE_CHECKING:
    from rich.console import Console

    from liqscape.service.answers.deleveraging import AccountDeleveragingAnswer, DeleveragingAnswer
    from liqscape.service.deleveraging import DeleveragingQuestions

SHOWN_PAYERS = 5
COLUMNS = (
    "side",
    "far edge",
    "distance",
    "USD",
    "of one side",
    "/ depth",
    "deleveraged",
    "risk",
    "to there",
    "payers",
    "vaults left",
)
RANK_COLUMNS = (
    "coin",
    "side",
    "USD",
    "of side",
    "profit",
    "score",
    "value",
    "rank",
    "of",
    "USD ahead",
    "ahead",
    "note",
)


def deleveraging(
    coin: str | None = None,
    *,
    account: str | None = None,
    recording: Path | None = None,
    data: Path | None = None,
    url: str | None = None,
    token_file: Path | None = None,
    at: str | None = None,
    vault_equity: float | None = None,
    json: bool = False,
) -> None:
    """Simulate what is deleveraged if the mark reaches each cluster of a coin; or rank an account in the queues.

    Parameters
    ----------
    coin
        Coin as the exchange spells it, such as BTC.
    account
        Address, 0x and 40 hex digits: where its positions stand in the queues of winners, in place of a coin.
    recording
        Folder of a recorded market; only the asked instant is read.
    data
        Data folder of a live map, an import or a demo.
    url
        Address a map is served at, in place of a folder.
    token_file
        File with the token of that server; the variable LIQSCAPE_TOKEN holds it otherwise.
    at
        ISO 8601 time (UTC unless it says otherwise) or milliseconds since 1970; the newest by default.
    vault_equity
        USD of the liquidator vaults of the coin's dex together; by default as seen on the map, else 50 million.
    json
        Print one JSON document: the answer of the API.
    """
    from liqscape.cli.output import print_json

    if (coin is None) == (account is None):
        raise SettingsError("give either a coin or --account ADDRESS")
    place = _Place(recording, data, url, at)
    if account is not None:
        if vault_equity is not None:
            raise SettingsError("--vault-equity is of a simulation; it does not go with --account")
        rank = _ask_rank(account, place, token_file)
        print_json(rank) if json else _print_rank(rank)
        return
    assert coin is not None
    answer = _ask_coin(coin, place, token_file, vault_equity)
    print_json(answer) if json else _print(answer)


class _Place(NamedTuple):
    """Whom to ask, and of when."""

    recording: Path | None
    data: Path | None
    url: str | None
    at: str | None


def _ask_coin(coin: str, place: _Place, token_file: Path | None, vault_equity: float | None) -> DeleveragingAnswer:
    from liqscape.cli.asking import ask_map
    from liqscape.service.answers.deleveraging import DeleveragingAnswer

    if place.url is not None:
        path = _path(place, "coins", coin, {"vault_equity": vault_equity})
        return ask_map(place.url, path, token_file, DeleveragingAnswer)
    questions, at_ms = _here(place, coin)
    return questions.of_coin(coin, at_ms, vault_equity)


def _ask_rank(account: str, place: _Place, token_file: Path | None) -> AccountDeleveragingAnswer:
    from liqscape.cli.asking import ask_map
    from liqscape.service.answers.deleveraging import AccountDeleveragingAnswer
    from liqscape.service.asked_address import checked_address

    wanted = checked_address(account)
    if place.url is not None:
        return ask_map(place.url, _path(place, "accounts", wanted, {}), token_file, AccountDeleveragingAnswer)
    questions, at_ms = _here(place, None)
    return questions.of_account(wanted, at_ms)


def _path(place: _Place, kind: str, name: str, asked: dict[str, float | None]) -> str:
    """Raises SettingsError where a folder is named beside the server."""
    from liqscape.service.asking import as_part, question_path

    if place.recording is not None or place.data is not None:
        raise SettingsError("--url asks a server; --recording and --data name a folder")
    return question_path(f"/{kind}/{as_part(name)}/deleveraging", {"at": place.at, **asked})


def _here(place: _Place, coin: str | None) -> tuple[DeleveragingQuestions, int | None]:
    from liqscape.cli.open_map import open_map
    from liqscape.service.deleveraging import DeleveragingQuestions

    view, at_ms = open_map(place.recording, place.data, place.at, coin)
    return DeleveragingQuestions(view), at_ms


def _print(answer: DeleveragingAnswer) -> None:
    from liqscape.cli.output import (
        UNKNOWN,
        figure_table,
        open_console,
        percent,
        price,
        print_table,
        share,
        source_text,
        time_text,
        usd,
    )
    from liqscape.units import SIDE_WORDS

    console = open_console()
    console.print(
        f"SIMULATED: deleveraging of {answer.coin}, mark {price(answer.mark)}, {time_text(answer.as_of_ms)}, "
        f"{source_text(answer.provenance)}",
        markup=False,
        soft_wrap=True,
    )
    console.print(
        f"liquidator vaults {usd(answer.vault_equity_usd)} USD ({answer.vault_equity_source}); within 1 % bids "
        f"{usd(answer.depth_bid_usd)}, asks {usd(answer.depth_ask_usd)} USD ({answer.depth_source})",
        markup=False,
        soft_wrap=True,
    )
    if answer.note is not None:
        console.print(answer.note, markup=False, soft_wrap=True)
    table = figure_table(*COLUMNS)
    for row in answer.clusters:
        cells = (
            SIDE_WORDS[row.side],
            price(row.far_edge),
            percent(row.distance_percent),
            usd(row.notional),
            share(row.side_share),
            UNKNOWN if row.depth_ratio is None else f"{row.depth_ratio:.2f}",
            usd(row.deleveraged_usd),
            share(row.deleveraging_risk),
            share(row.share_to_there),
            UNKNOWN if row.payer_count is None else str(row.payer_count),
            usd(row.vault_equity_left_usd),
        )
        table.add_row(*cells)
    if answer.clusters:
        print_table(console, table)
    _print_payers(console, answer)
    unknown = {row.note for row in answer.clusters if row.note is not None}
    for note in sorted(unknown):
        console.print(f"{UNKNOWN}: {note}", markup=False, soft_wrap=True)
    console.print("assumed:")
    for each in answer.assumptions:
        console.print(f"  {each}", markup=False, soft_wrap=True)


def _print_payers(console: Console, answer: DeleveragingAnswer) -> None:
    from liqscape.cli.output import price, share, usd
    from liqscape.units import SIDE_WORDS

    paid = [row for row in answer.clusters if row.payers]
    largest = {row.side: row for row in sorted(paid, key=lambda row: row.notional)}
    for row in sorted(largest.values(), key=lambda row: -row.side):
        console.print(f"would pay for the {SIDE_WORDS[row.side]} cluster to {price(row.far_edge)}:", markup=False)
        for payer in row.payers[:SHOWN_PAYERS]:
            text = f"  {payer.address} {SIDE_WORDS[payer.side]} {payer.coin} {usd(payer.usd)} USD, {share(payer.share)}"
            console.print(text, markup=False, soft_wrap=True)


def _print_rank(answer: AccountDeleveragingAnswer) -> None:
    from rich.table import Table

    from liqscape.cli.output import UNKNOWN, open_console, print_table, share, source_text, time_text, usd
    from liqscape.units import SIDE_WORDS

    console = open_console()
    head = f"{answer.address}, {time_text(answer.as_of_ms)}, {source_text(answer.provenance)}"
    console.print(head, markup=False, soft_wrap=True)
    if answer.note is not None:
        console.print(answer.note, markup=False, soft_wrap=True)
    table = Table(box=None, pad_edge=False)
    words = ("coin", "side", "score", "note")
    for name in RANK_COLUMNS:
        table.add_column(name, justify="left" if name in words else "right", no_wrap=name != "note")
    for row in answer.rows:
        for place, rank in enumerate(row.ranks):
            cells = (row.coin, SIDE_WORDS[row.side], usd(row.notional), share(row.side_share), usd(row.unrealized_pnl))
            places = (
                f"{rank.score} *" if rank.is_default else rank.score,
                UNKNOWN if rank.value is None else f"{rank.value:.4g}",
                UNKNOWN if rank.rank is None else str(rank.rank),
                str(rank.queue_count),
                usd(rank.usd_ahead),
                share(rank.share_ahead),
            )
            is_first = place == 0
            table.add_row(*(cells if is_first else ("",) * len(cells)), *places, (row.note or "") if is_first else "")
    if answer.rows:
        print_table(console, table)
        console.print("* the score the engine uses; rank 1 is cut first")
    unranked = [row for row in answer.rows if row.unranked_count]
    for row in unranked:
        console.print(
            f"{row.coin}: {row.unranked_count} {SIDE_WORDS[row.side]} positions of {usd(row.unranked_usd)} USD have no "
            "place: their margin or the price they were opened at is not known",
            markup=False,
            soft_wrap=True,
        )
