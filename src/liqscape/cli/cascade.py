"""`liqscape cascade`: what happens if price gets there, simulated from a market at one instant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.cli.addresses import read_addresses
from liqscape.cli.output import open_console, print_json, time_text
from liqscape.cli.reading import reading_reporter
from liqscape.errors import NotFound, SettingsError
from liqscape.service.asked_time import parse_time

if TYPE_CHECKING:
    from liqscape.service.answers.cascade_records import CascadeAnswer, EnsembleAnswer
    from liqscape.service.cascade import CascadeQuestion, PreparedCascade
    from liqscape.service.joint import NamedMoves
    from liqscape.service.market_inputs import MarketInput

SHOCK_NAMES = ("one", "betas", "october-2025")


def cascade(
    coin: str,
    *,
    target_price: float | None = None,
    recording: Path | None = None,
    data: Path | None = None,
    api_url: str | None = None,
    accounts: Path | None = None,
    dexs: str | None = None,
    candles: Path | None = None,
    at: str | None = None,
    mode: str = "book",
    shock: str = "one",
    direction: str | None = None,
    minutes: float = 60.0,
    shock_minutes: float | None = None,
    paths: int = 1,
    seed: int = 0,
    theta: float | None = None,
    vault_equity: tuple[float, ...] = (),
    dex_vault: tuple[str, ...] = (),
    stops: bool = False,
    json: bool = False,
) -> None:
    """Simulate what happens if the price of a coin gets there.

    Accounts, order books and a shock go through the exchange's own rules: liquidation orders, takeovers by the
    backstop, auto-deleveraging. Everything printed is simulated; what was assumed is listed first.

    Parameters
    ----------
    coin
        Coin as the exchange spells it, such as BTC.
    target_price
        Price in USD the coin goes to; not with --shock october-2025 or a file, which say it themselves.
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
    candles
        With --recording: Parquet file of another venue's candles; by default the one beside the recording.
    at
        ISO 8601 time (UTC unless it says otherwise) or milliseconds since 1970; the newest by default.
    mode
        given (prices do not answer), book (the exchange's book is eaten and refilled) or coupled (outside venues
        answer too).
    shock
        one (other coins stay), betas (they follow), october-2025, or a JSON file of moves: {"BTC": "-10%", "*": -0.15}.
    direction
        down or up: refuse a price on the other side of the mark.
    minutes
        Simulated time.
    shock_minutes
        How long the way to the price takes; 10 by default, 30 for october-2025.
    paths
        Runs of an ensemble, whose quantiles are printed; 1 is a single run.
    seed
        What ensembles draw from.
    theta
        In mode coupled: share of the outside answer that stays, 0 to 1.
    vault_equity
        USD of a liquidator vault; given again for each further one. 50 million (assumed) by default, 0.6 and 7.5
        million with --shock october-2025.
    dex_vault
        NAME=USD: the backstop vault of another dex; given again for each further one. By default what --api-url
        reads of it; where neither is known positions of that dex go from the book to deleveraging.
    stops
        Take along the stops and take-profits that are known; refused where the source reads none.
    json
        Print one JSON document: everything, second by second and account by account.
    """
    _check_source(recording=recording, data=data, api_url=api_url, accounts=accounts, dexs=dexs, candles=candles, at=at)
    moves = _moves(shock)
    if recording is not None:
        from liqscape.service.recorded_moment import check_coins

        check_coins(recording, (coin,))
    from liqscape.service.cascade import CascadeQuestion, parse_dex_vault, prepare_cascade

    question = CascadeQuestion(
        coin=coin,
        price=target_price,
        mode=mode,
        shock="one" if moves is not None else shock,
        moves=moves,
        direction=direction,
        minutes=minutes,
        shock_minutes=shock_minutes,
        paths=paths,
        seed=seed,
        theta=theta,
        vault_equity=vault_equity or None,
        dex_vaults=tuple(parse_dex_vault(each) for each in dex_vault),
        stops=stops,
    )
    prepared = prepare_cascade(
        _read_market(
            question,
            recording=recording,
            data=data,
            api_url=api_url,
            accounts=accounts,
            dexs=dexs,
            candles=candles,
            at=at,
        ),
        question,
    )
    answer = _with_bar(prepared)
    if json:
        print_json(answer)
        return
    from liqscape.cli.cascade_text import print_answer

    print_answer(open_console(), answer)


def _check_source(
    *,
    recording: Path | None,
    data: Path | None,
    api_url: str | None,
    accounts: Path | None,
    dexs: str | None,
    candles: Path | None,
    at: str | None,
) -> None:
    given = [
        option
        for option, value in (("--recording", recording), ("--data", data), ("--api-url", api_url))
        if value is not None
    ]
    if not given:
        raise SettingsError(
            "give --recording DIR (a recorded market), --data DIR (stored history) or --api-url URL (a server)"
        )
    if len(given) > 1:
        raise SettingsError(f"{' and '.join(given)} exclude each other")
    for option, value, needed, with_it in (
        ("--accounts", accounts, api_url, "--api-url"),
        ("--dexs", dexs, api_url, "--api-url"),
        ("--candles", candles, recording, "--recording"),
    ):
        if value is not None and needed is None:
            raise SettingsError(f"{option} goes with {with_it} only")
    if at is not None and api_url is not None:
        raise SettingsError("--at and --api-url exclude each other: a server is read as it is now")
    for option, folder in (("--recording", recording), ("--data", data)):
        if folder is not None and not folder.is_dir():
            raise SettingsError(f"{option} {folder} is not a folder")
    if at is not None:
        parse_time("--at", at)


def _moves(shock: str) -> NamedMoves | None:
    if shock in SHOCK_NAMES:
        return None
    from liqscape.service.joint_files import read_shock_file

    path = Path(shock)
    if not path.exists():
        raise SettingsError(f"--shock {shock!r} is none of {', '.join(SHOCK_NAMES)} and no file")
    return read_shock_file(path)


def _read_market(
    question: CascadeQuestion,
    *,
    recording: Path | None,
    data: Path | None,
    api_url: str | None,
    accounts: Path | None,
    dexs: str | None,
    candles: Path | None,
    at: str | None,
) -> MarketInput:
    from liqscape.service.market_inputs import read_api, read_recorded, read_stored

    at_ms = None if at is None else parse_time("--at", at)
    if api_url is not None:
        from liqscape.service.collecting.settings import read_dexs

        listed = None if accounts is None else read_addresses(accounts)
        wanted = None if dexs is None else read_dexs(dexs)
        with reading_reporter() as tell:
            return read_api(api_url, question.coin, listed, tell, dexs=wanted)
    try:
        if recording is not None:
            return read_recorded(recording, at_ms, candles)
        assert data is not None
        return read_stored(data, at_ms)
    except NotFound as error:
        if at_ms is None:
            raise
        raise NotFound(f"{error} (--at is {time_text(at_ms)})", **error.context) from None


def _with_bar(prepared: PreparedCascade) -> CascadeAnswer | EnsembleAnswer:
    """Run the cascade with a progress bar on stderr where that is a terminal."""
    import sys

    from liqscape.service.cascade import answer_cascade

    if not sys.stderr.isatty():
        return answer_cascade(prepared, compiling=_once_said())
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        simulating = f"simulating {prepared.shock.label}"
        task = bar.add_task(simulating, total=1.0)

        def tell_compiling(compiled: int, functions: int) -> None:
            said = f"preparing, once: {compiled} of {functions} functions compiled"
            bar.update(task, description=said, completed=compiled / functions)

        def tell(done: float, _: object) -> None:
            bar.update(task, description=simulating, completed=done)

        return answer_cascade(prepared, tell, compiling=tell_compiling)


def _once_said() -> Callable[[int, int], None]:
    """Print a line on stderr the first time the compiler is at work."""
    import sys

    is_said = False

    def tell(_compiled: int, _functions: int) -> None:
        nonlocal is_said
        if not is_said:
            text = "liqscape: preparing, once: the simulator is compiled, which takes a minute or more"
            print(text, file=sys.stderr, flush=True)
        is_said = True

    return tell
