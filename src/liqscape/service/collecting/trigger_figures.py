"""What is known of trigger orders, and what reading them costs, for the answer about sources."""

from __future__ import annotations

import numpy as np

from liqscape.feed.trigger_reads import TriggerReader
from liqscape.model.triggers import NEVER_READ_MS
from liqscape.service.answers.sources import TriggerReadsAnswer, TriggersLeftOut
from liqscape.service.collecting.market import LiveMarket


def trigger_answer(
    market: LiveMarket, reader: TriggerReader | None, snapshot_trouble: str | None = None
) -> TriggerReadsAnswer | None:
    """Figures as of the newest frame; None where nobody reads trigger orders and no source has brought any.

    snapshot_trouble  why everybody's could not be had, if so.
    """
    core = market.core
    if reader is None and snapshot_trouble is None and core.pipeline.ledger.triggers.standing() is None:
        return None
    held = core.pipeline.ledger.triggers.figures()
    faults = core.assembler.trigger_faults
    asked = None if reader is None else reader.figures()
    known, median_ms, oldest_ms = _ages(market)
    return TriggerReadsAnswer(
        orders=held.orders,
        owners=held.owners,
        known_accounts=known,
        median_age_ms=median_ms,
        oldest_age_ms=oldest_ms,
        weight_used=0 if asked is None else asked.weight,
        weight_allowed=None if asked is None else asked.allowed,
        answered=0 if asked is None else asked.answered,
        failed=0 if asked is None else asked.failed,
        left_out=[TriggersLeftOut(reason.value, count) for reason, count in sorted(faults.items()) if count],
        refused_snapshots=held.refused,
        trouble=snapshot_trouble or (None if reader is None else reader.trouble),
    )


def _ages(market: LiveMarket) -> tuple[int, float | None, float | None]:
    """(accounts known, median and greatest age of what is known in ms) of the newest frame."""
    now = market.live.now
    if now is None or now.triggers is None:
        return 0, None, None
    known_ms = now.triggers[1].known_ms
    ages = now.frame.time_ms - known_ms[known_ms > NEVER_READ_MS]
    if not len(ages):
        return 0, None, None
    ages = np.maximum(ages, 0)
    return len(ages), float(np.median(ages)), float(ages.max())
