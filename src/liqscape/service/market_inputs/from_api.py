"""A market read over the info interface: markets, marks, order books, and the accounts of a leaderboard or a list.

    perpDexs, metaAndAssetCtxs a dex -> markets, marks, open interest, day's volume; the vault of each (api_dexs.py)
    GET /leaderboard (or the given list) -> addresses
    states of every address in every dex, spot states where they are needed (api_accounts.py)
    l2Book -> books of the coin asked about and of the largest others (api_books.py)
    candleSnapshot -> volatility and betas of the coin asked about, BTC, and the largest others

Accounts that cannot be read are left out, and pools of which a row cannot be read are not simulated; both are counted,
with what the exchange says they hold. Reading takes seconds, minutes where weight is short, so states differ by that
much; the marks are those of the contexts.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import numpy as np

from liqscape.cascade import BookSource
from liqscape.errors import InputError, NotFound, RemoteWireError
from liqscape.feed.backoff import FIRST_WAIT_S
from liqscape.feed.info_client import InfoClient
from liqscape.feed.limiter import WeightLimiter
from liqscape.feed.url import check_url
from liqscape.heatmap.build import build_frame
from liqscape.heatmap.frame import Provenance
from liqscape.model.collateral import Collateral
from liqscape.model.margin_tables import flat_table
from liqscape.model.markets import Market, Markets, MarketSnapshot
from liqscape.risk.joint.betas import FACTOR_COIN
from liqscape.service.coin_betas import read_betas
from liqscape.service.market_inputs.api_accounts import AccountReader, Progress
from liqscape.service.market_inputs.api_books import read_books
from liqscape.service.market_inputs.api_candles import ServerCandles, read_candles
from liqscape.service.market_inputs.api_dexs import ServerDex, read_dexs, read_vaults
from liqscape.service.market_inputs.day_volatility import read_volatility
from liqscape.service.market_inputs.market_input import LeftOut, MarketInput, map_frame
from liqscape.spelling import nearest, shown
from liqscape.states.accounts import BuiltAccounts, Holder, TableRegistry, build_accounts
from liqscape.states.collateral import collateral_of
from liqscape.units import Float64Array
from liqscape.wire.answer import parse_answer
from liqscape.wire.coin_tables import CoinTables
from liqscape.wire.info.leaderboard import Leaderboard
from liqscape.wire.info.meta import read_coin_tables
from liqscape.wire.known_addresses import BACKSTOPS, EXEMPT_ADDRESSES

MAX_ACCOUNTS = 5_000
"""Richest first: 100 calls of weight 20 a dex take the exchange's budget of almost two minutes."""


@dataclass(frozen=True, kw_only=True)
class _Answers:
    """Everything one reading brought, as records."""

    dexs: tuple[ServerDex, ...]
    holders: tuple[Holder, ...]
    time_ms: int
    vaults: tuple[tuple[str, float], ...]
    books: dict[str, BookSource]
    candles: ServerCandles | None
    notes: tuple[str, ...]

    @property
    def coins(self) -> list[str]:
        """In the order of their rows."""
        return [asset.name for dex in self.dexs for asset in dex.meta.universe]


def read_api(
    url: str,
    coin: str,
    addresses: Sequence[str] | None = None,
    progress: Progress | None = None,
    *,
    dexs: tuple[str, ...] | None = None,
    max_accounts: int = MAX_ACCOUNTS,
    first_wait_s: float = FIRST_WAIT_S,
) -> MarketInput:
    """The market of a server now, with the book of `coin` and of the largest others.

    addresses     accounts to read; None asks the server's own leaderboard.
    dexs          names on the wire, "" first; None: all that the server lists.
    first_wait_s  wait before a failed request is tried again; doubled each time.
    Blocks, with an event loop of its own.
    Raises RequestFailed or RateLimited where the server cannot be asked, RemoteWireError for answers that cannot be
    read or where no account can be, NotFound for an unknown coin, SettingsError for a dex that is not listed,
    InputError where there is no list of accounts.
    """
    name = check_url("--api-url", url)
    opened = InfoClient(name, limiter=limiter_of(name), first_wait_s=first_wait_s)
    return _map(name, asyncio.run(_read(opened, coin, addresses, progress or _ignore, dexs, max_accounts)))


def limiter_of(url: str) -> WeightLimiter:
    """The documented budget of a minute; of a server on this machine, a sandbox or an own node, once it refuses."""
    host = urlsplit(url).hostname or ""
    try:
        is_here = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_here = host == "localhost"
    return WeightLimiter(is_open=is_here)


