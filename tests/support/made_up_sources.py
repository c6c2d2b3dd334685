"""A feed that was never there: one of everything that the page, the metrics and `liqscape status` show."""

from __future__ import annotations

import msgspec

from liqscape.service.answers.disk import DiskAnswer, DiskPart, DiskTrouble, HistoryRoom
from liqscape.service.answers.kinds import KindRow
from liqscape.service.answers.replica import ReplicaAnswer
from liqscape.service.answers.sources import (
    AgesAnswer,
    CoinCoverage,
    FeedState,
    KnownLoading,
    LatencyAnswer,
    LedgerFigures,
    LimitsAnswer,
    LoopAnswer,
    NearCoverage,
    QueueDepth,
    ReconcileRow,
    RegisterCount,
    RequestCount,
    SourceRow,
    SourcesAnswer,
    StateStreamsAnswer,
    TriggerReadsAnswer,
    TriggersLeftOut,
)


def made_up_sources(now_ms: int, state: FeedState = "live") -> SourcesAnswer:
    """An answer whose every list has rows, some of them with unknown figures."""
    near = [NearCoverage(1, 0.71, 0.64, 0.79), NearCoverage(2, 0.66, 0.6, 0.73), NearCoverage(5, 0.62, 0.55, 0.7)]
    socket = SourceRow(
        kind="socket",
        address="wss://api.example/ws (1)",
        state="connected",
        since_ms=now_ms - 90_000,
        last_message_ms=now_ms - 400,
        lag_ms=85.0,
        messages=120_345,
        reconnects=2,
        gaps=1,
    )
    info = SourceRow(
        kind="info",
        address="https://api.example",
        state="stale",
        since_ms=now_ms - 9_000,
        messages=812,
        trouble="HTTP 502 thrice",
    )
    return SourcesAnswer(
        state=state,
        as_of_ms=now_ms,
        age_ms=480.0,
        sources=[socket, info],
        limits=LimitsAnswer(843.0, 1_200.0, 3, 1),
        state_streams=StateStreamsAnswer(
            allowed=10,
            followed=8,
            followed_near_usd=4.2e6,
            followed_states=1_204,
            turn_states=640,
            turns_failed=2,
            refused=1,
            is_paused=True,
        ),
        triggers=TriggerReadsAnswer(
            orders=412,
            owners=160,
            known_accounts=305,
            median_age_ms=1_800_000.0,
            oldest_age_ms=9_000_000.0,
            weight_used=120,
            weight_allowed=120.0,
            answered=330,
            failed=2,
            left_out=[TriggersLeftOut("unknown type", 3)],
        ),
        requests=[RequestCount("answered", 810), RequestCount("failed", 2)],
        coverage_share=0.58,
        near=near,
        coverage=[CoinCoverage("BTC", 0.61, near), CoinCoverage("ETH", 0.44, [NearCoverage(5)]), CoinCoverage("DARK")],
        ages=AgesAnswer(45_000.0, 610_000.0),
        latency=LatencyAnswer(940, 62.0, 240.0),
        loop=LoopAnswer(38.0, 2.5, 0.01),
        reconcile=[ReconcileRow("BTC", 4_210, 0.998, 0.0004), ReconcileRow("ETH", 12)],
        disk=DiskAnswer(
            [DiskPart("history", 3_420_000_000), DiskPart("raw_log", 812_000)],
            51_000_000_000,
            [
                DiskTrouble(
                    part="raw_log",
                    not_stored_since_ms=now_ms - 60_000,
                    reason="raw log cannot be written: No space left on device",
                    waiting=812,
                    lost=0,
                ),
                DiskTrouble(part="history", lost=3),
            ],
            HistoryRoom(
                bytes=3_420_000_000,
                first_ms=now_ms - 20 * 86_400_000,
                bytes_a_day=460_000_000,
                days_until_full=2.5,
                is_nearly_full=True,
                excess_bytes=7_000_000,
                keep_days=365,
                keep_minutes_days=30,
                max_bytes=60_000_000_000,
            ),
        ),
        register=[RegisterCount("trades", 81_234), RegisterCount("leaderboard", 35_000)],
        loading=KnownLoading(120_000, 1_000_000),
        queues=[QueueDepth("frames to disk", 0, 64), QueueDepth("records to disk", 12)],
        ledger=LedgerFigures(64_321, 120_007, 18),
        kinds=[
            KindRow(kind="trader", account_count=63_900, position_count=119_000, notional=3.2e9, share=0.41),
            KindRow(kind="vault", account_count=410, position_count=990, notional=2.1e8, share=0.027),
            KindRow(kind="exempt", account_count=11, position_count=17, notional=9.8e8, share=0.125),
            KindRow(kind="no_practical_level", account_count=23, position_count=310, notional=6.6e8, share=None),
        ],
        frames=943,
        liquidations=17,
        unusable_records=2,
        partial_states=31,
        skipped_rows=1_415,
    )


def made_up_replica(now_ms: int) -> SourcesAnswer:
    """The same of a replica that follows a collector."""
    replica = ReplicaAnswer(
        state="following", collector="nats://127.0.0.1:4222 main", lag_ms=40.0, stored_lag_ms=900.0, silent_ms=120.0
    )
    return msgspec.structs.replace(made_up_sources(now_ms), replica=replica)
