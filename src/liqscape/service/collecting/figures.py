"""Everything the live map says about itself, as the record the API, the page, the metrics and `status` show."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from liqscape.feed.records import Record, RecordKind
from liqscape.heatmap.frame import MarketFrame
from liqscape.heatmap.moment import Moment
from liqscape.ledger import Ledger
from liqscape.model.addresses import AddressSource
from liqscape.model.doubt import doubt_words
from liqscape.service.answers.disk import DiskAnswer, DiskTrouble
from liqscape.service.answers.kinds import KindRow
from liqscape.service.answers.parts import known
from liqscape.service.answers.sources import (
    AgesAnswer,
    CoinCoverage,
    DoubtRow,
    KnownLoading,
    LedgerFigures,
    LimitsAnswer,
    NearCoverage,
    QueueDepth,
    ReconcileRow,
    RegisterCount,
    RequestCount,
    SourceRow,
    SourcesAnswer,
    StateStreamsAnswer,
    TriggerReadsAnswer,
)
from liqscape.service.answers.status import MAX_DOUBTS, coverage_answer
from liqscape.service.collecting.core import Fed
from liqscape.service.collecting.disk_look import DiskLook
from liqscape.service.collecting.market import LiveMarket
from liqscape.service.executors import beside
from liqscape.service.standing import FeedState, standing_of_feed

log = logging.getLogger("liqscape.live")

NEEDED = frozenset(("marks", "prints", "time", "frames", "info", "node_info", "node_files"))
"""Rows without which a frame is not live, each by its own measure."""
LATE_MS = 10_000
"""Frames are at most three seconds apart while marks come, and these are missed after ten."""
LARGEST_COINS = 60
"""Coins listed, largest first; the map itself has them all."""

NearEstimate = Callable[[], tuple[list[NearCoverage], dict[str, list[NearCoverage]]]]
"""Near-price coverage over all coins, and by coin."""


DISK_SECONDS = 15.0
EVERY_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True)
class FigureSources:
    """What other parts know of themselves, asked when an answer is made."""

    rows: Callable[[], list[SourceRow]]
    limits: Callable[[], LimitsAnswer | None]
    state_streams: Callable[[], StateStreamsAnswer | None]
    triggers: Callable[[], TriggerReadsAnswer | None]
    requests: Callable[[], list[RequestCount]]
    sources: Callable[[], Mapping[AddressSource, int]]
    near: NearEstimate
    unconfirmed: Callable[[], int]
    liquidations: Callable[[], int]
    troubles: Callable[[], list[DiskTrouble]]
    loading: Callable[[], KnownLoading | None]
    kinds: Callable[[], list[KindRow]]
    """Solves everybody: asked now and then, beside the loop."""


class LiveFigures:
    """The newest answer, made anew every second on the loop, so that any thread may read it.

    stored  the last stored frame, spoken of until the market has begun; None where nothing is stored.
    """

    def __init__(
        self,
        market: LiveMarket,
        feeds: FigureSources,
        disk: DiskLook,
        executor: Executor | None = None,
        stored: MarketFrame | None = None,
    ) -> None:
        self._market = market
        self._feeds = feeds
        self._look_at_disk = disk.answer
        self._executor = executor
        self._stored = stored
        self._disk = DiskAnswer()
        self._kinds: list[KindRow] = []
        self.newest: SourcesAnswer | None = None
        self._said: FeedState | None = None
        """State the log knows of; None until the feed was live for the first time."""
        self._was_late = False

    def follow(self, feeds: FigureSources) -> None:
        """Report the figures of these parts from now on: the server's listing is known."""
        self._feeds = feeds
        self._said = "reconnecting"
        self.look()

    def look(self) -> None:
        """Make the answer, and say how the newest frame stands."""
        stored = None if self._market.is_begun else self._stored
        self.newest = sources_answer(self._market, self._feeds, self._disk, self._kinds, stored)
        self._market.live.stand(standing_of_feed(self.newest.state, is_time_held=self.newest.is_time_held))
        if self._said is None and self.newest.state == "live":
            self._said = "live"
        elif self._said is not None and self._said != self.newest.state:
            self._said = self.newest.state
            _log_change(self.newest)

    def observe(self, record: Record, fed: Fed) -> None:
        """Update the figures at once when a connection is lost or made, time stops or moves, or a frame is late."""
        now = self._market.live.now
        self._judge(record, fed.moments[-1].frame if fed.moments else None if now is None else now.frame)

    def observe_frame(self, record: Record, moment: Moment) -> None:
        """The same for a frame that is to be published now."""
        self._judge(record, moment.frame)

    def _judge(self, record: Record, newest: MarketFrame | None) -> None:
        live, clock = self._market.live, self._market.core.assembler.clock
        is_late = newest is not None and clock.now_ms - newest.time_ms > LATE_MS
        is_held = clock.is_held(record.received_ns)
        is_changed = is_late is not self._was_late or is_held is not live.standing.is_time_held
        if is_changed or record.kind in (RecordKind.LOST, RecordKind.CONNECTED):
            self._was_late = is_late
            rows = with_late_frames(self._feeds.rows(), self._market, newest)
            live.stand(standing_of_feed(feed_state(rows), is_time_held=is_time_held(rows)))

    async def run(self, stop: asyncio.Event) -> None:
        """Refresh the answer every second until `stop`."""
        passed = DISK_SECONDS
        while not stop.is_set():
            if passed >= DISK_SECONDS:
                self._disk, passed = await beside(self._executor, self._look_at_disk), 0.0
                if self._market.is_begun:  # what is stored does not change, and is not to be waited for at the start
                    self._kinds = await beside(self._executor, self._feeds.kinds)
            self.look()
            try:
                async with asyncio.timeout(EVERY_SECONDS):
                    await stop.wait()
            except TimeoutError:
                passed += EVERY_SECONDS


