"""Where a live map's data comes from and how well it follows: connections, limits, coverage, delays, disk.

The live service fills this record; the API, the metrics, `liqscape status` and the page show it. Unknown is null.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from liqscape.service.answers.disk import DiskAnswer
from liqscape.service.answers.kinds import KindRow
from liqscape.service.answers.parts import TimeMs
from liqscape.service.answers.replica import ReplicaAnswer
from liqscape.service.standing import FeedState

NEAR_PERCENTS = (1, 2, 5)
"""Spans about the mark for which coverage is estimated apart."""

SourceState = Literal["connected", "reconnecting", "stale", "off"]

Count = Annotated[int, msgspec.Meta(ge=0)]
Share = Annotated[float, msgspec.Meta(description="Fraction, 0 to 1.")]
DelayMs = Annotated[float, msgspec.Meta(description="Milliseconds.")]


class SourceRow(msgspec.Struct, frozen=True, kw_only=True):
    """One connection, server or folder that data comes from."""

    kind: Annotated[
        str,
        msgspec.Meta(
            description='"socket", "info", "node_files", "node_info"; "states": the socket of account states; '
            '"marks", "prints": streams of data over them; "book_socket": sockets of books, "mids", "best_prices", '
            '"books": their streams, on which the map does not hang; "folder": what another program stores; '
            '"collector": the one a replica follows; '
            '"time": what frames are stamped with; '
            '"frames": only where none comes though data does.'
        ),
    ]
    address: Annotated[
        str, msgspec.Meta(description="URL or folder, without anything secret; of marks the slowest dex.")
    ]
    state: Annotated[
        SourceState, msgspec.Meta(description="stale: connected, but silent for longer than it should be.")
    ]
    since_ms: Annotated[int | None, msgspec.Meta(description="In this state since, ms UTC.")] = None
    last_message_ms: Annotated[int | None, msgspec.Meta(description="Last data received, ms UTC.")] = None
    lag_ms: Annotated[float | None, msgspec.Meta(description="Receipt minus venue time of the newest data.")] = None
    messages: Annotated[int, msgspec.Meta(ge=0, description="Messages, answers or lines so far.")] = 0
    reconnects: Count = 0
    gaps: Annotated[int, msgspec.Meta(ge=0, description="Times data was missed and the accounts asked again.")] = 0
    trouble: Annotated[str | None, msgspec.Meta(description="Last failure, one line.")] = None


class LimitsAnswer(msgspec.Struct, frozen=True):
    """Request weight of the info API, counted here before anything is sent."""

    weight_used: Annotated[float, msgspec.Meta(description="Weight of the last minute.")] = 0.0
    weight_limit: (
        Annotated[float, msgspec.Meta(description="Weight a minute allowed now; null: an own node, no limit.")] | None
    ) = None
    waiting: Annotated[int, msgspec.Meta(ge=0, description="Requests that wait for weight.")] = 0
    refused: Annotated[int, msgspec.Meta(ge=0, description="Answers 429 so far.")] = 0


class StateStreamsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """States of accounts that come over a socket: of those followed, and of unread ones that take turns."""

    allowed: Annotated[int, msgspec.Meta(ge=0, description="Accounts subscribed to at once at most now.")] = 0
    followed: Annotated[int, msgspec.Meta(ge=0, description="Accounts followed: those with most near the mark.")] = 0
    followed_near_usd: Annotated[float, msgspec.Meta(description="Their notional near the mark, USD.")] = 0.0
    followed_states: Annotated[int, msgspec.Meta(ge=0, description="States of followed accounts so far.")] = 0
    turn_states: Annotated[int, msgspec.Meta(ge=0, description="Accounts read in turns so far.")] = 0
    turns_failed: Annotated[int, msgspec.Meta(ge=0, description="Turns in which no state came.")] = 0
    refused: Annotated[int, msgspec.Meta(ge=0, description="Subscriptions the server refused.")] = 0
    is_paused: Annotated[bool, msgspec.Meta(description="No turns for now, after a refusal.")] = False


class TriggersLeftOut(msgspec.Struct, frozen=True):
    """Trigger orders that were read and could not be used."""

    reason: str
    count: Count


class TriggerReadsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Trigger orders (stops, take-profits): whose are known, and what reading them costs."""

    orders: Annotated[int, msgspec.Meta(ge=0, description="That stand, of everybody whose are known.")] = 0
    owners: Annotated[int, msgspec.Meta(ge=0, description="Accounts that have any.")] = 0
    known_accounts: Annotated[int, msgspec.Meta(ge=0, description="Accounts on the map whose orders are known.")] = 0
    median_age_ms: Annotated[float | None, msgspec.Meta(description="Of what is known; null: nothing is.")] = None
    oldest_age_ms: Annotated[float | None, msgspec.Meta(description="Of what is known; null: nothing is.")] = None
    weight_used: Annotated[int, msgspec.Meta(ge=0, description="Request weight of the last minute.")] = 0
    weight_allowed: Annotated[
        float | None, msgspec.Meta(description="Their share of the weight a minute now; null: no limit, or not asked.")
    ] = None
    answered: Annotated[int, msgspec.Meta(ge=0, description="Questions answered so far.")] = 0
    failed: Annotated[int, msgspec.Meta(ge=0, description="Questions without an answer so far.")] = 0
    left_out: Annotated[list[TriggersLeftOut], msgspec.Meta(description="Rows read so far, by reason.")] = []
    refused_snapshots: Annotated[
        int, msgspec.Meta(ge=0, description="Snapshots of another height than what is known: not taken.")
    ] = 0
    trouble: Annotated[str | None, msgspec.Meta(description="Why the newest question failed.")] = None


