"""What a stop is, by rule and with its reasons (docs/stops.md, "Verdict").

The first rule that holds decides; the sentences of the others that hold stand after it:

    liquidated before the stop   the own liquidation price, solo or joint, is met first
    inside a cluster             the stop is on the edges of a cluster, or between them
    just beyond one              past a cluster by less than its window (placing.py, eq. 2)
    unknown                      past a cluster of which no window is known; or the mark is unknown
    clear of clusters            none of these
"""

from __future__ import annotations

from collections.abc import Sequence

from liqscape.insight.advice.records import MetCluster, OwnLevel, StopTrade, StopVerdict, VerdictWord
from liqscape.insight.advice.words import price_words, usd_words

HOLDERS = {1: "longs", -1: "shorts"}


def judge(
    trade: StopTrade, clusters: Sequence[MetCluster], own: OwnLevel, *, is_mark_known: bool = True
) -> StopVerdict:
    """Verdict on one stop. own: of the size that is meant for it."""
    found: list[tuple[VerdictWord, str]] = []
    if own.is_before_stop:
        found.append(("liquidated before the stop", _liquidated(trade, own)))
    if not is_mark_known:
        found.append(("unknown", "the mark of the coin is unknown, and with it every cluster"))
    inside = [each for each in clusters if each.place == "at the stop"]
    passed = [each for each in clusters if each.distance_bp > 0.0]
    close = [each for each in passed if each.window_bp is not None and each.distance_bp < each.window_bp]
    unknown = [each for each in passed if each.window_bp is None]
    found += [("inside a cluster", f"the stop stands in {_named(trade, each)}") for each in inside]
    found += [("just beyond one", _close(trade, each)) for each in sorted(close, key=lambda each: each.distance_bp)]
    found += [("unknown", _unknown(trade, each)) for each in sorted(unknown, key=lambda each: each.distance_bp)]
    if not found:
        found.append(("clear of clusters", _clear(trade, passed)))
    if own.is_before_stop is None:
        found.append((found[0][0], "whether it would be liquidated before the stop is not known"))
    return StopVerdict(found[0][0], tuple(sentence for _, sentence in found))


def _named(trade: StopTrade, each: MetCluster) -> str:
    span = each.span
    return (
        f"a cluster of {HOLDERS[trade.side]}' levels from {price_words(span.low)} to {price_words(span.high)}, "
        f"{usd_words(span.notional)}"
    )


def _liquidated(trade: StopTrade, own: OwnLevel) -> str:
    named = [("with this coin moving alone", own.solo), ("with all coins moving with BTC", own.joint)]
    met = [(mode, price) for mode, price in named if price is not None and trade.side * (price - trade.stop) > 0.0]
    if not met:
        return "its pool is below maintenance at the entry already"
    if len({price for _, price in met}) == 1 and own.solo == own.joint:
        said = price_words(met[0][1])
    else:
        said = " and ".join(f"{price_words(price)} {mode}" for mode, price in met)
    return f"the position is liquidated at {said}, before the stop at {price_words(trade.stop)}"


def _close(trade: StopTrade, each: MetCluster) -> str:
    assert each.window_bp is not None
    return (
        f"the stop is {each.distance_bp:.1f} bp past {_named(trade, each)}; within {each.window_bp:.1f} bp "
        f"({each.window_rule}) it counts as just beyond"
    )


def _unknown(trade: StopTrade, each: MetCluster) -> str:
    return (
        f"the stop is {each.distance_bp:.1f} bp past {_named(trade, each)}; how far the mark goes beyond such a "
        "cluster is not known, nor the volatility of an hour"
    )


def _clear(trade: StopTrade, passed: Sequence[MetCluster]) -> str:
    if not passed:
        return "no cluster of its side stands between entry and stop, at the stop, or close before it"
    nearest = min(passed, key=lambda each: each.distance_bp)
    assert nearest.window_bp is not None
    return (
        f"the stop is {nearest.distance_bp:.1f} bp past {_named(trade, nearest)}, its nearest: more than "
        f"{nearest.window_bp:.1f} bp ({nearest.window_rule})"
    )
