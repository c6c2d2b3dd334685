"""Ask the study of a map: of a data folder, or of a server that shows one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from liqscape.cli.asking import Asked, ask_coin

if TYPE_CHECKING:
    from rich.console import Console

    from liqscape.service.answers.study_parts import NeedRow, StudyAnswer
    from liqscape.service.study_asking import AskedRows
    from liqscape.service.study_questions import StudyQuestions
    from liqscape.service.view import MapView

Answer = TypeVar("Answer")


def ask_study(
    path: str,
    asked: Asked,
    kind: type[Answer],
    here: Callable[[StudyQuestions], Answer],
    *,
    coin: str,
    data: Path | None,
    url: str | None,
    token_file: Path | None,
) -> Answer:
    """As ask_coin; here: asks the study of the folder."""

    def study_here(view: MapView) -> Answer:
        from liqscape.service.study_questions import StudyQuestions

        return here(StudyQuestions(view))

    return ask_coin(path, asked, kind, study_here, coin=coin, data=data, url=url, token_file=token_file)


def asked_rows(asked: Asked) -> AskedRows:
    """The rows of a question with the parameters of the API."""
    from liqscape.service.study_asking import AskedRows
    from liqscape.units import SIDE_NUMBERS

    start_ms, end_ms, side, limit, cursor = (
        asked.get(name) for name in ("start_ms", "end_ms", "side", "limit", "cursor")
    )
    return AskedRows(
        start_ms=None if start_ms is None else int(start_ms),
        end_ms=None if end_ms is None else int(end_ms),
        side=None if side is None else SIDE_NUMBERS[str(side)],
        limit=None if limit is None else int(limit),
        cursor=None if cursor is None else str(cursor),
    )


def print_head(console: Console, coin: str, answer: StudyAnswer) -> None:
    """What the rows are of, as of when, and whether it is a simulation."""
    from liqscape.cli.output import source_text, time_text

    text = f"{coin}, {time_text(answer.as_of_ms)}, {source_text(answer.provenance)}"
    console.print(text, markup=False, soft_wrap=True)


def print_note(
    console: Console, note: str | None, needs: list[NeedRow], as_of_ms: int, next_cursor: str | None = None
) -> None:
    """Why there is nothing, what does not count yet, and how to go on."""
    from liqscape.cli.output import time_text

    if note is not None:
        console.print(note, markup=False, soft_wrap=True)
    for need in needs:
        if need.since_ms is None:
            text = f"{need.figure}: not known, it needs {need.needs}"
            console.print(text, markup=False, soft_wrap=True)
        elif need.since_ms > as_of_ms:
            text = f"{need.figure}: counts from {time_text(need.since_ms)}, it needs {need.needs}"
            console.print(text, markup=False, soft_wrap=True)
    if next_cursor is not None:
        console.print(f"older ones: the same with --cursor {next_cursor}", markup=False, soft_wrap=True)