class RequestCount(msgspec.Struct, frozen=True):
    """Requests by how they ended."""

    outcome: Annotated[str, msgspec.Meta(description='"answered", "refused", "failed", ...')]
    count: Count


class NearCoverage(msgspec.Struct, frozen=True):
    """Estimated share of the notional close to the mark that this map holds, with its 95 % interval."""

    within_percent: Annotated[float, msgspec.Meta(description="Levels within so many percent of the mark.")]
    share: Share | None = None
    low: Share | None = None
    high: Share | None = None


class CoinCoverage(msgspec.Struct, frozen=True):
    """Coverage of one coin: share of open interest, and near the mark."""

    coin: str
    share: Share | None = None
    near: list[NearCoverage] = []


class AgesAnswer(msgspec.Struct, frozen=True):
    """Time since the states of the accounts were read."""

    median_ms: DelayMs | None = None
    oldest_ms: DelayMs | None = None


class LatencyAnswer(msgspec.Struct, frozen=True):
    """From the last byte of a message to the frame made of it being handed to every reader."""

    count: Annotated[int, msgspec.Meta(ge=0, description="Frames measured; the quantiles are of the newest.")] = 0
    p50_ms: DelayMs | None = None
    p99_ms: DelayMs | None = None


class LoopAnswer(msgspec.Struct, frozen=True):
    """How long the event loop kept others waiting within the last minute."""

    longest_ms: DelayMs | None = None
    p99_ms: DelayMs | None = None
    stalled_share: (
        Annotated[float, msgspec.Meta(description="Share of the time in which it was more than 10 ms late.")] | None
    ) = None


class ReconcileRow(msgspec.Struct, frozen=True):
    """Tracked positions of one coin against the account states read later."""

    coin: str
    count: Annotated[int, msgspec.Meta(ge=0, description="Positions compared.")]
    exact_share: Share | None = None
    size_error_share: (
        Annotated[float, msgspec.Meta(description="Sum of abs(tracked - true) / sum of abs(true) sizes.")] | None
    ) = None


class DoubtRow(msgspec.Struct, frozen=True, kw_only=True):
    """A coin whose figures are in doubt, and the reported mark that was not taken."""

    coin: str
    reasons: Annotated[list[str], msgspec.Meta(description="In words.")]
    mark: Annotated[float, msgspec.Meta(description="The mark that is kept, USD; null: not known any more.")] | None
    reported: Annotated[float, msgspec.Meta(description="The mark last told and not taken, USD; null: none.")] | None
    age_ms: Annotated[float, msgspec.Meta(description="Since figures of the coin were last taken, ms.")] | None


class RegisterCount(msgspec.Struct, frozen=True):
    """Addresses known by where they were found; one address may count in several rows."""

    source: str
    addresses: Count


class KnownLoading(msgspec.Struct, frozen=True):
    """Addresses known from before the start, while they are loaded: the map is served and followed meanwhile."""

    loaded: Count
    total: Annotated[int | None, msgspec.Meta(description="null: not counted yet, or not countable.")] = None


class QueueDepth(msgspec.Struct, frozen=True):
    """Work that waits inside this program."""

    queue: str
    depth: Count
    most: Annotated[int | None, msgspec.Meta(description="Where it is bounded.")] = None


