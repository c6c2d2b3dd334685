"""Guards of the product, each with how it is broken on purpose and who must notice; a module for each part.

A row names the text that stands exactly once in its file, what is put there instead, and who catches it: tests by
their pytest id, kinds of faults as `chaos: <name>`. `python tools/mutants.py` tries them all.
"""

from __future__ import annotations

from chaos.mutant import CHAOS, Mutant
from chaos.mutants import (
    account,
    advice,
    agents,
    alerts,
    books,
    collecting,
    compat,
    deleveraging,
    delivery,
    doors,
    feed,
    history_care,
    identity,
    impact,
    importing,
    intervals,
    kernels,
    library,
    live,
    notes,
    odds,
    quick,
    reasons,
    replicas,
    retention,
    rules,
    running,
    score,
    store,
    stream,
    structure,
    study,
    sweeps,
    web,
)

MUTANTS = (
    *rules.MUTANTS,
    *running.MUTANTS,
    *deleveraging.MUTANTS,
    *alerts.MUTANTS,
    *delivery.MUTANTS,
    *score.MUTANTS,
    *account.MUTANTS,
    *reasons.MUTANTS,
    *replicas.MUTANTS,
    *kernels.MUTANTS,
    *live.MUTANTS,
    *notes.MUTANTS,
    *odds.MUTANTS,
    *feed.MUTANTS,
    *collecting.MUTANTS,
    *store.MUTANTS,
    *retention.MUTANTS,
    *identity.MUTANTS,
    *impact.MUTANTS,
    *importing.MUTANTS,
    *intervals.MUTANTS,
    *web.MUTANTS,
    *stream.MUTANTS,
    *structure.MUTANTS,
    *study.MUTANTS,
    *library.MUTANTS,
    *quick.MUTANTS,
    *doors.MUTANTS,
    *agents.MUTANTS,
    *compat.MUTANTS,
    *history_care.MUTANTS,
    *sweeps.MUTANTS,
    *advice.MUTANTS,
    *books.MUTANTS,
)

__all__ = ["CHAOS", "MUTANTS", "Mutant"]
