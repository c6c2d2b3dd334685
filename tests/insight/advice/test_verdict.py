"""Verdicts by rule on hand-made maps: each row is a map, a stop, what is known, and the word it must get."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from liqscape.insight.advice import ClusterOvershoot, OwnLevel, SpanOfLevels, StopTrade, judge, place_clusters
from liqscape.insight.advice.placing import window_of

KNOWN = OwnLevel(pool="cross", backed_by="leverage", margin_usd=10.0, leverage=10.0, is_before_stop=False)
INSIDE, BEYOND, CLEAR = "inside a cluster", "just beyond one", "clear of clusters"
FIRST, UNKNOWN = "liquidated before the stop", "unknown"


def measured(q90_bp: float) -> ClusterOvershoot:
    return ClusterOvershoot(source="measured", q50_bp=q90_bp / 4.0, q90_bp=q90_bp, n=20)


NOTHING = ClusterOvershoot(source="unknown")


@dataclass(frozen=True, kw_only=True)
class HandMade:
    """clusters: (low, high, 90 % overshoot in bp or None). Entry and mark are 100 unless said."""

    name: str
    stop: float
    expected: str
    clusters: tuple[tuple[float, float, float | None], ...] = ()
    places: tuple[str, ...] = ()
    sigma: float | None = None
    own: OwnLevel = KNOWN
    entry: float = 100.0
    mark: float = 100.0
    is_mark_known: bool = True
    side: int = 1
    reasons: tuple[str, ...] = field(default=())


def liquidated(solo: float | None, joint: float | None = None) -> OwnLevel:
    return OwnLevel(pool="cross", backed_by="margin", solo=solo, joint=joint, is_before_stop=True)


LONGS = (
    HandMade(name="an empty map", stop=95.0, expected=CLEAR, reasons=("no cluster of its side",)),
    HandMade(
        name="in the middle of a cluster",
        stop=94.5,
        clusters=((94, 95, 200),),
        expected=INSIDE,
        places=("at the stop",),
        reasons=("stands in a cluster of longs' levels from 94 to 95, 5 million USD",),
    ),
    HandMade(name="on the near edge", stop=95.0, clusters=((94, 95, 200),), expected=INSIDE, places=("at the stop",)),
    HandMade(name="on the far edge", stop=94.0, clusters=((94, 95, 200),), expected=INSIDE, places=("at the stop",)),
    HandMade(
        # 0.01 / 94 = 1.06 bp past it
        name="a hundredth past the far edge",
        stop=93.99,
        clusters=((94, 95, 200),),
        expected=BEYOND,
        places=("between",),
        reasons=("1.1 bp past a cluster of longs' levels from 94 to 95",),
    ),
    HandMade(name="halfway through the overshoot", stop=93.0, clusters=((94, 95, 212),), expected=BEYOND),
    HandMade(name="past the 90 % overshoot", stop=91.5, clusters=((94, 95, 200),), expected=CLEAR),
    HandMade(name="above the cluster, far", stop=98.0, clusters=((90, 91, 200),), expected=CLEAR),
    HandMade(
        # near edge 97.5 is 0.51 % under the stop, and the overshoot of its class 2 %
        name="above a cluster that is close beyond",
        stop=98.0,
        clusters=((96, 97.5, 200),),
        expected=CLEAR,
        places=("beyond the stop",),
    ),
    HandMade(
        name="beyond but further than the overshoot is not listed", stop=98.0, clusters=((94, 95, 200),), expected=CLEAR
    ),
    HandMade(
        name="between two, past one by more, before one by less",
        stop=95.0,
        clusters=((97, 98, 100), (94, 94.9, 200)),
        expected=CLEAR,
        places=("between", "beyond the stop"),
    ),
    HandMade(
        name="inside one and just beyond another: inside decides",
        stop=94.5,
        clusters=((95, 96, 200), (94, 94.9, 200)),
        expected=INSIDE,
        places=("between", "at the stop"),
        reasons=("stands in", "just beyond"),
    ),
    HandMade(
        name="just beyond the further one, clear of the nearer to the entry",
        stop=93.0,
        clusters=((97, 98, 100), (93.5, 94, 100)),
        expected=BEYOND,
        places=("between", "between"),
    ),
    HandMade(
        # half of 2 % of an hour is 100 bp; the stop is 53 bp past
        name="overshoot unknown, within half a sigma of an hour",
        stop=93.5,
        clusters=((94, 95, None),),
        sigma=0.02,
        expected=BEYOND,
        reasons=("0.5 sigma_1h",),
    ),
    HandMade(
        name="overshoot unknown, past half a sigma of an hour",
        stop=92.5,
        clusters=((94, 95, None),),
        sigma=0.02,
        expected=CLEAR,
    ),
    HandMade(
        name="overshoot and sigma unknown", stop=93.0, clusters=((94, 95, None),), expected=UNKNOWN, places=("between",)
    ),
    HandMade(
        name="both unknown, but the stop is in front of it", stop=96.0, clusters=((94, 95, None),), expected=CLEAR
    ),
    HandMade(name="both unknown, but the stop is inside", stop=94.5, clusters=((94, 95, None),), expected=INSIDE),
    HandMade(
        name="one of known overshoot is close: that decides over the unknown one",
        stop=93.5,
        clusters=((96, 97, None), (94, 95, 200)),
        expected=BEYOND,
        places=("between", "between"),
    ),
    HandMade(
        name="liquidated first, solo",
        stop=92.0,
        own=liquidated(93.0, 93.0),
        expected=FIRST,
        reasons=("liquidated at 93, before the stop at 92",),
    ),
    HandMade(
        name="liquidated first only with all coins moving",
        stop=92.0,
        own=liquidated(91.0, 92.5),
        expected=FIRST,
        reasons=("liquidated at 92.5 with all coins moving with BTC, before the stop at 92",),
    ),
    HandMade(
        name="liquidated first and inside a cluster: the first decides",
        stop=94.5,
        clusters=((94, 95, 200),),
        own=liquidated(96.0),
        expected=FIRST,
        reasons=("liquidated at", "stands in"),
    ),
    HandMade(
        name="below maintenance at the entry", stop=92.0, own=liquidated(None), expected=FIRST, reasons=("already",)
    ),
    HandMade(
        name="margin unknown: by the clusters, and said",
        stop=94.5,
        clusters=((94, 95, 200),),
        own=OwnLevel(),
        expected=INSIDE,
        reasons=("stands in", "is not known"),
    ),
    HandMade(
        name="a cluster that reaches over the entry counts as between",
        stop=97.0,
        clusters=((99, 101, 100),),
        expected=CLEAR,
        places=("between",),
    ),
    HandMade(name="a cluster behind the entry does not count", stop=97.0, clusters=((101, 103, 900),), expected=CLEAR),
    HandMade(
        # a limit order far under the mark: the mark has to come through the cluster to fill it
        name="a cluster between mark and entry, the stop within its overshoot",
        entry=95.0,
        stop=94.5,
        clusters=((96, 98, 200),),
        expected=BEYOND,
        places=("ahead of the entry",),
    ),
    HandMade(
        name="the same, the stop past its overshoot",
        entry=95.0,
        stop=93.0,
        clusters=((96, 98, 200),),
        expected=CLEAR,
    ),
    HandMade(name="the mark unknown", stop=95.0, is_mark_known=False, expected=UNKNOWN, reasons=("the mark",)),
    HandMade(
        name="an overshoot below 0 leaves no room beyond the edge",
        stop=93.99,
        clusters=((94, 95, -20),),
        expected=CLEAR,
    ),
)
EDGES = (
    # 96 - 90 = 6, a sixteenth of 96: 625 bp exactly
    HandMade(name="exactly at the 90 % overshoot", stop=90.0, clusters=((96, 97, 625),), expected=CLEAR),
    HandMade(name="a hair within it", stop=90.0, clusters=((96, 97, 625.0001),), expected=BEYOND),
    # 6 above 96 for a short: the same figures the other way
    HandMade(
        name="short, exactly at it",
        side=-1,
        entry=90.0,
        mark=90.0,
        stop=102.0,
        clusters=((95, 96, 625),),
        expected=CLEAR,
    ),
    HandMade(
        name="short, a hair within it",
        side=-1,
        entry=90.0,
        mark=90.0,
        stop=102.0,
        clusters=((95, 96, 625.0001),),
        expected=BEYOND,
        reasons=("shorts' levels",),
    ),
)


def judged(made: HandMade) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    trade = StopTrade(made.side, made.entry, made.stop)
    clusters = [
        (SpanOfLevels(low, high, 5e6), NOTHING if q90 is None else measured(q90)) for low, high, q90 in made.clusters
    ]
    placed = place_clusters(trade, clusters, made.mark, made.sigma)
    verdict = judge(trade, placed, made.own, is_mark_known=made.is_mark_known)
    return verdict.word, verdict.reasons, tuple(each.place for each in placed)


@pytest.mark.parametrize("made", [*LONGS, *EDGES], ids=lambda made: made.name)
def test_a_hand_made_map_gets_its_verdict(made: HandMade) -> None:
    word, reasons, places = judged(made)
    assert word == made.expected
    if made.places:
        assert places == made.places
    if made.reasons:
        assert len(reasons) == len(made.reasons)
        for said, part in zip(reasons, made.reasons, strict=True):
            assert part in said


def mirrored(made: HandMade) -> HandMade:
    """The same map for a short: every price as far above 100 as it was below, edges and stop alike."""
    own = made.own
    levels = {name: None if (price := getattr(own, name)) is None else 200.0 - price for name in ("solo", "joint")}
    return HandMade(
        name=made.name,
        stop=200.0 - made.stop,
        expected=made.expected,
        clusters=tuple((200.0 - high, 200.0 - low, q90) for low, high, q90 in made.clusters),
        sigma=made.sigma,
        own=OwnLevel(pool=own.pool, backed_by=own.backed_by, is_before_stop=own.is_before_stop, **levels),
        entry=200.0 - made.entry,
        mark=200.0 - made.mark,
        is_mark_known=made.is_mark_known,
        side=-1,
    )


@pytest.mark.parametrize("made", LONGS, ids=lambda made: made.name)
def test_a_short_on_the_mirrored_map_gets_the_same_verdict(made: HandMade) -> None:
    assert judged(mirrored(made))[0] == made.expected
    assert judged(mirrored(made))[2] == judged(made)[2]


def test_thirty_maps_are_judged() -> None:
    assert len(LONGS) >= 30


def test_clusters_come_in_the_order_in_which_the_mark_meets_them() -> None:
    spans = [SpanOfLevels(94, 95, 1.0), SpanOfLevels(98, 99, 2.0), SpanOfLevels(96, 97, 3.0)]
    placed = place_clusters(StopTrade(1, 100.0, 93.0), [(span, measured(50)) for span in spans], 100.0, None)
    assert [each.span.high for each in placed] == [99, 97, 95]
    assert [each.far_edge for each in placed] == [98, 96, 94]
    up = [SpanOfLevels(105, 106, 1.0), SpanOfLevels(101, 102, 2.0)]
    placed = place_clusters(StopTrade(-1, 100.0, 107.0), [(span, measured(50)) for span in up], 100.0, None)
    assert [each.far_edge for each in placed] == [102, 106]


@pytest.mark.parametrize(
    ("overshoot", "sigma", "expected"),
    [
        (measured(30.0), 0.02, (30.0, "90 % overshoot")),
        (ClusterOvershoot(source="simulated", q50_bp=2.0, q90_bp=30.0, n=20), 0.02, (100.0, "0.5 sigma_1h")),
        (ClusterOvershoot(source="simulated", q50_bp=2.0, q90_bp=130.0, n=20), 0.02, (130.0, "90 % overshoot")),
        (ClusterOvershoot(source="simulated", q50_bp=2.0, q90_bp=30.0, n=20), None, (30.0, "90 % overshoot")),
        (NOTHING, 0.02, (100.0, "0.5 sigma_1h")),
        (NOTHING, None, (None, None)),
    ],
)
def test_a_simulated_overshoot_is_a_window_only_where_it_is_the_larger(
    overshoot: ClusterOvershoot, sigma: float | None, expected: tuple[float | None, str | None]
) -> None:
    assert window_of(overshoot, sigma) == expected
