"""A market ready to be simulated, with what a reader must know about it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from liqscape.cascade import BookSource, CascadeInput
from liqscape.errors import QuestionError
from liqscape.heatmap.frame import MarketFrame, Provenance
from liqscape.model.accounts import Accounts
from liqscape.model.collateral import Collateral
from liqscape.model.margin_tables import MarginTables
from liqscape.model.triggers import NEVER_READ_MS, TriggerColumns, TriggerKnowledge
from liqscape.service.answers.parts import MARGIN_SOURCE_NAMES
from liqscape.service.answers.status import coverage_answer
from liqscape.service.coin_betas import LabelledBetas
from liqscape.units import Float64Array


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """What could not be read of the accounts asked for.

    accounts  with anything that could not be read; whole of them entirely, the others in some pools.
    untold    of them say not even how much they hold.
    notional  USD that the others say they hold in what is left out; share of twice the open interest, None unknown.
    """

    accounts: int = 0
    whole: int = 0
    unreported: int = 0
    notional: float = 0.0
    share: float | None = None

    def note(self) -> tuple[str, ...]:
        """One sentence; none where nothing is left out."""
        if not self.accounts:
            return ()
        held = f"{self.notional:,.0f} USD by their own totals"
        if self.share is not None:
            held += f", {100.0 * self.share:.2g} % of open interest"
        if self.unreported:
            held += f"; {self.unreported} of them do not even say how much"
        return (
            f"accounts that cannot be read: {self.accounts}, of them {self.whole} not at all; left out with what they "
            f"hold: {held}",
        )


@dataclass(frozen=True, kw_only=True)
class MarketInput:
    """cascade is what the engine takes; the rest says what it is worth.

    betas         of every coin to BTC, with their origin.
    margin_source_share  of the USD notional by how the cash of accounts became known; sums to 1, all 0 without any.
    coverage      share of twice the open interest the positions make up; None where open interest is unknown.
    notes         what reading assumed or left out, one sentence each.
    left_out      accounts that could not be read, and what they hold.
    dex_vaults    (dex, USD) of the backstop vaults of other dexs whose capital was read; questions may give their own.
    triggers      stops and take-profits known at that time, and whose were read; None: the source reads none.
    """

    cascade: CascadeInput
    provenance: Provenance
    betas: LabelledBetas
    margin_source_share: dict[str, float]
    coverage: float | None
    notes: tuple[str, ...]
    left_out: LeftOut = LeftOut()
    dex_vaults: tuple[tuple[str, float], ...] = ()
    triggers: tuple[TriggerColumns, TriggerKnowledge] | None = None

    @property
    def time_ms(self) -> int:
        """Venue time of the marks."""
        return self.cascade.snapshot.time_ms

    def mark_of(self, coin: str) -> float:
        """USD; NaN where it is not known. Raises ModelError for an unknown coin."""
        return float(self.cascade.snapshot.mark[self.cascade.snapshot.markets.index_of(coin)])


def with_stops(market: MarketInput) -> MarketInput:
    """The same market with its known stops and take-profits taken along, and a note on whose are known.

    Raises QuestionError where the source reads none: a run without any would say that there are none.
    """
    if market.triggers is None:
        raise QuestionError("stops cannot be taken along: no trigger orders were read for this market")
    orders, knowledge = market.triggers
    known, count = int((knowledge.known_ms > NEVER_READ_MS).sum()), len(knowledge.known_ms)
    note = f"stops and take-profits of {known:,} of {count:,} accounts are known; the others are taken to have none"
    return replace(market, cascade=replace(market.cascade, triggers=orders), notes=(*market.notes, note))


def map_frame(
    frame: MarketFrame,
    accounts: Accounts,
    tables: MarginTables,
    betas: LabelledBetas,
    *,
    day_volume: Float64Array | None = None,
    day_volatility: Float64Array | None = None,
    books: tuple[BookSource, ...] | None = None,
    collateral: Collateral | None = None,
    dex_vaults: tuple[tuple[str, float], ...] = (),
    left_out: LeftOut = LeftOut(),
    notes: tuple[str, ...] = (),
    triggers: tuple[TriggerColumns, TriggerKnowledge] | None = None,
) -> MarketInput:
    """Input from a frame and the accounts behind it; figures not given are unknown."""
    snapshot, count = frame.snapshot, len(frame.snapshot.markets)
    unknown = np.full(count, np.nan)
    provenance = frame.provenance
    text = (
        f"{provenance.kind} {provenance.name}, simulated"
        if provenance.is_simulated
        else f"{provenance.kind} {provenance.name}"
    )
    question = CascadeInput(
        accounts=accounts,
        snapshot=snapshot,
        tables=tables,
        books=(None,) * count if books is None else books,
        day_volume=unknown if day_volume is None else day_volume,
        day_volatility=unknown if day_volatility is None else day_volatility,
        provenance=f"{text}; {provenance.note}" if provenance.note else text,
        collateral=collateral,
    )
    total = float(frame.margin_source_notional.sum())
    shares = [float(part) / total if total > 0.0 else 0.0 for part in frame.margin_source_notional]
    return MarketInput(
        cascade=question,
        provenance=provenance,
        betas=betas,
        margin_source_share=dict(zip(MARGIN_SOURCE_NAMES, shares, strict=True)),
        coverage=coverage_answer(frame).share,
        notes=(*left_out.note(), *notes),
        left_out=left_out,
        dex_vaults=dex_vaults,
        triggers=triggers,
    )
