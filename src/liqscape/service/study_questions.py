"""Questions about what was studied: lists by coin and time, the life of a cluster, and tables of what sweeps and
cascades did.

An empty list says why it is empty (`note`): nothing was studied, not yet at that time, or nothing fits. A coin or
cluster that is not there is NotFound, what makes no sense a QuestionError.
"""

from __future__ import annotations

from typing import get_args

import msgspec

from liqscape.service.answers.cascade_states import (
    CascadeOutcomeAnswer,
    CascadesAnswer,
    CascadeStateRow,
    OutcomesAnswer,
)
from liqscape.service.answers.cluster_changes import ChangeAnswer, ClusterChangesAnswer, ReasonTotal, ReasonWord
from liqscape.service.answers.events import EventsAnswer
from liqscape.service.answers.sweeps import (
    OutcomeTotal,
    OvershootAnswer,
    SweepAnswer,
    SweepOutcomeWord,
    SweepsAnswer,
    UnitWord,
)
from liqscape.service.answers.tracked import ClusterLifeAnswer
from liqscape.service.cluster_life import life_answer
from liqscape.service.study_asking import ALL_ROWS, AskedRows, StudyAsking, check_word, exact_sum, is_in, parts_of
from liqscape.service.study_events import ANY_EVENT, EventsChoice, events_answer
from liqscape.service.study_records import of_columns, of_memory
from liqscape.service.study_statistics import outcomes_answer, overshoot_answer

REASONS: tuple[ReasonWord, ...] = get_args(ReasonWord)
OUTCOMES: tuple[SweepOutcomeWord, ...] = get_args(SweepOutcomeWord)
OPEN: SweepOutcomeWord = "open"


class StudyQuestions(StudyAsking):
    """Asks the study of a map."""

    def changes(
        self, coin: str, rows: AskedRows = ALL_ROWS, *, cluster_id: str | None = None, reason: str | None = None
    ) -> ClusterChangesAnswer:
        """Why clusters of a coin changed, minute by minute."""
        check_word("reason", reason, REASONS)
        self.check(coin, rows, cluster_id)
        found = self.found("cluster_changes", coin, rows, cluster_id=cluster_id, reason=reason)
        question = ("changes", coin, rows[:3], cluster_id, reason)
        page = self.page(found, "cluster_changes", ("cluster_id", "reason"), question, rows)
        return ClusterChangesAnswer(
            **self.head("cluster_changes", coin, rows, is_empty=found.is_empty()),
            coin=coin,
            totals=[
                ReasonTotal(
                    reason=name, row_count=len(part), size=exact_sum(part["size"]) or 0.0, usd=exact_sum(part["usd"])
                )
                for name, part in parts_of(found, "reason", REASONS)
            ],
            changes=of_columns(page.rows, ChangeAnswer),
            next_cursor=page.next_cursor,
        )

    def sweeps(
        self, coin: str, rows: AskedRows = ALL_ROWS, *, cluster_id: str | None = None, outcome: str | None = None
    ) -> SweepsAnswer:
        """What sweeps of a coin did; outcome "open": those that are not over, of which the study keeps the newest."""
        import polars

        check_word("outcome", outcome, OUTCOMES)
        self.check(coin, rows, cluster_id)
        standing = self.studied.standing(coin)
        still_open = [] if standing is None else of_memory(standing.sweeps, SweepAnswer)
        still_open = [
            row
            for row in still_open
            if cluster_id in (None, row.cluster_id) and rows.side in (None, row.side) and is_in(row.entered_ms, rows)
        ]
        still_open.sort(key=lambda row: (-row.entered_ms, row.sweep_id))
        found = self.found("sweeps", coin, rows, cluster_id=cluster_id, outcome=outcome)
        found = found.filter(polars.col("outcome") != OPEN)
        page = self.page(found, "sweeps", ("sweep_id",), ("sweeps", coin, rows[:3], cluster_id, outcome), rows)
        listed = of_columns(page.rows, SweepAnswer)
        if outcome == OPEN:
            listed = [row for row in still_open if row.outcome == OPEN]
        return SweepsAnswer(
            **self.head("sweeps", coin, rows, is_empty=found.is_empty() and not still_open),
            coin=coin,
            open=still_open,
            totals=[
                OutcomeTotal(outcome=name, count=len(part), usd_at_entry=exact_sum(part["usd_at_entry"]))
                for name, part in parts_of(found, "outcome", OUTCOMES)
            ],
            sweeps=listed,
            next_cursor=page.next_cursor,
        )

    def cascades(self, coin: str, rows: AskedRows = ALL_ROWS) -> CascadesAnswer:
        """How cascades of a coin stand and stood: each change of state with the rule and figures that decided it."""
        import polars

        self.check(coin, rows)
        standing = self.studied.standing(coin)
        now = [] if standing is None else of_memory(standing.cascades, CascadeStateRow)
        now = [row if row.cascade_id else msgspec.structs.replace(row, cascade_id=None) for row in now]
        found = self.found("cascades", coin, rows)
        page = self.page(found, "cascades", ("cascade_id", "state"), ("cascades", coin, rows[:3]), rows)
        listed = page.rows["cascade_id"].unique()
        outcomes = self.studied.rows("cascade_outcomes", coin).filter(polars.col("cascade_id").is_in(listed))
        return CascadesAnswer(
            **self.head("cascades", coin, rows, is_empty=found.is_empty() and not now),
            coin=coin,
            now=[row for row in now if rows.side in (None, row.side)],
            cascade_count=found["cascade_id"].n_unique(),
            cascades=of_columns(page.rows, CascadeStateRow),
            outcomes=of_columns(
                outcomes.sort("exhausted", "cascade_id", "known_at", descending=[True, False, False]),
                CascadeOutcomeAnswer,
            ),
            next_cursor=page.next_cursor,
        )

    def events(self, rows: AskedRows = ALL_ROWS, choice: EventsChoice = ANY_EVENT) -> EventsAnswer:
        """Liquidations with what price did after them, of one coin or all."""
        return events_answer(self, rows, choice)

    def cluster(
        self, coin: str, cluster_id: str, start_ms: int | None = None, end_ms: int | None = None
    ) -> ClusterLifeAnswer:
        """The life of a cluster. Raises NotFound for one that is not known."""
        return life_answer(self, coin, cluster_id, start_ms, end_ms)

    def overshoot(self, coin: str | None = None, unit: UnitWord = "bp") -> OvershootAnswer:
        """How far the mark overshoots clusters, beside lines without one, of one coin or all."""
        return overshoot_answer(self, coin, unit)

    def outcomes(self, coin: str | None = None) -> OutcomesAnswer:
        """What price did after cascades, of one coin or all."""
        return outcomes_answer(self, coin)
