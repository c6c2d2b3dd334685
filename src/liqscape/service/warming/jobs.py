"""What is compiled before it is needed, in parts that two processes do at once.

map          what is looked at: the sample that comes with the package is asked, and stored as a recording is; and what
             a live map does with what it hears: a small market lives through everything the public API leads to.
market       the exchange of a demo or sandbox, what is stored and studied of it, and the questions that a page asks.
simulations  cascades, ensembles, walks of deleveraging and stops: all that asks the simulator.

`python -m liqscape.service.warming.jobs NICENESS PART...` does some and tells on stdout how far it is: `compiled N`
after each function, and `kept PART` after each part. What is kept already is loaded in a second or two. It ends when
its stdin does.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from liqscape.sandbox.state import SandboxState
    from liqscape.service.view import MapView

PARTS_OF_MAPS = ("map", "market")
"""What a map cannot live without, of whatever kind."""
PARTS = (*PARTS_OF_MAPS, "simulations")
LANES = (("map", "simulations"), ("market",))
"""Done by a process each, in this order."""
KEPT, COMPILED = "kept", "compiled"
FUNCTIONS = {"map": 173, "market": 242, "simulations": 101}
"""Functions that a part compiles where nothing is kept, in the order of LANES, so that it can be told how far it is. A
test holds them to a twentieth (tests/service/test_warming.py)."""
ACCOUNTS, COINS, DAYS, STOPS_PERCENT = 60, 4, 0.045, 40
"""65 minutes: within any of them funding is paid."""
SEED = 7


def warm_map() -> None:
    """A stored history is looked at, then a small market lives through everything the public API leads to."""
    from liqscape.service.collecting.kernels import load_kernels
    from liqscape.service.warming.asking import ask_map

    with _sample() as view:
        ask_map(view, None)
        _stand_still(view)
        _load_recorded(view)
    load_kernels()


def warm_market() -> None:
    """A market that is made, stored, studied and asked."""
    from liqscape.service.demo_opening import DemoSettings, open_demo
    from liqscape.service.studying.follow import StudyFollower
    from liqscape.service.warming.asking import ask_map

    settings = DemoSettings(seed=SEED, days=DAYS, accounts=ACCOUNTS, coins=COINS, stops_percent=STOPS_PERCENT)
    with (
        tempfile.TemporaryDirectory() as folder,
        open_demo(settings, Path(folder), lambda: int(time.time() * 1_000.0), _silent) as opened,
    ):
        follower = StudyFollower(Path(folder), opened.study.state)
        follower.advance()
        follower.close()
        ask_map(opened.view, opened.liquidations)
        _ask_exchange(opened.market.market.state)


def warm_simulations() -> None:
    """A market that is stored, and one that is live, fall in each kind of simulation."""
    from liqscape.service.warming.asking import ask_simulator, small_view

    with _sample() as view:
        ask_simulator(view)
    ask_simulator(small_view())


def _ask_exchange(sandbox: SandboxState) -> None:
    """What anybody asks the exchange of a demo first."""
    from liqscape.sandbox.answers.info import answer_info

    coin = sandbox.exchange.markets.coins[0]
    for request in ({"type": "allMids"}, {"type": "metaAndAssetCtxs"}, {"type": "l2Book", "coin": coin}):
        answer_info(request, sandbox)


def _stand_still(view: MapView) -> None:
    """Two batches of marks over the same accounts, as a replica gets them."""
    from liqscape.heatmap.plan import plan_bands
    from liqscape.heatmap.standing_bands import StandingBands

    moment = view.moment()
    snapshot = moment.reported.snapshot
    plan = plan_bands(moment.accounts, snapshot.markets)
    StandingBands(moment.accounts, snapshot, moment.tables, plan).at(snapshot)


def _load_recorded(view: MapView) -> None:
    """A frame of a recording on its way into history, which is stored without bands."""
    from liqscape.heatmap.build import build_frame

    moment = view.moment()
    build_frame(moment.accounts, moment.reported.snapshot, moment.tables, moment.reported.provenance, with_bands=False)


@contextmanager
def _sample() -> Iterator[MapView]:
    from liqscape.service.opening import open_stored
    from liqscape.service.sample import unpack

    with tempfile.TemporaryDirectory() as folder:
        yield open_stored(unpack(Path(folder)), None)


WARMS = {"map": warm_map, "market": warm_market, "simulations": warm_simulations}


@contextmanager
def _silent(text: str, start: int, end: int) -> Iterator[Callable[[int], None]]:  # noqa: ARG001 - nobody watches
    yield lambda _: None


def main(niceness: int, *parts: str) -> None:
    """Do some parts, telling how far they are."""
    from liqscape.service.compiling import compiling_reporter
    from liqscape.service.starter import end_with_starter
    from liqscape.service.warming.kept import note_kept

    end_with_starter()
    os.nice(niceness)
    with compiling_reporter(lambda compiled, _: print(COMPILED, compiled, flush=True)):
        for part in parts:
            WARMS[part]()
            note_kept(part)
            print(KEPT, part, flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
