"""What a map answers of its scores (docs/score.md): the part of `Map` that asks how far it was right."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from liqscape.library.results import About, about
from liqscape.service.tables import of_score

if TYPE_CHECKING:
    import polars

    from liqscape.library.answers import Answers
    from liqscape.service.answers.score import ScoreAnswer


@dataclass(frozen=True, kw_only=True)
class Score:
    """The scorecard, each part a Polars frame; without rows where nothing was scored, and `note` says so.

    power      what so many cases can show; read it first.
    levels     levels that the mark reached, and what became of them, by class and horizon.
    errors     how far levels were from the mark that triggered liquidations, in basis points.
    recall     liquidations that stood on the map; `recall_note` says why that is not measurable.
    asymmetry  its rank correlation with later returns. unjudged: what could not be judged, and why.
    """

    about: About
    first_day: str | None
    last_day: str | None
    day_count: int
    power: polars.DataFrame
    levels: polars.DataFrame
    errors: polars.DataFrame
    recall: polars.DataFrame
    asymmetry: polars.DataFrame
    unjudged: polars.DataFrame
    recall_note: str | None
    note: str | None
    record: ScoreAnswer = field(repr=False)


class ScoreMap:
    """Questions about scores."""

    _answers: Answers

    def score(self, coin: str | None = None) -> Score:
        """What the map said each hour against what happened within 1 h, 4 h and 24 h, of all coins or one."""
        answer = self._answers.score(coin)
        return Score(
            about=about(answer) if coin is None else about(answer, coin=coin),
            first_day=answer.first_day,
            last_day=answer.last_day,
            day_count=answer.day_count,
            power=of_score.power_table(answer),
            levels=of_score.level_score_table(answer),
            errors=of_score.level_error_table(answer),
            recall=of_score.recall_table(answer),
            asymmetry=of_score.asymmetry_relation_table(answer),
            unjudged=of_score.unjudged_table(answer),
            recall_note=answer.recall.why,
            note=answer.note,
            record=answer,
        )
