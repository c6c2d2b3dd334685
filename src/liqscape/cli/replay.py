"""`liqscape replay`: the frames of a raw log made again, and compared with what was stored."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.cli.output import open_console, print_json
from liqscape.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from liqscape.heatmap.moment import Moment
    from liqscape.service.collecting.replay import ReplayFigures


def replay(folder: Path, *, data: Path | None = None, json: bool = False) -> None:
    """Make the frames of a raw log again and compare them with the stored ones.

    Parameters
    ----------
    folder
        Data folder of a live map, or its folder `raw` alone.
    data
        Empty folder to write the history of the replay to; `liqscape serve --data` then shows it.
    json
        Print one JSON document of the figures.
    """
    if not folder.is_dir():
        raise SettingsError(f"{folder} is not a folder")
    if data is not None and data.exists() and any(data.iterdir()):
        raise SettingsError(f"--data {data} is not empty; replay writes a history of its own")

    from liqscape.service.collecting.replay import ReplayFigures
    from liqscape.store.raw_log import RawLogReader

    log = RawLogReader(folder / "raw" if (folder / "raw").is_dir() else folder)
    figures = ReplayFigures()
    _run(log, figures, folder, data)
    if not figures.records and not figures.before_start and not log.damage:
        raise SettingsError(f"{folder} holds no raw log; `liqscape serve` keeps one unless --no-raw-log is given")
    if json:
        print_json({**asdict(figures), "damage": [asdict(each) for each in log.damage]})
        return
    console = open_console()
    console.print(
        f"{figures.records} records, {figures.frames} frames ({figures.stored_frames} stored), digest {figures.digest}"
    )
    if figures.before_start:
        console.print(f"{figures.before_start} records belong to a process whose start is no longer kept: passed over")
    if figures.holes:
        console.print(
            f"{figures.not_kept} records were not kept while the disk was full, in {figures.holes} places: "
            "frames after them may differ"
        )
    if figures.unusable:
        console.print(f"{figures.unusable} records could not be used then either")
    for each in log.damage:
        console.print(f"damage: {each}")
    compared = figures.equal_frames + figures.differing_frames
    if compared or figures.missing_frames:
        console.print(
            f"stored history: {figures.equal_frames} of {compared} frames equal to the bit, "
            f"{figures.missing_frames} not stored"
        )


def _run(log: object, figures: ReplayFigures, folder: Path, data: Path | None) -> None:
    from liqscape.service.collecting.replay import compare
    from liqscape.store.history import HistoryReader, HistoryWriter
    from liqscape.store.history.manifest import MANIFEST

    reader = HistoryReader(folder) if (folder / MANIFEST).exists() else None
    writer: HistoryWriter | None = None
    try:
        for moment in _moments(log, figures):
            if not moment.is_stored:
                continue
            if reader is not None:
                compare(moment, reader, figures)
            if data is not None:
                writer = HistoryWriter(data, moment.frame.provenance) if writer is None else writer
                writer.append(moment)
        if writer is not None:
            writer.compact()
    finally:
        if writer is not None:
            writer.close()


def _moments(log: object, figures: ReplayFigures) -> Iterator[Moment]:
    from liqscape.service.collecting.replay import replay as replay_records
    from liqscape.store.raw_log import RawLogReader

    assert isinstance(log, RawLogReader)
    yield from replay_records(log.records(), figures)
