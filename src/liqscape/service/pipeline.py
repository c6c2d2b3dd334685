"""One path for all data: events -> ledger -> solve -> bands -> frame (docs/architecture.md).

Every source, recorded, generated or live, goes through here; nothing else cuts frames.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from liqscape.heatmap.build import build_frame
from liqscape.heatmap.frame import MarketFrame, Provenance
from liqscape.heatmap.plan import BandPlan, plan_bands
from liqscape.heatmap.workspace import BandWorkspace
from liqscape.ledger import Ledger
from liqscape.model.accounts import Accounts
from liqscape.model.events import Event, FrameDue, FundingDue, FundingPaid, MarketDefined
from liqscape.model.funding import HourlyFunding, noted_funding
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import Markets, MarketSnapshot
from liqscape.risk.incremental import IncrementalLevels
from liqscape.units import Float64Array


@dataclass(frozen=True, kw_only=True)
class Held:
    """What a frame is made of; nothing of it changes any more, so a frame may be built in any thread."""

    accounts: Accounts
    markets: Markets
    snapshot: MarketSnapshot
    tables: MarginTables
    funding: HourlyFunding | None


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
        self.apply(event)
        return self.build(self.hold()) if isinstance(event, FrameDue) else None

    def apply(self, event: Event) -> None:
        """The same without the frame that may be due."""
        self.ledger.apply(event)
        if isinstance(event, (FundingDue, FundingPaid)):
            self._funding = noted_funding(self._funding, event, len(self.ledger.markets))
        if isinstance(event, MarketDefined):
            self._funding = None  # rows of markets may be others now

    def hold(self) -> Held:
        """What stands now, for a frame of it."""
        ledger = self.ledger
        return Held(
            accounts=ledger.accounts,
            markets=ledger.markets,
            snapshot=ledger.snapshot,
            tables=ledger.tables,
            funding=self._funding,
        )

    def build(self, held: Held) -> MarketFrame:
        """The frame. One at a time, in the order they were held."""
        if not self._with_bands:
            return self._frame(held, None, None)
        root = None
        if self._standing is None or not self._standing.is_of(held):
            self._standing = _Standing(held)
        else:
            root = self._standing.roots(held)
        return self._frame(held, self._standing.plan, root)

    def _frame(self, held: Held, plan: BandPlan | None, root: Float64Array | None) -> MarketFrame:
        frame = build_frame(
            held.accounts,
            held.snapshot,
            held.tables,
            self.provenance,
            plan=plan,
            workspace=self._workspace,
            root=root,
            with_bands=self._with_bands,
        )
        return frame if held.funding is None else replace(frame, funding=held.funding)


class _Standing:
    """What follows from who holds what and not from marks, kept from frame to frame while the accounts stay.

    The first frame of an account state is solved in full; only when a second one follows is it worth finding out
    who holds which coin, and from then on a mark batch solves just the pools it can move.
    """

    def __init__(self, held: Held) -> None:
        self._accounts, self._markets, self._tables = held.accounts, held.markets, held.tables
        self.plan: BandPlan = plan_bands(held.accounts, len(held.markets))
        self._levels: IncrementalLevels | None = None

    def is_of(self, held: Held) -> bool:
        """True while accounts, markets and margin tables are the same objects."""
        return self._accounts is held.accounts and self._markets is held.markets and self._tables is held.tables

    def roots(self, held: Held) -> Float64Array:
        """Roots at the present marks, the same to the bit as solved in full."""
        if self._levels is None:
            self._levels = IncrementalLevels(held.accounts, held.snapshot, held.tables)
        else:
            self._levels.update_marks(held.snapshot.mark)
        return self._levels.root