class LedgerFigures(msgspec.Struct, frozen=True):
    """What is held of the accounts."""

    accounts: Count = 0
    positions: Count = 0
    unsure: Annotated[int, msgspec.Meta(ge=0, description="Accounts to be read again before they are trusted.")] = 0
    unsearched: Annotated[
        int,
        msgspec.Meta(
            ge=0,
            description="Accounts not yet looked for in every further dex since the start: what they may hold "
            "there is not on the map.",
        ),
    ] = 0


class SourcesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The feed as a whole. `state` is `none` for a map without live sources: stored history, a recording."""

    state: Annotated[
        FeedState,
        msgspec.Meta(
            description="live; stale: data too old; reconnecting; stored: what another program stores is shown, minute "
            "by minute; none: nothing to follow."
        ),
    ]
    as_of_ms: TimeMs
    age_ms: Annotated[
        float | None, msgspec.Meta(description="Age of the newest marks, or of what has been silent longest, ms.")
    ] = None
    sources: list[SourceRow] = []
    limits: LimitsAnswer | None = None
    state_streams: StateStreamsAnswer | None = None
    triggers: Annotated[
        TriggerReadsAnswer | None, msgspec.Meta(description="null: no source of trigger orders has been read.")
    ] = None
    requests: list[RequestCount] = []
    coverage_share: (
        Annotated[float, msgspec.Meta(description="Share of open interest over all coins, by USD.")] | None
    ) = None
    near: Annotated[list[NearCoverage], msgspec.Meta(description="Near the mark, over all coins.")] = []
    coverage: Annotated[list[CoinCoverage], msgspec.Meta(description="By coin, largest first.")] = []
    ages: AgesAnswer = AgesAnswer()
    latency: LatencyAnswer = LatencyAnswer()
    loop: LoopAnswer = LoopAnswer()
    reconcile: list[ReconcileRow] = []
    disk: DiskAnswer = msgspec.field(default_factory=DiskAnswer)
    register: list[RegisterCount] = []
    loading: Annotated[KnownLoading | None, msgspec.Meta(description="null: all are loaded.")] = None
    queues: list[QueueDepth] = []
    ledger: LedgerFigures = LedgerFigures()
    kinds: Annotated[list[KindRow], msgspec.Meta(description="Accounts by kind, as of a few seconds ago.")] = []
    frames: Annotated[int, msgspec.Meta(ge=0, description="Frames cut since the start.")] = 0
    liquidations: Annotated[int, msgspec.Meta(ge=0, description="Liquidations seen since the start.")] = 0
    unusable_records: Annotated[int, msgspec.Meta(ge=0, description="Records that could not be read.")] = 0
    partial_states: Annotated[
        int, msgspec.Meta(ge=0, description="Account states with a row that could not be read: its pool has no level.")
    ] = 0
    skipped_rows: Annotated[
        int, msgspec.Meta(ge=0, description="Rows of accounts that do not matter: closed legs, outcome tokens.")
    ] = 0
    doubts: Annotated[
        list[DoubtRow],
        msgspec.Meta(description="Coins whose figures are in doubt, 20 at most; nothing of them is live."),
    ] = []
    doubt_count: Annotated[int, msgspec.Meta(ge=0, description="How many they are.")] = 0
    flagged_readings: Annotated[
        int,
        msgspec.Meta(ge=0, description="Readings of a market, and listings, that were not taken as they were told."),
    ] = 0
    is_time_held: Annotated[
        bool, msgspec.Meta(description="The exchange tells no time: as_of_ms stands still or is this machine's.")
    ] = False
    coverage_count: Annotated[int, msgspec.Meta(ge=0, description="Coins of the whole list of coverage.")] = 0
    reconcile_count: Annotated[int, msgspec.Meta(ge=0, description="Coins of the whole list of reconcile.")] = 0
    replica: Annotated[
        ReplicaAnswer | None, msgspec.Meta(description="How this replica follows its collector; null: it is none.")
    ] = None


def limited(answer: SourcesAnswer, limit: int, coin: str | None = None) -> SourcesAnswer:
    """The same with at most so many rows of the lists by coin; the coverage of the asked coin always stays."""
    coverage = answer.coverage[:limit]
    if coin is not None:
        coverage += [row for row in answer.coverage[limit:] if row.coin == coin]
    return msgspec.structs.replace(
        answer,
        coverage=coverage,
        coverage_count=len(answer.coverage),
        reconcile=answer.reconcile[:limit],
        reconcile_count=len(answer.reconcile),
    )


def no_sources(as_of_ms: int, kinds: list[KindRow] | None = None) -> SourcesAnswer:
    """The answer of a map that follows nothing."""
    return SourcesAnswer(state="none", as_of_ms=as_of_ms, kinds=kinds or [])
