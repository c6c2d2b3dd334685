"""Auto-deleveraging, asked of a map: what each cluster of a coin would take, and where an account stands in queues.

The walk is the cascade engine's (cascade/reach.py), the order of a queue the exchange's (insight/deleveraging).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from liqscape.errors import InputError, ModelError, NotFound, QuestionError
from liqscape.service.answers.clusters import clusters_answer, far_edge
from liqscape.service.answers.deleveraging import AccountDeleveragingAnswer, DeleveragingAnswer
from liqscape.service.asked_address import checked_address
from liqscape.service.asked_time import utc_text
from liqscape.service.cascade import MAX_EQUITY, reason_of
from liqscape.service.kept_risks import FRESH_MS
from liqscape.service.market_inputs.from_view import PriceMemory, of_moment
from liqscape.service.questions import market_row
from liqscape.service.tracking import with_study

if TYPE_CHECKING:
    from liqscape.cascade.reach import EdgeReach
    from liqscape.insight.deleveraging import DeleveragingQueues
    from liqscape.service.moments import AskedMoment
    from liqscape.service.paging import FrameId
    from liqscape.service.view import MapView

OnStep = Callable[[], None]
"""Called again and again during a walk; what it raises ends it."""


class DeleveragingQuestions:
    """Asks one map; usable from any thread."""

    def __init__(self, view: MapView) -> None:
        self._view = view
        self._lock = threading.Lock()
        self._memory: PriceMemory | None = None
        self._queues: tuple[FrameId, DeleveragingQueues] | None = None

    def of_coin(
        self,
        coin: str,
        at_ms: int | None = None,
        vault_equity: float | None = None,
        *,
        on_step: OnStep | None = None,
        in_turn: bool = False,
    ) -> DeleveragingAnswer:
        """What would be deleveraged if the mark reached each cluster of a coin. Some seconds of a core, unless asked
        again within FRESH_MS.

        vault_equity  USD of the liquidator vaults of the coin's dex together; None: as seen on the map, else assumed.
        in_turn  one side after the other: takes up to twice as long, and holds three copies of the market, not five.
        Raises NotFound for an unknown coin, QuestionError for a market that cannot be simulated.
        """
        if vault_equity is not None and not 0.0 <= vault_equity <= MAX_EQUITY:
            raise QuestionError(f"vault_equity {vault_equity:g} is outside 0..{MAX_EQUITY:g} USD")
        moment = self._view.moment(at_ms)
        row = market_row(moment.reported.snapshot.markets, coin)
        if vault_equity is None:
            kept = self._view.risks.of_coin(coin, moment.reported.time_ms, 0 if at_ms is not None else FRESH_MS)
            if kept is not None:
                return kept
        try:
            answer = self._walked(moment, row, at_ms, vault_equity, on_step, in_turn=in_turn)
        except (InputError, ModelError) as error:
            raise reason_of(error) from None
        if vault_equity is None and at_ms is None:
            self._view.risks.keep(answer)
        return answer

    def of_account(self, address: str, at_ms: int | None = None) -> AccountDeleveragingAnswer:
        """Where the positions of an address stand in the queues of winners.

        Raises QuestionError for what is no address, NotFound for one that is not in the map.
        """
        from liqscape.service.deleveraging_answer import account_deleveraging

        wanted = checked_address(address)
        moment = self._view.moment(at_ms)
        try:
            row = moment.accounts.addresses.index(wanted)
        except ValueError:
            raise NotFound(f"address {wanted} is not in this map at {utc_text(moment.reported.time_ms)}") from None
        try:
            with self._lock:
                places = self._queues_of(moment).of_account(row)
        except ModelError as error:
            raise reason_of(error) from None
        return account_deleveraging(moment.reported, wanted, places)

    def _queues_of(self, moment: AskedMoment) -> DeleveragingQueues:
        """The queues of a frame; those asked last are kept."""
        from liqscape.insight.deleveraging import DeleveragingQueues

        if self._queues is None or self._queues[0] != moment.frame_id:
            queues = DeleveragingQueues(moment.accounts, moment.reported.snapshot, moment.tables, moment.collateral)
            self._queues = moment.frame_id, queues
        return self._queues[1]

    def _walked(
        self,
        moment: AskedMoment,
        row: int,
        at_ms: int | None,
        vault_equity: float | None,
        on_step: OnStep | None,
        *,
        in_turn: bool,
    ) -> DeleveragingAnswer:
        from liqscape.cascade.reach import ReachRuns
        from liqscape.service.deleveraging_answer import WalkedCoin, vaults_for, without_clusters

        with self._lock:
            self._memory = self._memory or PriceMemory(self._view)
            market = of_moment(self._view, moment, self._memory)
        found = with_study(clusters_answer(moment.frame, row), self._view.studied, at_ms, None)
        vaults = vaults_for(market, row, vault_equity)
        if not found.clusters:
            return without_clusters(market, found, vaults)
        runs = ReachRuns(market.cascade, vaults.settings)

        def walk(side: int, *, is_last: bool = False) -> dict[int, EdgeReach]:
            """How far the market has come at the far edge of each cluster of a side; longs are liquidated in a fall."""
            places = [place for place, each in enumerate(found.clusters) if each.side == side]
            prices = [far_edge(found.clusters[place]) for place in places]
            if not places:
                return {}
            return dict(zip(places, runs.walk(row, -side, prices, on_step, is_last=is_last), strict=True))

        if in_turn:
            longs, shorts = walk(1), walk(-1, is_last=True)
        else:
            with ThreadPoolExecutor(2, "liqscape-walk") as pool:
                longs, shorts = pool.map(walk, (1, -1))
        reached = [{**longs, **shorts}[place] for place in range(len(found.clusters))]
        return WalkedCoin(market=market, frame=moment.frame, row=row, found=found, vaults=vaults, runs=runs).answer(
            reached
        )
