"""A market read over the info interface: markets, marks, order books, and the accounts of a leaderboard or a list.

    metaAndAssetCtxs -> markets, margin tables, marks, open interest, day's volume
    GET /leaderboard (or the given list) -> addresses
    batchClearinghouseStates -> accounts, one by one where the server does not know it
    spotClearinghouseState -> only for accounts whose perp state does not say what backs their positions
    l2Book -> books of the coin asked about and of the largest others
    candleSnapshot -> volatility and betas of the coin asked about, BTC, and the largest others

Accounts that cannot be read are left out, and pools of which a row cannot be read are not simulated; both are counted,
with what the exchange says they hold. The first dex only. Reading takes seconds, so states differ by that much; the
marks are those of the contexts.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from liqscape.cascade import BookSource, RealBook
from liqscape.errors import InputError, NotFound, RemoteWireError, RequestFailed
from liqscape.feed.backoff import FIRST_WAIT_S
from liqscape.feed.info_client import InfoClient, check_url
from liqscape.heatmap.build import build_frame
from liqscape.heatmap.frame import Provenance
from liqscape.model.margin_tables import flat_table
from liqscape.model.markets import Market, Markets, MarketSnapshot
from liqscape.risk.joint.betas import FACTOR_COIN
from liqscape.service.coin_betas import read_betas
from liqscape.service.market_inputs.api_candles import ServerCandles, read_candles
from liqscape.service.market_inputs.day_volatility import read_volatility
from liqscape.service.market_inputs.market_input import LeftOut, MarketInput, map_frame
from liqscape.units import Float64Array
from liqscape.wire.answer import parse_answer
from liqscape.wire.coin_tables import CoinTables
from liqscape.wire.columns.states import BuiltAccounts, Holder, TableShelf, build_accounts, needs_spot, parse_states
from liqscape.wire.info.clearinghouse_state import ClearinghouseState
from liqscape.wire.info.l2_book import L2Book
from liqscape.wire.info.leaderboard import Leaderboard
from liqscape.wire.info.meta import AssetContext, Meta, read_coin_tables
from liqscape.wire.info.read_meta import read_meta_and_asset_contexts
from liqscape.wire.info.read_state import read_clearinghouse_state, told_notional
from liqscape.wire.info.spot_clearinghouse_state import read_spot_state
from liqscape.wire.known_addresses import BACKSTOPS, EXEMPT_ADDRESSES

USERS_A_CALL = 50
"""What public clients send; the limit of the exchange is not known (protocol notes, section 4)."""
MOST_ACCOUNTS = 5_000
"""Richest first: 100 calls of weight 20 take the exchange's budget of almost two minutes."""
MOST_BOOKS = 40

Progress = Callable[[str, int, int], None]
"""Told what is read, how many are done and how many there are."""


@dataclass(frozen=True)
class _Answers:
    """Everything one reading brought, as records."""

    meta: Meta
    contexts: tuple[AssetContext, ...]
    holders: tuple[Holder, ...]
    books: dict[str, BookSource]
    candles: ServerCandles | None
    notes: tuple[str, ...]
    unread: dict[str, float]
    """USD that each account of which nothing could be read says it holds; NaN where that cannot be read either."""


def read_api(
    url: str,
    coin: str,
    addresses: Sequence[str] | None = None,
    progress: Progress | None = None,
    *,
    most_accounts: int = MOST_ACCOUNTS,
    first_wait_s: float = FIRST_WAIT_S,
) -> MarketInput:
    """The market of a server now, with the book of `coin` and of the largest others.

    addresses     accounts to read; None asks the server's own leaderboard.
    first_wait_s  wait before a failed request is tried again; doubled each time.
    Blocks, with an event loop of its own.
    Raises RequestFailed or RateLimited where the server cannot be asked, RemoteWireError for answers that cannot be
    read or where no account can be, NotFound for an unknown coin, InputError where there is no list of accounts.
    """
    name = check_url("--api-url", url)
    answers = asyncio.run(
        _read(InfoClient(name, first_wait_s=first_wait_s), coin, addresses, progress or _ignore, most_accounts)
    )
    return _map(name, answers)


