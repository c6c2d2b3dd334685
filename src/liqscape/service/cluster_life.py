"""The life of one cluster: its size by time, its changes summed by step and reason, its sweeps and its relatives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liqscape.insight.records import ChangeReason
from liqscape.service.answers.sweeps import SweepAnswer
from liqscape.service.answers.tracked import ClusterLifeAnswer, LifeReason, TrackedClusterRow
from liqscape.service.study_asking import AskedRows, StudyAsking, exact_sum, is_in
from liqscape.service.study_records import of_columns, of_memory
from liqscape.units import DAY_MS, HOUR_MS, MINUTE_MS

if TYPE_CHECKING:
    import polars

MAX_STEPS = 200
"""Of a small chart."""
STEPS_MS = (
    *(each * MINUTE_MS for each in (1, 5, 15, 30)),
    *(each * HOUR_MS for each in (1, 2, 4, 8)),
    *(each * DAY_MS for each in (1, 7, 30)),
)


def life_answer(
    asking: StudyAsking, coin: str, cluster_id: str, start_ms: int | None, end_ms: int | None
) -> ClusterLifeAnswer:
    """Its rows in [start, end), all by default. Raises NotFound for a cluster that is not known."""
    import polars

    span = AskedRows(start_ms=start_ms, end_ms=end_ms)
    asking.check(coin, span)
    studied, is_it = asking.studied, polars.col("cluster_id") == cluster_id
    of_coin = studied.rows("clusters", coin)
    life = of_columns(of_coin.filter(is_it).sort("time", maintain_order=True), TrackedClusterRow)
    standing = studied.standing(coin)
    swept: list[SweepAnswer] = []
    if standing is not None:
        now = of_memory([row for row in standing.clusters if row.cluster_id == cluster_id], TrackedClusterRow)
        life += [row for row in now if not life or row.time_ms > life[-1].time_ms]
        swept = of_memory([row for row in standing.sweeps if row.cluster_id == cluster_id], SweepAnswer)
    if not life:
        standing_ids = set() if standing is None else {row.cluster_id for row in standing.clusters}
        raise asking.unknown_cluster(coin, cluster_id, standing_ids | set(of_coin["cluster_id"].unique()))
    sweeps = studied.rows("sweeps", coin).filter(is_it, ~polars.col("sweep_id").is_in([row.sweep_id for row in swept]))
    swept += of_columns(sweeps, SweepAnswer)
    changes = studied.rows("cluster_changes", coin, start_ms, end_ms).filter(is_it)
    shown_life = [row for row in life if is_in(row.time_ms, span)]
    step_ms, reasons = _by_step(changes)
    return ClusterLifeAnswer(
        **asking.head("clusters", coin, span, is_empty=not shown_life),
        coin=coin,
        cluster=life[-1],
        children=_ids(of_coin.filter(polars.col("parent") == cluster_id)),
        merged=_ids(of_coin.filter(polars.col("merged_into") == cluster_id)),
        life=shown_life,
        step_ms=step_ms,
        changes=reasons,
        sweeps=sorted(swept, key=lambda row: (-row.entered_ms, row.sweep_id)),
    )


def _ids(rows: polars.DataFrame) -> list[str]:
    found: list[str] = sorted(rows["cluster_id"].unique())
    return found


def _by_step(changes: polars.DataFrame) -> tuple[int, list[LifeReason]]:
    """Changes summed over steps of the shortest length that makes at most MAX_STEPS of them."""
    if changes.is_empty():
        return MINUTE_MS, []
    times = changes["time"].dt.epoch("ms")
    first, last = int(times.min()), int(times.max())  # type: ignore[arg-type]
    step_ms = next((each for each in STEPS_MS if (last - first) // each < MAX_STEPS), STEPS_MS[-1])
    order = {reason.name.lower(): int(reason) for reason in ChangeReason}
    steps = changes.with_columns((times // step_ms * step_ms).alias("step")).partition_by(
        "step", "reason", as_dict=True
    )
    found = [
        LifeReason(
            time_ms=step,
            reason=reason,
            size=exact_sum(part["size"]) or 0.0,
            usd=exact_sum(part["usd"]),
            position_count=int(part["position_count"].sum()),
        )
        for (step, reason), part in steps.items()
    ]
    return step_ms, sorted(found, key=lambda row: (row.time_ms, order[row.reason]))
