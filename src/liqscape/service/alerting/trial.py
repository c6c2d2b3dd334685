"""A rule held against stored history before it is switched on: when it would have fired, and what came after.

The evaluator is the one that works live. What it is given comes from what is stored: marks from frames and from the
path between them, clusters, sweeps and cascades from the rows of the study, liquidations from theirs. A stored minute
holds less than a live one; `notes` of the answer say what.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from liqscape.errors import NotFound, QuestionError
from liqscape.insight.alerts import Alert, AlertKind, Rule
from liqscape.insight.alerts.afterwards import HORIZONS, AfterRow, HorizonWord, MarkRecord, after, baseline, median
from liqscape.insight.alerts.evaluator import AlertEvaluator
from liqscape.service.alerting.stored_feed import StoredFeed
from liqscape.service.answers.alerts import TrialAnswer, TrialRow, TrialSummary
from liqscape.service.questions import check_range, market_row
from liqscape.units import DAY_MS, MINUTE_MS

if TYPE_CHECKING:
    from liqscape.service.view import MapView

MAX_SHOWN = 500
DEFAULT_DAYS = 7
MAX_COIN_MINUTES = 400_000
"""Nine days of 30 coins, or 270 days of one: some ten seconds."""
OF_THE_MAP = frozenset({AlertKind.STALE})


def try_rule(
    view: MapView, rule: Rule, start_ms: int | None, end_ms: int | None, liquidations: Path | None
) -> TrialAnswer:
    """Try a rule over [start, end), by default the last DEFAULT_DAYS that are stored.

    liquidations  folder of stored ones. Raises QuestionError for a span that makes no sense or is too much at once,
    NotFound for a coin that is not in the map, or where nothing is stored.
    """
    _, reader = view.price_sources
    if reader is None or reader.first_ms is None or reader.last_ms is None:
        raise NotFound("this map has no stored history yet: there is nothing to try a rule on")
    end = reader.last_ms + 1 if end_ms is None else end_ms
    start = max(reader.first_ms, end - DEFAULT_DAYS * DAY_MS) if start_ms is None else start_ms
    check_range(start, end)
    if rule.coin is not None:
        market_row(reader.markets, rule.coin)
    coins = _coins_of(rule, reader.coins)
    minutes = len(reader.frame_times(start, end))
    if minutes * len(coins) > MAX_COIN_MINUTES:
        raise QuestionError(
            f"{minutes} minutes of {len(coins)} coins are {minutes * len(coins)} at once, at most {MAX_COIN_MINUTES}: "
            "give a coin, or a shorter time"
        )
    rule = replace(rule, on=True)
    evaluator = AlertEvaluator()
    evaluator.take_rules([rule], start)
    feed = StoredFeed(view, reader, rule, coins, liquidations)
    fired: list[Alert] = []
    for look in feed.between(start, end):
        fired += look(evaluator)
    state = evaluator.memory.rules[rule.rule_id]
    records = {coin: feed.marks(coin, start, end + max(HORIZONS.values())) for coin in _fired_coins(rule, fired)}
    rows = [TrialRow(alert=alert, after=_after(records, alert)) for alert in fired]
    status = view.status()
    return TrialAnswer(
        provenance=status.provenance,
        as_of_ms=reader.last_ms,
        rule=rule,
        start_ms=start,
        end_ms=end,
        minutes=minutes,
        count=len(fired),
        held_back_count=state.held_back_count,
        fired=rows[:MAX_SHOWN],
        summary=[_summary(word, place, rows, records, start, end) for place, word in enumerate(HORIZONS)],
        notes=feed.notes(start, end),
    )


def _coins_of(rule: Rule, coins: tuple[str, ...]) -> tuple[str, ...]:
    if rule.coin is not None:
        return (rule.coin,)
    return coins[:1] if rule.kind in OF_THE_MAP else coins


def _fired_coins(rule: Rule, fired: Sequence[Alert]) -> list[str]:
    """Coins of which the marks after are told: those that fired; of none the rule's own, for the comparison."""
    found = dict.fromkeys(alert.coin for alert in fired if alert.coin is not None)
    return list(found) or ([] if rule.coin is None else [rule.coin])


def _after(records: dict[str, MarkRecord], alert: Alert) -> list[AfterRow]:
    return [] if alert.coin is None else after(records[alert.coin], alert.at_ms)


def _summary(
    word: HorizonWord, place: int, rows: Sequence[TrialRow], records: dict[str, MarkRecord], start: int, end: int
) -> TrialSummary:
    known = [row.after[place] for row in rows if row.after and row.after[place].change_percent is not None]
    changes = [each.change_percent for each in known if each.change_percent is not None]
    ranges = [
        each.highest_percent - each.lowest_percent
        for each in known
        if each.highest_percent is not None and each.lowest_percent is not None
    ]
    return TrialSummary(
        horizon=word,
        n=len(known),
        median_change_percent=median(changes),
        median_range_percent=median(ranges),
        baseline=baseline(list(records.values()), start - start % MINUTE_MS, end, word),
    )