async def _read(
    opened: InfoClient, coin: str, addresses: Sequence[str] | None, progress: Progress, most_accounts: int
) -> _Answers:
    url = opened.url
    async with opened as client:
        content = await client.ask({"type": "metaAndAssetCtxs"})
        meta, contexts = read_meta_and_asset_contexts(content, f"{url}/info metaAndAssetCtxs")
        names = [asset.name for asset in meta.universe]
        if coin not in names:
            near = [name for name in names if name.lower() == coin.lower()]
            hint = f"did you mean {near[0]}?" if near else f"{len(names)} coins are listed"
            raise NotFound(f"unknown coin {coin!r} at {url}; {hint}", coin=coin)
        notes = []
        if addresses is None:
            addresses, listed = await _listed(client, most_accounts)
            notes.append(f"{len(addresses)} of {listed} accounts of the leaderboard read, richest first")
        else:
            notes.append(f"{len(addresses)} given accounts read")
        states, unread = await _states(client, addresses, progress)
        holders = [Holder(address, (("", state),)) for address, state in states.items() if state.assetPositions]
        holders = await _with_spot(client, holders, meta, progress)
        worth = np.nan_to_num([context.openInterest * context.markPx for context in contexts])
        order = sorted(range(len(names)), key=lambda row: -worth[row])
        wanted = list(dict.fromkeys([coin, *(names[row] for row in order if contexts[row].openInterest > 0.0)]))
        books = await _books(client, wanted[:MOST_BOOKS], coin, progress)
        time_ms = max((state.time for state in states.values()), default=0)
        with_candles = list(dict.fromkeys([name for name in (FACTOR_COIN, coin) if name in names] + wanted))
        candles = await read_candles(client, with_candles, time_ms)
    return _Answers(meta, contexts, tuple(holders), books, candles, tuple(notes), unread)


async def _listed(client: InfoClient, most: int) -> tuple[list[str], int]:
    content = await client.leaderboard()
    if content is None:
        raise InputError(f"{client.url}/leaderboard: this server lists no accounts; name them with --accounts FILE")
    rows = parse_answer(content, Leaderboard, f"{client.url}/leaderboard").leaderboardRows
    rows = tuple(sorted(rows, key=lambda row: (-row.accountValue, row.ethAddress)))
    return list(dict.fromkeys(row.ethAddress.lower() for row in rows[:most])), len(rows)


async def _states(
    client: InfoClient, addresses: Sequence[str], progress: Progress
) -> tuple[dict[str, ClearinghouseState], dict[str, float]]:
    """(states, USD told by those that cannot be read) by address, in batches; one by one where the server refuses the
    batch as a request it does not know. Raises RemoteWireError where not a single one can be read."""
    found: dict[str, ClearinghouseState] = {}
    unread: dict[str, float] = {}
    first: RemoteWireError | None = None
    is_batched = True
    for start in range(0, len(addresses), USERS_A_CALL):
        part = list(addresses[start : start + USERS_A_CALL])
        states: list[ClearinghouseState | RemoteWireError | None] = []
        told: list[float] = []
        if is_batched:
            try:
                content = await client.ask({"type": "batchClearinghouseStates", "users": part})
                states, told = _batch(content, part, client.url)
            except RequestFailed as error:
                if start > 0 or error.context.get("status") not in (400, 404, 422):
                    raise
                is_batched = False
        if not is_batched:
            contents = await client.ask_all([{"type": "clearinghouseState", "user": user} for user in part])
            source = f"{client.url}/info clearinghouseState"
            states = [_state(content, f"{source} {user}") for user, content in zip(part, contents, strict=True)]
            told = [told_notional(content) for content in contents]
        for user, state, notional in zip(part, states, told, strict=True):
            if isinstance(state, RemoteWireError):
                first = first or state
                unread[user] = notional
            elif state is not None:
                found[user] = state
        progress("accounts", min(start + USERS_A_CALL, len(addresses)), len(addresses))
    if first is not None and not found:
        raise first
    return found, unread


