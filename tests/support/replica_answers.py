"""Whether a replica answers as its collector does, to the byte."""

from __future__ import annotations

import re

from replica_processes import Served, seconds_until
from small_market import address

QUESTIONS = (
    "coins/BTC/frame?at={at}",
    "coins/BTC/frame?at={at}&mode=joint",
    "coins/BTC/clusters?at={at}",
    "coins/ETH/clusters?at={at}",
    "coins/BTC/positions?price_low=1&price_high=1000000&at={at}",
    "accounts/{who}?at={at}",
    "agreement?at={at}",
    "coins/BTC/asymmetry?at={at}",
    "coins/BTC/triggers?at={at}",
    "coins/BTC/candles?end={at}",
    "coins/ETH/candles?end={at}",
    "coins/BTC/structure?at={at}",
    "coins/BTC/setups?at={at}",
    "coins/BTC/odds?at={at}",
    "coins/BTC/heatmap?end={at}&width=20&height=20",
    "joint?btc_percent=-10&at={at}",
    "coins/BTC/changes?end={at}",
    "coins/BTC/sweeps?end={at}",
    "liquidations?coin=BTC&end={at}",
)
"""Each about a stated time."""


def wait_until_shown(replica: Served, time_ms: int) -> None:
    """And as it came live: accounts read back from files lack readings that told nothing new."""
    seen: list[dict[str, object]] = []

    def is_shown() -> bool:
        seen[:] = [replica.ask("sources")["replica"]]
        status = replica.ask("status")
        return bool(status["as_of_ms"] == time_ms and status["is_live"] and seen[0]["frames"])

    try:
        seconds_until(is_shown, f"frame of {time_ms} on the replica", 40.0)
    except AssertionError as error:
        raise AssertionError(f"{error}: {seen} {replica.log.read_text()}") from None


def stored_of(served: Served) -> tuple[int, int]:
    status = served.ask("status")
    return status["last_ms"], status["frame_count"]


def assert_same_answers(collector: Served, replica: Served, times: list[int]) -> None:
    """To the byte, once both have studied the last minute; the number of the newest frame is none of a stated time."""
    seconds_until(lambda: stored_of(replica) == stored_of(collector), "the stored minutes")
    newest_ms = stored_of(collector)[0]
    seconds_until(lambda: studied_of(replica) == studied_of(collector) == newest_ms, "the studied minutes")
    assert collector.ask("coins/BTC/triggers")["totals"][0]["order_count"], "there is something to compare"
    for time_ms in times:
        for question in QUESTIONS:
            path = question.format(at=time_ms, who=address(3))
            found, expected = (re.sub(rb'"sequence":\d+', b"", each.text(path)) for each in (replica, collector))
            assert found == expected, f"{path}: {_difference(found, expected)}"


def studied_of(served: Served) -> int | None:
    newest: int | None = served.ask("coins/BTC/clusters")["studied_ms"]
    return newest


def _difference(found: bytes, expected: bytes) -> str:
    """Around the first byte that is another one."""
    place = next((row for row, (a, b) in enumerate(zip(found, expected, strict=False)) if a != b), 0)
    return " instead of ".join(repr(each[max(0, place - 120) : place + 60]) for each in (found, expected))
