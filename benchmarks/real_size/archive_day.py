"""An archive of the size of the real one, made up: a base of 300,000 accounts and hours of 400,000 sides of fills.

`write_archive(folder, hours)` writes what `liqscape import` reads, the same bytes for the same arguments:

- `base.parquet`, the accounts of `population.py` at midnight, sizes in whole lots of a dollar or less;
- `node_fills_by_block/hourly/<day>/<hour>.lz4`: 14 blocks a second, a few orders each, an order meeting one to eight
  makers. Two thirds of the makers are the 400 largest accounts, as on a market that is made by few; takers trade the
  coins they hold more often than others. Starts and sizes agree from fill to fill and with the base; one order in 500
  closes a position by force and says so on both sides;
- `misc_events_by_block/...`: as many blocks, nearly all empty; the funding of every position in one line at the full
  hour (tens of megabytes), and half a deposit or withdrawal a second;
- `asset_ctxs/<day>.csv.lz4`: 250 coins a minute on random walks, 4.5 bp a minute (majors) or 10.

Nothing in it was recorded anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import lz4.frame
import numpy as np
from population import Population, make_population

from liqscape.model.markets import Markets
from liqscape.sources.tables import write_positions
from liqscape.units import HOUR_MS, MINUTE_MS, Float64Array, Int64Array
from liqscape.wire.archive.paths import archived_hourly_path, asset_contexts_path
from liqscape.wire.node.block_time import print_block_time

DAY_START_MS = 1_769_990_400_000
"""2026-02-02 00:00 UTC."""
SIDES = 400_000
"""An hour; the mean of busy days."""
BLOCKS_A_SECOND = 14
BLOCK_MS = 1_000 // BLOCKS_A_SECOND
MAKERS = 400
MAKER_SHARE = 0.66
HELD_SHARE = 0.7
"""Of the orders, in a coin the taker holds."""
FORCED_SHARE = 0.002
CASH_MOVES = 1_800
"""An hour."""
TRADE_ID_FACTOR, TRADE_IDS = 662_607_015_000_001, 1 << 50
"""Ids of fifty bits in no order, as the exchange's are."""
FIRST_BLOCK = 800_000_000
BASE = "base.parquet"


@dataclass(kw_only=True)
class World:
    """Who holds what while hours are written. key (K,) rising: address row * markets + market; lots (K,) whole."""

    population: Population
    random: np.random.Generator
    decimals: Int64Array
    key: Int64Array
    lots: Int64Array
    marks: Float64Array
    """(T, M) of every minute."""
    makers: Int64Array


def write_archive(folder: Path, hours: int, accounts: int = 300_000, sides: int = SIDES, markets: int = 250) -> int:
    """Write a base and so many hours from midnight on; returns the end (ms). Two seconds an hour."""
    world = _begin(hours, accounts, markets, sides)
    write_positions(
        _parent(folder / BASE),
        world.population.accounts,
        world.population.snapshot,
        world.population.tables,
        is_simulated=True,
    )
    for hour in range(hours):
        start_ms = DAY_START_MS + hour * HOUR_MS
        _write_funding(folder, world, start_ms)
        _write_fills(folder, world, start_ms, sides)
    end_ms = DAY_START_MS + hours * HOUR_MS - MINUTE_MS
    for day_ms in range(DAY_START_MS, end_ms + 1, 24 * HOUR_MS):
        _write_contexts(folder, world, day_ms, min(day_ms + 24 * HOUR_MS, end_ms + MINUTE_MS))
    return end_ms