def _state(content: bytes, source: str) -> ClearinghouseState | RemoteWireError:
    try:
        return read_clearinghouse_state(content, source)
    except RemoteWireError as error:
        return error


def _batch(
    content: bytes, users: list[str], url: str
) -> tuple[list[ClearinghouseState | RemoteWireError | None], list[float]]:
    source = f"{url}/info batchClearinghouseStates"
    states = parse_states(content, source)
    if len(states) != len(users):
        raise RequestFailed(f"{source}: {len(states)} states for {len(users)} users", status=200)
    if any(isinstance(state, RemoteWireError) for state in states):
        rows = msgspec.json.decode(content, type=list[msgspec.Raw])
        return states, [told_notional(bytes(row)) for row in rows]
    return states, [np.nan] * len(states)


async def _with_spot(client: InfoClient, holders: list[Holder], meta: Meta, progress: Progress) -> list[Holder]:
    """The same, with the spot state of those whose perp state leaves open what backs their positions."""
    lacking = set(needs_spot(holders, _tables(meta, client.url), _market_of(meta)))
    open_rows = [row for row, holder in enumerate(holders) if holder.address in lacking]
    for start in range(0, len(open_rows), USERS_A_CALL):
        rows = open_rows[start : start + USERS_A_CALL]
        questions = [{"type": "spotClearinghouseState", "user": holders[row].address} for row in rows]
        for row, content in zip(rows, await client.ask_all(questions), strict=True):
            source = f"{client.url}/info spotClearinghouseState {holders[row].address}"
            try:
                spot = read_spot_state(content, source)
            except RemoteWireError:
                continue  # what backs the positions stays unknown
            holders[row] = msgspec.structs.replace(holders[row], spot=spot)
        progress("spot states", start + len(rows), len(open_rows))
    return holders


async def _books(client: InfoClient, coins: list[str], focus: str, progress: Progress) -> dict[str, BookSource]:
    books: dict[str, BookSource] = {}
    for start in range(0, len(coins), USERS_A_CALL):
        part = coins[start : start + USERS_A_CALL]
        contents = await client.ask_all([{"type": "l2Book", "coin": coin} for coin in part])
        for coin, content in zip(part, contents, strict=True):
            books[coin] = _book(content, f"{client.url}/info l2Book {coin}", must_be=coin == focus)
        progress("order books", start + len(part), len(coins))
    return books


def _book(content: bytes, source: str, *, must_be: bool) -> BookSource:
    """A usable book; None where it is not, unless it is the coin asked about: then the run says what is wrong."""
    # A union with None is no class for the checker, so the null is looked for first.
    if content.strip() == b"null":
        return None
    answer = parse_answer(content, L2Book, source)
    sides = [
        np.array([(level.px, level.sz) for level in levels if level.sz > 0.0], np.float64).reshape(-1, 2)
        for levels in answer.levels
    ]
    bids, asks = sides
    if not must_be and not _is_usable(bids, asks):
        return None
    return RealBook(bids, asks)


def _is_usable(bids: Float64Array, asks: Float64Array) -> bool:
    """Both sides there, best first, not crossed."""
    if not len(bids) or not len(asks) or bids[0, 0] >= asks[0, 0]:
        return False
    return bool((np.diff(bids[:, 0]) < 0.0).all() and (np.diff(asks[:, 0]) > 0.0).all())


