"""Pieces that several answers share: provenance, shares of margin source, ages, and turning NaN into null."""

from __future__ import annotations

import math
from typing import Annotated

import msgspec
import numpy as np

from liqscape.heatmap.bands import OutsideReason
from liqscape.heatmap.frame import MarketFrame, Provenance
from liqscape.units import Float64Array, MarginSource, PoolMode

Usd = Annotated[float, msgspec.Meta(description="USD.")]
Price = Annotated[float, msgspec.Meta(description="USD for one coin.")]
Coins = Annotated[float, msgspec.Meta(description="Coins.")]
TimeMs = Annotated[int, msgspec.Meta(description="Milliseconds since 1970 UTC, venue time.")]
AgeMs = Annotated[int, msgspec.Meta(description="Milliseconds between the account states and the frame.")]
Percent = Annotated[float, msgspec.Meta(description="Percent of the mark, signed: above the mark is positive.")]
SideNumber = Annotated[int, msgspec.Meta(description="1 long (liquidated by selling), -1 short (by buying).")]
Coverage = Annotated[
    float, msgspec.Meta(description="Sum of abs(size) / (2 * open interest): the share of all positions seen.")
]
Doubts = Annotated[
    list[str],
    msgspec.Meta(
        description="Why figures of this coin are in doubt, in words: its mark is the last one that could be believed, "
        "and nothing of it is live. Empty: they are not."
    ),
]
NextCursor = Annotated[
    str | None, msgspec.Meta(description="Asks for what follows, of the same frame; null at the end of the list.")
]
IsInDoubt = Annotated[
    bool, msgspec.Meta(description="The pool holds a coin whose figures are in doubt: then no figure of it is sure.")
]

MARGIN_SOURCE_NAMES = tuple(MarginSource(value).name.lower() for value in range(len(MarginSource)))
MARGIN_SOURCE_COLUMN = np.array(MARGIN_SOURCE_NAMES, object)
"""The same, to be taken from by a column of numbers."""
MODE_NAMES = tuple(PoolMode(value).name.lower() for value in range(len(PoolMode)))
REASON_NAMES = tuple(OutsideReason(value).name.lower() for value in range(len(OutsideReason)))


class ProvenanceAnswer(msgspec.Struct, frozen=True):
    """Where the figures come from."""

    kind: Annotated[str, msgspec.Meta(description='"api", "node", "archive", "recording", "sandbox" or "cascade".')]
    name: str
    is_simulated: Annotated[bool, msgspec.Meta(description="True where no real account stands behind it.")]
    note: Annotated[str, msgspec.Meta(description="One sentence a reader must know; may be empty.")]


class MarginSourceShare(msgspec.Struct, frozen=True, kw_only=True):
    """Fractions of the notional by how the accounts' raw USD became known; all 0 where there is none."""

    state: float
    published: float
    tracked: float
    modelled: float
    unknown: float


def provenance_answer(provenance: Provenance) -> ProvenanceAnswer:
    """The same facts as a record of the API."""
    return ProvenanceAnswer(provenance.kind, provenance.name, provenance.is_simulated, provenance.note)


def margin_source_share(notional: Float64Array) -> MarginSourceShare:
    """Shares of (5,) USD by MarginSource."""
    total = float(notional.sum())
    shares = dict.fromkeys(MARGIN_SOURCE_NAMES, 0.0)
    if total > 0.0:
        shares = {name: float(part) / total for name, part in zip(MARGIN_SOURCE_NAMES, notional, strict=True)}
    return MarginSourceShare(**shares)


def known(value: float) -> float | None:
    """None where a figure is not known (NaN) or has no finite value."""
    value = float(value)
    return value if math.isfinite(value) else None


def known_list(values: Float64Array) -> list[float | None]:
    """The same for a column."""
    listed: list[float | None] = values.tolist()
    if np.isfinite(values).all():
        return listed
    return [known(value) for value in values]


def known_age(frame: MarketFrame) -> tuple[int | None, int | None]:
    """Oldest and median age of the account states, None without accounts."""
    if frame.oldest_age_ms < 0:
        return None, None
    return frame.oldest_age_ms, max(0, frame.median_age_ms)  # files of earlier versions hold ages below zero


def distance_percent(price: float, mark: float) -> float | None:
    """How far a price lies from the mark; None where either is unknown."""
    return known(100.0 * (price / mark - 1.0)) if mark > 0.0 else None
