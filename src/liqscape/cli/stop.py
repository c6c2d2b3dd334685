"""`liqscape stop`: where a stop stands among clusters, and how large a position may be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from liqscape.service.answers.stop import StopAnswer
    from liqscape.service.stop import StopAsked


def stop(
    coin: str,
    *,
    side: Literal["long", "short"],
    entry: float,
    stop: float,
    risk: float | None = None,
    size: float | None = None,
    margin: float | None = None,
    leverage: float | None = None,
    isolated: bool = False,
    account: str | None = None,
    fee: float | None = None,
    simulate: bool = False,
    recording: Path | None = None,
    data: Path | None = None,
    url: str | None = None,
    token_file: Path | None = None,
    at: str | None = None,
    json: bool = False,
) -> None:
    """Say where a stop stands among clusters, and how large a position may be at a dollar risk.

    The verdict follows by rule, with its reasons; sizes are net of fees and slippage, with every term.

    Parameters
    ----------
    coin
        Coin as the exchange spells it, such as BTC.
    side
        Side of the position.
    entry
        Price of the entry, USD.
    stop
        Price of the stop, USD: below the entry of a long, above that of a short.
    risk
        USD that may be lost at the stop; or give --size.
    size
        Size in coins; or give --risk.
    margin
        USD of a margin pool of its own, for its liquidation price; or give --leverage, or --account.
    leverage
        Notional over the margin of a pool of its own.
    isolated
        Isolated margin; cross otherwise.
    account
        Address whose cross pool backs the position, 0x and 40 hex digits.
    fee
        Taker fee in basis points; that of the exchange's lowest tier by default.
    simulate
        Let the cascade engine say overshoots that were not measured; it takes seconds.
    recording
        Folder of a recorded market (positions.parquet, markets.parquet).
    data
        Data folder of a live map, an import or a demo.
    url
        Address a map is served at, in place of a folder.
    token_file
        File with the token of that server; the variable LIQSCAPE_TOKEN holds it otherwise.
    at
        ISO 8601 time (UTC unless it says otherwise) or milliseconds since 1970; the newest by default.
    json
        Print the answer of the API as one JSON document.
    """
    from liqscape.cli.output import print_json
    from liqscape.cli.stop_text import print_stop
    from liqscape.service.stop import StopAsked

    asked = StopAsked(
        coin=coin,
        side=side,
        entry=entry,
        stop=stop,
        risk=risk,
        size=size,
        margin=margin,
        leverage=leverage,
        isolated=isolated,
        account=account,
        fee=fee,
        simulate=simulate,
    )
    if url is None:
        answer = _from_folder(asked, recording, data, at)
    else:
        answer = _from_server(asked, url, token_file, (recording, data), at)
    print_json(answer) if json else print_stop(answer)


def _from_folder(asked: StopAsked, recording: Path | None, data: Path | None, at: str | None) -> StopAnswer:
    from liqscape.cli.open_map import open_map
    from liqscape.service.stop import StopQuestions

    view, at_ms = open_map(recording, data, at, asked.coin)
    return StopQuestions(view).ask(asked, at_ms)


def _from_server(
    asked: StopAsked, url: str, token_file: Path | None, folders: tuple[Path | None, ...], at: str | None
) -> StopAnswer:
    from dataclasses import asdict

    from liqscape.cli.asking import ask_map
    from liqscape.errors import SettingsError
    from liqscape.service.answers.stop import StopAnswer
    from liqscape.service.asked_time import parse_time
    from liqscape.service.asking import of_coin, question_path
    from liqscape.service.stop_simulation import SIMULATION_PATIENCE_S

    if any(folder is not None for folder in folders):
        raise SettingsError("give one of --data DIR (the folder of a map), --recording DIR and --url URL (its server)")
    chosen = {name: value for name, value in asdict(asked).items() if name != "coin"}
    chosen["at"] = None if at is None else parse_time("--at", at)
    path = question_path(of_coin(asked.coin, "stop"), chosen)
    patience_s = SIMULATION_PATIENCE_S if asked.simulate else None
    return ask_map(url, path, token_file, StopAnswer, patience_s=patience_s)
