"""A live map follows books: its mids, best prices and depth are the engine's, and no frame hangs on them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from live_map import Exchange, LiveMap, exchange, live_map, seconds_until

from liqscape.exchange.to_model import to_snapshot
from liqscape.feed.records import Record, RecordKind
from liqscape.model.events import BestPricesObserved, DepthObserved, Event, MarksUpdated, MidsObserved
from liqscape.sandbox.books import book_events
from liqscape.service.collecting.core import Fed, LiveCore, core_of
from liqscape.service.collecting.replay import ReplayFigures, compare, replay
from liqscape.store.history import HistoryReader
from liqscape.store.raw_log import RawLogReader
from liqscape.wire.ws.envelope import channel_of

OF_BOOKS = (MidsObserved, BestPricesObserved, DepthObserved)


class Ears:
    """The newest of everything that was heard about books, by coin."""

    def __init__(self, running: LiveMap) -> None:
        self.core: LiveCore = running.market.core
        self.mid = np.empty(0)
        self.best: dict[str, tuple[float, float]] = {}
        self.depth: dict[str, np.ndarray] = {}  # type: ignore[type-arg]
        running.market.observers.append(self.observe)

    def observe(self, record: Record, fed: Fed) -> None:  # noqa: ARG002
        for event in fed.events:
            self.hear(event)

    def hear(self, event: Event) -> None:
        coins = self.core.assembler.markets.markets.coins
        if isinstance(event, MidsObserved):
            self.mid = event.mid
        elif isinstance(event, BestPricesObserved):
            for row, bid, ask in zip(event.market_index.tolist(), event.bid, event.ask, strict=True):
                self.best[coins[row]] = float(bid), float(ask)
        elif isinstance(event, DepthObserved):
            for row, *usd in zip(event.market_index.tolist(), event.bid_usd, event.ask_usd, strict=True):
                self.depth[coins[row]] = np.array(usd)


def true_books(served: Exchange) -> tuple[MidsObserved, BestPricesObserved, tuple[str, ...]]:
    with served.runner.turnstile.reading():
        engine = served.runner.world.exchange
        mid, best, _ = book_events(engine, engine.time_ms)
        assert isinstance(mid, MidsObserved)
        assert isinstance(best, BestPricesObserved)
        return mid, best, engine.markets.coins


def same(ours: dict[str, float], theirs: dict[str, float]) -> bool:
    return ours.keys() == theirs.keys() and all(
        np.isclose(price, theirs[coin], rtol=1e-9, equal_nan=True) for coin, price in ours.items()
    )


def records_without(log: Path, *channels: str) -> Iterator[Record]:
    for record in RawLogReader(log).records():
        if record.kind is not RecordKind.MESSAGE or channel_of(record.content) not in channels:
            yield record


def digest(log: Path, *channels: str) -> tuple[str, int]:
    figures = ReplayFigures()
    frames = sum(1 for _ in replay(records_without(log, *channels), figures))
    return figures.digest, frames


def test_a_live_map_knows_the_engines_mids_best_prices_and_depth_and_a_replay_the_same(tmp_path: Path) -> None:
    with exchange(accounts=80, coins=3, seed=6) as served:
        with live_map(served.network, tmp_path / "map", raw_books=True, raw_best_prices=True, best_prices=2) as running:
            ears = Ears(running)
            books = running.market.core.assembler.books
            quoted = int(np.count_nonzero(~np.isnan(true_books(served)[0].mid)))
            seconds_until(lambda: books.book_count == quoted and books.best_count == 2, "books to be followed")
            served.freeze()

            mid, best, coins = true_books(served)
            truth = dict(zip(coins, mid.mid.tolist(), strict=True))
            names = ears.core.assembler.markets.markets.coins
            seconds_until(lambda: same(dict(zip(names, ears.mid.tolist(), strict=True)), truth), "the engine's mids")
            seconds_until(
                lambda: all(
                    ears.best[coin] == (best.bid[coins.index(coin)], best.ask[coins.index(coin)]) for coin in ears.best
                ),
                "the engine's best prices",
            )
            assert len(ears.best) == 2
            assert len(ears.depth) == quoted
            assert all(np.isfinite(usd[:, 1]).all() for usd in ears.depth.values())
            seconds_until(lambda: {"books", "mids"} <= {row.kind for row in running.figures().sources}, "their rows")
            states = {row.kind: row.state for row in running.figures().sources}
            assert states["books"] in ("connected", "stale")
        log = tmp_path / "map" / "raw"

    heard = {channel_of(record.content) for record in records_without(log) if record.kind is RecordKind.MESSAGE}
    assert {"fastAssetCtxs", "bbo", "l2Book"} <= heard
    whole = digest(log)
    assert whole[1] >= 2
    assert digest(log, "bbo", "l2Book", "fastAssetCtxs") == whole
    replayed = Replayed(log)
    assert same(dict(zip(coins, replayed.ears.mid.tolist(), strict=True)), truth)
    assert replayed.ears.best == ears.best


class Replayed:
    """What a replay hears, from the log alone."""

    def __init__(self, log: Path) -> None:
        self.ears = Ears.__new__(Ears)
        self.ears.mid, self.ears.best, self.ears.depth = np.empty(0), {}, {}
        core: LiveCore | None = None
        for record in RawLogReader(log).records():
            if record.kind is RecordKind.STARTED:
                core = core_of(record)
                self.ears.core = core
                continue
            assert core is not None
            for event in core.feed(record).events:
                self.ears.hear(event)


def stored_count(folder: Path) -> int:
    return HistoryReader(folder).frame_count if (folder / "manifest.json").exists() else 0


def test_a_replay_gives_the_stored_frames_of_a_map_whose_marks_come_with_the_mids(tmp_path: Path) -> None:
    with exchange(accounts=60, coins=3, seed=8) as served:
        running_map = live_map(served.network, tmp_path / "map", has_fast_marks=True)
        with running_map as running:
            marks = [0]
            running.market.observers.append(
                lambda record, fed: (
                    marks.append(record.received_ns)
                    if channel_of(record.content) == "fastAssetCtxs"
                    and any(isinstance(event, MarksUpdated) for event in fed.events)
                    else None
                )
            )
            seconds_until(lambda: len(marks) > 5, "marks of that channel")
            seconds_until(lambda: stored_count(tmp_path / "map") > 0, "a stored frame", 120.0)
            served.freeze()
            with served.runner.turnstile.reading():
                engine = served.runner.world.exchange
                truth = dict(zip(engine.markets.coins, to_snapshot(engine).mark.tolist(), strict=True))
            seconds_until(
                lambda: same(
                    dict(
                        zip(
                            running.market.core.assembler.markets.markets.coins,
                            running.market.core.pipeline.ledger.snapshot.mark.tolist(),
                            strict=True,
                        )
                    ),
                    truth,
                ),
                "the engine's marks",
            )
    figures = ReplayFigures()
    reader = HistoryReader(tmp_path / "map")
    for moment in replay(RawLogReader(tmp_path / "map" / "raw").records(), figures):
        if moment.is_stored:
            compare(moment, reader, figures)
    assert figures.equal_frames >= 1
    assert (figures.differing_frames, figures.missing_frames) == (0, 0)


def test_what_is_left_out_of_the_raw_log_is_not_in_it(tmp_path: Path) -> None:
    with (
        exchange(accounts=40, coins=3, seed=6) as served,
        live_map(served.network, tmp_path / "map", raw_mids=False, best_prices=1, books=1) as running,
    ):
        books = running.market.core.assembler.books
        seconds_until(lambda: books.book_count == 1 and books.best_count == 1, "one of each to be followed")
        assert books.mids.known_count
    kept = {channel_of(record.content) for record in records_without(tmp_path / "map" / "raw")}
    assert "trades" in kept
    assert not {"fastAssetCtxs", "bbo", "l2Book"} & kept
