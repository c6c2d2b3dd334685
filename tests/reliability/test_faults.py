"""Each fault of the exchange, through the whole product: what the map does meanwhile, and how soon it is right again.

The figures of the table in docs/reliability.md come from these runs (`pytest -q -s -m "truth or not truth"` prints
them). With real sockets and in real time: `make test` tries the first fault of the sockets here, and all of them in
made-up time (tests/reliability/test_chaos.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from amounts import first_of
from live_map import Exchange, agrees, exchange, live_map, seconds_until

from liqscape.sandbox.server.faults import FaultRule

MIN_FAULTS = 3

FAULTS = {
    "info 502": FaultRule(fault="502", where="info", probability=0.4),
    "info 429": FaultRule(fault="429", where="info", probability=0.4),
    "info 500": FaultRule(fault="500", where="info", probability=0.4),
    "info drop": FaultRule(fault="drop", where="info", probability=0.4),
    "info delay": FaultRule(fault="delay", where="info", milliseconds=700),
    "info truncate": FaultRule(fault="truncate", where="info", probability=0.4),
    "info missing fields": FaultRule(fault="missing_fields", where="info", match="batchClearinghouseStates"),
    "info clock skew": FaultRule(fault="clock_skew", where="info", match="exchangeStatus", milliseconds=86_400_000),
    "info restart": FaultRule(fault="restart", where="info", milliseconds=500, every=6),
    "ws drop": FaultRule(fault="drop", where="ws", probability=0.3),
    "ws delay": FaultRule(fault="delay", where="ws", probability=0.3, milliseconds=300),
    "ws duplicate": FaultRule(fault="duplicate", where="ws"),
    "ws reorder": FaultRule(fault="reorder", where="ws", probability=0.5),
    "ws truncate": FaultRule(fault="truncate", where="ws", probability=0.2),
    "ws missing fields": FaultRule(fault="missing_fields", where="ws", probability=0.3, fields=("px", "markPx")),
    "ws clock skew": FaultRule(fault="clock_skew", where="ws", probability=0.2, milliseconds=-3_600_000),
    "ws restart": FaultRule(fault="restart", where="ws", every=12, milliseconds=300),
}
OF_INFO, OF_WS = ([name for name in FAULTS if name.startswith(channel)] for channel in ("info", "ws"))
ONCE = frozenset(("info clock skew", "info missing fields", "info restart"))
"""Faults that meet few messages: the clock is asked at the start, and a batch reads everybody of a small exchange."""


@pytest.fixture(scope="module")
def served() -> Iterator[Exchange]:
    with exchange(accounts=180, coins=3) as made:
        yield made


@pytest.mark.parametrize("name", first_of([*OF_WS, *OF_INFO]))
def test_the_map_is_right_again_after_the_fault_ends(name: str, served: Exchange, tmp_path: Path) -> None:
    served.vanish()
    served.serve((FAULTS[name],))
    has_turns = name.startswith("ws")  # else a small exchange is read over the socket before HTTP has been asked much
    with live_map(served.network, tmp_path / "data", has_turns=has_turns) as running:
        least = 1 if name in ONCE else MIN_FAULTS
        seconds_until(lambda: served.fault_count >= least, "the fault to happen")
        faults = served.fault_count
        served.vanish()
        served.serve()
        taken = seconds_until(lambda: agrees(running.sizes(), served.sizes()), "the map to be the exchange again")
        figures = running.figures()
        seconds_until(lambda: running.figures().state == "live", "the map to say that it is live")
    print(f"{name}: {faults} faults, right again after {taken:.1f} s, {figures.unusable_records} records unusable")
