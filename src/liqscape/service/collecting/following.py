"""All parts that follow a server once its listing is known: what asks, listens, confirms and estimates."""

from __future__ import annotations

from collections.abc import Callable

from liqscape.service.answers.disk import DiskTrouble
from liqscape.service.answers.kinds import KindRow
from liqscape.service.collecting.feeding import Feeding
from liqscape.service.collecting.figures import FigureSources
from liqscape.service.collecting.folder import keep_checkpoints
from liqscape.service.collecting.liquidation_queue import LiquidationQueue
from liqscape.service.collecting.market import Work
from liqscape.service.collecting.near import NearWatch
from liqscape.service.collecting.parts import Parts
from liqscape.service.collecting.register_writer import RegisterWriter
from liqscape.service.collecting.trigger_figures import trigger_answer
from liqscape.service.folders import LIQUIDATIONS
from liqscape.store.liquidations import LiquidationWriter


class Following:
    """The parts, wired; nothing runs before `work` does. The market must know the listing already."""

    def __init__(self, parts: Parts) -> None:
        market, executors = parts.market, parts.executors
        self._market, self._storage = market, executors.storage
        keep = LiquidationWriter(parts.settings.data / LIQUIDATIONS).keep
        self.liquidations = LiquidationQueue(market.core, keep, executors.storage)
        self.liquidations.heard = market.live.liquidated
        self.feeding = Feeding(
            parts.settings,
            market,
            self.liquidations,
            parts.book,
            parts.limiter,
            parts.candles,
            categories=parts.categories,
            seconds=parts.seconds,
            chance=parts.chance,
            executor=executors.storage,
            planning=executors.planning,
        )
        self.near = NearWatch(market, parts.book, parts.near, executors.estimates)
        self._near = parts.near
        self._loader = parts.loader
        self.registers = RegisterWriter(parts.book, parts.register, parts.loader, executors.storage)
        market.observers += [self.liquidations.observe, self.feeding.observe]

    def work(self) -> list[tuple[str, Work]]:
        """Tasks by name."""
        return [
            ("sockets", self.feeding.sockets),
            ("questions", self.feeding.questions),
            ("node", self.feeding.node),
            ("liquidations", self.liquidations.store),
            ("register", self.registers.run),
            ("near coverage", self.near.run),
            ("checkpoints", lambda stop: keep_checkpoints(stop, self._market, self._storage)),
        ]

    def feeds(self, kinds: Callable[[], list[KindRow]]) -> FigureSources:
        """What the parts know of themselves."""
        return FigureSources(
            rows=self.feeding.rows,
            limits=self.feeding.limits,
            state_streams=self.feeding.state_streams,
            triggers=lambda: trigger_answer(self._market, self.feeding.triggers, self.feeding.snapshots.trouble),
            requests=self.feeding.requests,
            sources=self.feeding.book.counts,
            near=lambda: (self._near.newest.whole, self._near.newest.by_coin),
            unconfirmed=lambda: self.liquidations.unconfirmed_count,
            liquidations=lambda: self.liquidations.count,
            troubles=self._troubles,
            loading=self._loader.answer,
            kinds=kinds,
        )

    def _troubles(self) -> list[DiskTrouble]:
        rows = (
            self.registers.watch.row(self.registers.waiting_count),
            self.liquidations.watch.row(self.liquidations.unstored_count),
        )
        return [*self._market.disk_troubles(), *(row for row in rows if row is not None)]
