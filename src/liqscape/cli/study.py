"""`liqscape study`: what happened to clusters through stored history, worked out and kept beside it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from liqscape.errors import SettingsError
from liqscape.service.asked_time import parse_time

if TYPE_CHECKING:
    from liqscape.service.studying.executors import StudyExecutor

MAX_WORKERS = 4_096
BOUNDS = {"workers": (1, MAX_WORKERS)}
"""Of numbers, by option; `config check` reads them too."""


def study(
    data: Path,
    /,
    *,
    from_: Annotated[str | None, Parameter(name="--from")] = None,
    to: str | None = None,
    coins: str | None = None,
    workers: int | None = None,
    on: Literal["processes", "ray"] = "processes",
    address: str | None = None,
    json: bool = False,
) -> None:
    """Study stored history: identity and age of clusters, why they change, sweeps, cascades.

    What is studied already is passed over, and an interrupted study goes on where it stopped when it is run again. A
    live map studies its own history as it grows.

    Parameters
    ----------
    data
        Folder of stored history.
    from_
        First time, ISO 8601 (UTC unless it says otherwise) or milliseconds since 1970; studies begin with its UTC day.
        All of the history by default.
    to
        End, in the same way.
    coins
        Only these, separated by commas; all by default.
    workers
        Pieces done at once; as many as this machine has cores by default.
    on
        Where pieces are done: processes of this machine, or ray.
    address
        Of a Ray cluster that runs already; without it a local one is started. Its machines must see the folder under
        the same path.
    json
        Print what was studied as one JSON document.
    """
    if not data.is_dir():
        raise SettingsError(f"{data} is not a folder")
    if address is not None and on != "ray":
        raise SettingsError("--address is that of a Ray cluster: it goes with --on ray")
    from_ms = None if from_ is None else parse_time("--from", from_)
    to_ms = None if to is None else parse_time("--to", to)
    if from_ms is not None and to_ms is not None and from_ms >= to_ms:
        raise SettingsError(f"--from {from_} is not before --to {to}")
    chosen = None if coins is None else tuple(dict.fromkeys(part.strip() for part in coins.split(",")))
    if chosen is not None and not all(chosen):
        raise SettingsError(f"--coins {coins!r} has an empty name; names are separated by commas")

    import os

    from liqscape.cli.output import open_console, print_json, time_text
    from liqscape.cli.serving import check_bounds, progress_to
    from liqscape.service.studying.run import StudyWanted, stored_days, study_history
    from liqscape.store.history import HistoryReader

    at_once = (os.cpu_count() or 1) if workers is None else workers
    check_bounds("--workers", at_once, *BOUNDS["workers"])
    wanted = StudyWanted(from_ms=from_ms, to_ms=to_ms, coins=chosen)
    days = stored_days(HistoryReader(data), from_ms, to_ms)
    first_ms, last_ms = days[0].first_ms, days[-1].last_ms
    coin_count = frame_count = 0
    with progress_to(f"studying {data.name}", first_ms, last_ms) as progress:
        executor = executor_of(on, at_once, address)
        try:
            for day in study_history(data, wanted, executor, at_once):
                progress(day.last_ms)
                coin_count = max(coin_count, day.coin_count)
                frame_count += day.frame_count
        finally:
            executor.close()
    if json:
        print_json(
            {
                "data": str(data),
                "first_ms": first_ms,
                "last_ms": last_ms,
                "day_count": len(days),
                "coin_count": coin_count,
                "frame_count": frame_count,
            }
        )
        return
    what = f"{frame_count:,} frames of {coin_count:,} coins studied" if frame_count else "all was studied already"
    open_console().print(
        f"{data}: {what}, {time_text(first_ms)} to {time_text(last_ms)}", markup=False, highlight=False, soft_wrap=True
    )


def executor_of(on: str, workers: int, address: str | None) -> StudyExecutor:
    """Who does pieces of work: this process, processes of this machine, or Ray's."""
    from liqscape.service.studying.executors import HereExecutor, ProcessExecutor

    if on == "ray":
        from liqscape.service.studying.ray_executor import RayExecutor

        return RayExecutor(workers, address)
    return HereExecutor() if workers == 1 else ProcessExecutor(workers)
