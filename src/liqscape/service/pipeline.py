"""One path for all data: events -> ledger -> solve -> bands -> frame (docs/architecture.md).

Every source, recorded, generated or live, goes through here; nothing else cuts frames.
"""

from __future__ import annotations

from dataclasses import replace

from liqscape.heatmap.build import build_frame
from liqscape.heatmap.frame import MarketFrame, Provenance
from liqscape.heatmap.plan import BandPlan, plan_bands
from liqscape.heatmap.workspace import BandWorkspace
from liqscape.ledger import Ledger
from liqscape.model.events import Event, FrameDue, FundingDue, FundingPaid, MarketDefined
from liqscape.model.funding import HourlyFunding, noted_funding
from liqscape.risk.incremental import LevelKeeper
from liqscape.units import Float64Array


class Pipeline:
    """Owns a ledger; `feed` returns a frame when one is due, else None.

    with_bands: frames for showing; without them they are for storing, which solves what bands it keeps.
    """

    def __init__(self, provenance: Provenance, *, with_bands: bool = True) -> None:
        self.provenance = provenance
        self._with_bands = with_bands
        self.ledger = Ledger()
        self._workspace = BandWorkspace()
        self._standing: _Standing | None = None
        self._funding: HourlyFunding | None = None

    def feed(self, event: Event) -> MarketFrame | None:
        """Apply one event. Raises ModelError for events that contradict the ledger."""
        self.ledger.apply(event)
        if isinstance(event, (FundingDue, FundingPaid)):
            self._funding = noted_funding(self._funding, event, len(self.ledger.markets))
        if isinstance(event, MarketDefined):
            self._funding = None  # rows of markets may be others now
        if not isinstance(event, FrameDue):
            return None
        ledger, root = self.ledger, None
        if not self._with_bands:
            return self._frame(None, None)
        if self._standing is None or not self._standing.is_of(ledger):
            self._standing = _Standing(ledger)
        else:
            root = self._standing.roots(ledger)
        return self._frame(self._standing.plan, root)

    def _frame(self, plan: BandPlan | None, root: Float64Array | None) -> MarketFrame:
        ledger = self.ledger
        frame = build_frame(
            ledger.accounts,
            ledger.snapshot,
            ledger.tables,
            self.provenance,
            plan,
            self._workspace,
            root,
            with_bands=self._with_bands,
        )
        return frame if self._funding is None else replace(frame, funding=self._funding)


class _Standing:
    """What follows from who holds what and not from marks, kept from frame to frame while the accounts stay.

    The first frame of an account state is solved in full; only when a second one follows is it worth finding out
    who holds which coin, and from then on a mark batch solves just the pools it can move.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._accounts, self._markets, self._tables = ledger.accounts, ledger.markets, ledger.tables
        self.plan: BandPlan = plan_bands(ledger.accounts, len(ledger.markets))
        self._keeper: LevelKeeper | None = None

    def is_of(self, ledger: Ledger) -> bool:
        """True while accounts, markets and margin tables are the same objects."""
        return self._accounts is ledger.accounts and self._markets is ledger.markets and self._tables is ledger.tables

    def roots(self, ledger: Ledger) -> Float64Array:
        """Roots at the present marks, the same to the bit as solved in full."""
        if self._keeper is None:
            self._keeper = LevelKeeper(ledger.accounts, ledger.snapshot, ledger.tables)
        else:
            self._keeper.update_marks(ledger.snapshot.mark)
        return self._keeper.root
