"""Each piece of evidence at its boundary, for longs and mirrored for shorts; what is unknown is neither met nor not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from structure_twin import START_MS, made_bars, points

from liqscape.insight.setups import (
    NAMES,
    CascadeWord,
    Circumstances,
    EvidencePiece,
    FundingStanding,
    OpenedShare,
    combination_of,
    evidence_of,
)
from liqscape.insight.structure import SideSpan, Structure, Swing, VolumeProfile, build_profile
from liqscape.units import Side

LONG, SHORT = SideSpan(Side.LONG, 85.0, 90.0), SideSpan(Side.SHORT, 110.0, 115.0)
NOTHING = Circumstances(structure=None, funding=None, interest_change=None, opened={}, cascade={})


def met(span: SideSpan, known: Circumstances) -> dict[str, bool | None]:
    return {each.name: each.is_met for each in evidence_of(span, known)}


def funding(rate: float, percentile: float | None) -> FundingStanding:
    return FundingStanding(rate=rate, hour_ms=START_MS, percentile=percentile, hours=100, since_ms=0)


def structure(swings: list[Swing], profile: VolumeProfile | None, atr: float | None = 8.0) -> Structure:
    return Structure(
        at_ms=START_MS,
        mark=100.0,
        atr=atr,
        swings=tuple(swings),
        sessions=(),
        donchian=None,
        month=None,
        profile=profile,
    )


def low(price: float, broken_ms: int | None = None) -> Swing:
    return Swing(kind="zigzag", side="low", price=price, time_ms=0, known_ms=1, broken_ms=broken_ms)


def test_with_nothing_known_nothing_is_met_and_nothing_is_not() -> None:
    for span in (LONG, SHORT):
        assert met(span, NOTHING) == dict.fromkeys(NAMES)
        assert all(each.value is None for each in evidence_of(span, NOTHING))
        assert combination_of(evidence_of(span, NOTHING)) == "swing? node? funding? open interest? crowding? cascade?"


FUNDING_CASES = (
    (LONG, 1e-5, 80.0, True),
    (LONG, 1e-5, 79.999, False),
    (LONG, -1e-5, 95.0, False),  # longs are paid: dear for them, and yet not paying
    (LONG, 0.0, 95.0, False),
    (LONG, 1e-5, None, None),
    (SHORT, -1e-5, 20.0, True),
    (SHORT, -1e-5, 20.001, False),
    (SHORT, 1e-5, 5.0, False),
)


@pytest.mark.parametrize(("span", "rate", "percentile", "expected"), FUNDING_CASES)
def test_funding(span: SideSpan, rate: float, percentile: float | None, expected: bool | None) -> None:
    assert met(span, replace(NOTHING, funding=funding(rate, percentile)))["funding"] is expected


@pytest.mark.parametrize(("change", "expected"), [(0.05, True), (0.05 - 1e-12, False), (-1.0, False)])
def test_open_interest(change: float, expected: bool) -> None:
    for span in (LONG, SHORT):
        assert met(span, replace(NOTHING, interest_change=change))["open interest"] is expected


@pytest.mark.parametrize(("share", "expected"), [(0.25, True), (0.25 - 1e-12, False), (None, None)])
def test_crowding_is_of_the_side_that_gains(share: float | None, expected: bool | None) -> None:
    opened = OpenedShare(share=share, unknown_share=0.0)
    for span, gaining in ((LONG, Side.SHORT), (SHORT, Side.LONG)):
        assert met(span, replace(NOTHING, opened={gaining: opened}))["crowding"] is expected
        assert met(span, replace(NOTHING, opened={span.side: opened}))["crowding"] is None


STATES: tuple[tuple[CascadeWord, bool], ...] = (
    ("none", False),
    ("starting", True),
    ("running", True),
    ("fading", True),
    ("exhausted", False),
    ("over", False),
)


@pytest.mark.parametrize(("state", "expected"), STATES)
def test_cascade_is_of_the_cluster_s_own_side(state: CascadeWord, expected: bool) -> None:
    known = replace(NOTHING, cascade={Side.LONG: state, Side.SHORT: None})
    assert met(LONG, known)["cascade"] is expected
    assert met(SHORT, known)["cascade"] is None
    assert evidence_of(LONG, known)[-1].value == state


def test_swing_and_node_are_those_of_the_confluence() -> None:
    bars = made_bars([(91.0, 91.0, 91.0, 91.0), *points([150.0])], volume=[9.0, 1.0])
    profile = build_profile(bars)
    assert profile is not None
    near = structure([low(94.0)], profile)
    found = {each.name: each for each in evidence_of(LONG, replace(NOTHING, structure=near))}
    assert (found["swing"].value, found["swing"].is_met) == (1.0, True)
    assert (found["node"].value, found["node"].is_met) == (1.0, True)
    far = structure([low(94.0 + 1e-9), low(93.0, broken_ms=2)], None)
    assert met(LONG, replace(NOTHING, structure=far)) == {**dict.fromkeys(NAMES), "swing": False}
    unknown = structure([low(94.0)], profile, atr=None)
    assert met(LONG, replace(NOTHING, structure=unknown)) == dict.fromkeys(NAMES)


def test_every_piece_says_its_rule_and_none_says_a_direction() -> None:
    for span in (LONG, SHORT):
        evidence: tuple[EvidencePiece, ...] = evidence_of(span, NOTHING)
        assert tuple(each.name for each in evidence) == NAMES
        for each in evidence:
            assert each.rule
            assert each.unit
            assert not {"will", "target", "magnet", "buy", "sell", "bullish", "bearish"} & set(each.rule.split())
