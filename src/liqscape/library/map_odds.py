"""What a map answers of odds (docs/odds.md): the part of `Map` that asks how often price has gone so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liqscape.library.asked import check_number, side_number, time_ms
from liqscape.service.chain import DEFAULT_LINKS, DEFAULT_PATHS, ChainQuestion
from liqscape.service.tables import of_odds

if TYPE_CHECKING:
    import polars

    from liqscape.library.answers import Answers, TellShare
    from liqscape.library.asked import Time


class OddsMap:
    """Questions about odds; where there is no record there is no probability, and `note` says why."""

    _answers: Answers

    def odds(
        self,
        coin: str,
        price: float | None = None,
        *,
        price_low: float | None = None,
        price_high: float | None = None,
        at: Time | None = None,
        mode: str = "solo",
    ) -> polars.DataFrame:
        """Odds that the mark reaches a price, a span or each cluster within 1 h, 4 h and 24 h, one row a horizon.

        Each row has the record it rests on: `brier`, `skill` against the climatology of that distance, `windows` that
        do not overlap, `record_source` (own or pooled), `is_reliable`.
        """
        check_number("price", price)
        return of_odds.odds_table(self._answers.odds(coin, (price, price_low, price_high), time_ms("at", at), mode))

    def chain(
        self,
        coin: str,
        *,
        side: str | None = None,
        at: Time | None = None,
        paths: int = DEFAULT_PATHS,
        links: int = DEFAULT_LINKS,
        seed: int = 0,
        progress: TellShare | None = None,
    ) -> polars.DataFrame:
        """Clusters in the order the mark would meet them, and what the way through one sets off: SIMULATED.

        `probability` is the share of runs, taken to the far edge of the cluster before, whose mark went on to this one,
        with `low` and `high`; `usd_expected` what was liquidated in them. `measured_share` is of sweeps that happened
        (null below 20), `measured_count` how many. Takes seconds: an ensemble a link.
        """
        number = None if side is None else side_number(side)
        question = ChainQuestion(coin=coin, side=number, paths=paths, links=links, seed=seed)
        return of_odds.chain_table(self._answers.chain(question, time_ms("at", at), progress))
