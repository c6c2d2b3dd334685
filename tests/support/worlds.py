"""Random worlds: markets, accounts and streams of orders with enough leverage and jumps to break some of them.

A `Script` is plain data, made from a `Plan` (a seed and a few knobs); `play` feeds it to an exchange. Tests compare
exchanges that were fed the same script, or a changed one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st
from world_markets import (
    DEX_FIRST_USD,
    DEX_MARKETS,
    DEX_SCALE,
    FIRST_USD,
    MARKETS,
    SCALE,
    START_MS,
    TABLES,
    UUSD,
    allowed,
    to_ticks,
)

from liqscape.errors import ModelError
from liqscape.exchange.columns import (
    IMMEDIATE,
    MARKET_TRIGGER,
    NO_ROW,
    POST_ONLY,
    REDUCE_ONLY,
    TAKE_PROFIT,
    WHOLE_POSITION,
    Action,
    OrderColumn,
    RequestColumn,
    Role,
    TriggerColumn,
)
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.output import BlockOutput
from liqscape.exchange.rules import (
    AccountOrder,
    AdlPrice,
    AdlScore,
    BackstopClock,
    CheckOn,
    OrderLimit,
    Rules,
    TriggerTurn,
    VaultChoice,
)
from liqscape.model import Markets
from liqscape.units import Int64Array, PoolMode

DEFAULT_RULES = Rules()

Act = tuple[str, tuple[Any, ...], dict[str, Any]]
"""A call of the exchange between blocks: name, arguments."""


@dataclass(frozen=True)
class Plan:
    """Knobs of a world."""

    seed: int
    blocks: int = 500
    users: int = 10
    liquidators: int = 1
    has_maker: bool = False
    block_ms: int = 1_000
    volatility: float = 0.002
    jump_chance: float = 0.02
    jump: float = 0.08
    quote_usd: float = 60_000.0
    orders_a_block: int = 4
    rules: Rules = DEFAULT_RULES
    triggers_a_block: int = 0
    """Stops and take-profits sent a block."""
    has_dexs: bool = False
    """Three dexs, accounts of every mode, fee factors, transfers between dexs, and a market that is delisted."""

    @property
    def markets(self) -> Markets:
        """Markets of the world."""
        return DEX_MARKETS if self.has_dexs else MARKETS


@dataclass(frozen=True)
class Script:
    """What happens to an exchange, block by block."""

    plan: Plan
    openings: list[tuple[str, int, int, int, int]]
    """(address, deposit micro-USD, role, mode, dex)"""
    first_ticks: Int64Array
    times_ms: list[int]
    oracles: Int64Array
    """(B, M) ticks"""
    venues: Int64Array
    """(B, M, VENUES) ticks"""
    requests: list[Int64Array]
    acts: list[list[Act]]
    cancels: list[int] = field(default_factory=list)
    """By block: account whose oldest order is cancelled by its number, or -1."""


def plans(*, blocks: int, rules: bool = True) -> st.SearchStrategy[Plan]:
    """Worlds of `blocks` blocks; `rules` also turns the switches."""
    return st.builds(
        Plan,
        seed=st.integers(0, 2**32 - 1),
        blocks=st.just(blocks),
        users=st.integers(3, 14),
        liquidators=st.integers(0, 2),
        has_maker=st.booleans(),
        block_ms=st.sampled_from((100, 1_000, 3_000, 10_000)),
        volatility=st.sampled_from((0.0005, 0.002, 0.006)),
        jump_chance=st.sampled_from((0.0, 0.02, 0.05)),
        jump=st.sampled_from((0.03, 0.08, 0.2)),
        quote_usd=st.sampled_from((3_000.0, 30_000.0, 300_000.0)),
        orders_a_block=st.integers(1, 8),
        triggers_a_block=st.sampled_from((0, 2, 6)),
        rules=rule_sets() if rules else st.just(Rules()),
        has_dexs=st.booleans(),
    )


def rule_sets() -> st.SearchStrategy[Rules]:
    """Every switch in every position; periods and thresholds small enough to matter."""
    return st.builds(
        Rules,
        check_on=st.sampled_from(CheckOn),
        account_order=st.sampled_from(AccountOrder),
        slice_threshold_uusd=st.sampled_from((20_000 * UUSD, 100_000 * UUSD)),
        cooldown_ms=st.sampled_from((0, 5_000, 30_000)),
        order_limit=st.sampled_from(OrderLimit),
        order_limit_cap_bps=st.sampled_from((50, 500)),
        orders_below_backstop=st.integers(0, 1),
        backstop_clock=st.sampled_from(BackstopClock),
        vault_choice=st.sampled_from(VaultChoice),
        has_backstop_on_isolated_only=st.integers(0, 1),
        adl_score=st.sampled_from(AdlScore),
        adl_price=st.sampled_from(AdlPrice),
        adl_allows_losers=st.integers(0, 1),
        adl_includes_vaults=st.integers(0, 1),
        maker_rate=st.sampled_from((1_500, 0, -300)),
        max_orders=st.sampled_from((5, 1_000)),
        protects_cross_margin=st.integers(0, 1),
        trigger_turn=st.sampled_from(TriggerTurn),
        trigger_slippage_bps=st.sampled_from((50, 1_000)),
        liquidation_cancels_triggers=st.integers(0, 1),
    )


def write_script(plan: Plan) -> Script:
    """The world of a plan."""
    rng = np.random.default_rng(plan.seed)
    markets, count = plan.markets, len(plan.markets)
    first_usd, scale = (DEX_FIRST_USD, DEX_SCALE) if plan.has_dexs else (FIRST_USD, SCALE)
    openings = _openings(plan, rng)
    gaps = np.where(rng.random(plan.blocks) < 0.01, 600_000, 0)
    times = START_MS + np.cumsum(plan.block_ms * rng.integers(1, 3, plan.blocks) + gaps)
    moves = rng.normal(0.0, plan.volatility, (plan.blocks, count))
    is_jump = rng.random((plan.blocks, 1)) < plan.jump_chance
    moves += is_jump * plan.jump * (rng.normal(0.0, 1.0, (plan.blocks, 1)) + rng.normal(0.0, 0.4, moves.shape))
    usd = first_usd * np.exp(np.clip(np.cumsum(moves, axis=0), -3.0, 3.0))
    oracles = to_ticks(usd, scale)
    venues = to_ticks(usd[:, :, None] * np.exp(rng.normal(0.0, 0.0005, (plan.blocks, count, 5))), scale)
    venues[rng.random(venues.shape) < 0.3] = 0
    owners = {role: [row for row, opening in enumerate(openings) if opening[2] == role] for role in Role}
    makers, traders = [0, 1], [row for row in owners[Role.USER] if row > 1] + owners[Role.LIQUIDATOR]
    bias = rng.choice((-1.0, 1.0), (len(openings), count))
    requests, acts, cancels = [], [], []
    everything = _orders(plan, rng, usd, makers, traders, bias)
    for block in range(plan.blocks):
        requests.append(everything[block])
        acts.append(_acts(plan, rng, owners[Role.USER]) if rng.random() < 0.2 else [])
        cancels.append(int(rng.choice(traders + makers)) if rng.random() < 0.2 else NO_ROW)
    first = to_ticks(first_usd, scale)
    alone = [row for row, market in enumerate(markets.rows) if market.is_isolated_only]
    opening_acts: list[Act] = [
        ("set_leverage", (row, market, 5), {"is_isolated": True})
        for row in range(len(openings))
        if openings[row][2] == Role.USER
        for market in alone
    ]
    opening_acts += [
        ("set_leverage", (row, market, markets.rows[market].max_leverage), {"is_isolated": bool(rng.random() < 0.2)})
        for row in owners[Role.USER][2:]
        for market in range(count)
        if market not in alone
    ]
    if plan.has_dexs:
        opening_acts += _dex_acts(rng, owners, openings)
        acts[plan.blocks * 3 // 4].append(("delist", (int(rng.choice((2, 4))),), {}))
    if plan.triggers_a_block:
        requests = [
            np.concatenate((rows, more))
            for rows, more in zip(requests, _triggers(plan, usd, bias, traders), strict=True)
        ]
    acts[0] = opening_acts + acts[0]
    return Script(plan, openings, first, [int(t) for t in times], oracles, venues, requests, acts, cancels)


def _dex_acts(
    rng: np.random.Generator, owners: dict[Role, list[int]], openings: list[tuple[str, int, int, int, int]]
) -> list[Act]:
    """Money in the other dexs, fees that deployers scale, and loans of all that portfolio accounts own."""
    acts: list[Act] = [("set_fee_factor", (4, 100), {}), ("set_fee_factor", (6, 1_500), {})]
    for row in [row for role in (Role.USER, Role.VAULT, Role.MAKER) for row in owners[role]]:
        most = openings[row][1]
        acts += [("deposit", (row, int(most * (1.0 if row < 2 else rng.random())), dex), {}) for dex in (1, 2)]
        if row > 1 and openings[row][3] == PoolMode.PORTFOLIO:
            acts += _loan(rng, row, most / UUSD * rng.uniform(1.0, 8.0))
    return acts


def _loan(rng: np.random.Generator, user: int, worth_usd: float) -> list[Act]:
    """Collateral worth so much at first, and most of what may be borrowed on it."""
    coin, percent = int(rng.choice((0, 1))), int(rng.choice((50, 65)))
    lots = int(worth_usd / FIRST_USD[coin] * 10 ** DEX_MARKETS.rows[coin].size_decimals)
    return [
        ("hold_collateral", (user, coin, lots, percent), {}),
        ("deposit", (user, -int(worth_usd * percent / 100 * rng.uniform(0.7, 0.99) * UUSD)), {}),
    ]


def _openings(plan: Plan, rng: np.random.Generator) -> list[tuple[str, int, int, int, int]]:
    def address() -> str:
        return "0x" + rng.bytes(20).hex()

    rows = [(address(), 5_000_000 * UUSD, int(Role.MAKER if plan.has_maker else Role.VAULT)), (address(), 10**12, 0)]
    rows += [(address(), int(np.exp(rng.normal(9.5, 1.2)) * UUSD), int(Role.USER)) for _ in range(plan.users)]
    rows += [(address(), int(rng.integers(0, 50_000) * UUSD), int(Role.LIQUIDATOR)) for _ in range(plan.liquidators)]
    if not plan.has_dexs:
        return [(*row, int(PoolMode.CROSS), 0) for row in rows]
    modes = rng.choice((PoolMode.CROSS, PoolMode.UNIFIED, PoolMode.PORTFOLIO), len(rows), p=(0.4, 0.35, 0.25))
    dex = np.where([row[2] == Role.LIQUIDATOR for row in rows], np.arange(len(rows)) % 3, 0)
    return [
        (*row, int(PoolMode.CROSS if row[2] == Role.LIQUIDATOR else mode), int(where))
        for row, mode, where in zip(rows, modes, dex, strict=True)
    ]


def _orders(
    plan: Plan, rng: np.random.Generator, usd: np.ndarray, makers: list[int], traders: list[int], bias: np.ndarray
) -> list[Int64Array]:
    """By block: one maker quotes one market anew, some traders send orders of every kind."""
    blocks, quotes = plan.blocks, 8
    total, scale = len(plan.markets), DEX_SCALE if plan.has_dexs else SCALE
    maker, market = rng.choice(makers, blocks), rng.integers(0, total, blocks)
    first = np.zeros((blocks, 1, RequestColumn.WIDTH), np.int64)
    first[:, 0, RequestColumn.ACTION] = Action.CANCEL_MARKET
    first[:, 0, RequestColumn.ACCOUNT], first[:, 0, RequestColumn.MARKET] = maker, market
    quote = _blank((blocks, quotes), maker[:, None], market[:, None])
    quote[..., RequestColumn.SIDE] = np.where(np.arange(quotes) % 2, 1, -1)
    away = rng.exponential(0.002, (blocks, quotes)) * (1 + np.arange(quotes) // 2)
    price = usd[np.arange(blocks), market][:, None] * np.exp(-quote[..., RequestColumn.SIDE] * away)
    _price(quote, price, rng.exponential(plan.quote_usd, (blocks, quotes)), scale)
    quote[..., RequestColumn.FLAGS] = np.where(rng.random((blocks, quotes)) < 0.8, POST_ONLY, 0)
    count = plan.orders_a_block
    who, where = rng.choice(traders, (blocks, count)), rng.integers(0, total, (blocks, count))
    order = _blank((blocks, count), who, where)
    towards = np.where(rng.random((blocks, count)) < 0.8, bias[who, where], -bias[who, where])
    order[..., RequestColumn.SIDE] = towards
    price = usd[np.arange(blocks)[:, None], where] * np.exp(rng.normal(0.0, 0.004, (blocks, count)))
    _price(order, price, np.exp(rng.normal(10.2, 1.5, (blocks, count))), scale)
    kinds = (IMMEDIATE, IMMEDIATE | REDUCE_ONLY, 0, 0, REDUCE_ONLY, POST_ONLY, POST_ONLY | REDUCE_ONLY)
    order[..., RequestColumn.FLAGS] = rng.choice(kinds, (blocks, count), p=(0.45, 0.05, 0.2, 0.1, 0.1, 0.05, 0.05))
    is_market = (order[..., RequestColumn.FLAGS] & IMMEDIATE > 0) & (rng.random((blocks, count)) < 0.7)
    order[..., RequestColumn.PRICE][is_market] = 0
    odd = rng.random((blocks, count))
    order[..., RequestColumn.PRICE][odd < 0.01] += 1
    order[..., RequestColumn.LOTS][odd > 0.99] = 0
    order[..., RequestColumn.ACTION][(odd > 0.5) & (odd < 0.51)] = Action.CANCEL_ALL
    return list(np.concatenate((first, quote, order), axis=1))


def _triggers(plan: Plan, usd: np.ndarray, bias: np.ndarray, traders: list[int]) -> list[Int64Array]:
    """By block: stops and take-profits of every kind, most against the position their owner is likely to hold.

    Chance of their own, so that a world with triggers sends the same orders as one without.
    """
    rng = np.random.default_rng([plan.seed, 1])
    blocks, shape = plan.blocks, (plan.blocks, plan.triggers_a_block)
    scale = DEX_SCALE if plan.has_dexs else SCALE
    who, where = rng.choice(traders, shape), rng.integers(0, len(plan.markets), shape)
    rows = _blank(shape, who, where)
    rows[..., RequestColumn.ACTION] = Action.PLACE_TRIGGER
    side = np.where(rng.random(shape) < 0.85, -bias[who, where], bias[who, where])
    kinds = (REDUCE_ONLY, WHOLE_POSITION, WHOLE_POSITION | REDUCE_ONLY, 0)
    flags = rng.choice(kinds, shape, p=(0.45, 0.25, 0.15, 0.15))
    is_profit = rng.random(shape) < 0.4
    flags |= np.where(is_profit, TAKE_PROFIT, 0) | np.where(rng.random(shape) < 0.6, MARKET_TRIGGER, 0)
    away = np.where(rng.random(shape) < 0.95, 1.0, -1.0) * rng.exponential(0.015, shape)
    here = usd[np.arange(blocks)[:, None], where]
    trigger = here * np.exp(np.where(is_profit, -side, side) * away)
    rows[..., RequestColumn.SIDE], rows[..., RequestColumn.FLAGS] = side, flags
    _price(rows, trigger, np.exp(rng.normal(9.5, 1.5, shape)), scale)
    rows[..., RequestColumn.TRIGGER_PRICE] = rows[..., RequestColumn.PRICE]
    _price(rows, trigger * np.exp(side * rng.normal(0.002, 0.004, shape)), np.exp(rng.normal(9.5, 1.5, shape)), scale)
    has_no_bound = (flags & MARKET_TRIGGER > 0) & (rng.random(shape) < 0.7)
    rows[..., RequestColumn.PRICE][has_no_bound] = 0
    odd = rng.random(shape)
    rows[..., RequestColumn.TRIGGER_PRICE][odd < 0.01] += 1
    rows[..., RequestColumn.LOTS][odd > 0.99] = 0
    rows[..., RequestColumn.ACTION][(odd > 0.5) & (odd < 0.505)] = Action.CANCEL_MARKET
    return list(rows)


def _blank(shape: tuple[int, int], account: np.ndarray, market: np.ndarray) -> Int64Array:
    rows = np.zeros((*shape, RequestColumn.WIDTH), np.int64)
    rows[..., RequestColumn.ACTION] = Action.PLACE
    rows[..., RequestColumn.ACCOUNT], rows[..., RequestColumn.MARKET] = account, market
    return rows


def _price(rows: Int64Array, usd: np.ndarray, notional: np.ndarray, scale: np.ndarray) -> None:
    scale = scale[rows[..., RequestColumn.MARKET]]
    rows[..., RequestColumn.PRICE] = allowed(usd * scale, scale)
    rows[..., RequestColumn.LOTS] = np.maximum(1, np.rint(notional / usd * 1e6 / scale))


def _acts(plan: Plan, rng: np.random.Generator, users: list[int]) -> list[Act]:
    user, market = int(rng.choice(users)), int(rng.integers(0, len(plan.markets)))
    most = plan.markets.rows[market].max_leverage
    kind = rng.integers(0, 7 if plan.has_dexs else 5)
    if kind == 6:
        return _loan(rng, user, rng.exponential(20_000.0) * (rng.random() < 0.8))
    if kind == 5:
        giver, taker = (int(each) for each in rng.choice(3, 2, replace=False, p=(0.45, 0.45, 0.1)))
        return [("move_between_dexs", (user, giver, taker, int(rng.exponential(3_000) * UUSD)), {})]
    if kind == 0:
        isolated = bool(rng.random() < 0.3) or plan.markets.rows[market].is_isolated_only
        return [("set_leverage", (user, market, int(rng.integers(1, most + 1))), {"is_isolated": isolated})]
    if kind == 1:
        return [("deposit", (user, int(rng.exponential(5_000) * UUSD)), {})]
    if kind == 2:
        return [("deposit", (user, -int(rng.exponential(5_000) * UUSD)), {})]
    sign = 1 if kind == 3 else -1
    return [("move_margin", (user, market, sign * int(rng.exponential(1_000) * UUSD)), {})]


def build_exchange(script: Script) -> Exchange:
    """The exchange of a script before its first block."""
    exchange = Exchange.build(
        script.plan.markets, TABLES, script.plan.rules, time_ms=START_MS, max_accounts=64, max_orders=8_192,
        max_fills=8_192,
    )  # fmt: skip
    for address, deposit, role, mode, dex in script.openings:
        exchange.open_account(address, deposit, role, mode, dex)
    exchange.start_prices(script.first_ticks)
    return exchange


def requests_of(script: Script, exchange: Exchange, block: int) -> Int64Array:
    """The requests of a block: the script's and one cancel by number."""
    requests = script.requests[block]
    account = script.cancels[block]
    if account == NO_ROW:
        return requests
    waiting = exchange.waiting_triggers(account)
    if len(waiting):
        row = np.zeros((1, RequestColumn.WIDTH), np.int64)
        row[0, RequestColumn.ACTION], row[0, RequestColumn.ACCOUNT] = Action.CANCEL_TRIGGER, account
        row[0, RequestColumn.ORDER_ID] = ident = waiting[0, TriggerColumn.ID]
        row[0, RequestColumn.SLOT] = exchange.trigger_slot(account, int(ident))
        requests = np.concatenate((requests, row))
    orders = exchange.open_orders(account)
    if not len(orders):
        return requests
    row = np.zeros((1, RequestColumn.WIDTH), np.int64)
    row[0, RequestColumn.ACTION], row[0, RequestColumn.ACCOUNT] = Action.CANCEL, account
    row[0, RequestColumn.ORDER_ID] = orders[-1, OrderColumn.ID]
    held = np.flatnonzero(exchange.state.order[:, OrderColumn.ID] == orders[-1, OrderColumn.ID])
    row[0, RequestColumn.SLOT] = held[0]
    return np.concatenate((requests, row))


def play(
    script: Script,
    exchange: Exchange,
    start: int = 0,
    on_act: Callable[[Act, str | None], None] | None = None,
    before_step: Callable[[], None] | None = None,
) -> Iterator[tuple[Int64Array, BlockOutput]]:
    """Feed the blocks from `start` on; yields (requests, output) of each.

    `on_act` hears every call between blocks, with the message where the exchange refused it.
    """
    for block in range(start, len(script.times_ms)):
        for act in script.acts[block]:
            name, arguments, named = act
            refusal = None
            try:
                getattr(exchange, name)(*arguments, **named)
            except ModelError as error:
                refusal = str(error)
            if on_act is not None:
                on_act(act, refusal)
        exchange.set_oracle(script.oracles[block], script.venues[block])
        requests = requests_of(script, exchange, block)
        if before_step is not None:
            before_step()
        yield requests, exchange.step(script.times_ms[block], requests)
