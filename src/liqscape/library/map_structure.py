"""What a map answers of structure (docs/structure.md): the part of `Map` that asks where clusters stand in price."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from liqscape.library.asked import time_ms
from liqscape.library.results import About, about
from liqscape.service.tables import of_setups, of_structure

if TYPE_CHECKING:
    import polars

    from liqscape.library.answers import Answers
    from liqscape.library.asked import Time
    from liqscape.service.answers.setups import CrowdingAnswer, SetupsAnswer
    from liqscape.service.answers.structure import StructureAnswer


@dataclass(frozen=True, kw_only=True)
class CoinStructure:
    """Structure of a coin's price as known at a frame, each part a Polars frame. Prices USD, sizes coins.

    atr         ATR(14, 1 h); None: too few bars.
    swings      highs and lows by both rules; `broken` null: it stands.
    sessions    UTC day and week, present and previous. lines: all horizontal lines by name.
    profile     volume by price, nodes its peaks; without rows where no volume is known, `profile_note` says why.
    clusters    with `labels` by rule; confluence: a row a swing or node just before a cluster, whose row is `cluster`.
    """

    about: About
    atr: float | None
    swings: polars.DataFrame
    sessions: polars.DataFrame
    lines: polars.DataFrame
    profile: polars.DataFrame
    nodes: polars.DataFrame
    clusters: polars.DataFrame
    confluence: polars.DataFrame
    profile_note: str | None
    notes: tuple[str, ...]
    record: StructureAnswer = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class CoinSetups:
    """Clusters of a coin with the evidence for each, as known at a frame; there is no score.

    setups    frame: one row a cluster, nearest first, with the record of its combination (`reached_share` ...).
    evidence  frame: one row a cluster and piece: `value` or `state`, `rule`, `is_met`; null unknown.
    crowding  who is in, since when, and what it costs.
    """

    about: About
    setups: polars.DataFrame
    evidence: polars.DataFrame
    crowding: CrowdingAnswer
    notes: tuple[str, ...]
    record: SetupsAnswer = field(repr=False)


class StructureMap:
    """Questions about structure, and about setups, which rest on it."""

    _answers: Answers

    def structure(self, coin: str, at: Time | None = None) -> CoinStructure:
        """Swings, sessions, ranges and volume by price, and where each cluster stands against them by rule."""
        answer = self._answers.structure(coin, time_ms("at", at))
        return CoinStructure(
            about=about(answer, coin=coin),
            atr=answer.atr,
            swings=of_structure.swing_table(answer),
            sessions=of_structure.session_table(answer),
            lines=of_structure.line_table(answer),
            profile=of_structure.profile_table(answer),
            nodes=of_structure.node_table(answer),
            clusters=of_structure.placed_table(answer),
            confluence=of_structure.confluence_table(answer),
            profile_note=answer.profile_note,
            notes=tuple(answer.notes),
            record=answer,
        )

    def setups(self, coin: str, at: Time | None = None) -> CoinSetups:
        """Clusters with each piece of evidence for them, and what came of earlier ones with the same; no score."""
        answer = self._answers.setups(coin, time_ms("at", at))
        return CoinSetups(
            about=about(answer, coin=coin),
            setups=of_setups.setup_table(answer),
            evidence=of_setups.evidence_table(answer),
            crowding=answer.crowding,
            notes=tuple(answer.notes),
            record=answer,
        )