async def _read(
    opened: InfoClient,
    coin: str,
    addresses: Sequence[str] | None,
    progress: Progress,
    wanted: tuple[str, ...] | None,
    max_accounts: int,
) -> _Answers:
    async with opened as client:
        dexs, unread = await read_dexs(client, wanted)
        contexts = {
            asset.name: context for dex in dexs for asset, context in zip(dex.meta.universe, dex.contexts, strict=True)
        }
        if coin not in contexts:
            raise _unknown_coin(coin, list(contexts), dexs, unread, client.url)
        if addresses is None:
            addresses, listed = await _listed(client, max_accounts)
            who = f"{len(addresses)} of {listed} accounts of the leaderboard read, richest first"
        else:
            who = f"{len(addresses)} given accounts read"
        reader = AccountReader(client, progress)
        holders, time_ms = await reader.read(addresses, [dex.name for dex in dexs])
        market_of = {name: row for row, name in enumerate(contexts)}
        holders = await reader.with_spot(holders, _tables(dexs, client.url), market_of)
        vaults = await read_vaults(client, dexs)
        worth = {name: np.nan_to_num(each.openInterest * each.markPx) for name, each in contexts.items()}
        traded = [name for name in sorted(worth, key=lambda name: -worth[name]) if contexts[name].openInterest > 0.0]
        ordered = list(dict.fromkeys([coin, *traded]))
        books = await read_books(client, ordered, coin, progress)
        with_candles = list(dict.fromkeys([name for name in (FACTOR_COIN, coin) if name in contexts] + ordered))
        candles = await read_candles(client, with_candles, time_ms)
    notes = (f"{who} in {_names(dexs)}", *_vault_note(vaults), *_unread_notes(unread))
    return _Answers(
        dexs=dexs, holders=holders, time_ms=time_ms, vaults=vaults, books=books, candles=candles, notes=notes
    )


def _unknown_coin(
    coin: str, names: list[str], dexs: tuple[ServerDex, ...], unread: dict[str, str], url: str
) -> NotFound | RemoteWireError:
    near = nearest(coin, names)
    dex = coin.partition(":")[0] if ":" in coin else ""
    if dex in unread:
        return RemoteWireError(f"dex {dex} cannot be read: {unread[dex]}", source=url)
    hint = f"{len(names)} coins are listed" if near is None else f"did you mean {near}?"
    if dex not in [each.name for each in dexs] and (near is None or near.casefold() != coin.casefold()):
        hint = f"dex {dex} is not among those read: {_names(dexs)}"
    return NotFound(f"unknown coin {shown(coin)} at {url}; {hint}", coin=coin)


async def _listed(client: InfoClient, most: int) -> tuple[list[str], int]:
    content = await client.leaderboard()
    if content is None:
        raise InputError(f"{client.url}/leaderboard: this server lists no accounts; name them with --accounts FILE")
    rows = parse_answer(content, Leaderboard, f"{client.url}/leaderboard").leaderboardRows
    rows = tuple(sorted(rows, key=lambda row: (-row.accountValue, row.ethAddress)))
    return list(dict.fromkeys(row.ethAddress.lower() for row in rows[:most])), len(rows)


def _map(url: str, answers: _Answers) -> MarketInput:
    coins = answers.coins
    market_of = {coin: row for row, coin in enumerate(coins)}
    contexts = [context for dex in answers.dexs for context in dex.contexts]
    given, registry = _tables(answers.dexs, url), TableRegistry()
    exempt = EXEMPT_ADDRESSES | BACKSTOPS
    built = build_accounts(answers.holders, market_of, registry, given, exempt, url, joins_dexs=True)
    if built.failed and not built.accounts.pool_count:
        raise RemoteWireError(built.failed[0][1], source=url)
    accounts = built.accounts
    markets = _markets(answers.dexs, given, registry)
    tables = registry.tables()
    snapshot = MarketSnapshot(
        markets=markets,
        time_ms=answers.time_ms,
        mark=_positive([context.markPx for context in contexts]),
        oracle=_positive([context.oraclePx for context in contexts]),
        open_interest=np.array([context.openInterest for context in contexts], np.float64),
    )
    note = f"accounts of a list, not the whole market; dexs read: {_names(answers.dexs)}"
    frame = build_frame(accounts, snapshot, tables, Provenance("api", url, False, note))
    unknown = np.zeros(0, np.int64)
    candles = answers.candles
    volatility, _ = read_volatility(markets.coins, unknown, answers.time_ms, candles, None)
    volume = _positive([np.nan if context.dayNtlVlm is None else context.dayNtlVlm for context in contexts])
    collateral = collateral_of(answers.holders, accounts, market_of, snapshot.mark)
    return map_frame(
        frame,
        accounts,
        tables,
        read_betas(markets, answers.time_ms, candles, None, markets.coins),
        day_volume=volume,
        day_volatility=volatility,
        books=tuple(answers.books.get(coin) for coin in markets.coins),
        collateral=collateral,
        dex_vaults=answers.vaults,
        left_out=_left_out(answers, built, snapshot),
        notes=(
            *answers.notes,
            *_skipped_note(built),
            *_volatility_note(candles, volatility),
            *_collateral_note(collateral),
        ),
    )


