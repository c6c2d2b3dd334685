"""The world: an exchange, outside prices, traders; stepped block by block (docs/sandbox-world.md).

A block depends on the state and its own number only, so equal settings give equal blocks to the bit, and a restored
checkpoint goes on as if nothing had happened.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from liqscape.errors import ModelError
from liqscape.exchange.columns import FillColumn, MarketColumn, Method, RequestColumn, Role
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.output import BlockOutput
from liqscape.exchange.rules import Rules
from liqscape.exchange.scale import UUSD, marks_to_ticks, price_scale, to_uusd
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import Markets
from liqscape.sandbox.facts import Facts
from liqscape.sandbox.world.builder_coins import (
    BUILDER_DEXS,
    BUILDER_TABLES,
    COIN_FACTS,
    builder_markets,
    builder_start_ticks,
)
from liqscape.sandbox.world.builder_dexs import BuilderDexs
from liqscape.sandbox.world.checkpoint import Saved, pack, unpack, world_digest
from liqscape.sandbox.world.coins import CoinSet
from liqscape.sandbox.world.families import families_of, move_money
from liqscape.sandbox.world.holdings import positions_of
from liqscape.sandbox.world.makers import MarketMaking
from liqscape.sandbox.world.population import MAKING, Population, TraderKind
from liqscape.sandbox.world.portfolios import Portfolios
from liqscape.sandbox.world.prices import PriceModel, PriceState
from liqscape.sandbox.world.settings import WorldSettings
from liqscape.sandbox.world.stops import Stops
from liqscape.sandbox.world.streams import Stream, generator
from liqscape.sandbox.world.traders import Mood, Traders, pace_of
from liqscape.sandbox.world.treasury import Treasury
from liqscape.sandbox.world.vaults import VaultInfo, names_of, vaults_of
from liqscape.units import HOUR_MS, MINUTE_MS, BoolArray, Float64Array, Int64Array, PoolMode

COARSE_MS = 60_000
"""Time between two blocks while history is made."""
WARM_UP_MS, WARM_UP_BLOCKS = 30 * 60_000, 120
"""Coarse blocks before the start, so that the world does not begin empty."""
QUOTE_EVERY_MS, QUOTE_ANYWAY_MS = 1_000, 30_000
"""A market is looked at once a second, each in its own block, and quoted anew if its price moved; else twice a
minute. All of them in a block of a minute."""
SECONDS_MS, ACT_EVERY_MS = 1_000, 12_000
"""Blocks of a second and more have fewer levels in their books; while they are shorter than ACT_EVERY_MS traders act
once in that time, so that a day in blocks of 3 s takes minutes."""
UNWIND_EVERY_MS = 10_000
IMPACT = 0.5
"""Log move of the outside price per depth of one side forcibly closed, in thousandths."""
LARGEST_PRESSURE = 0.004
ROLES = {
    TraderKind.HLP_LIQUIDATOR: Role.LIQUIDATOR,
    TraderKind.HLP_PARENT: Role.VAULT,
    TraderKind.HLP_STRATEGY: Role.VAULT,
    TraderKind.VAULT: Role.VAULT,
}
ROOM_FOR_ORDERS, ROOM_FOR_FILLS = 131_072, 262_144


class World:
    """One world; build it with `new` or `restore`.

    exchange   the engine, the whole truth.
    population who trades.
    vaults     HLP, its children, vaults of traders.
    families   rows of sub-accounts by the row of their master.
    facts      what stands beside the perpetuals.
    """

    def __init__(self, settings: WorldSettings, saved: Saved | None = None) -> None:
        self.settings = settings
        self.coins = CoinSet(settings.coins)
        self.population = Population.build(settings, self.coins)
        self.vaults: tuple[VaultInfo, ...] = vaults_of(settings.seed, self.population)
        self.names: dict[str, str] = names_of(self.population, self.vaults)
        self.families = families_of(settings.seed, self.population)
        self.facts = Facts(settings.seed, COIN_FACTS, {dex.name: dex.full_name for dex in BUILDER_DEXS})
        self._model = PriceModel.build(self.coins)
        self._number = 0
        if saved is None:
            self.exchange = self._empty_exchange()
            self._prices = PriceState.start(self.coins)
            self._pressure: Float64Array = np.zeros(self.coins.count)
            self._quoted: Float64Array = np.zeros(self.coins.count)
            self._builders = self._builder_dexs()
            self._portfolios = Portfolios(self.population, self.exchange)
            self._open_accounts()
        else:
            self.exchange, self._prices = saved.exchange, saved.prices
            self._pressure, self._quoted, self._number = saved.pressure, saved.quoted, saved.number
            self._builders = self._builder_dexs()
            self._portfolios = Portfolios(self.population, self.exchange)
        self.traders = Traders(self.population, self.coins, self.exchange)
        self._stops = Stops(
            settings.seed,
            settings.stops_percent,
            self.population,
            self.coins,
            self.exchange,
            self.traders.slot_pool,
        )
        self._treasury = Treasury(self.population, self.coins, self.exchange)
        self._makers = self.population.of_kind(*MAKING)
        self._making = MarketMaking(self.coins, self._makers, settings.accounts)
        self._scale = np.array([price_scale(int(each)) for each in self.coins.size_decimals], np.float64)
        if saved is None:
            self._warm_up()

    @classmethod
    def new(cls, settings: WorldSettings) -> World:
        """The world of these settings at its start."""
        return cls(settings)

    @classmethod
    def restore(cls, content: bytes) -> World:
        """The world of a checkpoint. Raises InputError for bytes that are none."""
        saved = unpack(content)
        return cls(saved.settings, saved)

    def checkpoint(self) -> bytes:
        """All that `restore` needs to go on to the bit."""
        return pack(self._saved())

    def digest(self) -> str:
        """SHA-256 of everything that decides the future."""
        return world_digest(self._saved())

    def _saved(self) -> Saved:
        return Saved(
            settings=self.settings,
            number=self._number,
            prices=self._prices,
            pressure=self._pressure,
            quoted=self._quoted,
            exchange=self.exchange,
        )

    @property
    def time_ms(self) -> int:
        """Time of the last block."""
        return self.exchange.time_ms

    @property
    def outside_price(self) -> Float64Array:
        """(M,) USD: the price outside, around which makers quote."""
        prices: Float64Array = np.exp(self._prices.log_price)
        return prices

    def display_name(self, account: int) -> str | None:
        """The name an account shows; most show none."""
        return self.names.get(self.exchange.addresses[account])

    @property
    def sub_accounts(self) -> dict[str, tuple[str, ...]]:
        """Addresses of sub-accounts by the address of their master."""
        address = self.population.addresses
        return {address[master]: tuple(address[sub] for sub in subs) for master, subs in self.families.items()}

    def kind_of(self, account: int) -> TraderKind:
        """What an account is; behind those of the population stand the vaults of the builders' dexs."""
        kinds = self.population.kind
        return TraderKind(int(kinds[account])) if account < len(kinds) else TraderKind.DEX_LIQUIDATOR

    def advance(self, until_ms: int) -> Iterator[BlockOutput]:
        """Live blocks with times up to until_ms, one every settings.block_ms."""
        while self.time_ms + self.settings.block_ms <= until_ms:
            yield self.block(self.settings.block_ms)

    def preroll(self, until_ms: int, step_ms: int = COARSE_MS) -> Iterator[BlockOutput]:
        """Coarse blocks up to until_ms: one a step, in which everybody does what he would do in that time."""
        while self.time_ms + step_ms <= until_ms:
            yield self.block(step_ms)

    def block(self, span_ms: int) -> BlockOutput:
        """The next block, span_ms after the last one. Raises ModelError for a span that is not positive."""
        if span_ms <= 0:
            raise ModelError(f"a block cannot come {span_ms} ms after the last one")
        minutes = span_ms / MINUTE_MS
        before_ms, time_ms = self.time_ms, self.time_ms + span_ms
        self._number += 1
        draws = generator(self.settings.seed, Stream.PRICES, self._number)
        before = self._prices.log_price
        self._prices = self._model.advance(self._prices, minutes, self._pressure, draws)
        decimals = self.coins.size_decimals
        venues = marks_to_ticks(self._model.venues(self._prices, draws), decimals[:, None])
        oracle = marks_to_ticks(self._model.oracle(self._prices), decimals)
        others = generator(self.settings.seed, Stream.BUILDERS, self._number)
        builders_oracle, builders_venues = self._builders.prices(self._prices.log_price - before, minutes, others)
        self.exchange.set_oracle(np.concatenate((oracle, builders_oracle)), np.concatenate((venues, builders_venues)))
        self._builders.delist_due(time_ms)
        if time_ms // HOUR_MS != before_ms // HOUR_MS:
            self._treasury.settle()
            self._builders.settle()
            self._portfolios.borrow()
            move_money(self.exchange, self.settings.seed, self.families, self.population)
        inventory = self._inventory()
        requests = [self._quotes(before_ms, time_ms, inventory)]
        if time_ms // UNWIND_EVERY_MS != before_ms // UNWIND_EVERY_MS:
            requests.append(self._treasury.unwind(max(minutes, UNWIND_EVERY_MS / MINUTE_MS)))
        requests.append(self._acts(before_ms, time_ms, inventory))
        requests.append(self._builders.requests(before_ms, time_ms, minutes, others))
        if self.settings.stops_percent:
            requests.append(self._stops.requests(self._number, minutes))
        output = self.exchange.step(time_ms, np.concatenate(requests))
        self._pressure = self._pressure_of(output)
        return output

    def _empty_exchange(self) -> Exchange:
        start_ms = self.settings.start_ms - WARM_UP_MS * WARM_UP_BLOCKS
        tables = self.coins.tables.tables
        exchange = Exchange.build(
            Markets.build([*self.coins.markets.rows, *builder_markets(len(tables))]),
            MarginTables.build([*tables, *BUILDER_TABLES]),
            Rules(),
            time_ms=start_ms,
            max_accounts=self.settings.accounts + len(BUILDER_DEXS),
            max_orders=ROOM_FOR_ORDERS + 8 * self.settings.accounts,
            max_fills=ROOM_FOR_FILLS + 64 * self.settings.accounts,
        )
        first = marks_to_ticks(self.coins.column("price"), self.coins.size_decimals)
        exchange.start_prices(np.concatenate((first, builder_start_ticks())))
        return exchange

    def _builder_dexs(self) -> BuilderDexs:
        return BuilderDexs(self.settings.seed, self.population, self.coins.count, self.exchange, self.settings.start_ms)

    def _open_accounts(self) -> None:
        """Everybody gets an account; money only those who are there from the beginning."""
        population, exchange = self.population, self.exchange
        for row, address in enumerate(population.addresses):
            kind = TraderKind(int(population.kind[row]))
            money = to_uusd(float(population.capital[row])) if population.joins_ms[row] == 0 else 0
            mode = PoolMode.PORTFOLIO if row in self._portfolios.accounts else int(population.mode[row])
            exchange.open_account(address, money, ROLES.get(kind, Role.USER), mode)
        most = exchange.state.market[:, MarketColumn.MAX_LEVERAGE]
        for slot in np.flatnonzero(population.slot_isolated).tolist():
            account, market = int(population.slot_account[slot]), int(population.slot_market[slot])
            leverage = int(min(population.leverage[account], most[market]))
            exchange.set_leverage(account, market, leverage, is_isolated=True)
        for maker in population.of_kind(*MAKING).tolist():
            for market in range(self.coins.count):
                exchange.set_leverage(maker, market, int(most[market]), is_isolated=False)
        self._builders.open_accounts()
        self._portfolios.open()

    def _warm_up(self) -> None:
        for _ in range(WARM_UP_BLOCKS):
            self.block(WARM_UP_MS)

    def _acts(self, before_ms: int, time_ms: int, inventory: Float64Array) -> Int64Array:
        """What traders send: in every block, but in blocks of seconds only when ACT_EVERY_MS have passed."""
        span_ms = time_ms - before_ms
        if SECONDS_MS <= span_ms < ACT_EVERY_MS:
            if time_ms // ACT_EVERY_MS == before_ms // ACT_EVERY_MS:
                return np.zeros((0, RequestColumn.WIDTH), np.int64)
            span_ms = ACT_EVERY_MS
        chance = generator(self.settings.seed, Stream.TRADERS, self._number)
        elapsed_ms = max(0, time_ms - self.settings.start_ms)
        return self.traders.act(self._mood(inventory), span_ms / MINUTE_MS, elapsed_ms, chance)

    def _quotes(self, before_ms: int, time_ms: int, inventory: Float64Array) -> Int64Array:
        """New quotes of the markets whose turn came since the last block."""
        outside, volatility = np.exp(self._prices.log_price) * self._scale, self._prices.volatility[: self.coins.count]
        is_due = self._is_turn(before_ms, time_ms, QUOTE_EVERY_MS)
        is_due &= self._making.is_stale(self._quoted, outside, volatility)
        is_due |= self._is_turn(before_ms, time_ms, QUOTE_ANYWAY_MS)
        is_coarse = time_ms - before_ms >= SECONDS_MS
        self._quoted = np.where(is_due, outside, self._quoted)
        return self._making.requests(np.flatnonzero(is_due), outside, volatility, inventory, is_coarse=is_coarse)

    def _is_turn(self, before_ms: int, time_ms: int, every_ms: int) -> BoolArray:
        """(M,) markets whose turn came since the last block; turns are spread over the period."""
        turn = np.arange(self.coins.count) * every_ms // self.coins.count
        is_turn: BoolArray = (time_ms - turn) // every_ms != (before_ms - turn) // every_ms
        return is_turn

    def _inventory(self) -> Float64Array:
        """(M,) USD the makers hold together, signed."""
        state = self.exchange.state
        _, market, lots = positions_of(state, self._makers)
        worth = lots * state.market[market, MarketColumn.MARK] / UUSD
        return np.bincount(market, worth, self.coins.count).astype(np.float64)

    def _mood(self, inventory: Float64Array) -> Mood:
        """What traders see: the makers hold the other side of the crowd."""
        market = self.exchange.state.market[: self.coins.count]
        interest = market[:, MarketColumn.OPEN_LOTS] * market[:, MarketColumn.MARK] / UUSD
        crowding = -inventory / np.maximum(interest, 1.0)
        return Mood(self._prices.momentum, crowding, pace_of(float(self._prices.volatility[self.coins.count])))

    def _pressure_of(self, output: BlockOutput) -> Float64Array:
        """(M,) log move of the next block's outside price: those who bought forced sales sell outside."""
        fills = output.fills
        is_forced = (fills[:, FillColumn.METHOD] == Method.MARKET) & (fills[:, FillColumn.MARKET] < self.coins.count)
        forced = fills[is_forced]
        if not len(forced):
            return np.zeros(self.coins.count)
        worth = forced[:, FillColumn.PRICE] * forced[:, FillColumn.LOTS] / UUSD
        is_buy = forced[:, FillColumn.BUYER] == forced[:, FillColumn.LIQUIDATED]
        net = np.bincount(forced[:, FillColumn.MARKET], np.where(is_buy, worth, -worth), self.coins.count)
        return np.clip(0.001 * IMPACT * net / self._making.depth, -LARGEST_PRESSURE, LARGEST_PRESSURE)
