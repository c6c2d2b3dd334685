"""The generated market: a source that steps a made-up exchange minute by minute (docs/generated-market.md).

Each step draws from a generator named by (seed, step) and depends on nothing else but the state, so equal
arguments give equal events to the bit, and a checkpoint continues as if nothing had happened.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from liqscape.errors import InputError, ModelError, SettingsError
from liqscape.heatmap.frame import Provenance
from liqscape.model.events import AccountsObserved, Event, FrameDue, MarketDefined, MarksUpdated
from liqscape.model.markets import MarketSnapshot
from liqscape.sources.generated.checkpoint import Checkpoint, pack, unpack
from liqscape.sources.generated.coins import CoinSet
from liqscape.sources.generated.holdings import Holdings
from liqscape.sources.generated.liquidations import Liquidated, liquidate
from liqscape.sources.generated.observe import observed_accounts
from liqscape.sources.generated.population import VAULTS, Population
from liqscape.sources.generated.prices import PriceModel, PriceState
from liqscape.sources.generated.schedule import forced_move
from liqscape.sources.generated.streams import Stream, generator
from liqscape.sources.generated.trading import Mood, trade_step
from liqscape.units import HOUR_MS, MINUTE_MS, BoolArray, Float64Array, Int64Array

WARM_UP_MINUTES = 30
WARM_UP_STEPS = 5 * 48
"""Five days in coarse steps before the first frame, so that the map does not begin empty."""
BRIDGE_PARTS = 20
"""Marks inside a step move this many times: every 3 s of a minute, as on the venue (HL.DOC.ORACLE)."""
BASE_FUNDING = 0.0000125
"""Funding an hour at no premium (HL.DOC.FUNDING)."""
IMPACT = 0.1
"""Log move per part of open interest forcibly closed: 1 % of it moves the price by 0.1 %."""
LARGEST_PRESSURE = 0.001
USUAL_MOMENTUM = 0.02
QUIET_PACE, LARGEST_PACE = 0.4, 6.0
"""How busy accounts are: crowds come with volatility, so levels gather where the market was busy."""


class GeneratedMarket:
    """A market of `accounts` addresses and `coins` coins that starts at start_ms, made from `seed`.

    liquidated  forced closings of the last step.
    holdings    the whole truth, hidden accounts included; what a map may know comes only through events.

    Raises SettingsError for a seed or start below 0, coins outside 1..44, accounts below 10, or a step that does
    not divide an hour. Use `restore` for a checkpoint.
    """

    def __init__(
        self,
        seed: int,
        start_ms: int,
        accounts: int = 4000,
        coins: int = 44,
        step_ms: int = MINUTE_MS,
        *,
        saved: Checkpoint | None = None,
    ) -> None:
        if seed < 0 or start_ms < 0:
            raise SettingsError(f"generated market: seed is {seed}, start is {start_ms}, neither may be negative")
        if step_ms <= 0 or HOUR_MS % step_ms:
            raise SettingsError(f"generated market: step is {step_ms} ms, must divide an hour")
        self.seed, self.start_ms, self.step_ms = seed, start_ms, step_ms
        self.step_number = 0
        self.liquidated = Liquidated.none()
        self.coins = CoinSet(coins)
        self.population = Population.build(seed, accounts, self.coins)
        self.holdings = Holdings(self.population, self.coins)
        self._model = PriceModel.build(self.coins)
        self._next: PriceState | None = None
        if saved is None:
            self._prices = PriceState.start(self.coins)
            self._warm_up()
        else:
            self._prices, self.step_number = saved.prices, saved.step_number
            self.holdings.put_back(saved.lots, saved.entry, saved.setting, saved.cash, saved.changed_ms)
        self._look()
        self._open_interest = self.holdings.open_interest()

    @property
    def provenance(self) -> Provenance:
        """Says in every answer that the market is made up, and of what size."""
        note = (
            f"made-up market: {len(self.population.addresses)} accounts, {self.coins.count} coins; "
            f"no price, account or liquidation in it is real"
        )
        return Provenance("generated", f"seed {self.seed}", True, note)

    @property
    def time_ms(self) -> int:
        """Time of the last step."""
        return self.start_ms + self.step_number * self.step_ms

    @property
    def addresses(self) -> tuple[str, ...]:
        """All addresses, hidden and still absent ones too; `Liquidated.address_row` is a row of it."""
        return self.population.addresses

    def initial_events(self) -> list[Event]:
        """The present state in full: markets, marks, every known account, a frame. Begins any run or restart."""
        time_ms = self.time_ms
        everyone = np.arange(len(self.population.addresses))
        is_there = self.holdings.changed_ms >= 0
        accounts = observed_accounts(self.holdings, everyone[is_there], self._marks)
        return [
            MarketDefined(time_ms, 0, self.coins.markets, self.coins.tables),
            MarksUpdated(time_ms, 0, self._snapshot()),
            AccountsObserved(time_ms, 0, accounts, is_complete=True),
            FrameDue(time_ms, 0),
        ]

    def step(self) -> list[Event]:
        """The next step: marks, the accounts that changed, a frame."""
        self._prices, rng = self._advanced()
        self._next = None
        self.step_number += 1
        changed = self._settle(rng)
        time_ms = self.time_ms
        self.holdings.changed_ms[changed] = time_ms
        rows: Int64Array = np.flatnonzero(changed)
        accounts = observed_accounts(self.holdings, rows, self._marks)
        return [
            MarksUpdated(time_ms, 0, self._snapshot()),
            AccountsObserved(time_ms, 0, accounts),
            FrameDue(time_ms, 0),
        ]

    def events(self, until_ms: int | None = None) -> Iterator[Event]:
        """The present state, then every step with a time up to until_ms; without it, for ever."""
        yield from self.initial_events()
        while until_ms is None or self.time_ms + self.step_ms <= until_ms:
            yield from self.step()

    def between(self, time_ms: int) -> list[Event]:
        """Marks inside the coming step and a frame that is not stored; the step itself does not change.

        The path is a bridge from the last step to the next one, the same whichever times are asked for.
        Raises ModelError for a time outside the coming step.
        """
        since = time_ms - self.time_ms
        if not 0 < since < self.step_ms:
            raise ModelError(f"{time_ms} is not between {self.time_ms} and {self.time_ms + self.step_ms}")
        minutes = self.step_ms / MINUTE_MS
        path = self._model.bridge(
            self._prices, self._coming(), minutes, BRIDGE_PARTS, generator(self.seed, Stream.BRIDGE, self.step_number)
        )
        marks = self._model.marks(path[since * BRIDGE_PARTS // self.step_ms])
        snapshot = MarketSnapshot(
            self.coins.markets, time_ms, marks, marks / (1.0 + self._prices.premium), self._open_interest
        )
        return [MarksUpdated(time_ms, 0, snapshot), FrameDue(time_ms, 0, is_stored=False)]

    def checkpoint(self) -> bytes:
        """All that `restore` needs to continue to the bit."""
        return pack(
            Checkpoint(
                self.seed,
                self.start_ms,
                len(self.population.addresses),
                self.coins.count,
                self.step_ms,
                self.step_number,
                self._prices,
                self.holdings.lots,
                self.holdings.entry,
                self.holdings.setting,
                self.holdings.cash,
                self.holdings.changed_ms,
            )
        )

    @classmethod
    def restore(cls, data: bytes) -> GeneratedMarket:
        """The market of a checkpoint. Raises InputError for bytes that are not one."""
        saved = unpack(data)
        try:
            return cls(saved.seed, saved.start_ms, saved.accounts, saved.coins, saved.step_ms, saved=saved)
        except SettingsError as error:
            raise InputError(f"checkpoint: {error}") from error

    def _warm_up(self) -> None:
        """Coarse steps of the same market before its start."""
        minutes = float(WARM_UP_MINUTES)
        for index in range(WARM_UP_STEPS):
            rng = generator(self.seed, Stream.WARM_UP, index)
            self._prices = self._model.advance(self._prices, minutes, (0.0, 0.0), rng)
            self._look()
            self._open_interest = self.holdings.open_interest()
            self._settle_trades(rng, minutes, np.zeros(len(self.population.addresses), np.bool_))
        self.liquidated = Liquidated.none()
        held = self.population.pool_address[self.population.slot_pool[self.holdings.lots != 0]]
        self.holdings.changed_ms[held] = self.start_ms

    def _settle(self, rng: np.random.Generator) -> BoolArray:
        """What follows from new prices; returns (N,) which addresses changed."""
        changed = np.zeros(len(self.population.addresses), np.bool_)
        self._look()
        if self.time_ms // HOUR_MS != (self.time_ms - self.step_ms) // HOUR_MS:
            changed |= self._pay_funding()
        self._settle_trades(rng, self.step_ms / MINUTE_MS, changed)
        self._open_interest = self.holdings.open_interest()
        return changed

    def _settle_trades(self, rng: np.random.Generator, minutes: float, changed: BoolArray) -> None:
        """Liquidations, then trades of the accounts not liquidated; marks addresses in `changed`."""
        margins = self.holdings.margins(self._marks)
        self.liquidated = liquidate(self.holdings, margins, self._marks)
        is_barred = np.zeros(len(changed), np.bool_)
        is_barred[self.liquidated.address_row] = True
        volatility = self._prices.volatility[self.coins.count]
        pace = min(QUIET_PACE + (1.0 - QUIET_PACE) * float(np.exp(1.6 * volatility)), LARGEST_PACE)
        mood = Mood(self._marks, self._prices.momentum / USUAL_MOMENTUM, pace)
        elapsed_ms = self.step_number * self.step_ms
        moved = trade_step(self.holdings, margins, mood, minutes, elapsed_ms, is_barred, rng)
        changed[moved] = True
        changed |= is_barred
        if len(moved) or len(self.liquidated):
            changed[:VAULTS] = True
        self._press()

    def _press(self) -> None:
        """Forced closing moves the next price, against the side that was closed."""
        if not len(self.liquidated):
            return
        closed = self.liquidated
        on_book = np.where(closed.is_backstop, 0.0, closed.size)
        forced = np.bincount(closed.market_index, on_book, self.coins.count)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(self._open_interest > 0.0, forced / self._open_interest, 0.0)
        pressure = np.clip(-IMPACT * share, -LARGEST_PRESSURE, LARGEST_PRESSURE)
        self._prices = self._prices.under(pressure)

    def _pay_funding(self) -> BoolArray:
        """Hourly: cash -= size * oracle * rate, for every position; the sum over all accounts is zero."""
        holdings, population = self.holdings, self.population
        rate = BASE_FUNDING + self._prices.premium / 8.0
        paid = holdings.size * (self._oracle * rate)[population.slot_market]
        holdings.cash -= np.add.reduceat(paid, population.pool_slot[:-1])
        holds: BoolArray = np.logical_or.reduceat(holdings.lots != 0, population.address_slot[:-1])
        return holds

    def _coming(self) -> PriceState:
        """Prices of the next step, found as `step` will find them."""
        if self._next is None:
            self._next, _ = self._advanced()
        return self._next

    def _advanced(self) -> tuple[PriceState, np.random.Generator]:
        """Prices of the next step, and its generator with the draws for them taken."""
        rng = generator(self.seed, Stream.STEP, self.step_number + 1)
        minutes = self.step_ms / MINUTE_MS
        elapsed = self.step_number * minutes
        forced = forced_move(self.seed, elapsed, elapsed + minutes)
        return self._model.advance(self._prices, minutes, forced, rng), rng

    def _look(self) -> None:
        """Marks and oracle of the present prices."""
        self._marks: Float64Array = self._model.marks(self._prices.log_price)
        self._oracle: Float64Array = self._marks / (1.0 + self._prices.premium)

    def _snapshot(self) -> MarketSnapshot:
        return MarketSnapshot(self.coins.markets, self.time_ms, self._marks, self._oracle, self._open_interest)
