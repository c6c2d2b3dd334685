"""Where the exchange knows neither batches nor allPerpMetas, the whole product reads over its sockets too."""

from __future__ import annotations

from pathlib import Path

from live_map import LiveMap, agrees, exchange, live_map, seconds_until

from liqscape.sandbox.server.faults import FaultRule

REFUSED = frozenset({"batchClearinghouseStates", "allPerpMetas"})
SLOW = FaultRule(fault="delay", where="info", match="clearinghouseState", milliseconds=2_000)
"""HTTP asks about unread accounts too, and would read this small world in a second where it is first. So it reads two
a second at first, as in a large world most are left to the socket; then at full pace, until the map is right."""


def test_unread_accounts_take_turns_and_those_near_the_mark_are_followed_within_the_limits(tmp_path: Path) -> None:
    def follows(running: LiveMap) -> bool:
        streams = running.figures().state_streams
        return (
            streams is not None and streams.turn_states > 20 and streams.followed >= 3 and streams.followed_states > 3
        )

    with exchange(accounts=80, coins=3, is_limited=True) as served:
        served.vanish()
        served.serve((SLOW,), refused=REFUSED)
        with live_map(served.network, tmp_path / "data") as running:
            seconds_until(lambda: follows(running), "accounts to be read in turns and followed")
            served.end_faults()
            seconds_until(lambda: agrees(running.sizes(), served.sizes()), "the map to be the exchange")
            seconds_until(lambda: running.figures().state == "live", "the map to say that it is live")
            figures = running.figures()
    assert figures.state_streams is not None
    assert figures.state_streams.refused == 0
    assert figures.state_streams.followed <= figures.state_streams.allowed == 10
    assert figures.state_streams.followed_near_usd > 0.0
    assert [row.state for row in figures.sources if row.kind == "states"] == ["connected"]


def test_without_places_no_account_is_subscribed_to(tmp_path: Path) -> None:
    with (
        exchange(accounts=60, coins=3) as served,
        live_map(served.network, tmp_path / "data", state_streams=0) as running,
    ):
        seconds_until(lambda: agrees(running.sizes(), served.sizes()), "the map to be the exchange")
        figures = running.figures()
        assert served.sandbox is not None
        users = served.sandbox.limits.client("127.0.0.1").users
    assert figures.state_streams is None
    assert not users
    assert not [row for row in figures.sources if row.kind == "states"]