def _markets(dexs: tuple[ServerDex, ...], given: CoinTables, registry: TableRegistry) -> Markets:
    return Markets.build(
        Market(
            coin=asset.name,
            size_decimals=0 if asset.szDecimals is None else asset.szDecimals,
            max_leverage=asset.maxLeverage,
            table_row=registry.row(given.find(asset.name) or flat_table(asset.maxLeverage)),
            dex=dex.name,
            is_delisted=bool(asset.isDelisted),
            is_isolated_only=asset.is_isolated_only,
            is_strict_isolated=asset.is_strict_isolated,
            collateral_token=dex.meta.collateralToken,
            deployer_fee_scale=asset.fee_scale,
            is_in_growth=asset.growthMode == "enabled",
        )
        for dex in dexs
        for asset in dex.meta.universe
    )


def _left_out(answers: _Answers, built: BuiltAccounts, snapshot: MarketSnapshot) -> LeftOut:
    """What the run does without because it could not be read: whole accounts, and pools with a row that could not."""
    of_states = {
        holder.address: sum(state.marginSummary.totalNtlPos for _, state in holder.states) for holder in answers.holders
    }
    reported = {address: of_states[address] for address, _ in built.failed}
    accounts = built.accounts
    rows = {address: row for row, address in enumerate(accounts.addresses)}
    pool = accounts.pool_of_position()
    notional = np.abs(accounts.size) * accounts.observed_mark
    is_solved = ~np.isnan(accounts.raw_usd)[pool]
    for address in dict(built.unread):
        own = (accounts.address_row[pool] == rows[address]) & is_solved
        missing = of_states[address] - float(notional[own].sum())
        reported[address] = missing if np.isnan(missing) else max(0.0, missing)
    amounts = np.array(list(reported.values()), np.float64)
    interest = 2.0 * float(np.nansum(snapshot.open_interest * snapshot.mark))
    known = float(np.nansum(amounts))
    return LeftOut(
        accounts=len(reported),
        whole=len(built.failed),
        unreported=int(np.isnan(amounts).sum()),
        notional=known,
        share=known / interest if interest > 0.0 else None,
    )


def _skipped_note(built: BuiltAccounts) -> tuple[str, ...]:
    count = built.skipped_count
    return (f"rows skipped, since they do not matter (closed legs, outcome tokens): {count}",) if count else ()


def _volatility_note(candles: ServerCandles | None, volatility: Float64Array) -> tuple[str, ...]:
    known = int(np.count_nonzero(volatility > 0.0))
    return () if candles is None else (f"daily volatility of {known} coins from candles of {candles.name}",)


def _collateral_note(collateral: Collateral) -> tuple[str, ...]:
    pools = len(set(collateral.pool.tolist()))
    return (f"collateral of {pools} portfolio-margin accounts moves with its mark",) if pools else ()


def _vault_note(vaults: tuple[tuple[str, float], ...]) -> tuple[str, ...]:
    names = ", ".join(dex for dex, _ in vaults)
    return (
        (f"capital of the backstop vaults of {names}: as their own accounts there show, unless given",) if names else ()
    )


def _unread_notes(unread: dict[str, str]) -> tuple[str, ...]:
    return tuple(f"dex {dex} is left out, it cannot be read: {reason}" for dex, reason in unread.items())


def _names(dexs: tuple[ServerDex, ...]) -> str:
    return ", ".join(dex.shown_name for dex in dexs)


def _tables(dexs: tuple[ServerDex, ...], url: str) -> CoinTables:
    return read_coin_tables(tuple(dex.meta for dex in dexs), f"{url}/info metaAndAssetCtxs")


def _positive(values: list[float]) -> Float64Array:
    """NaN where a figure is not above 0: nobody quotes it."""
    column = np.array(values, np.float64)
    return np.where(column > 0.0, column, np.nan)


def _ignore(text: str, done: int, total: int) -> None:
    pass
