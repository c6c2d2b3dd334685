"""What stands beside the map: sums by plain loops, worst states, and unknown never told as zero."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from amounts import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_up_study import MemoryStudies, Span, cascade, made_up_rows
from memory_history import MemoryHistory
from small_market import START_MS, SmallMarket, address, small_market

from liqscape.errors import NotFound, QuestionError
from liqscape.heatmap.asymmetry import asymmetry
from liqscape.heatmap.frame import Provenance
from liqscape.insight.study_rows import CascadeRow
from liqscape.model.liquidations import Evidence, Liquidation, LiquidationMethod
from liqscape.service.answers.context import ContextAnswer
from liqscape.service.context import STATES, ContextQuestions
from liqscape.service.liquidation_questions import LiquidationQuestions
from liqscape.service.view import MapView
from liqscape.store.liquidations import LiquidationWriter
from liqscape.units import HOUR_MS, MINUTE_MS

NAN = float("nan")
LISTS = tuple(
    field.name
    for field in msgspec.structs.fields(ContextAnswer)
    if str(field.type).startswith(("typing.Annotated[list", "list")) and field.name != "notes"
)


def liquidation(number: int, at_ms: int, side: int, usd: float, evidence: Evidence = Evidence.EXACT) -> Liquidation:
    return Liquidation(
        address=address(number),
        market_index=0,
        side=side,
        size=1.0,
        price=usd,
        notional=usd,
        mark=NAN,
        predicted_price=NAN,
        method=LiquidationMethod.MARKET,
        evidence=evidence,
        fee=NAN,
        account_value=NAN,
        fill_count=1,
        first_ms=at_ms,
        last_ms=at_ms + 5_000,
        trade_ids=(number,),
    )


def test_figures_by_column_are_those_of_the_frame_shown(market: SmallMarket) -> None:
    for coin in ("BTC", "ETH", "kPEPE", "DARK"):
        answer = ContextQuestions(MapView(MemoryHistory(market)), None).ask(coin, width=5)
        assert answer.columns <= 5
        times = {frame.time_ms: frame for frame in market.frames}
        for column, time_ms in enumerate(answer.time_ms):
            assert time_ms is not None
            assert (
                answer.start_ms + column * answer.step_ms <= time_ms < answer.start_ms + (column + 1) * answer.step_ms
            )
            frame = times[time_ms]
            row = frame.snapshot.markets.index_of(coin)
            mark, interest = frame.snapshot.mark[row], frame.snapshot.open_interest[row]
            usd = [None if np.isnan(mark) else pytest.approx(size * mark) for size in frame.position_size[row]]
            assert [answer.long_notional[column], answer.short_notional[column]] == usd
            counts = [answer.long_accounts[column], answer.short_accounts[column]]
            assert counts == frame.position_count[row].tolist()
            assert answer.open_interest[column] == (None if np.isnan(interest) else interest)
            known = not (np.isnan(interest) or np.isnan(mark))
            assert answer.open_interest_usd[column] == (pytest.approx(interest * mark) if known else None)
            near = {f"{each.distance_percent:g}": each.imbalance for each in asymmetry(frame, row)}
            for name, values in answer.imbalance.items():
                wanted = near.get(name)
                assert values[column] == (None if wanted is None else pytest.approx(wanted))


def test_every_list_has_a_value_for_each_column_and_nothing_in_holes() -> None:
    market = small_market(count=6, step_ms=30 * MINUTE_MS)  # shown for 10 minutes, then a hole
    answer = ContextQuestions(MapView(MemoryHistory(market)), None).ask("BTC", width=200)
    holes = [column for column, time_ms in enumerate(answer.time_ms) if time_ms is None]
    assert len(holes) > 20
    assert len(LISTS) == 15
    for name in LISTS:
        values = getattr(answer, name)
        assert len(values) == answer.columns, name
        assert [values[column] for column in holes] == [None] * len(holes), name
    for values in answer.imbalance.values():
        assert [values[column] for column in holes] == [None] * len(holes)


def test_the_change_is_against_the_column_before_and_unknown_beside_a_hole() -> None:
    market = small_market(count=3, step_ms=MINUTE_MS)
    late = 40 * MINUTE_MS
    interest = [50.0, 47.5, 60.0]
    frames = tuple(
        replace(
            frame,
            snapshot=replace(
                frame.snapshot,
                time_ms=frame.time_ms + (late if number == 2 else 0),
                open_interest=np.array([interest[number], *frame.snapshot.open_interest[1:]]),
            ),
        )
        for number, frame in enumerate(market.frames)
    )
    held = MemoryHistory(SmallMarket(frames, market.accounts, market.tables))
    answer = ContextQuestions(MapView(held), None).ask("BTC", width=100)
    assert answer.open_interest_change[:3] == [None, -2.5, 0.0]
    assert answer.open_interest_change[-1] is None


@settings(max_examples=examples(20), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    events=st.lists(
        st.tuples(
            st.integers(-5, 20 * 60), st.sampled_from([1, -1]), st.integers(1, 10**6), st.sampled_from(list(Evidence))
        ),
        max_size=25,
    ),
    width=st.sampled_from([1, 3, 7, 40]),
)
def test_what_was_liquidated_is_summed_by_step_and_side(
    tmp_path_factory: pytest.TempPathFactory, events: list[tuple[int, int, int, Evidence]], width: int
) -> None:
    market = small_market(count=20)
    folder = tmp_path_factory.mktemp("events")
    made = [
        liquidation(number, START_MS + seconds * 1_000, side, float(usd), evidence)
        for number, (seconds, side, usd, evidence) in enumerate(events)
    ]
    LiquidationWriter(folder).keep(made, ("BTC", "ETH"))
    view = MapView(MemoryHistory(market))
    answer = ContextQuestions(view, folder).ask("BTC", width=width)
    for side, values in ((1, answer.liquidated_long_usd), (-1, answer.liquidated_short_usd)):
        wanted = [0.0] * answer.columns
        for each in made:
            column = (each.first_ms - answer.start_ms) // answer.step_ms
            if each.side == side and each.evidence is not Evidence.REFUTED and 0 <= column < answer.columns:
                wanted[column] += each.notional
        assert values == pytest.approx(wanted)
    totals = (
        LiquidationQuestions(view, folder)
        .ask(coin="BTC", start_ms=answer.start_ms, end_ms=answer.start_ms + answer.columns * answer.step_ms)
        .totals
    )
    assert sum(answer.liquidated_long_usd) == pytest.approx(totals.long_notional)  # type: ignore[arg-type]
    assert sum(answer.liquidated_short_usd) == pytest.approx(totals.short_notional)  # type: ignore[arg-type]
    other = ContextQuestions(view, folder).ask("ETH", width=width)
    assert set(other.liquidated_long_usd) == {0.0}


def test_what_is_stored_in_a_hole_is_told_and_the_rest_of_the_hole_is_unknown(tmp_path: Path) -> None:
    market = small_market(count=2, step_ms=HOUR_MS)
    at_ms = START_MS + 30 * MINUTE_MS
    LiquidationWriter(tmp_path).keep([liquidation(1, at_ms, 1, 500.0)], ("BTC",))
    answer = ContextQuestions(MapView(MemoryHistory(market)), tmp_path).ask("BTC", width=100)
    column = (at_ms - answer.start_ms) // answer.step_ms
    assert answer.time_ms[column] is None
    assert (answer.liquidated_long_usd[column], answer.liquidated_short_usd[column]) == (500.0, 0.0)
    assert answer.liquidated_long_usd[column + 1] is answer.liquidated_short_usd[column + 1] is None
    assert (answer.liquidated_long_usd[0], answer.liquidated_long_usd[-1]) == (0.0, 0.0)


def test_a_damaged_day_is_unknown_and_said(tmp_path: Path) -> None:
    folder = tmp_path / "liquidations"
    market = small_market(count=3)
    LiquidationWriter(folder).keep([liquidation(1, START_MS, 1, 500.0)], ("BTC",))
    (file,) = folder.glob("*.parquet")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    answer = ContextQuestions(MapView(MemoryHistory(market)), folder).ask("BTC")
    assert set(answer.liquidated_long_usd) == set(answer.liquidated_short_usd) == {None}
    assert any("damaged" in note for note in answer.notes)


@pytest.mark.parametrize("has_folder", [False, True])
def test_snapshots_tell_no_liquidations(tmp_path: Path, has_folder: bool) -> None:
    market = small_market(count=3)
    held = MemoryHistory(market)
    frames = tuple(replace(frame, provenance=Provenance("recording", "snapshots", False)) for frame in market.frames)
    held.market, held.provenance = SmallMarket(frames, market.accounts, market.tables), frames[0].provenance
    answer = ContextQuestions(MapView(held), tmp_path if has_folder else None).ask("BTC")
    assert set(answer.liquidated_long_usd) == set(answer.liquidated_short_usd) == {None}
    assert any("Snapshots of positions do not tell liquidations" in note for note in answer.notes)


def studied(*rows: CascadeRow, last_minute: int = 11) -> MapView:
    """Twelve minutes of BTC, studied from the second to `last_minute`."""
    studies = MemoryStudies(replace(made_up_rows(), cascades=list(rows)))
    studies.spans = lambda coin: (  # type: ignore[method-assign]
        [Span(START_MS + MINUTE_MS, START_MS + last_minute * MINUTE_MS)] if coin == "BTC" else []
    )
    return MapView(MemoryHistory(small_market(count=12)), studies=studies)


def test_a_column_has_the_worst_state_of_either_side() -> None:
    short = {"side": "short", "cascade_id": "BTC-short-1"}
    rows = [
        cascade("starting", 2),
        cascade("running", 3),
        cascade("fading", 5),
        cascade("exhausted", 7),
        cascade("over", 9),
        cascade("starting", 6, **short),
        cascade("over", 7, **short),
    ]
    answer = ContextQuestions(studied(*rows), None).ask("BTC", width=100)
    assert answer.step_ms == MINUTE_MS
    wanted = [None, "none", "starting", "running", "running", "fading", "starting", "exhausted", "exhausted", "over"]
    assert answer.cascade_state == [*wanted, "none", "none"]
    coarse = ContextQuestions(studied(*rows), None).ask("BTC", width=3)
    step = coarse.step_ms // MINUTE_MS
    for column, state in enumerate(coarse.cascade_state):
        first = (coarse.start_ms - START_MS) // MINUTE_MS + column * step
        inside = [answer.cascade_state[row] for row in range(max(first, 0), min(first + step, 12))]
        known = [STATES.index(each) for each in inside if each is not None]
        assert state == (STATES[max(known)] if known else None)


def test_a_cascade_that_began_before_the_window_still_runs_in_it() -> None:
    view = studied(cascade("running", -20))
    answer = ContextQuestions(view, None).ask("BTC", START_MS + 5 * MINUTE_MS, START_MS + 8 * MINUTE_MS, 10)
    assert set(answer.cascade_state) == {"running"}


def test_what_was_not_studied_has_no_state() -> None:
    answer = ContextQuestions(studied(cascade("running", 2), last_minute=6), None).ask("BTC", width=100)
    assert answer.cascade_state[7:] == [None] * 5
    none = ContextQuestions(studied(), None).ask("ETH", width=100)
    assert set(none.cascade_state) == {None}
    assert any("not studied" in note for note in none.notes)


def test_bad_questions_are_refused(view: MapView) -> None:
    questions = ContextQuestions(view, None)
    with pytest.raises(NotFound, match="NOPE"):
        questions.ask("NOPE")
    for width in (0, 4_001):
        with pytest.raises(QuestionError, match="width"):
            questions.ask("BTC", width=width)
    with pytest.raises(QuestionError, match="is not before"):
        questions.ask("BTC", START_MS + 5, START_MS)
    with pytest.raises(NotFound, match="no stored history"):
        ContextQuestions(MapView(None), None).ask("BTC")
