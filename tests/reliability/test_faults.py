"""Each fault of the exchange, through the whole product: what the map does meanwhile, and how soon it is right again.

The figures of the table in docs/reliability.md come from these runs (pytest -s prints them).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from live_map import Exchange, agrees, exchange, live_map, seconds_until

from liqscape.sandbox.server.faults import Fault

RECOVERY_SECONDS = 10.0


@pytest.fixture(scope="module")
def served() -> Iterator[Exchange]:
    with exchange(accounts=60, coins=3) as made:
        yield made


def settle(served: Exchange, is_right: Callable[[], bool], what: str) -> float:
    return seconds_until(is_right, what)


FAULTS = {
    "info 429": Fault("429", "info", probability=0.3),
    "info 500": Fault("500", "info", probability=0.3),
    "info 502": Fault("502", "info", probability=0.3),
    "info drop": Fault("drop", "info", probability=0.3),
    "info delay": Fault("delay", "info", probability=0.3, milliseconds=500),
    "info truncate": Fault("truncate", "info", probability=0.3),
    "info missing fields": Fault("missing_fields", "info", match="batchClearinghouseStates", probability=0.5),
    "ws drop": Fault("drop", "ws", match="trades", probability=0.2),
    "ws delay": Fault("delay", "ws", probability=0.1, milliseconds=300),
    "ws duplicate": Fault("duplicate", "ws", probability=0.3),
    "ws reorder": Fault("reorder", "ws", probability=0.3),
    "ws truncate": Fault("truncate", "ws", probability=0.1),
    "ws missing fields": Fault("missing_fields", "ws", probability=0.2, fields=("px", "markPx")),
    "ws restart": Fault("restart", "ws", every=200, milliseconds=500),
}


@pytest.mark.parametrize("name", FAULTS)
def test_the_map_is_right_again_soon_after_the_fault_ends(
    name: str, served: Exchange, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    served.vanish()
    served.serve((FAULTS[name],))
    with live_map(served.network, tmp_path / "data") as running:
        seconds_until(lambda: len(running.sizes()) > 10, "the map to grow in spite of the fault")
        served.vanish()
        served.serve()
        taken = seconds_until(lambda: agrees(running.sizes(), served.sizes()), "the map to be the exchange again")
        record_property("recovery_seconds", taken)
        assert taken < RECOVERY_SECONDS
