"""Pieces of evidence for a cluster, each with its value, its rule and whether it is met (docs/structure.md, "Setups").

The thresholds are conventions that were set before anything was counted, not fitted to what followed: whether a
combination means anything is what its record says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from liqscape.insight.setups.crowding import OpenedShare
from liqscape.insight.setups.funding import FundingStanding
from liqscape.insight.structure import SideSpan, Structure, place_cluster
from liqscape.units import SIDE_WORDS, Side

EvidenceName = Literal["swing", "node", "funding", "open interest", "crowding", "cascade"]

NAMES: tuple[EvidenceName, ...] = ("swing", "node", "funding", "open interest", "crowding", "cascade")
FUNDING_PERCENTILE = 80.0
"""The dearest fifth of hours for longs; the mirrored fifth for shorts."""
MIN_INTEREST_CHANGE = 0.05
MIN_OPENED_SHARE = 0.25
RUNNING = ("starting", "running", "fading")
"""States of a cascade in which liquidations go on."""
SIGNS = {True: "+", False: "-", None: "?"}

CascadeWord = Literal["none", "starting", "running", "fading", "exhausted", "over"]


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What is known of a coin at a time beside its clusters. None: unknown.

    interest_change  of open interest in coins against 24 h before, as a fraction.
    opened           by side, of positions of that side.
    cascade          by side of the positions that are liquidated.
    """

    structure: Structure | None
    funding: FundingStanding | None
    interest_change: float | None
    opened: Mapping[Side, OpenedShare]
    cascade: Mapping[Side, CascadeWord | None]


@dataclass(frozen=True, kw_only=True)
class EvidencePiece:
    """One piece. value: a number in `unit`, or a word; None unknown, and then is_met is too."""

    name: EvidenceName
    value: float | str | None
    unit: str
    rule: str
    is_met: bool | None


def evidence_of(span: SideSpan, known: Circumstances) -> tuple[EvidencePiece, ...]:
    """All of NAMES in their order."""
    return (
        *_of_structure(span, known.structure),
        _of_funding(span, known.funding),
        _of_interest(known.interest_change),
        _of_crowding(span, known.opened),
        _of_cascade(span, known.cascade),
    )


def combination_of(evidence: tuple[EvidencePiece, ...]) -> str:
    """Which are met (+), not (-), unknown (?), in words: "swing+ node? funding- ..."."""
    return " ".join(f"{each.name}{SIGNS[each.is_met]}" for each in evidence)


def _of_structure(span: SideSpan, structure: Structure | None) -> tuple[EvidencePiece, EvidencePiece]:
    confluence, has_nodes = None, False
    if structure is not None:
        has_nodes = structure.profile is not None
        placed = place_cluster(
            span,
            mark=structure.mark,
            atr=structure.atr,
            swings=structure.standing,
            nodes=() if structure.profile is None else structure.profile.nodes,
            donchian=None,
        )
        confluence = placed.confluence
    found = []
    for name, what, is_known in (
        ("swing", "a swing that stands", confluence is not None),
        ("node", "the middle of a volume node", confluence is not None and has_nodes),
    ):
        lines = [each for each in confluence or () if each.of == name]
        found.append(
            EvidencePiece(
                name="swing" if name == "swing" else "node",
                value=float(len(lines)) if is_known else None,
                unit="lines",
                rule=f"{what} lies 0 to 0.5 ATR(14, 1 h) before the near edge, as seen from the mark",
                is_met=bool(lines) if is_known else None,
            )
        )
    return found[0], found[1]


def _of_funding(span: SideSpan, funding: FundingStanding | None) -> EvidencePiece:
    percentile = None if funding is None else funding.percentile
    is_met = None
    if funding is not None and percentile is not None:
        dear = percentile if span.side == Side.LONG else 100.0 - percentile
        is_met = int(span.side) * funding.rate > 0.0 and dear >= FUNDING_PERCENTILE
    bound = "or higher" if span.side == Side.LONG else "or lower"
    limit = FUNDING_PERCENTILE if span.side == Side.LONG else 100.0 - FUNDING_PERCENTILE
    return EvidencePiece(
        name="funding",
        value=percentile,
        unit="percentile",
        rule=f"{SIDE_WORDS[span.side]}s pay, and the rate is at percentile {limit:g} {bound} of its own last 90 days",
        is_met=is_met,
    )


def _of_interest(change: float | None) -> EvidencePiece:
    return EvidencePiece(
        name="open interest",
        value=None if change is None else 100.0 * change,
        unit="percent",
        rule=f"in coins at least {100 * MIN_INTEREST_CHANGE:g} % above that of 24 h before",
        is_met=None if change is None else change >= MIN_INTEREST_CHANGE,
    )


def _of_crowding(span: SideSpan, opened: Mapping[Side, OpenedShare]) -> EvidencePiece:
    gaining = Side(-int(span.side))
    share = opened[gaining].share if gaining in opened else None
    return EvidencePiece(
        name="crowding",
        value=None if share is None else 100.0 * share,
        unit="percent",
        rule=(
            f"at least {100 * MIN_OPENED_SHARE:g} % of {SIDE_WORDS[gaining]} size, the side that gains if the mark "
            "reaches the cluster, was opened within 24 h"
        ),
        is_met=None if share is None else share >= MIN_OPENED_SHARE,
    )


def _of_cascade(span: SideSpan, cascade: Mapping[Side, CascadeWord | None]) -> EvidencePiece:
    state = cascade.get(span.side)
    return EvidencePiece(
        name="cascade",
        value=state,
        unit="state",
        rule=f"a cascade of {SIDE_WORDS[span.side]}s is {', '.join(RUNNING[:-1])} or {RUNNING[-1]}",
        is_met=None if state is None else state in RUNNING,
    )