def _begin(hours: int, accounts: int, markets: int, sides: int) -> World:
    population = make_population(accounts=accounts, markets=markets)
    random = np.random.default_rng([11, hours, accounts, sides])
    mark = population.snapshot.mark
    decimals = np.clip(np.ceil(np.log10(mark)), 0, 5).astype(np.int64)
    listed = Markets.build(
        replace(market, size_decimals=int(places))
        for market, places in zip(population.snapshot.markets.rows, decimals, strict=True)
    )
    held = population.accounts
    scale = 10.0 ** decimals[held.market_index]
    lots = np.rint(held.size * scale).astype(np.int64)
    lots[lots == 0] = 1
    snapshot = replace(population.snapshot, markets=listed, time_ms=DAY_START_MS)
    population = Population(
        replace(held, size=lots / scale, observed_ms=np.full(held.pool_count, DAY_START_MS)),
        snapshot,
        population.tables,
    )
    holder = held.address_row[held.pool_of_position()].astype(np.int64)
    key = holder * markets + held.market_index
    order = np.argsort(key)
    steps = random.normal(0.0, np.where(np.arange(markets) < 4, 4.5e-4, 10e-4), (hours * 60 + 1, markets))
    steps[0] = 0.0
    size = np.bincount(holder, minlength=len(held.addresses))
    return World(
        population=population,
        random=random,
        decimals=decimals,
        key=key[order],
        lots=lots[order],
        marks=mark * np.exp(np.cumsum(steps, axis=0)),
        makers=np.argsort(-size, kind="stable")[: min(MAKERS, accounts // 4)],
    )


@dataclass(frozen=True, kw_only=True)
class _Fills:
    """(F,) fills of an hour in order of time: two sides each."""

    block: Int64Array
    order: Int64Array
    market: Int64Array
    price: Float64Array
    lots: Int64Array
    is_taker_buying: np.ndarray[tuple[int], np.dtype[np.bool_]]
    is_forced: np.ndarray[tuple[int], np.dtype[np.bool_]]
    taker: Int64Array
    maker: Int64Array


def _make_fills(world: World, start_ms: int, sides: int) -> _Fills:
    random, markets = world.random, len(world.decimals)
    accounts = len(world.population.accounts.addresses)
    count = sides // 2
    lengths = np.minimum(random.geometric(0.45, count), 8)
    lengths = lengths[: int(np.searchsorted(np.cumsum(lengths), count)) + 1]
    orders = len(lengths)
    order = np.repeat(np.arange(orders), lengths)[:count]
    pick = random.integers(0, len(world.key), orders)
    taker, market = world.key[pick] // markets, world.key[pick] % markets
    held = world.lots[pick]
    share = np.bincount(world.key % markets, minlength=markets).cumsum() / len(world.key)
    elsewhere = np.flatnonzero(random.random(orders) > HELD_SHARE)
    market[elsewhere] = np.searchsorted(share, random.random(len(elsewhere)))
    is_forced = random.random(orders) < FORCED_SHARE
    is_forced[elsewhere] = False
    is_buying = np.where(is_forced, held < 0, random.random(orders) < 0.5)
    block = np.sort(random.integers(0, HOUR_MS // 1_000 * BLOCKS_A_SECOND, orders))[order]
    rank = np.minimum((random.pareto(0.7, count) * 3).astype(np.int64), len(world.makers) - 1)
    maker = np.where(random.random(count) < MAKER_SHARE, world.makers[rank], random.integers(0, accounts, count))
    maker = np.where(maker == taker[order], (maker + 1) % accounts, maker)
    minute = (start_ms - DAY_START_MS + block * BLOCK_MS) // MINUTE_MS
    mark = world.marks[minute, market[order]]
    price = _six_digits(mark * (1.0 + random.normal(0.0, 2e-4, count)))
    notional = np.exp(random.normal(6.2, 1.5, count))
    lots = np.maximum(np.rint(notional / price * 10.0 ** world.decimals[market[order]]), 1).astype(np.int64)
    return _Fills(
        block=block,
        order=order,
        market=market[order],
        price=price,
        lots=lots,
        is_taker_buying=is_buying[order],
        is_forced=is_forced[order],
        taker=taker[order],
        maker=maker,
    )


def _write_fills(folder: Path, world: World, start_ms: int, sides: int) -> None:
    fills, markets = _make_fills(world, start_ms, sides), len(world.decimals)
    count = len(fills.lots)
    # Buyer before seller, fill after fill.
    is_buy = np.tile(np.array([True, False]), count)
    of = np.repeat(np.arange(count), 2)
    is_taker = is_buy == fills.is_taker_buying[of]
    user = np.where(is_taker, fills.taker[of], fills.maker[of])
    signed = np.where(is_buy, fills.lots[of], -fills.lots[of])
    start = _starts(world, user * markets + fills.market[of], signed)
    accounts, coins = world.population.accounts.addresses, world.population.snapshot.markets.coins
    hashes = world.random.bytes(32 * (int(fills.order[-1]) + 1)).hex()
    rows: list[str] = []
    columns = (of, user, is_taker, is_buy, start, signed)
    number = FIRST_BLOCK + (start_ms - DAY_START_MS) // 1_000 * BLOCKS_A_SECOND
    market, price, lots = fills.market.tolist(), fills.price.tolist(), fills.lots.tolist()
    order, taker, block = fills.order.tolist(), fills.taker.tolist(), fills.block.tolist()
    is_forced, places = fills.is_forced.tolist(), world.decimals.tolist()
    mark = _six_digits(fills.price * 1.0001).tolist()
    for at, who, takes, buys, before, change in zip(*(column.tolist() for column in columns), strict=True):
        coin, unit, digits = market[at], 10.0 ** -places[market[at]], places[market[at]]
        time_ms = start_ms + block[at] * BLOCK_MS
        trade_id = ((number << 20) + at) * TRADE_ID_FACTOR % TRADE_IDS
        name = "Long" if before > 0 or (before == 0 and buys) else "Short"
        action = "Open" if before * change >= 0 else "Close"
        forced = ""
        if is_forced[at]:
            forced = (
                f',"liquidation":{{"liquidatedUser":"{accounts[taker[at]]}","markPx":"{mark[at]:.6g}"'
                ',"method":"market"}'
            )
        fee = lots[at] * unit * price[at] * (4.5e-4 if takes else 1.5e-4)
        rows.append(
            f'["{accounts[who]}",{{"coin":"{coins[coin]}","px":"{price[at]:.6g}","sz":"{lots[at] * unit:.{digits}f}"'
            f',"side":"{"B" if buys else "A"}","time":{time_ms},"startPosition":"{before * unit:.{digits}f}"'
            f',"dir":"{action} {name}","closedPnl":"0.0","hash":"0x{hashes[64 * order[at] : 64 * order[at] + 64]}"'
            f',"oid":{310_000_000_000 + number + order[at]},"crossed":{"true" if takes else "false"}'
            f',"fee":"{fee:.6f}","tid":{trade_id},"feeToken":"USDC"{forced},"twapId":null}}]'
        )
    ends = np.searchsorted(fills.block, np.arange(HOUR_MS // 1_000 * BLOCKS_A_SECOND + 1)) * 2
    bounds = ends.tolist()

    def lines() -> Iterator[str]:
        for each in range(len(bounds) - 1):
            yield _block_line(start_ms, each, ",".join(rows[bounds[each] : bounds[each + 1]]))

    _pack(folder / archived_hourly_path("node_fills_by_block", start_ms), lines())


def _starts(world: World, key: Int64Array, signed: Int64Array) -> Int64Array:
    """What each side held before; the world then holds what the last of them left."""
    order = np.argsort(key, kind="stable")
    ordered, change = key[order], signed[order]
    first = np.flatnonzero(np.diff(ordered, prepend=-1))
    named = ordered[first]
    place = np.minimum(np.searchsorted(world.key, named), len(world.key) - 1)
    held = np.where(world.key[place] == named, world.lots[place], 0)
    total = np.cumsum(change) - change
    lengths = np.diff(np.append(first, len(ordered)))
    start = np.empty(len(key), np.int64)
    start[order] = total + np.repeat(held - total[first], lengths)
    after = held + np.add.reduceat(change, first)
    kept = ~np.isin(world.key, named)
    keys, lots = np.concatenate((world.key[kept], named)), np.concatenate((world.lots[kept], after))
    by_key = np.argsort(keys)
    by_key = by_key[lots[by_key] != 0]
    world.key, world.lots = keys[by_key], lots[by_key]
    return start


def _write_funding(folder: Path, world: World, start_ms: int) -> None:
    """The first block of an hour pays it, of what was held when it was full."""
    markets = len(world.decimals)
    accounts, coins = world.population.accounts.addresses, world.population.snapshot.markets.coins
    mark = world.marks[(start_ms - DAY_START_MS) // MINUTE_MS]
    rate = 1.25e-5
    market = world.key % markets
    size = world.lots / 10.0 ** world.decimals[market]
    paid = -size * mark[market] * rate
    deltas = ",".join(
        f'{{"user":"{accounts[who]}","coin":"{coins[coin]}","funding_amount":"{amount:.6f}","szi":"{held}"'
        f',"funding_rate":"{rate}"}}'
        for who, coin, amount, held in zip(
            (world.key // markets).tolist(), market.tolist(), paid.tolist(), size.tolist(), strict=True
        )
    )
    blocks = HOUR_MS // 1_000 * BLOCKS_A_SECOND
    moves: dict[int, list[str]] = {}
    for block, who, is_deposit in zip(
        world.random.integers(1, blocks, CASH_MOVES).tolist(),
        world.random.integers(0, len(accounts), CASH_MOVES).tolist(),
        (world.random.random(CASH_MOVES) < 0.6).tolist(),
        strict=True,
    ):
        time_ms = start_ms + block * BLOCK_MS
        delta = (
            '{"type":"deposit","usdc":"250.0"}'
            if is_deposit
            else (f'{{"type":"withdraw","usdc":"99.0","nonce":{time_ms - 200_000},"fee":"1.0"}}')
        )
        inner = f'{{"LedgerUpdate":{{"users":["{accounts[who]}"],"delta":{delta}}}}}'
        moves.setdefault(block, []).append(_event(time_ms, inner))

    def lines() -> Iterator[str]:
        yield _block_line(start_ms, 0, _event(start_ms, f'{{"Funding":{{"deltas":[{deltas}]}}}}'))
        for block in range(1, blocks):
            yield _block_line(start_ms, block, ",".join(moves.get(block, ())))

    _pack(folder / archived_hourly_path("misc_events_by_block", start_ms), lines())


def _write_contexts(folder: Path, world: World, day_ms: int, end_ms: int) -> None:
    coins = world.population.snapshot.markets.coins
    interest = np.bincount(world.key % len(coins), np.maximum(world.lots, 0), len(coins)) / 10.0**world.decimals

    def lines() -> Iterator[str]:
        yield (
            "time,coin,funding,open_interest,prev_day_px,day_ntl_vlm,premium,oracle_px,mark_px,mid_px,impact_bid_px,"
            "impact_ask_px\n"
        )
        for time_ms in range(day_ms, end_ms, MINUTE_MS):
            text = print_block_time(time_ms)[:19] + "Z"
            mark = world.marks[(time_ms - DAY_START_MS) // MINUTE_MS].tolist()
            for row, coin in enumerate(coins):
                price = f"{mark[row]:.6g}"
                yield (
                    f"{text},{coin},0.0000125,{interest[row]:.{world.decimals[row]}f},{price},1000000.0,0.0001,"
                    f"{mark[row] * 0.9999:.6g},{price},{price},{price},{price}\n"
                )

    _pack(folder / asset_contexts_path(day_ms), lines())


def _block_line(start_ms: int, block: int, events: str) -> str:
    time = print_block_time(start_ms + block * BLOCK_MS, 123_456)
    number = FIRST_BLOCK + (start_ms - DAY_START_MS) // 1_000 * BLOCKS_A_SECOND + block
    return f'{{"local_time":"{time}","block_time":"{time}","block_number":{number},"events":[{events}]}}\n'


def _event(time_ms: int, inner: str) -> str:
    return f'{{"time":"{print_block_time(time_ms, 123_456)}","hash":"0x{"0" * 64}","inner":{inner}}}'


def _six_digits(price: Float64Array) -> Float64Array:
    scale = 10.0 ** (5 - np.floor(np.log10(price)))
    rounded: Float64Array = np.rint(price * scale) / scale
    return rounded


def _pack(path: Path, lines: Iterator[str]) -> None:
    with lz4.frame.open(_parent(path), "wb") as packed:
        held: list[str] = []
        for line in lines:
            held.append(line)
            if len(held) >= 2_000:
                packed.write("".join(held).encode())
                held.clear()
        packed.write("".join(held).encode())


def _parent(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
