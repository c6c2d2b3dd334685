"""One trial of every simulated kind of fault: said where it must be, right again, nothing wrong live, nothing lost.

`make test` tries the first kind of each family and those by which a broken guard is known to be noticed
(tools/chaos/mutants); `make truth` all.
"""

from __future__ import annotations

import pytest
from chaos.kind import FaultKind, complaints
from chaos.kinds import all_kinds
from chaos.kinds.sockets import PrintsSilent
from chaos.mutants import CHAOS, MUTANTS
from chaos.product import Stage
from chaos.run import seed_of
from chaos.trial import simulate
from chaos.way import Way

SIMULATED = tuple(kind for kind in all_kinds() if kind.where == "simulated")
NOTICE = {catcher.removeprefix(CHAOS) for mutant in MUTANTS for catcher in mutant.caught_by}
FIRST = {kind.name.partition(":")[0]: kind.name for kind in reversed(SIMULATED)}
TRIED = [
    kind if kind.name in NOTICE or kind.name in FIRST.values() else pytest.param(kind, marks=pytest.mark.truth)
    for kind in SIMULATED
]
SEED = 11


@pytest.mark.parametrize("kind", TRIED, ids=lambda kind: kind.name)
def test_of_this_fault_everything_said_is_true(kind: FaultKind) -> None:
    trial = kind.run(seed_of(SEED, kind, 0))
    assert complaints(kind, trial) == [], trial.note
    assert trial.frames >= 10


def test_holders_of_coins_whose_prints_do_not_come_are_in_doubt_once_volume_tells_of_them() -> None:
    unsure: list[tuple[float, bool]] = []

    async def play(stage: Stage) -> None:
        stage.network.way, began_s = PrintsSilent(stage.chance), stage.time.now_s
        while stage.time.now_s < began_s + 60.0:
            await stage.live(1.0)
            watch = stage.opened.market.core.pipeline.ledger.watch()
            unsure.append((stage.time.now_s - began_s, bool(watch.is_unsure.any())))
        stage.network.way = Way(stage.chance)

    simulate(3, play)
    assert not any(is_unsure for after_s, is_unsure in unsure if after_s < 25.0)
    assert any(is_unsure for _, is_unsure in unsure)


def test_a_trial_is_the_same_for_the_same_seed() -> None:
    kind = next(kind for kind in SIMULATED if kind.name == "socket: messages cut")
    assert kind.run(5) == kind.run(5)
