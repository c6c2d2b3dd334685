"""What a map answers of auto-deleveraging (docs/deleveraging.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liqscape.library.answers import Answers
from liqscape.library.asked import check_number, time_ms
from liqscape.library.results import Deleveraging, about
from liqscape.service.tables import of_deleveraging

if TYPE_CHECKING:
    import polars

    from liqscape.library.asked import Time


class DeleveragingMap:
    """Questions about who would be closed by the exchange though it is solvent, and in which order."""

    _answers: Answers

    def deleveraging(self, coin: str, at: Time | None = None, *, vault_equity: float | None = None) -> Deleveraging:
        """SIMULATED: USD deleveraged if the mark reaches the far edge of each cluster of a coin, and which winners pay.

        vault_equity  USD of the liquidator vaults of the coin's dex; by default as seen on the map, else assumed.
        The first run of a machine compiles the simulator, which takes a minute or more.
        """
        check_number("vault_equity", vault_equity)
        answer = self._answers.deleveraging(coin, time_ms("at", at), vault_equity)
        return Deleveraging(
            about=about(answer, coin=coin),
            mark=answer.mark,
            clusters=of_deleveraging.cluster_risk_table(answer),
            payers=of_deleveraging.payer_table(answer),
            vault_equity=answer.vault_equity_usd,
            vault_equity_source=answer.vault_equity_source,
            assumptions=tuple(answer.assumptions),
            note=answer.note,
            record=answer,
        )

    def deleveraging_rank(self, address: str, at: Time | None = None) -> polars.DataFrame:
        """Where each position of an address stands among the winners of its side, one row a position and score: rank
        (1: cut first; null: not in the queue), queue_count, usd_ahead, share_ahead, and figures of the position."""
        return of_deleveraging.rank_table(self._answers.deleveraging_rank(address, time_ms("at", at)))
