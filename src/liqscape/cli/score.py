"""`liqscape score`: what the map said each hour against what happened, worked out where it is not yet, and printed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from liqscape.cli.study import MAX_WORKERS
from liqscape.errors import SettingsError

if TYPE_CHECKING:
    from liqscape.service.answers.score import ScoreAnswer
    from liqscape.service.view import MapView

SUFFIXES = (".parquet", ".csv")
BOUNDS = {"workers": (1, MAX_WORKERS)}
"""Of numbers, by option; `config check` reads them too."""


def score(
    *,
    data: Path | None = None,
    recording: Path | None = None,
    url: str | None = None,
    token_file: Path | None = None,
    coin: str | None = None,
    start: str | None = None,
    end: str | None = None,
    workers: int = 1,
    on: Literal["processes", "ray"] = "processes",
    address: str | None = None,
    json: bool = False,
    out: Path | None = None,
) -> None:
    """Score what the map said each hour against what happened within 1 h, 4 h and 24 h, and print the scorecard.

    Days that are scored already are passed over, and an interrupted run goes on where it stopped when it is run again.
    A live map scores each day after its end.

    Parameters
    ----------
    data
        Data folder of a live map, an import or a demo; its scores are kept in it.
    recording
        Folder of a recorded market in place of it.
    url
        Address a map is served at: its scorecard is printed, nothing is scored.
    token_file
        File with the token of that server; the variable LIQSCAPE_TOKEN holds it otherwise.
    coin
        Print one coin's; all coins are scored all the same.
    start
        First time to score, ISO 8601 (UTC unless it says otherwise) or milliseconds since 1970; its whole UTC day is.
        All of the history by default. The scorecard is of all days that were scored.
    end
        End of that time, itself not included.
    workers
        Pieces scored at once.
    on
        Where pieces are scored: processes of this machine, or ray.
    address
        Of a Ray cluster that runs already; without it a local one is started.
    json
        Print the answer of the API as one JSON document.
    out
        Write levels by class and horizon to this .parquet or .csv file too.
    """
    if sum(each is not None for each in (data, recording, url)) != 1:
        raise SettingsError("give one of --data DIR (a map's folder), --recording DIR and --url URL (a server)")
    if out is not None and out.suffix not in SUFFIXES:
        raise SettingsError(f"--out {out} ends neither in .parquet nor in .csv")
    if address is not None and on != "ray":
        raise SettingsError("--address is that of a Ray cluster: it goes with --on ray")
    from liqscape.cli.output import print_json

    if url is not None:
        answer = _ask(url, token_file, coin)
    else:
        view, folder = _opened(data, recording)
        if coin is not None:
            view.check_coin(coin)
        _score(folder, start, end, workers, on, address)
        from liqscape.service.score_questions import ScoreQuestions

        answer = ScoreQuestions(view).ask(coin)
    if out is not None:
        _write(answer, out)
    if json:
        print_json(answer)
        return
    from liqscape.cli.score_text import print_score

    print_score(answer)


def _ask(url: str, token_file: Path | None, coin: str | None) -> ScoreAnswer:
    from liqscape.cli.asking import ask_map
    from liqscape.service.answers.score import ScoreAnswer
    from liqscape.service.asking import question_path

    return ask_map(url, question_path("/score", {"coin": coin}), token_file, ScoreAnswer)


def _opened(data: Path | None, recording: Path | None) -> tuple[MapView, Path]:
    if data is not None:
        from liqscape.cli.open_map import open_map

        return open_map(None, data, None)[0], data
    from liqscape.cli.serving import progress_to
    from liqscape.service.opening import open_recording

    assert recording is not None
    view = open_recording(recording, None, None, progress_to)
    _, history = view.price_sources
    assert history is not None
    return view, history.folder


def _score(
    data: Path, start: str | None, end: str | None, workers: int, on: Literal["processes", "ray"], address: str | None
) -> None:
    from liqscape.cli.serving import check_bounds, progress_to
    from liqscape.cli.study import executor_of
    from liqscape.service.asked_time import parse_time
    from liqscape.service.scoring.run import ScoreWanted, score_history, wanted_days
    from liqscape.store.history import HistoryReader
    from liqscape.units import DAY_MS

    check_bounds("--workers", workers, *BOUNDS["workers"])
    from_ms = None if start is None else parse_time("--start", start)
    to_ms = None if end is None else parse_time("--end", end)
    if from_ms is not None and to_ms is not None and from_ms >= to_ms:
        raise SettingsError(f"--start {start} is not before --end {end}")
    wanted = ScoreWanted(from_ms=from_ms, to_ms=to_ms)
    days = wanted_days(HistoryReader(data), wanted)
    with progress_to(f"scoring {data.name}", 0, len(days) * DAY_MS) as progress:
        executor = executor_of(on, workers, address)
        try:
            for count, _ in enumerate(score_history(data, wanted, executor, workers), start=1):
                progress(count * DAY_MS)
        finally:
            executor.close()


def _write(answer: ScoreAnswer, out: Path) -> None:
    from liqscape.cli.export_tables import TableFile
    from liqscape.service.tables.of_score import level_score_table

    with TableFile(out) as file:
        file.add(level_score_table(answer))
        file.finish()