def _log_change(answer: SourcesAnswer) -> None:
    """One line when the feed is lost or comes back, for who reads the log afterwards."""
    troubles = sorted({f"{row.kind}: {row.trouble}" for row in answer.sources if row.trouble is not None})
    reason = f"; {'; '.join(troubles)}" if troubles and answer.state != "live" else ""
    age = "unknown" if answer.age_ms is None else f"{answer.age_ms / 1_000.0:.1f} s"
    log.warning("feed is %s, newest data %s old%s", answer.state.upper(), age, reason)


def sources_answer(
    market: LiveMarket,
    feeds: FigureSources,
    disk: DiskAnswer,
    kinds: Sequence[KindRow] = (),
    stored: MarketFrame | None = None,
) -> SourcesAnswer:
    """The state of everything now. `stored` is the frame spoken of while the ledger knows nothing yet."""
    now = market.live.now
    frame = stored if stored is not None or now is None else now.frame
    rows = with_late_frames(feeds.rows(), market, frame)
    near, near_by_coin = feeds.near()
    ledger, assembler = market.core.pipeline.ledger, market.core.assembler
    return SourcesAnswer(
        state=feed_state(rows),
        as_of_ms=market.core.assembler.clock.now_ms if frame is None else frame.time_ms,
        age_ms=feed_age_ms(rows, market.clock.now_ns() / 1e6),
        sources=rows,
        limits=feeds.limits(),
        state_streams=feeds.state_streams(),
        triggers=feeds.triggers(),
        requests=feeds.requests(),
        coverage_share=None if frame is None else coverage_answer(frame).share,
        near=near,
        coverage=[] if frame is None else _coverage(frame, near_by_coin),
        ages=AgesAnswer() if frame is None else _ages(frame),
        latency=market.metrics.latency(),
        loop=market.metrics.loop.answer(),
        reconcile=_reconcile(ledger, None if stored is not None else frame),
        disk=DiskAnswer(disk.parts, disk.free_bytes, feeds.troubles(), disk.history),
        register=[
            RegisterCount((source.name or str(int(source))).lower(), count) for source, count in feeds.sources().items()
        ],
        loading=feeds.loading(),
        queues=[
            QueueDepth("frames to disk", market.history.waiting_count),
            QueueDepth("records to disk", market.raw.waiting_count),
            QueueDepth("liquidations to confirm", feeds.unconfirmed()),
        ],
        ledger=LedgerFigures() if frame is None else _ledger(market, frame),
        kinds=list(kinds),
        frames=market.frame_count,
        liquidations=feeds.liquidations(),
        unusable_records=market.unusable_count + assembler.failed_state_count + assembler.failed_context_count,
        partial_states=market.core.assembler.partial_state_count,
        skipped_rows=market.core.assembler.skipped_row_count,
        doubts=[] if frame is None else _doubts(market, frame),
        doubt_count=0 if frame is None else len(frame.snapshot.in_doubt),
        flagged_readings=assembler.markets.flagged_count,
        is_time_held=is_time_held(rows),
    )


