"""The scorecard on a terminal: power first, then what became of levels, errors, recall, asymmetry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from liqscape.cli.output import UNKNOWN, bp, open_console, print_table, share, source_text, usd

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from liqscape.insight.attraction.records import Attraction
    from liqscape.insight.score.records import LevelScore, ScoredShare
    from liqscape.service.answers.score import ScoreAnswer

CLASSES = ("all", "side", "distance", "age", "margin_source")
SHORT = {
    "liquidated": "liquidated",
    "closed_before": "closed before",
    "saved_by_margin": "saved",
    "moved_away": "moved away",
    "closed_after": "closed after",
    "still_there": "still there",
    "unknown": "unknown",
}


def print_score(answer: ScoreAnswer) -> None:
    """All of it."""
    console = open_console()
    if answer.note is not None:
        console.print(answer.note, markup=False, soft_wrap=True)
        return
    what = "all coins" if answer.coin is None else answer.coin
    head = (
        f"{what}, {answer.day_count} days from {answer.first_day} to {answer.last_day}, {answer.frame_count:,} hours "
        f"with a frame, {source_text(answer.provenance)}"
    )
    console.print(head, markup=False, soft_wrap=True)
    console.print("\nwhat so many cases can show in 80 % of trials:")
    for power in answer.power:
        console.print(f"  {power.figure}, {power.horizon}: {power.text}", markup=False, soft_wrap=True)
    _print_levels(console, answer.levels)
    _print_errors(console, answer)
    _print_recall(console, answer)
    _print_asymmetry(console, answer)
    _print_attraction(console, answer.attraction)
    _print_unjudged(console, answer)
    for note in answer.notes:
        console.print(note, markup=False, soft_wrap=True)


def _print_levels(console: Console, levels: Sequence[LevelScore]) -> None:
    rows = [
        (
            row.key if row.by == "all" else f"{row.by.replace('_', ' ')} {row.key}",
            row.horizon,
            f"{row.predicted_count:,}",
            f"{row.crossed_count:,}",
            usd(row.crossed_usd),
            f"{row.window_count:,}",
            *(_share(fate.share) for fate in row.fates),
        )
        for row in levels
        if row.by in CLASSES
    ]
    console.print("\nlevels the mark reached, shares by count (n of windows that do not overlap):")
    _table(console, ("class", "horizon", "levels", "reached", "USD", "n", *SHORT.values()), rows)


def _print_errors(console: Console, answer: ScoreAnswer) -> None:
    rows = [
        (
            row.key if row.by == "all" else f"{row.by.replace('_', ' ')} {row.key}",
            row.horizon,
            row.evidence,
            f"{row.count:,}",
            *([UNKNOWN] * 3 if row.quantiles_bp is None else [bp(each.value) for each in row.quantiles_bp]),
        )
        for row in answer.errors
        if row.by in CLASSES
    ]
    if rows:
        console.print("\nmark that triggered a liquidation against the level before:")
        _table(console, ("class", "before", "evidence", "n", "10 %", "median", "90 %"), rows)


def _print_recall(console: Console, answer: ScoreAnswer) -> None:
    if answer.recall.why is not None:
        console.print(f"\nliquidations that stood on the map: {answer.recall.why}", markup=False, soft_wrap=True)
        return
    rows = [
        (
            row.key,
            row.horizon,
            f"{row.count:,}",
            usd(row.usd),
            *(_share(each) for each in (row.on_map, row.within_0_1, row.within_0_5, row.within_1)),
            _share(row.within_1_usd),
            f"{row.opened_later_count:,}",
        )
        for row in answer.recall.rows
        if row.by in CLASSES
    ]
    names = ("class", "before", "n", "USD", "on the map", "within 0.1 %", "0.5 %", "1 %", "1 % of USD", "opened later")
    console.print("\nliquidations that stood on the map:")
    _table(console, names, rows)


def _print_asymmetry(console: Console, answer: ScoreAnswer) -> None:
    rows = []
    for row in answer.asymmetry:
        found = row.correlation
        interval = UNKNOWN
        if found is not None and found.low is not None and found.high is not None:
            interval = f"{found.low:+.3f} to {found.high:+.3f}"
        least = UNKNOWN if row.minimum_detectable is None else f"{row.minimum_detectable:.3f}"
        value = UNKNOWN if found is None else f"{found.value:+.3f}"
        rows.append((f"{row.percent:g} %", row.horizon, f"{row.window_count:,}", least, value, interval, row.relation))
    console.print("\nrank correlation of asymmetry with the return after, that of the last 24 h held fixed:")
    _table(console, ("within", "horizon", "n", "detectable", "correlation", "95 %", "relation"), rows)


def _print_attraction(console: Console, found: Attraction | None) -> None:
    if found is None:
        return
    console.print("\nattraction, a hypothesis under test (docs/attraction.md), what could be found:")
    for power in found.power:
        console.print(f"  {power.distance_sigma} sigma: {power.text}", markup=False, soft_wrap=True)
    rows = []
    for row in found.family:
        points = UNKNOWN if row.points is None else f"{row.points:+.1f}"
        interval = UNKNOWN
        if row.points_low is not None and row.points_high is not None:
            interval = f"{row.points_low:+.1f} to {row.points_high:+.1f}"
        p_holm = UNKNOWN if row.p_holm is None else f"{row.p_holm:.3f}"
        rows.append((f"{row.distance_sigma} sigma", f"{row.count:,}", points, interval, p_holm))
    _table(console, ("distance", "n", "points", "95 %", "p (Holm)"), rows, left=("distance",))
    for condition in found.conditions:
        word = "unknown" if condition.holds is None else "holds" if condition.holds else "does not hold"
        console.print(f"  {condition.name}: {word}: {condition.text}", markup=False, soft_wrap=True)
    console.print(found.text, markup=False, soft_wrap=True)


def _print_unjudged(console: Console, answer: ScoreAnswer) -> None:
    if answer.unjudged:
        console.print("\nnot judged:")
        rows = [(row.what, row.horizon, f"{row.count:,}", usd(row.usd), row.reason) for row in answer.unjudged]
        _table(console, ("what", "horizon", "n", "USD", "why"), rows, left=("what", "why"))


def _share(found: ScoredShare | None) -> str:
    return UNKNOWN if found is None else share(found.share)


def _table(
    console: Console, names: Sequence[str], rows: Iterable[Sequence[str]], left: Sequence[str] = ("class", "relation")
) -> None:
    table = Table(box=None, pad_edge=False)
    for name in names:
        table.add_column(name, justify="left" if name in left else "right", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    print_table(console, table)
