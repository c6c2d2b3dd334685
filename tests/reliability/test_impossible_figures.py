"""Coins told each other's figures, served and listened to for real: no door of the product calls one of them live."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from live_map import Exchange, LiveMap, exchange, live_map, seconds_until
from rich.console import Console
from stored_moments import moment_of

from liqscape.cli.status import _print_feed, _print_map
from liqscape.heatmap.moment import Moment
from liqscape.sandbox.answers.contexts import asset_contexts
from liqscape.sandbox.server.faults import FaultRule
from liqscape.service.answers.frame import frame_answer
from liqscape.service.answers.sources import SourcesAnswer
from liqscape.service.answers.status import StatusAnswer
from liqscape.service.collecting.replay import ReplayFigures, compare, replay
from liqscape.service.live import LiveState
from liqscape.service.market_inputs.from_view import of_view
from liqscape.service.view import MapView
from liqscape.store.history import HistoryReader
from liqscape.store.raw_log import RawLogReader
from liqscape.wire.info.meta import AssetContext

COINS = 6
"""The two that are swapped are the smallest: of the open interest they are no half."""


@pytest.fixture(scope="module")
def served() -> Iterator[Exchange]:
    with exchange(accounts=80, coins=COINS, seed=8) as made:
        made.vanish()
        made.serve((FaultRule(fault="drop", where="ws", match="allDexsAssetCtxs"),))  # the test tells them instead
        yield made


def contexts_of(served: Exchange) -> list[AssetContext]:
    """Of the first dex, as they are now."""
    with served.runner.turnstile.reading():
        rows = served.runner.world.exchange.markets.rows
        return asset_contexts(served.runner.state, [row for row, each in enumerate(rows) if not each.dex])


def tell(running: LiveMap, contexts: list[AssetContext]) -> None:
    running.hear("allDexsAssetCtxs", {"ctxs": [["", contexts]]})


def holders(now: Moment, coin: str) -> list[str]:
    accounts, row = now.accounts, now.frame.snapshot.markets.index_of(coin)
    pools = accounts.pool_of_position()[accounts.market_index == row]
    return sorted({accounts.addresses[each] for each in accounts.address_row[pools].tolist()})


def printed(status: StatusAnswer, sources: SourcesAnswer) -> str:
    """What `liqscape status` prints."""
    text = io.StringIO()
    console = Console(file=text, width=200)
    _print_map(console, status)
    _print_feed(console, sources)
    return text.getvalue()


def test_no_door_calls_a_coin_live_that_is_told_the_figures_of_another(served: Exchange, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with live_map(served.network, data, dexs=("",)) as running:
        one, other = COINS - 2, COINS - 1

        def is_live() -> bool:
            tell(running, contexts_of(served))
            return running.figures().state == "live" and not running.view.status().in_doubt_count

        seconds_until(is_live, "the map to be live")
        names = [running.view.moment().frame.snapshot.markets.coins[row] for row in (one, other)]
        before = contexts_of(served)
        caught: list[tuple[Moment, SourcesAnswer]] = []

        def is_said() -> bool:
            swapped = contexts_of(served)
            swapped[one], swapped[other] = swapped[other], swapped[one]
            tell(running, swapped)
            now, sources = running.market.live.now, running.figures()
            assert now is not None
            (marks,) = (row for row in sources.sources if row.kind == "marks")
            is_named = all(name in (marks.trouble or "") for name in names)
            if is_named and len(now.frame.snapshot.in_doubt) == sources.doubt_count == 2:
                caught.append((now, sources))
            return len(caught) > 0

        seconds_until(is_said, "two coins to be in doubt")
        (now, sources) = caught[0]
        # By name they are told well, so the doubt comes and goes: every door of this one moment.
        view = MapView(None, LiveState.of_moment(moment_of(now.frame, now.accounts, now.tables)))
        assert set(view.status().in_doubt) == set(names)
        assert {row.coin for row in view.coins().coins if row.doubt} == set(names)
        assert sources.flagged_readings >= 2
        assert {row.coin for row in sources.doubts} == set(names)
        metrics = running.market.metrics.render(sources).decode()
        page = printed(view.status(), sources)
        for name, row in zip(names, (one, other), strict=True):
            asked = (view.frame(name), view.clusters(name), view.asymmetry(name))
            positions = view.positions(name, price_low=1e-9, price_high=1e12)
            newest, sequence, _ = view.newest(name)
            reported = frame_answer(newest, newest.snapshot.markets.index_of(name), 0, sequence)
            assert all(answer.doubt for answer in (*asked, reported, positions))
            assert all(each.is_in_doubt for each in positions.positions)
            mark = view.frame(name).mark
            assert mark is not None
            assert abs(mark / before[row].markPx - 1.0) < 0.2  # its own, not the other's
            assert f'liqscape_coin_in_doubt{{coin="{name}"}} 1.0' in metrics
            assert f"{name} in doubt" in page
            for address in holders(now, name)[:5]:
                pools = [pool for pool in view.account(address).pools if name in {each.coin for each in pool.positions}]
                assert pools
                assert all(pool.is_in_doubt for pool in pools)
        assert set(view.joint(-5.0).in_doubt) == set(names)
        (said,) = (note for note in of_view(view).notes if note.startswith("in doubt"))
        assert all(name in said for name in names)
        sure = view.frame("BTC")
        assert not sure.doubt
        assert "liqscape_coins_in_doubt 2.0" in metrics
        assert "IN DOUBT, not live" in page
        seconds_until(is_live, "all to be live again")
        assert not any(row.doubt for row in running.view.coins().coins)
    figures, reader = ReplayFigures(), HistoryReader(data)
    doubted = 0
    for cut in replay(RawLogReader(data / "raw").records(), figures):
        doubted += cut.frame.snapshot.doubt is not None
        if cut.is_stored:
            compare(cut, reader, figures)
    assert doubted
    assert (figures.differing_frames, figures.missing_frames) == (0, 0)
    assert figures.equal_frames == figures.stored_frames > 0
