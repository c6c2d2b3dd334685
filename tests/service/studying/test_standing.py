"""The newest standing is one record, replaced as a whole."""

from __future__ import annotations

from liqscape.service.studying.standing import CoinStanding, StudyProgress, StudyStanding, StudyState


def standing(time_ms: int) -> StudyStanding:
    return StudyStanding(
        time_ms=time_ms,
        coins={"BTC": CoinStanding(coin="BTC", time_ms=time_ms, since_ms=0)},
        progress=StudyProgress(start_ms=0, studied_ms=time_ms, stored_ms=time_ms),
    )


def test_nothing_stands_before_the_first_minute() -> None:
    state = StudyState()
    assert state.newest is None
    assert state.of_coin("BTC") is None


def test_listeners_hear_each_standing_until_they_leave() -> None:
    state, heard = StudyState(), []
    leave = state.listen(lambda each: heard.append(each.time_ms))
    state.publish(standing(1))
    leave()
    state.publish(standing(2))
    assert heard == [1]
    found = state.of_coin("BTC")
    assert found is not None
    assert found.time_ms == 2
    assert state.of_coin("ETH") is None


def test_progress_is_by_time_and_behind_until_all_is_studied() -> None:
    progress = StudyProgress(start_ms=100, studied_ms=150, stored_ms=200)
    assert progress.is_behind
    assert progress.share == 0.5
    assert not StudyProgress(start_ms=100, studied_ms=200, stored_ms=200).is_behind
    assert StudyProgress(start_ms=100, studied_ms=None, stored_ms=100).share == 0.0
