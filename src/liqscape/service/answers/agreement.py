"""Our liquidation prices against the published ones: how far apart, and which cannot be compared."""

from __future__ import annotations

from typing import Annotated

import msgspec
import numpy as np

from liqscape.heatmap.frame import MarketFrame
from liqscape.model.accounts import Accounts
from liqscape.model.margin_tables import MarginTables
from liqscape.risk.agreement import Comparison, compare_published
from liqscape.service.answers.parts import (
    MARGIN_SOURCE_NAMES,
    Price,
    ProvenanceAnswer,
    SideNumber,
    TimeMs,
    known,
    provenance_answer,
)

EDGES = tuple(10.0**power for power in range(-12, 1))
WORST = 20
REASONS = {
    Comparison.NOT_GIVEN: "not_given",
    Comparison.ALONE: "only_price_of_its_pool",
    Comparison.UNKNOWN: "pool_unknown",
    Comparison.NO_MARKS: "marks_of_its_time_unknown",
}


class WorstAgreement(msgspec.Struct, frozen=True, kw_only=True):
    """One of the positions that agree least."""

    address: str
    coin: str
    side: SideNumber
    own_price: Price
    published_liquidation_price: Price
    relative: float
    is_within_digits: bool
    margin_source: str


class AgreementAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Relative differences |own - published| / published of positions that have both, at the marks of the reading."""

    provenance: ProvenanceAnswer
    as_of_ms: TimeMs
    coin: Annotated[str, msgspec.Meta(description="null: all coins.")] | None
    edges: Annotated[list[float], msgspec.Meta(description="Rising relative differences.")]
    counts: Annotated[
        list[int],
        msgspec.Meta(description="One more than edges: below the first, between each two, from the last one on."),
    ]
    n: Annotated[int, msgspec.Meta(description="Positions compared: the sum of counts.")]
    within_digits: Annotated[int, msgspec.Meta(description="Of n, off by no more than the printed digits leave open.")]
    median: Annotated[float, msgspec.Meta(description="Relative difference; null without any.")] | None
    largest: float | None
    nulls_agree: Annotated[int, msgspec.Meta(description="The exchange printed null and we find no level either.")]
    only_ours: Annotated[int, msgspec.Meta(description="The exchange printed null, we find a price.")]
    only_published: Annotated[int, msgspec.Meta(description="The exchange printed a price, we find none.")]
    not_comparable: Annotated[dict[str, int], msgspec.Meta(description="Positions by reason, docs/accuracy.md.")]
    worst: Annotated[list[WorstAgreement], msgspec.Meta(description="20 at most, the largest difference first.")]
    note: str | None = None


def agreement_answer(
    frame: MarketFrame, accounts: Accounts, tables: MarginTables, market_index: int | None
) -> AgreementAnswer:
    """Of one coin, or of all. Pools are compared whole, whatever coin is asked about."""
    found = compare_published(accounts, frame.snapshot, tables)
    rows = np.arange(accounts.position_count)
    if market_index is not None:
        rows = np.flatnonzero(accounts.market_index == market_index)
    outcome, relative = found.outcome[rows], found.relative[rows]
    numbers = np.bincount(outcome, minlength=len(Comparison)).tolist()
    compared = rows[outcome == Comparison.COMPARED]
    apart = relative[outcome == Comparison.COMPARED]
    counts = np.bincount(np.searchsorted(np.array(EDGES), apart, "right"), minlength=len(EDGES) + 1)
    coins, pool_of = frame.snapshot.markets.coins, accounts.pool_of_position()
    worst = compared[np.argsort(-apart, kind="stable")[:WORST]]
    return AgreementAnswer(
        provenance=provenance_answer(frame.provenance),
        as_of_ms=frame.time_ms,
        coin=None if market_index is None else coins[market_index],
        edges=list(EDGES),
        counts=counts.tolist(),
        n=len(compared),
        within_digits=int(found.is_within_digits[compared].sum()),
        median=known(np.median(apart)) if len(apart) else None,
        largest=known(apart.max()) if len(apart) else None,
        nulls_agree=numbers[Comparison.BOTH_NONE],
        only_ours=numbers[Comparison.ONLY_OURS],
        only_published=numbers[Comparison.ONLY_PUBLISHED],
        not_comparable={name: numbers[code] for code, name in REASONS.items()},
        worst=[
            WorstAgreement(
                address=accounts.addresses[int(accounts.address_row[pool_of[row]])],
                coin=coins[int(accounts.market_index[row])],
                side=1 if accounts.size[row] > 0.0 else -1,
                own_price=float(found.own[row]),
                published_liquidation_price=float(accounts.published_price[row]),
                relative=float(found.relative[row]),
                is_within_digits=bool(found.is_within_digits[row]),
                margin_source=MARGIN_SOURCE_NAMES[int(accounts.margin_source[pool_of[row]])],
            )
            for row in worst.tolist()
        ],
        note=None if len(compared) else "no position of this map has a price of its own and one of the exchange",
    )
