"""What all questions of a study have in common: which rows, what every answer says, and what may be asked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, TypedDict, TypeVar

from liqscape.errors import NotFound, QuestionError
from liqscape.service.answers.parts import ProvenanceAnswer
from liqscape.service.answers.study_parts import NeedRow
from liqscape.service.asked_time import utc_text
from liqscape.service.questions import check_range, check_side, checked_time
from liqscape.service.studied import TIME_OF_ROW, Studied, StudyTable
from liqscape.service.study_lists import StudyPage, cut_newest
from liqscape.spelling import did_you_mean, shown
from liqscape.units import SIDE_WORDS

if TYPE_CHECKING:
    import polars

    from liqscape.service.view import MapView

Word = TypeVar("Word", bound=str)

DEFAULT_ROWS = 100


class AskedRows(NamedTuple):
    """Which rows of a list: in [start, end) and of a side, page by page; None: any, and all."""

    start_ms: int | None = None
    end_ms: int | None = None
    side: int | None = None
    limit: int | None = None
    cursor: str | None = None


ALL_ROWS = AskedRows()


class StudyHead(TypedDict):
    """What every answer of a study says."""

    provenance: ProvenanceAnswer
    as_of_ms: int
    since_ms: int | None
    needs: list[NeedRow]
    note: str | None


class StudyAsking:
    """A map whose study is asked."""

    def __init__(self, view: MapView) -> None:
        self.view = view

    @property
    def studied(self) -> Studied:
        """What was studied."""
        return self.view.studied

    def head(self, table: StudyTable, coin: str | None, rows: AskedRows = ALL_ROWS, *, is_empty: bool) -> StudyHead:
        """Provenance, time, since when it counts, what figures need, and why there is nothing."""
        studied, status = self.studied, self.view.status()
        coins = self.view.coin_names() if coin is None else (coin,)
        of_coin, span = next(((c, found) for c in coins if (found := studied.span(c)) is not None), (coins[0], None))
        since_ms, last_ms = (None, None) if span is None else span
        needs = studied.needs(of_coin, table)
        note = None
        if since_ms is None or last_ms is None:
            note = studied.why_none()
        elif is_empty:
            note = _why_empty(since_ms, last_ms, rows)
        return StudyHead(
            provenance=status.provenance,
            as_of_ms=status.as_of_ms if last_ms is None else last_ms,
            since_ms=since_ms,
            needs=[NeedRow(figure=need.figure, needs=need.needs, since_ms=need.since_ms) for need in needs],
            note=note,
        )

    def check(self, coin: str | None, rows: AskedRows, cluster_id: str | None = None) -> None:
        """Raises NotFound for a coin or cluster that is not there, QuestionError for times and sides that are none."""
        if coin is not None:
            self.view.check_coin(coin)
        check_side(rows.side)
        checked_time(rows.start_ms)
        checked_time(rows.end_ms)
        if rows.start_ms is not None and rows.end_ms is not None:
            check_range(rows.start_ms, rows.end_ms)
        if coin is not None and cluster_id is not None:
            self.check_cluster(coin, cluster_id)

    def check_cluster(self, coin: str, cluster_id: str) -> None:
        """Raises NotFound, with the nearest that is known, for a cluster that the study of this coin does not have."""
        studied = self.studied
        standing = studied.standing(coin)
        known = set() if standing is None else {row.cluster_id for row in standing.clusters}
        if cluster_id in known:
            return
        known |= set(studied.rows("clusters", coin)["cluster_id"].unique())
        if cluster_id not in known:
            raise self.unknown_cluster(coin, cluster_id, known)

    def unknown_cluster(self, coin: str, cluster_id: str, known: set[str]) -> NotFound:
        """What to raise for a cluster that is none of the known ones: it names the nearest."""
        hint = did_you_mean(cluster_id, sorted(known), "/coins/{coin}/clusters lists those that stand")
        why = f"; {hint}" if known else f": {self.studied.why_none()}"
        return NotFound(f"no cluster {shown(cluster_id)} of {coin} is known{why}")

    def found(self, table: StudyTable, coin: str | None, rows: AskedRows, **equal: str | None) -> polars.DataFrame:
        """Rows of a table that fit: in the time and of the side asked, and with these words in these columns."""
        import polars

        found = self.studied.rows(table, coin, rows.start_ms, rows.end_ms)
        if rows.side is not None:
            equal["side"] = SIDE_WORDS[rows.side]
        for name, value in equal.items():
            if value is not None:
                found = found.filter(polars.col(name) == value)
        return found

    def page(
        self, found: polars.DataFrame, table: StudyTable, keys: Sequence[str], question: object, rows: AskedRows
    ) -> StudyPage:
        """The page of rows that is asked."""
        return cut_newest(found, TIME_OF_ROW[table], keys, question=question, limit=rows.limit, cursor=rows.cursor)


def check_word(name: str, asked: str | None, known: Sequence[str]) -> None:
    """Raises QuestionError, with the nearest that is one, for a word that is none of the known ones."""
    if asked is not None and asked not in known:
        raise QuestionError(f"unknown {name} {shown(asked)}; {did_you_mean(asked, known, ', '.join(known))}")


def parts_of(found: polars.DataFrame, name: str, words: Sequence[Word]) -> list[tuple[Word, polars.DataFrame]]:
    """The rows of each word of a column that has some, in the words' order."""
    parts = {key[0]: part for key, part in found.partition_by(name, as_dict=True).items()}
    return [(word, parts[word]) for word in words if word in parts]


def exact_sum(values: polars.Series) -> float | None:
    """The sum, rounded once: the same in any order and on any number of cores; None where one of them is unknown."""
    return None if values.has_nulls() or values.is_nan().any() else math.fsum(values.to_list())


def is_in(time_ms: int, rows: AskedRows) -> bool:
    """Whether a time is in the span that was asked about."""
    return (rows.start_ms is None or time_ms >= rows.start_ms) and (rows.end_ms is None or time_ms < rows.end_ms)


def _why_empty(since_ms: int, last_ms: int, rows: AskedRows) -> str:
    if rows.end_ms is not None and rows.end_ms <= since_ms:
        return f"the time asked about ends before the first studied minute, {utc_text(since_ms)}"
    if rows.start_ms is not None and rows.start_ms > last_ms:
        return f"the time asked about begins after the newest studied minute, {utc_text(last_ms)}"
    return f"none fits among the minutes studied from {utc_text(since_ms)} to {utc_text(last_ms)}"
