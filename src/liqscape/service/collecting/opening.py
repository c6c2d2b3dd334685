"""From settings to a live map that answers. What is stored is served at once, and the server asked meanwhile; where
nothing is stored the first frame is waited for."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.errors import FeedError, SettingsError
from liqscape.feed.discovery import AddressBook
from liqscape.feed.limiter import WeightLimiter
from liqscape.heatmap.frame import Provenance
from liqscape.service.answers.sources import SourcesAnswer
from liqscape.service.collecting.beginning import begin_at_once, begin_when_answered
from liqscape.service.collecting.candles import ExchangeCandles
from liqscape.service.collecting.categories import MarketCategories
from liqscape.service.collecting.clock import SteadyClock
from liqscape.service.collecting.core import LiveCore, Start, start_record
from liqscape.service.collecting.figures import LiveFigures
from liqscape.service.collecting.folder import (
    check_live_folder,
    claim_live_folder,
    gone_on_with,
    last_frame,
    stored_history,
)
from liqscape.service.collecting.history_queue import HistoryQueue
from liqscape.service.collecting.market import LiveMarket
from liqscape.service.collecting.parts import Parts
from liqscape.service.collecting.raw_queue import RawQueue
from liqscape.service.collecting.register_loader import RegisterLoader
from liqscape.service.collecting.settings import LiveSettings, raw_left_out
from liqscape.service.collecting.waiting import answer_of, said_if_long
from liqscape.service.collecting.weight_writer import WeightWriter, stored_uses
from liqscape.service.day_keeping import remove_old_days
from liqscape.service.executors import Executors, open_executors
from liqscape.service.folders import LIQUIDATIONS, RAW, REGISTER
from liqscape.service.hub import FIRST_COIN
from liqscape.service.kinds import stored_vaults
from liqscape.service.live import LiveState
from liqscape.service.metrics import LiveMetrics
from liqscape.service.near_estimates import NearMemory
from liqscape.service.raw_states import RawLogStates
from liqscape.service.scoring.nightly import NightlyScores
from liqscape.service.standing import standing_of_feed
from liqscape.service.studying.edges import LiveEdges
from liqscape.service.studying.live import LiveStudy
from liqscape.service.view import MapView

if TYPE_CHECKING:
    from liqscape.service.collecting.connecting import Found
    from liqscape.store.raw_log import RawLogWriter

ROTATE_BYTES = 64 * 1024 * 1024
ROTATE_SECONDS = 3_600.0
NOTE = "accounts found in prints, the leaderboard and vaults, not the whole market; coverage says how much of it"
NODE_NOTE = "accounts of an own node; coverage says how much of the market they are"
SIMULATED_NOTE = "made-up market of a sandbox: no price, account or liquidation in it is real"


@dataclass(frozen=True, kw_only=True)
class OpenedLive:
    """A live map ready to be served; `market.run` keeps it alive."""

    view: MapView
    market: LiveMarket
    live_figures: LiveFigures
    liquidations: Path
    executors: Executors

    def sources(self) -> SourcesAnswer | None:
        """The newest figures; from any thread."""
        return self.live_figures.newest


@contextmanager
def open_live(
    settings: LiveSettings,
    clock: SteadyClock | None = None,
    *,
    seconds: Callable[[], float] = time.monotonic,
    chance: random.Random | None = None,
    when_begun: Callable[[], None] = lambda: None,
    before_first: Callable[[], None] = lambda: None,
) -> Iterator[OpenedLive]:
    """Everything is closed, and durable, when the block is left.

    clock    stamps what arrives. seconds: times what is sent and waited for. chance: draws the waits after failures.
    when_begun  called once the server is followed: what is there then stays to the end.
    before_first  called where nothing is stored, once the server has answered and before its markets are loaded.

    Raises SettingsError where the folder is of something else, and where nothing is stored yet and the exchange
    cannot be reached.
    """
    from liqscape.store.history import HistoryWriter
    from liqscape.store.register import AddressRegister

    chosen, limiter = clock or SteadyClock(), WeightLimiter(settings.weight_a_minute, seconds)
    check_live_folder(settings.data, settings.network)
    limiter.resume(stored_uses(settings.data, settings.network.info_url, chosen.now_ns() // 1_000_000))
    with said_if_long(f"the history in {settings.data}"):
        before = stored_history(settings.data)
    held = None if before is None else before.provenance
    if held is None:
        found = _ask_first(settings, limiter, chosen)
        start = _start(settings, None, is_simulated=found.probe.is_simulated)
    else:
        found, start = None, _start(settings, held, is_simulated=held.is_simulated)
    claim_live_folder(settings.data, settings.network)
    with ExitStack() as stack:
        writer = stack.enter_context(HistoryWriter(settings.data, start.provenance, keep=settings.keep))
        register = stack.enter_context(closing(AddressRegister(settings.data / REGISTER)))
        reader = gone_on_with(before, settings.data)
        stored = last_frame(reader)
        live = LiveState(sequence=reader.frame_count, standing=standing_of_feed("reconnecting"))
        executors = stack.enter_context(open_executors())  # ends before what its threads write to is closed
        core, raw = (
            LiveCore(start, executors.kernel_threads()),
            RawQueue(_raw_log(settings), executors.storage, raw_left_out(settings)),
        )
        writer.is_tidied_beside = True
        study = LiveStudy(settings.data, executors.studies)
        scores = NightlyScores(settings.data, executors.scores)

        def tell_stored(time_ms: int) -> None:
            study.stored(time_ms)
            scores.stored(time_ms)

        history = HistoryQueue(
            writer,
            executors.storage,
            lambda time_ms: remove_old_days(settings.data, time_ms, settings.keep),
            writer.tidy,
            writer.end_tidy,
            stored=tell_stored,
        )
        market = LiveMarket(
            core=core, live=live, history=history, raw=raw, metrics=LiveMetrics(), clock=chosen, cutter=executors.frames
        )
        edges = LiveEdges(study.state)
        market.observers += [lambda _, fed: edges.observe(fed.events), lambda _, fed: live.observe(fed.events)]
        market.take(start_record(start, chosen.now_ns()))
        book, vaults = AddressBook(), stored_vaults(settings.data)
        candles = ExchangeCandles(f"trades of {settings.network.name}", lambda: core.assembler.clock.now_ms, FIRST_COIN)
        categories, near = MarketCategories(), NearMemory()
        view = MapView(
            reader,
            live,
            vaults=lambda: book.vaults if market.is_begun else vaults(),
            feed=candles,
            categories=categories.read,
            raw_states=RawLogStates(settings.data / RAW),
            margin_left=core.assembler.margin_left.of,
            study=study.state,
            studies=study,
            near=near.read,
        )
        loader = RegisterLoader(book, register, executors.storage)
        parts = Parts(
            settings=settings,
            market=market,
            book=book,
            register=register,
            loader=loader,
            vaults=vaults,
            limiter=limiter,
            candles=candles,
            categories=categories,
            near=near,
            view=view,
            executors=executors,
            seconds=seconds,
            chance=chance,
            when_begun=when_begun,
        )
        if stored is None:
            first = found or _ask_first(settings, limiter, chosen)
            before_first()
            live_figures = begin_at_once(parts, first)
        else:
            live_figures = begin_when_answered(parts, stored, reader)
        weight = WeightWriter(settings.data, settings.network.info_url, limiter, chosen.now_ns, executors.storage)
        market.work.append(("weight", weight.run))
        market.work.append(("loop", market.metrics.loop.run))
        market.work.append(("study", study.run))
        market.work.append(("score", scores.run))
        yield OpenedLive(
            view=view,
            market=market,
            live_figures=live_figures,
            liquidations=settings.data / LIQUIDATIONS,
            executors=executors,
        )


def _start(settings: LiveSettings, held: Provenance | None, *, is_simulated: bool) -> Start:
    """What is stored goes on under the name it has."""
    network = settings.network
    kind, note = ("api", NOTE) if settings.node_files is None else ("node", NODE_NOTE)
    if is_simulated:
        kind, note = "sandbox", SIMULATED_NOTE
    if held is not None and held.kind == kind:
        return Start(
            kind=held.kind,
            name=held.name,
            is_simulated=held.is_simulated,
            note=held.note,
            dexs=settings.dexs,
            has_fast_marks=settings.has_fast_marks,
        )
    return Start(
        kind=kind,
        name=network.name,
        is_simulated=is_simulated,
        note=note,
        dexs=settings.dexs,
        has_fast_marks=settings.has_fast_marks,
    )


def _ask_first(settings: LiveSettings, limiter: WeightLimiter, clock: SteadyClock) -> Found:
    """Ask the server for its listing. Raises SettingsError, with what to do instead, where it does not answer."""
    from liqscape.service.collecting.connecting import ask_server, wait_out_limit

    url = settings.network.info_url
    try:
        with said_if_long(answer_of(url, limiter)):
            return asyncio.run(wait_out_limit(lambda: ask_server(settings, limiter, clock.now_ns), url))
    except FeedError as error:
        raise SettingsError(
            f"{error}; without a network `liqscape demo` shows a simulated market and "
            "`liqscape serve --recording DIR` a recorded one"
        ) from None


def _raw_log(settings: LiveSettings) -> RawLogWriter | None:
    from liqscape.store.raw_log import RawLogWriter

    if not settings.has_raw_log:
        return None
    return RawLogWriter(
        settings.data / RAW,
        rotate_bytes=ROTATE_BYTES,
        rotate_seconds=ROTATE_SECONDS,
        keep_bytes=settings.keep_raw_bytes,
        keep_seconds=settings.keep_raw_seconds,
    )
