"""What a map answers of stops and take-profits (docs/triggers.md): the part of `Map` that asks for trigger orders."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from liqscape.library.asked import check_number, time_ms
from liqscape.library.results import About, about
from liqscape.service.tables import of_triggers

if TYPE_CHECKING:
    import polars

    from liqscape.library.answers import Answers
    from liqscape.library.asked import Time
    from liqscape.service.answers.triggers import TriggerCoverageAnswer, TriggersAnswer


@dataclass(frozen=True, kw_only=True)
class CoinTriggers:
    """Trigger orders of a coin as known at a frame, each part a Polars frame. Prices USD, sizes coins.

    has_triggers  False: this map reads none. Frames of them have no rows then and `stop_notional` is null: unknown.
    coverage    of how much of the market they are known; None: this map reads none.
    bands       a row a band and kind; never summed with liquidation levels.
    levels      liquidation bands with what has an own stop before it (`stopped_notional`), beside their own coverage.
    absorption  a row a price: liquidations, stops and resting orders from the mark to there.
    totals      a row a kind, of all prices. clusters: largest first. left_out: orders that are in no band, by reason.
    """

    about: About
    has_triggers: bool
    coverage: TriggerCoverageAnswer | None
    bands: polars.DataFrame
    levels: polars.DataFrame
    absorption: polars.DataFrame
    totals: polars.DataFrame
    clusters: polars.DataFrame
    left_out: polars.DataFrame
    notes: tuple[str, ...]
    record: TriggersAnswer = field(repr=False)


class TriggerMap:
    """The question about trigger orders."""

    _answers: Answers

    def triggers(
        self, coin: str, at: Time | None = None, *, level: int = 2, within_percent: float = 25.0
    ) -> CoinTriggers:
        """Stops and take-profits by band, their coverage, levels with a stop before them, and absorption.

        level           a band of this level merges 2^level base bands of 5 basis points.
        within_percent  how far from the mark bands, levels and absorption reach.
        """
        check_number("within_percent", within_percent)
        answer = self._answers.triggers(coin, time_ms("at", at), level, within_percent)
        return CoinTriggers(
            about=about(answer, coin=coin),
            has_triggers=answer.has_triggers,
            coverage=answer.coverage,
            bands=of_triggers.trigger_band_table(answer),
            levels=of_triggers.stopped_table(answer),
            absorption=of_triggers.absorption_table(answer),
            totals=of_triggers.total_table(answer),
            clusters=of_triggers.trigger_cluster_table(answer),
            left_out=of_triggers.left_out_table(answer),
            notes=tuple(answer.notes),
            record=answer,
        )
