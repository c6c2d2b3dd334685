"""The map as a whole: what it is made of, how old, how complete."""

from __future__ import annotations

from typing import Annotated

import msgspec
import numpy as np

from liqscape import __version__
from liqscape.heatmap.frame import MarketFrame
from liqscape.service.answers.damage import DamageRow
from liqscape.service.answers.deliveries import DeliveryStanding
from liqscape.service.answers.disk import DiskAnswer
from liqscape.service.answers.parts import (
    AgeMs,
    MarginSourceShare,
    ProvenanceAnswer,
    TimeMs,
    known,
    known_age,
    margin_source_share,
    provenance_answer,
)
from liqscape.service.standing import FeedState, Standing

MAX_DOUBTS = 20


class CoverageAnswer(msgspec.Struct, frozen=True):
    """How much of the venue's open interest the positions of this map make up."""

    known_coins: Annotated[int, msgspec.Meta(description="Coins whose open interest is known.")]
    share: (
        Annotated[float, msgspec.Meta(description="Weighted by USD over those coins; null where none is known.")] | None
    )


class PreparingAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a map waits for that is being made beside it: kernels that are compiled, a market that goes on."""

    text: Annotated[str, msgspec.Meta(description="What is being made, a few words.")]
    done: Annotated[int, msgspec.Meta(ge=0, description="How much of it is there.")]
    total: Annotated[int, msgspec.Meta(ge=0, description="Of how much, as far as is known; 0: it is not.")]
    is_sample: Annotated[bool, msgspec.Meta(description="What is shown meanwhile is a sample, and not this map.")] = (
        True
    )
    age_ms: (
        Annotated[int, msgspec.Meta(ge=0, description="How old what is shown meanwhile is, by the server's clock.")]
        | None
    ) = None
    """null: a sample's, or unknown."""


class StatusAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """State of the map."""

    provenance: ProvenanceAnswer
    version: Annotated[str, msgspec.Meta(description="Version of liqscape.")]
    as_of_ms: TimeMs
    first_ms: TimeMs
    last_ms: Annotated[int, msgspec.Meta(description="Time of the last stored frame.")]
    frame_count: Annotated[int, msgspec.Meta(description="Stored frames.")]
    sequence: Annotated[int, msgspec.Meta(description="Number of the newest frame; rises by one a frame.")]
    hold_ms: Annotated[int, msgspec.Meta(description="A frame stands for at most this long; then a hole.")]
    address_count: int
    pool_count: Annotated[int, msgspec.Meta(description="Margin pools: one cross pool, one per isolated position.")]
    position_count: int
    oldest_age_ms: AgeMs | None
    median_age_ms: AgeMs | None
    coverage: CoverageAnswer
    margin_source_share: MarginSourceShare
    is_live: Annotated[bool, msgspec.Meta(description="Frames arrive and are of now: what the page calls LIVE.")]
    not_stored_since_ms: Annotated[
        int | None, msgspec.Meta(description="Some of what arrives is not stored since, ms UTC; null: all is.")
    ] = None
    not_stored_reason: Annotated[str | None, msgspec.Meta(description="What is not stored and why, one line.")] = None
    damaged: Annotated[list[DamageRow], msgspec.Meta(description="Files of the data folder that are damaged.")] = []
    feed_state: Annotated[
        FeedState, msgspec.Meta(description="As `state` of /sources; none: no live source is followed.")
    ] = "none"
    is_time_held: Annotated[
        bool, msgspec.Meta(description="The exchange tells no time: as_of_ms stands still or is this machine's.")
    ] = False
    in_doubt_count: Annotated[
        int, msgspec.Meta(ge=0, description="Coins whose figures are in doubt: of those nothing is live.")
    ] = 0
    in_doubt: Annotated[list[str], msgspec.Meta(description="The first of them, 20 at most.")] = []
    last_scored_day: Annotated[
        str | None, msgspec.Meta(description="Last whole UTC day whose map was scored, as 2026-02-03; null: none.")
    ] = None
    block: (
        Annotated[int, msgspec.Meta(description="Height of the newest block in it; null where no own node tells one.")]
        | None
    ) = None
    preparing: Annotated[
        PreparingAnswer | None,
        msgspec.Meta(
            description="What this map waits for; answers are of a sample or of what is stored. Null: nothing."
        ),
    ] = None
    alerts: Annotated[
        DeliveryStanding | None, msgspec.Meta(description="The outbox of alerts; null where none are delivered.")
    ] = None
    replica_lag_ms: (
        Annotated[
            float,
            msgspec.Meta(
                description="Of a replica: how far what it shows is behind its collector, ms; null: it has not heard "
                "of one, or this is no replica."
            ),
        ]
        | None
    ) = None


def status_answer(
    frame: MarketFrame,
    *,
    first_ms: int,
    last_ms: int,
    frame_count: int,
    sequence: int,
    hold_ms: int,
    standing: Standing,
    damaged: list[DamageRow],
    last_scored_day: str | None = None,
    alerts: DeliveryStanding | None = None,
    replica_lag_ms: float | None = None,
    preparing: PreparingAnswer | None = None,
) -> StatusAnswer:
    """Status with the figures of the newest frame."""
    oldest, median = known_age(frame)
    in_doubt = frame.snapshot.coins_in_doubt
    return StatusAnswer(
        provenance=provenance_answer(frame.provenance),
        version=__version__,
        as_of_ms=frame.time_ms,
        first_ms=first_ms,
        last_ms=last_ms,
        frame_count=frame_count,
        sequence=sequence,
        hold_ms=hold_ms,
        address_count=frame.address_count,
        pool_count=frame.pool_count,
        position_count=int(frame.position_count.sum()),
        oldest_age_ms=oldest,
        median_age_ms=median,
        coverage=coverage_answer(frame),
        margin_source_share=margin_source_share(frame.margin_source_notional),
        is_live=standing.is_live,
        feed_state=standing.feed,
        is_time_held=standing.is_time_held,
        in_doubt_count=len(in_doubt),
        in_doubt=in_doubt[:MAX_DOUBTS],
        damaged=damaged,
        last_scored_day=last_scored_day,
        block=frame.block,
        alerts=alerts,
        replica_lag_ms=replica_lag_ms,
        preparing=preparing,
    )


def with_disk(status: StatusAnswer, disk: DiskAnswer) -> StatusAnswer:
    """The same, saying what the disk does not take."""
    begun = [(row.not_stored_since_ms, row) for row in disk.troubles if row.not_stored_since_ms is not None]
    if not begun:
        return status
    reason = "; ".join(f"{row.part}: {row.reason}" for _, row in begun)
    return msgspec.structs.replace(
        status, not_stored_since_ms=min(since for since, _ in begun), not_stored_reason=reason
    )


def coverage_answer(frame: MarketFrame) -> CoverageAnswer:
    """sum(abs(size) * mark) / sum(2 * open interest * mark) over coins where both are known."""
    interest = 2.0 * frame.snapshot.open_interest * frame.snapshot.mark
    is_known = interest > 0.0
    if not is_known.any():
        return CoverageAnswer(0, None)
    held = frame.position_size.sum(axis=1) * frame.snapshot.mark
    share = known(np.sum(held[is_known]) / np.sum(interest[is_known]))
    return CoverageAnswer(int(is_known.sum()), share)