def with_late_frames(rows: list[SourceRow], market: LiveMarket, frame: MarketFrame | None) -> list[SourceRow]:
    """One row more where everything flows and yet the newest frame is of long before the time last given out."""
    late_ms = 0 if frame is None else market.core.assembler.clock.now_ms - frame.time_ms
    if late_ms <= LATE_MS or feed_state(rows) != "live":
        return rows
    last_ms = market.clock.now_ns() // 1_000_000 - late_ms
    trouble = f"the newest frame is {late_ms / 1_000:.0f} s behind"
    return [
        *rows,
        SourceRow(kind="frames", address="this map", state="stale", last_message_ms=last_ms, trouble=trouble),
    ]


def is_time_held(rows: Sequence[SourceRow]) -> bool:
    """Whether the exchange reports no time, so that the time of the frames stands still."""
    return any(row.kind == "time" and row.state == "stale" for row in rows)


def feed_state(rows: Sequence[SourceRow]) -> FeedState:
    """One word for all of them: the worst."""
    if any(row.kind == "socket" and row.state == "reconnecting" for row in rows):
        return "reconnecting"
    return "stale" if any(row.kind in NEEDED and row.state == "stale" for row in rows) else "live"


def feed_age_ms(rows: Sequence[SourceRow], now_ms: float) -> float | None:
    """Of the newest marks; of whatever is silent longest, where something is."""
    asked = (row for row in rows if row.kind == "marks" or (row.kind in NEEDED and row.state == "stale"))
    return max((now_ms - row.last_message_ms for row in asked if row.last_message_ms is not None), default=None)


def _coverage(frame: MarketFrame, near: dict[str, list[NearCoverage]]) -> list[CoinCoverage]:
    """Coins by open interest, in USD, largest first."""
    worth = np.nan_to_num(frame.snapshot.open_interest * frame.snapshot.mark)
    coins = frame.snapshot.markets.coins
    order = np.argsort(-worth, kind="stable")[:LARGEST_COINS]
    return [CoinCoverage(coins[row], known(frame.coverage[row]), near.get(coins[row], [])) for row in order.tolist()]


def _doubts(market: LiveMarket, frame: MarketFrame) -> list[DoubtRow]:
    snapshot, markets, now_ns = frame.snapshot, market.core.assembler.markets, market.clock.now_ns()
    return [
        DoubtRow(
            coin=snapshot.markets.coins[row],
            reasons=doubt_words(snapshot.doubt_of(row)),
            mark=known(snapshot.mark[row]),
            reported=known(markets.plausibility.reported_mark(row)),
            age_ms=markets.plausibility.age_ms(row, now_ns),
        )
        for row in snapshot.in_doubt[:MAX_DOUBTS].tolist()
    ]


def _ages(frame: MarketFrame) -> AgesAnswer:
    if frame.oldest_age_ms < 0:
        return AgesAnswer()
    return AgesAnswer(float(frame.median_age_ms), float(frame.oldest_age_ms))


def _reconcile(ledger: Ledger, frame: MarketFrame | None) -> list[ReconcileRow]:
    if frame is None:
        return []
    figures = ledger.reconcile_figures()
    coins = ledger.markets.coins
    order = np.argsort(-figures.count, kind="stable")[:LARGEST_COINS]
    exact, difference = figures.exact_share, figures.difference_share
    return [
        ReconcileRow(coins[row], int(figures.count[row]), known(exact[row]), known(difference[row]))
        for row in order.tolist()
        if figures.count[row]
    ]


def _ledger(market: LiveMarket, frame: MarketFrame) -> LedgerFigures:
    positions = int(frame.position_count.sum())
    return LedgerFigures(frame.address_count, positions, market.unsure_count, market.unsearched_count)
