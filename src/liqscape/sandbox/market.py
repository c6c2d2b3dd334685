"""The sandbox as a source of the product's events: the same language a live feed speaks.

History is made in coarse steps; once `between` has moved into a step, the rest of it runs in live blocks too. Hidden
accounts trade but are never told of, so the map's coverage of open interest is below 100 %, as it is in reality.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec
import numpy as np

from liqscape.errors import InputError, ModelError, SettingsError
from liqscape.exchange.columns import AccountColumn, PoolColumn
from liqscape.exchange.output import BlockOutput
from liqscape.exchange.to_model import accounts_of, to_snapshot
from liqscape.heatmap.frame import Provenance
from liqscape.model.events import AccountsObserved, Event, FrameDue, MarketDefined, MarksUpdated, MidsObserved
from liqscape.sandbox.books import book_events, mids
from liqscape.sandbox.moved import moved_events
from liqscape.sandbox.observed import changed_accounts
from liqscape.sandbox.runner import state_of
from liqscape.sandbox.saved_market import SavedMarket, read_saved
from liqscape.sandbox.server.turnstile import Turnstile
from liqscape.sandbox.triggers import trigger_event
from liqscape.sandbox.world import World, WorldSettings
from liqscape.units import MINUTE_MS, Int64Array

MIDS_EVERY_MS = 1_000
"""Inside a step mids are told as often as the exchange sends them; best prices and depth with each frame."""

Listener = Callable[[BlockOutput], None]


class SandboxMarket:
    """A world in steps of `step_ms`, each ending in a frame to be stored.

    lock       held while a block is made; whoever reads the exchange from another thread takes it.
    listeners  called after every block, inside the lock.

    Raises SettingsError for a step that is no multiple of the world's block time.
    """

    def __init__(
        self,
        world: World,
        step_ms: int = MINUTE_MS,
        step_time_ms: int | None = None,
        changed_ms: Int64Array | None = None,
    ) -> None:
        if step_ms <= 0 or step_ms % world.settings.block_ms:
            raise SettingsError(f"sandbox: step is {step_ms} ms, must be a multiple of {world.settings.block_ms} ms")
        self.world = world
        self.step_ms = step_ms
        self.time_ms = world.time_ms if step_time_ms is None else step_time_ms
        """Time of the last step; the world itself may be inside the next one."""
        self.lock = Turnstile()
        self.state = state_of(world)
        """What the wire protocol answers from; it remembers what this process has seen, and no more."""
        self.listeners: list[Listener] = []
        count = len(world.exchange.addresses)
        self.is_hidden = np.zeros(count, np.bool_)
        """(N,) of each account: nobody tells of it. Vaults of builders' dexs stand behind the population."""
        self.is_hidden[: len(world.population.is_hidden)] = world.population.is_hidden
        self._has_changed = np.zeros(count, np.bool_)
        self._reported = world.exchange.markets
        """Markets as last told: a delisting changes them."""
        self._changed_ms = np.full(count, self.time_ms, np.int64) if changed_ms is None else changed_ms.copy()
        self._moved: list[Event] = []
        """Marks, mids and what moved accounts since the last frame, told with the next one."""

    @classmethod
    def new(cls, settings: WorldSettings, step_ms: int = MINUTE_MS) -> SandboxMarket:
        """A market at its start."""
        return cls(World.new(settings), step_ms)

    @classmethod
    def restore(cls, content: bytes) -> SandboxMarket:
        """The market of a checkpoint. Raises InputError for bytes that are none."""
        saved = read_saved(content)
        world = World.restore(saved.world)
        changed_ms = np.frombuffer(saved.changed_ms[: len(saved.changed_ms) // 8 * 8], "<i8").astype(np.int64)
        count = len(world.exchange.addresses)
        if len(changed_ms) != count:
            raise InputError(f"sandbox checkpoint says when {len(changed_ms)} of {count} changed")
        return cls(world, saved.step_ms, saved.step_time_ms, changed_ms)

    def checkpoint(self) -> bytes:
        """All that `restore` needs to go on to the bit."""
        changed_ms = self._changed_ms.astype("<i8", copy=False).tobytes()
        return msgspec.msgpack.encode(SavedMarket(self.time_ms, self.step_ms, changed_ms, self.world.checkpoint()))

    @property
    def provenance(self) -> Provenance:
        """Says in every answer that the market is made up, and of what size."""
        settings = self.world.settings
        note = (
            f"made-up market: {settings.accounts} accounts on a sandbox exchange, {settings.coins} coins; "
            f"no price, account or liquidation in it is real"
        )
        return Provenance("sandbox", f"seed {settings.seed}", True, note)

    def initial_events(self) -> list[Event]:
        """The present state in full. Begins any run or restart."""
        exchange, time_ms = self.world.exchange, self.world.time_ms
        self._has_changed[:] = False
        self._moved = []
        self._reported = exchange.markets
        everyone = self._known(np.arange(len(exchange.addresses)))
        has_money = exchange.state.account[everyone, AccountColumn.VOLUME] > 0
        return [
            MarketDefined(time_ms, 0, exchange.markets, exchange.tables),
            *book_events(exchange, time_ms),
            MarksUpdated(time_ms, 0, to_snapshot(exchange)),
            AccountsObserved(
                time_ms=time_ms,
                received_ns=0,
                accounts=accounts_of(exchange, everyone[has_money], self._changed_ms),
                is_complete=True,
            ),
            *self._triggers(time_ms),
            FrameDue(time_ms, 0),
        ]

    def step(self) -> list[Event]:
        """The next step: what the books say, marks, the accounts that changed, a frame to be stored."""
        end_ms = self.time_ms + self.step_ms
        if self.world.time_ms > self.time_ms:
            self._run(self.world.advance(end_ms))
        else:
            self._run(self.world.preroll(end_ms, self.step_ms), is_coarse=True)
        self.time_ms = end_ms
        return self._events(is_stored=True)

    def between(self, time_ms: int) -> list[Event]:
        """Live blocks up to a time inside the coming step, and a frame that is not stored.

        Raises ModelError for a time outside the coming step.
        """
        if not self.time_ms < time_ms < self.time_ms + self.step_ms:
            raise ModelError(f"{time_ms} is not between {self.time_ms} and {self.time_ms + self.step_ms}")
        before_ms = self.world.time_ms
        self._run(self.world.advance(time_ms))
        if self.world.time_ms == before_ms and not self._has_changed.any():
            return []
        return self._events(is_stored=False)

    def live(self, time_ms: int) -> None:
        """Run live blocks up to a time inside the coming step, without a frame; the next frame includes them."""
        if self.time_ms < time_ms < self.time_ms + self.step_ms:
            self._run(self.world.advance(time_ms))

    def _run(self, blocks: Iterable[BlockOutput], *, is_coarse: bool = False) -> None:
        iterator = iter(blocks)
        while True:
            with self.lock:
                output = next(iterator, None)
                if output is None:
                    return
                self._note(output)
                changed = changed_accounts(output)
                if output.is_mark_update:
                    changed = np.union1d(changed, self._collateral_holders())
                self._has_changed[changed], self._changed_ms[changed] = True, output.time_ms
                self.state.observe(output)
                if not is_coarse and self.state.records.has_passed(MIDS_EVERY_MS):
                    self._moved.append(MidsObserved(output.time_ms, 0, mids(self.world.exchange)))
                for listener in self.listeners:
                    listener(output)

    def _events(self, *, is_stored: bool) -> list[Event]:
        time_ms = self.time_ms if is_stored else self.world.time_ms
        rows = self._known(np.flatnonzero(self._has_changed))
        self._has_changed[:] = False
        exchange = self.world.exchange
        self._define(time_ms)
        # Mids of this very time are among the books.
        events = [event for event in self._moved if event.time_ms < time_ms or not isinstance(event, MidsObserved)]
        self._moved = []
        return [
            *events,
            *book_events(exchange, time_ms),
            MarksUpdated(time_ms, 0, to_snapshot(exchange)),
            AccountsObserved(time_ms=time_ms, received_ns=0, accounts=accounts_of(exchange, rows, self._changed_ms)),
            *self._triggers(time_ms),
            FrameDue(time_ms, 0, is_stored=is_stored),
        ]

    def _triggers(self, time_ms: int) -> list[Event]:
        """Trigger orders of everybody who is not hidden, where this world has any."""
        if not self.world.settings.stops_percent:
            return []
        everyone = self._known(np.arange(len(self.world.exchange.addresses)))
        return [trigger_event(self.world.exchange, time_ms, everyone)]

    def _note(self, output: BlockOutput) -> None:
        """Marks of a block, then what it did to accounts."""
        exchange = self.world.exchange
        self._define(output.time_ms)
        if output.is_mark_update:
            self._moved.append(MarksUpdated(output.time_ms, 0, to_snapshot(exchange)))
        self._moved += moved_events(exchange, output, self.is_hidden)

    def _define(self, time_ms: int) -> None:
        """Tell the markets in force where they are others than those told last."""
        exchange = self.world.exchange
        if exchange.markets is not self._reported:
            self._moved.append(MarketDefined(time_ms, 0, exchange.markets, exchange.tables))
            self._reported = exchange.markets

    def _collateral_holders(self) -> Int64Array:
        """Accounts whose collateral is worth something else with every mark."""
        state = self.world.exchange.state
        holders: Int64Array = state.pool[state.pool[:, PoolColumn.HOLDING] > 0, PoolColumn.ACCOUNT]
        return holders

    def _known(self, rows: Int64Array) -> Int64Array:
        """Leave out the accounts that are hidden from the product."""
        known: Int64Array = rows[~self.is_hidden[rows]]
        return known
