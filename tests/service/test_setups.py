"""Setups of a map: evidence of now, and what came of earlier days, nothing of which was known later than it counts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest
from made_bars import MadeFeed
from made_up_study import COIN, MemoryStudies, Span, cascade, cluster, made_up_state, sweep
from memory_history import MemoryHistory
from small_market import MARKETS, START_MS, SmallMarket, small_market

from liqscape.errors import NotFound
from liqscape.heatmap.moment import Moment
from liqscape.insight.setups import NAMES, SetupCase, evidence_of, record_of
from liqscape.insight.structure import SideSpan
from liqscape.insight.study_rows import StudyRows
from liqscape.service.answers.setups import SetupsAnswer
from liqscape.service.circumstances import Openings, circumstances_at, interest_change, read_past
from liqscape.service.live import LiveState
from liqscape.service.price_bars import NO_PRICES
from liqscape.service.setup_archive import RECORD_DAYS, SetupArchive, moments_of
from liqscape.service.setups import SetupQuestions
from liqscape.service.view import MapView
from liqscape.units import DAY_MS, HOUR_MS, MINUTE_MS, Side

TODAY = START_MS // DAY_MS
LAST_MS = START_MS + 11 * MINUTE_MS
DAYS = 24


def midnight(days_ago: int) -> int:
    return (TODAY - days_ago) * DAY_MS


class Studied(MemoryStudies):
    """A study of every day up to now."""

    def spans(self, coin: str) -> list[Span]:
        return [Span(midnight(DAYS), LAST_MS)] if coin == COIN else []


def rows_of_days(**more: Any) -> StudyRows:
    """A long cluster at each midnight of DAYS days, entered an hour later on even days, and swept on each fourth."""
    rows = StudyRows()
    for days_ago in range(DAYS, 0, -1):
        name = f"{COIN}-long-{days_ago}-1"
        at_ms = midnight(days_ago)
        rows.clusters.append(cluster(name, at_ms, price_low=60_000.0, price_high=61_000.0, **more))
        if days_ago % 2 == 0:
            entered = sweep(0, "swept" if days_ago % 4 == 0 else "held", name)
            rows.sweeps.append(
                msgspec.structs.replace(
                    entered, entered_ms=at_ms + HOUR_MS, known_at_ms=at_ms + 3 * HOUR_MS, sweep_id=f"{name}@x"
                )
            )
    return rows


def view_of(rows: StudyRows, market: SmallMarket | None = None) -> MapView:
    history = MemoryHistory(market or small_market())
    feed = MadeFeed(history.last_ms, 70_000.0, days=90)
    return MapView(history, feed=feed, study=made_up_state(), studies=Studied(rows))


def cases_of(view: MapView, until_ms: int = LAST_MS) -> list[SetupCase]:
    past = read_past(view, COIN, moments_of(until_ms)[0], until_ms)
    return SetupArchive(view, Openings(view)).cases(past)


def test_moments_are_midnights_a_horizon_apart_and_ago() -> None:
    found = moments_of(LAST_MS)
    assert len(found) == RECORD_DAYS
    assert all(time_ms % DAY_MS == 0 for time_ms in found)
    assert found[-1] == midnight(1)
    assert found[-1] + DAY_MS <= LAST_MS < found[-1] + 2 * DAY_MS
    assert moments_of(midnight(0) - 1)[-1] == midnight(2)
    assert moments_of(midnight(0))[-1] == midnight(1)


def test_cases_are_the_clusters_of_each_midnight_with_what_came_of_them() -> None:
    found = {case.cluster_id: case for case in cases_of(view_of(rows_of_days()))}
    assert len(found) == DAYS
    for days_ago in range(1, DAYS + 1):
        case = found[f"{COIN}-long-{days_ago}-1"]
        assert case.time_ms == midnight(days_ago)
        assert (case.reached, case.swept) == (days_ago % 2 == 0, days_ago % 4 == 0)


def test_evidence_of_an_earlier_day_is_that_of_the_day_itself() -> None:
    """The same code on prices that end there gives the same: nothing of later days is in it."""
    view = view_of(rows_of_days())
    for case in cases_of(view)[-3:]:
        past = read_past(view, COIN, case.time_ms, case.time_ms)
        known = circumstances_at(view, past, case.time_ms, 70_000.0, {})
        span = SideSpan(Side.LONG, 60_000.0, 61_000.0)
        assert case.is_met == tuple(each.is_met for each in evidence_of(span, known))
        assert case.is_met[NAMES.index("swing")] is not None
        assert case.is_met[NAMES.index("cascade")] is False


def test_rows_that_were_known_later_do_not_count() -> None:
    late = rows_of_days(known_at_ms=LAST_MS)
    assert cases_of(view_of(late)) == []
    rows = rows_of_days()
    rows.sweeps[:] = [msgspec.structs.replace(row, known_at_ms=LAST_MS + 1) for row in rows.sweeps]
    found = {case.cluster_id: case for case in cases_of(view_of(rows))}
    assert {(case.reached, case.swept) for case in found.values()} == {(True, None), (False, False)}


def test_what_came_a_day_later_is_another_day_s() -> None:
    rows = rows_of_days()
    for seconds, expected in ((0, True), (1, False)):
        entered_ms = midnight(2) + DAY_MS + 1_000 * seconds
        rows.sweeps[:] = [
            msgspec.structs.replace(
                sweep(0, "swept", f"{COIN}-long-2-1"), entered_ms=entered_ms, known_at_ms=entered_ms + 1
            )
        ]
        found = {case.cluster_id: case.swept for case in cases_of(view_of(rows))}
        assert found[f"{COIN}-long-2-1"] is expected


def test_a_cluster_that_ended_in_another_goes_on_as_that_one() -> None:
    rows = rows_of_days()
    name, other, at_ms = f"{COIN}-long-3-1", f"{COIN}-long-2-1", midnight(3)
    swept_ms = at_ms + 9 * HOUR_MS
    rows.sweeps[:] = [
        msgspec.structs.replace(sweep(0, "swept", other), entered_ms=swept_ms, known_at_ms=swept_ms + HOUR_MS)
    ]
    for ended_ms, expected in ((at_ms + 5 * HOUR_MS, True), (at_ms + DAY_MS + 1, False)):
        ended = cluster(name, ended_ms, "ended", merged_into=other)
        found = {
            case.cluster_id: case.swept
            for case in cases_of(view_of(StudyRows(clusters=[*rows.clusters, ended], sweeps=rows.sweeps)))
        }
        assert found[name] is expected


def test_days_that_were_not_studied_to_their_end_are_not_judged() -> None:
    class Broken(Studied):
        def spans(self, coin: str) -> list[Span]:
            return [Span(midnight(DAYS), midnight(4) + HOUR_MS)] if coin == COIN else []

    history = MemoryHistory(small_market())
    view = MapView(history, feed=MadeFeed(history.last_ms, 70_000.0, days=90), studies=Broken(rows_of_days()))
    judged = {case.time_ms: case.reached is not None for case in cases_of(view)}
    assert judged == {midnight(ago): ago > 4 for ago in range(1, DAYS + 1)}


def test_the_answer_has_the_record_of_its_combination() -> None:
    rows = rows_of_days()
    view = view_of(rows)
    answer = SetupQuestions(view).ask(COIN)
    assert answer.basis == "tracked"
    assert answer.setups
    cases = cases_of(view)
    for setup in answer.setups:
        assert [each.name for each in setup.evidence] == list(NAMES)
        expected = record_of([each.is_met for each in setup.evidence], setup.record.distance_class, cases)
        assert (setup.record.count, setup.record.compared) == (expected.count, list(expected.compared))
        assert (setup.record.reached.hits, setup.record.swept.hits) == (expected.reached.hits, expected.swept.hits)
        assert (setup.record.reached.share is None) is (expected.reached.count < 20)
        assert (setup.record.note is None) is (setup.record.reached.share is not None)
    assert max(setup.record.count for setup in answer.setups) > 0
    distances = [abs(setup.near_edge - 70_000.0) for setup in answer.setups]
    assert distances == sorted(distances)


def test_asked_again_the_archive_is_not_worked_out_again(monkeypatch: pytest.MonkeyPatch) -> None:
    questions = SetupQuestions(view_of(rows_of_days()))
    first = questions.ask(COIN)

    def refuse(*_: object) -> None:
        raise AssertionError("worked out again")

    monkeypatch.setattr(SetupArchive, "_make", refuse)
    rest = {midnight(ago) for ago in range(1, DAYS + 1)}
    archive = questions._archive
    assert {time_ms for _, time_ms, _ in archive._kept} == rest
    monkeypatch.setattr(SetupArchive, "_make", lambda *_: ())
    assert questions.ask(COIN) == first


def test_a_study_that_lags_leaves_the_clusters_of_the_frame() -> None:
    history = MemoryHistory(small_market())
    view = MapView(history, studies=Studied(rows_of_days()))
    answer = SetupQuestions(view).ask(COIN)
    assert answer.basis == "frame"
    assert {setup.price_low for setup in answer.setups} == {each.price_low for each in view.clusters(COIN).clusters}
    assert any("the study ends at" in note for note in answer.notes)


def daily(market: SmallMarket) -> SmallMarket:
    """The same frames 12 hours apart."""
    times = [START_MS + number * DAY_MS // 2 for number in range(len(market.frames))]
    frames = tuple(
        replace(frame, snapshot=replace(frame.snapshot, time_ms=time_ms))
        for frame, time_ms in zip(market.frames, times, strict=True)
    )
    return SmallMarket(frames, market.accounts, market.tables)


@pytest.fixture(scope="module")
def two_days() -> SmallMarket:
    made = small_market(count=5)
    frames = list(daily(made).frames)
    interest = np.array([100.0, 10.0, 5.0, np.nan, 0.0])
    frames = [
        replace(frame, snapshot=replace(frame.snapshot, open_interest=interest * (1.0 + 0.03 * number)))
        for number, frame in enumerate(frames)
    ]
    return SmallMarket(tuple(frames), made.accounts, made.tables)


def test_crowding_is_that_of_the_accounts_a_day_apart(two_days: SmallMarket) -> None:
    view = MapView(MemoryHistory(two_days))
    answer = SetupQuestions(view).ask("ETH")
    crowding = answer.crowding
    assert crowding.nearest is not None
    assert crowding.gaining_side == -crowding.nearest.side
    now, then = two_days.accounts[-1], two_days.accounts[-3]

    def held(accounts: Any) -> dict[str, float]:
        found: dict[str, float] = {}
        for pool in range(accounts.pool_count):
            for row in range(accounts.offsets[pool], accounts.offsets[pool + 1]):
                if accounts.market_index[row] == 1 and not accounts.is_exempt[pool]:
                    address = accounts.addresses[accounts.address_row[pool]]
                    found[address] = found.get(address, 0.0) + float(accounts.size[row])
        return found

    before = held(then)
    total = opened = 0.0
    for address, size in held(now).items():
        if size * crowding.gaining_side > 0:
            total += abs(size)
            same = before.get(address, 0.0) * crowding.gaining_side
            opened += max(0.0, abs(size) - max(0.0, same))
    assert crowding.opened_24h_share == pytest.approx(opened / total)
    assert crowding.not_known_then_share == 0.0
    assert crowding.open_interest_change_24h_percent == pytest.approx(100.0 * (1.12 / 1.06 - 1.0))
    frame = two_days.frames[-1]
    longs, shorts = frame.position_size[1] * frame.snapshot.mark[1]
    assert crowding.long_share_by_notional == pytest.approx(longs / (longs + shorts))
    assert (crowding.long_accounts, crowding.short_accounts) == tuple(frame.position_count[1].tolist())


def test_open_interest_of_a_day_before_must_be_there(two_days: SmallMarket) -> None:
    history = MemoryHistory(two_days)
    path = history.coin_path("BTC", 0, history.last_ms + 1)
    at_ms = history.last_ms
    assert interest_change(path, at_ms) == pytest.approx(1.12 / 1.06 - 1.0)
    assert interest_change(path, at_ms + HOUR_MS) is not None
    assert interest_change(path, at_ms + HOUR_MS + 1) is None
    assert interest_change(path, history.first_ms) is None
    assert interest_change(history.coin_path("DARK", 0, at_ms + 1), at_ms) is None


def test_where_nothing_is_stored_nothing_is_known(two_days: SmallMarket) -> None:
    moment = Moment(frame=two_days.frames[-1], accounts=two_days.accounts[-1], tables=two_days.tables, is_stored=False)
    answer = SetupQuestions(MapView(None, LiveState.of_moment(moment))).ask("BTC")
    assert NO_PRICES in answer.notes
    assert all(each.is_met is None for setup in answer.setups for each in setup.evidence)
    assert all(setup.record.note is not None for setup in answer.setups)
    assert answer.crowding.opened_24h_share is None


def test_cascades_are_those_of_the_cluster_s_side_as_known_then() -> None:
    rows = rows_of_days()
    at_ms = midnight(2)
    rows.cascades[:] = [
        msgspec.structs.replace(cascade("running", 0), time_ms=at_ms - MINUTE_MS, known_at_ms=at_ms),
        msgspec.structs.replace(cascade("over", 0), time_ms=at_ms + MINUTE_MS, known_at_ms=at_ms + MINUTE_MS),
    ]
    found = {case.time_ms: case.is_met[NAMES.index("cascade")] for case in cases_of(view_of(rows))}
    assert {time_ms for time_ms, is_met in found.items() if is_met} == {at_ms}


def test_no_figure_is_nan_and_no_word_is_a_call(two_days: SmallMarket) -> None:
    for view in (view_of(rows_of_days()), MapView(MemoryHistory(two_days))):
        for coin in MARKETS.coins:
            text = msgspec.json.encode(SetupQuestions(view).ask(coin)).decode()
            assert "NaN" not in text
            for word in ("target", "magnet", "bullish", "bearish", "score"):
                assert word not in text.lower()


def test_unknown_coins_and_times_are_not_found() -> None:
    questions = SetupQuestions(MapView(MemoryHistory(small_market())))
    with pytest.raises(NotFound, match="did you mean"):
        questions.ask("BTCC")
    with pytest.raises(NotFound, match="frame"):
        questions.ask("BTC", START_MS - 1)


def test_an_earlier_answer_is_not_changed_by_what_came_later(two_days: SmallMarket) -> None:
    history = MemoryHistory(two_days)
    early = SmallMarket(two_days.frames[:4], two_days.accounts[:4], two_days.tables)
    at_ms = int(history.times[3])
    whole: SetupsAnswer = SetupQuestions(MapView(history)).ask("ETH", at_ms)
    assert whole == SetupQuestions(MapView(MemoryHistory(early))).ask("ETH")
