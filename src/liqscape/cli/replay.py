"""`liqscape replay`: the frames of a raw log made again, and compared with what was stored."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.cli.output import open_console, print_json
from liqscape.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from liqscape.heatmap.moment import Moment
    from liqscape.service.alerting.replayed import ReplayedAlerts
    from liqscape.service.collecting.replay import ReplayFigures
    from liqscape.store.raw_log import RawLogReader


def replay(folder: Path, *, data: Path | None = None, alerts: Path | None = None, json: bool = False) -> None:
    """Make the frames of a raw log again and compare them with the stored ones.

    With --alerts rules are held against what comes as a live map does: what would have fired is printed, and neither
    delivered nor kept.

    Parameters
    ----------
    folder
        Data folder of a live map, or its folder `raw` alone.
    data
        Empty folder to write the history of the replay to; `liqscape serve --data` then shows it.
    alerts
        File of rules, such as alerts.toml of the map.
    json
        Print one JSON document of the figures.
    """
    if not folder.is_dir():
        raise SettingsError(f"{folder} is not a folder")
    if data is not None and data.exists() and any(data.iterdir()):
        raise SettingsError(f"--data {data} is not empty; replay writes a history of its own")

    from liqscape.service.collecting.replay import ReplayFigures
    from liqscape.store.raw_log import RawLogReader

    rules = None
    if alerts is not None:
        from liqscape.service.alerting.replayed import ReplayedAlerts

        rules = ReplayedAlerts(alerts)
    log = RawLogReader(folder / "raw" if (folder / "raw").is_dir() else folder)
    figures = ReplayFigures()
    _run(_moments(log, figures, rules), folder, data, figures)
    if not figures.records and not figures.before_start and not log.damage:
        raise SettingsError(f"{folder} holds no raw log; `liqscape serve` keeps one unless --no-raw-log is given")
    if json:
        said = None if rules is None else {"label": rules.label, "notes": rules.notes, "fired": rules.fired}
        print_json({**asdict(figures), "damage": [asdict(each) for each in log.damage], "alerts": said})
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

    if rules is not None:
        _print_fired(console, rules)


def _print_fired(console: Console, rules: ReplayedAlerts) -> None:
    from liqscape.cli.output import time_text

    count = len(rules.fired)
    console.print(
        f"REPLAY of rules: {count} alert{'' if count == 1 else 's'} would have fired; none was delivered or kept"
    )
    for alert in rules.fired:
        console.print(f"{time_text(alert.at_ms)}  {alert.rule_id}  {alert.title}", markup=False, soft_wrap=True)
    for note in rules.notes:
        console.print(note, markup=False, soft_wrap=True)


def _run(moments: Iterator[Moment], folder: Path, data: Path | None, figures: ReplayFigures) -> None:
    from liqscape.service.collecting.replay import compare
    from liqscape.store.history import HistoryReader, HistoryWriter
    from liqscape.store.history.manifest import MANIFEST

    reader = HistoryReader(folder) if (folder / MANIFEST).exists() else None
    writer: HistoryWriter | None = None
    try:
        for moment in moments:
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


def _moments(log: RawLogReader, figures: ReplayFigures, rules: ReplayedAlerts | None) -> Iterator[Moment]:
    from liqscape.service.collecting.replay import replay as replay_records

    yield from replay_records(log.records(), figures, None if rules is None else rules.see)
