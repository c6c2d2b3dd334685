"""One trial of every simulated kind of fault: said where it must be, right again, nothing wrong live, nothing lost."""

from __future__ import annotations

import pytest
from chaos.kind import FaultKind, complaints
from chaos.kinds import all_kinds
from chaos.run import seed_of

SIMULATED = tuple(kind for kind in all_kinds() if kind.where == "simulated")
SEED = 11


@pytest.mark.parametrize("kind", SIMULATED, ids=lambda kind: kind.name)
def test_of_this_fault_everything_said_is_true(kind: FaultKind) -> None:
    trial = kind.run(seed_of(SEED, kind, 0))
    assert complaints(kind, trial) == [], trial.note
    assert trial.frames >= 10


def test_a_trial_is_the_same_for_the_same_seed() -> None:
    kind = next(kind for kind in SIMULATED if kind.name == "socket: messages cut")
    assert kind.run(5) == kind.run(5)