def _map(url: str, answers: _Answers) -> MarketInput:
    meta, contexts = answers.meta, answers.contexts
    given, shelf = _tables(meta, url), TableShelf()
    built = build_accounts(answers.holders, _market_of(meta), shelf, given, EXEMPT_ADDRESSES | BACKSTOPS, url)
    if built.failed and not built.accounts.pool_count:
        raise RemoteWireError(built.failed[0][1], source=url)
    accounts = built.accounts
    time_ms = max((state.time for holder in answers.holders for _, state in holder.states), default=0)
    markets = Markets.build(
        Market(
            asset.name,
            0 if asset.szDecimals is None else asset.szDecimals,
            asset.maxLeverage,
            shelf.row(given.find(asset.name) or flat_table(asset.maxLeverage)),
            is_delisted=bool(asset.isDelisted),
            is_isolated_only=asset.is_isolated_only,
            is_strict_isolated=asset.is_strict_isolated,
            collateral_token=meta.collateralToken,
        )
        for asset in meta.universe
    )
    tables = shelf.tables()
    snapshot = MarketSnapshot(
        markets,
        time_ms,
        _positive([context.markPx for context in contexts]),
        _positive([context.oraclePx for context in contexts]),
        np.array([context.openInterest for context in contexts], np.float64),
    )
    provenance = Provenance(
        "api", url, False, "accounts of a list, not the whole market; builder-deployed dexs left out"
    )
    frame = build_frame(accounts, snapshot, tables, provenance)
    unknown = np.zeros(0, np.int64)
    candles = answers.candles
    volatility, _ = read_volatility(markets.coins, unknown, time_ms, candles, None, threading.RLock())
    volume = _positive([np.nan if context.dayNtlVlm is None else context.dayNtlVlm for context in contexts])
    return map_frame(
        frame,
        accounts,
        tables,
        read_betas(markets, time_ms, candles, None, markets.coins),
        day_volume=volume,
        day_volatility=volatility,
        books=tuple(answers.books.get(coin) for coin in markets.coins),
        left_out=_left_out(answers, built, snapshot),
        notes=(*answers.notes, *_skipped_note(built), *_volatility_note(candles, volatility)),
    )


def _left_out(answers: _Answers, built: BuiltAccounts, snapshot: MarketSnapshot) -> LeftOut:
    """What the run does without because it could not be read: whole accounts, and pools with a row that could not."""
    told = dict(answers.unread)
    of_state = {holder.address: holder.states[0][1].marginSummary.totalNtlPos for holder in answers.holders}
    told |= {address: of_state[address] for address, _ in built.failed}
    accounts = built.accounts
    rows = {address: row for row, address in enumerate(accounts.addresses)}
    pool = accounts.pool_of_position()
    notional = np.abs(accounts.size) * accounts.observed_mark
    is_solved = ~np.isnan(accounts.raw_usd)[pool]
    for address in dict(built.unread):
        own = (accounts.address_row[pool] == rows[address]) & is_solved
        told[address] = max(0.0, of_state[address] - float(notional[own].sum()))
    amounts = np.array(list(told.values()), np.float64)
    interest = 2.0 * float(np.nansum(snapshot.open_interest * snapshot.mark))
    known = float(np.nansum(amounts))
    return LeftOut(
        len(told),
        len(answers.unread) + len(built.failed),
        int(np.isnan(amounts).sum()),
        known,
        known / interest if interest > 0.0 else None,
    )


def _skipped_note(built: BuiltAccounts) -> tuple[str, ...]:
    count = built.skipped_count
    return (f"rows skipped, since they do not matter (closed legs, outcome tokens): {count}",) if count else ()


def _volatility_note(candles: ServerCandles | None, volatility: Float64Array) -> tuple[str, ...]:
    known = int(np.count_nonzero(volatility > 0.0))
    return () if candles is None else (f"daily volatility of {known} coins from candles of {candles.name}",)


def _tables(meta: Meta, url: str) -> CoinTables:
    return read_coin_tables((meta,), f"{url}/info metaAndAssetCtxs")


def _market_of(meta: Meta) -> dict[str, int]:
    return {asset.name: row for row, asset in enumerate(meta.universe)}


def _positive(values: list[float]) -> Float64Array:
    """NaN where a figure is not above 0: nobody quotes it."""
    column = np.array(values, np.float64)
    return np.where(column > 0.0, column, np.nan)


def _ignore(text: str, done: int, total: int) -> None:
    pass
