"""What a map answers of stops (docs/stops.md): the part of `Map` that advises on one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liqscape.library.asked import time_ms
from liqscape.library.results import StopAdvice, about
from liqscape.service.stop import StopAsked
from liqscape.service.tables import of_stops

if TYPE_CHECKING:
    from liqscape.library.answers import Answers
    from liqscape.library.asked import Time


class StopMap:
    """Questions about stops."""

    _answers: Answers

    def stop(
        self,
        coin: str,
        *,
        side: str,
        entry: float,
        stop: float,
        risk: float | None = None,
        size: float | None = None,
        margin: float | None = None,
        leverage: float | None = None,
        isolated: bool = False,
        account: str | None = None,
        fee: float | None = None,
        simulate: bool = False,
        at: Time | None = None,
    ) -> StopAdvice:
        """Where a stop stands among clusters, by rule, and how large a position may be at a dollar risk.

        side              "long" or "short"; the stop lies below a long's entry, above a short's.
        risk or size      USD that may be lost at the stop, or coins.
        margin, leverage  USD of a pool of its own, or notional over it; isolated or cross.
        account           whose pool backs it; without any of the three its liquidation price is unknown.
        fee               taker fee in basis points; the exchange's lowest tier by default.
        simulate          let the cascade engine say overshoots that were not measured; it takes seconds.
        """
        asked = StopAsked(
            coin=coin,
            side=side,
            entry=entry,
            stop=stop,
            risk=risk,
            size=size,
            margin=margin,
            leverage=leverage,
            isolated=isolated,
            account=account,
            fee=fee,
            simulate=simulate,
        )
        answer = self._answers.stop(asked, time_ms("at", at))
        return StopAdvice(
            about=about(answer, coin=coin, doubt=tuple(answer.doubt)),
            verdict=answer.verdict,
            reasons=tuple(answer.reasons),
            sizing=answer.sizing,
            liquidation=answer.liquidation,
            clusters=of_stops.stop_cluster_table(answer),
            next_stops=of_stops.next_stop_table(answer),
            odds=of_stops.touch_table(answer),
            notes=tuple(answer.notes),
            record=answer,
        )
