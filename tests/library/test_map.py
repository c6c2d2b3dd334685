"""What a map answers does not depend on where it is: a folder and a server of it say the same, to the bit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import numpy as np
import polars
import pytest
from small_market import address

import liqscape as lq
from liqscape.errors import RemoteWireError
from liqscape.library.pages import whole_list
from liqscape.service.answers.heatmap import HeatmapAnswer, HeatmapHeader
from liqscape.service.answers.parts import ProvenanceAnswer
from liqscape.service.tables.of_records import SPANS


class Page(msgspec.Struct):
    """A page of a list."""

    rows: list[int]
    next_cursor: str | None


FIRST = "2026-02-02T02:40:00"
QUESTIONS: dict[str, Callable[[lq.Map], polars.DataFrame]] = {
    "coins": lambda market: market.coins(),
    "board": lambda market: market.board(),
    "stop": lambda market: (
        market.stop("BTC", side="long", entry=70_000.0, stop=49_000.0, risk=5_000.0, leverage=2.0).clusters
    ),
    "stop of a time": lambda market: (
        market.stop(
            "ETH", side="short", entry=2_000.0, stop=2_500.0, size=1.5, isolated=True, margin=900.0, at=FIRST
        ).next_stops
    ),
    "context": lambda market: market.context("BTC", width=4),
    "context of a time": lambda market: market.context("ETH", FIRST, "2026-02-02T02:44:00"),
    "odds": lambda market: market.odds("BTC"),
    "chain": lambda market: market.chain("BTC", side="short", paths=10, links=2),
    "odds of a span": lambda market: market.odds("ETH", price_low=1_500, price_high=1_600, at=FIRST),
    "levels": lambda market: market.levels("BTC"),
    "levels near": lambda market: market.levels("ETH", "2026-02-02 02:43", within_percent=20),
    "levels where no mark is known": lambda market: market.levels("DARK"),
    "bands": lambda market: market.bands("BTC", level=2),
    "bands, interval": lambda market: market.bands("BTC", FIRST, level=2, interval=True),
    "caveats": lambda market: market.caveats("BTC"),
    "bands, joint": lambda market: market.bands("ETH", "2026-02-02 02:43", mode="joint"),
    "clusters": lambda market: market.clusters("BTC", FIRST),
    "book, summary": lambda market: market.book("BTC", width=7).summary,
    "book, cells": lambda market: market.book("ETH", width=50).cells,
    **{
        f"structure, {name}": lambda market, name=name: getattr(market.structure("BTC"), name)
        for name in ("sessions", "clusters")
    },
    "triggers, absorption": lambda market: market.triggers("BTC", within_percent=5).absorption,
    "setups": lambda market: market.setups("BTC").setups,
    "setups, evidence": lambda market: market.setups("ETH").evidence,
    "deleveraging, clusters": lambda market: market.deleveraging("BTC").clusters,
    "deleveraging of a time": lambda market: market.deleveraging("ETH", FIRST, vault_equity=1_000.0).clusters,
    "deleveraging, rank": lambda market: market.deleveraging_rank(address(5)),
    "candles": lambda market: market.candles("kPEPE"),
    "account, pools": lambda market: market.account(address(5)).pools,
    "account, positions": lambda market: market.account(address(5), FIRST).positions,
    "account, orders": lambda market: market.account(address(5)).orders,
    "account, history": lambda market: market.account_history(address(5), "ETH"),
    "liquidations": lambda market: market.liquidations(),
    "liquidations of longs": lambda market: market.liquidations("ETH", side="long", min_notional=150),
    "joint, coins": lambda market: market.joint(-25).coins,
    "joint, curve": lambda market: market.joint(-25, FIRST).curve,
    "joint, positions": lambda market: market.joint(30).positions,
    "joint, betas": lambda market: market.joint().betas,
    "heatmap": lambda market: market.heatmap("BTC", width=10, height=50).frame(),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_folder_and_its_server_answer_the_same_rows(name: str, folder_map: lq.Map, served_map: lq.Map) -> None:
    here, there = QUESTIONS[name](folder_map), QUESTIONS[name](served_map)
    assert here.schema == there.schema
    assert here.equals(there, null_equal=True)
    assert here.height > 0 or "no mark" in name


@pytest.mark.parametrize("name", [name for name in QUESTIONS if name not in ("heatmap",) and "joint, " not in name])
def test_every_row_says_its_time_and_what_it_is_made_from(name: str, folder_map: lq.Map) -> None:
    table = QUESTIONS[name](folder_map)
    assert table["as_of"].dtype == polars.Datetime("ms", "UTC")
    assert set(table["provenance_kind"]) <= {"generated"}
    assert set(table["is_simulated"]) <= {True}
    spans = [name for name, dtype in table.schema.items() if name.endswith("_ms") and dtype == polars.Int64]
    assert all(name.endswith(SPANS) for name in spans)
    assert {name for name in table.columns if name.endswith("_ms")} == set(spans)
    for column in table.select(polars.selectors.float()).iter_columns():
        assert column.is_nan().sum() == 0, column.name


@pytest.mark.parametrize(
    "at",
    [
        "2026-02-02 02:43",
        "2026-02-02T03:43:30+01:00",
        "1770000180000",
        1770000180000,
        np.int64(1770000180000),
        datetime(2026, 2, 2, 2, 43),
        datetime(2026, 2, 2, 2, 43, 59, tzinfo=UTC),
        np.datetime64("2026-02-02T02:43"),
        polars.Series(["2026-02-02T02:43"]).str.to_datetime().item(),
    ],
    ids=repr,
)
def test_a_time_is_text_milliseconds_or_a_datetime(at: Any, folder_map: lq.Map) -> None:
    (as_of,) = set(folder_map.levels("BTC", at)["as_of"])
    assert as_of == datetime(2026, 2, 2, 2, 43, tzinfo=UTC)


def test_a_date_is_its_first_instant(folder_map: lq.Map) -> None:
    assert set(folder_map.levels("BTC", date(2026, 2, 3))["as_of"]) == {datetime(2026, 2, 2, 2, 45, tzinfo=UTC)}


@pytest.mark.parametrize(
    ("ask", "kind", "said"),
    [
        (lambda market: market.levels("BTX"), lq.NotFound, "unknown coin 'BTX'; did you mean BTC?"),
        (lambda market: market.levels("btc"), lq.NotFound, "did you mean BTC?"),
        (lambda market: market.levels("BTC", "2020-01-01"), lq.NotFound, "no frame at or before"),
        (lambda market: market.levels("BTC", "yesterday"), lq.QuestionError, "at 'yesterday' is neither ISO 8601"),
        (lambda market: market.levels("BTC", 1770000180), lq.QuestionError, "outside the years 2000 to 2100"),
        (lambda market: market.levels("BTC", within_percent=-1), lq.QuestionError, "within_percent"),
        (lambda market: market.account("0x12"), lq.QuestionError, "is not 0x and 40 hex digits"),
        (lambda market: market.account("0x" + "ab" * 20), lq.NotFound, "is not in this map"),
        (lambda market: market.joint(0), lq.QuestionError, "moves nothing"),
        (lambda market: market.heatmap("BTC", "2026-02-03", "2026-02-02"), lq.QuestionError, "not before"),
        (lambda market: market.liquidations(side="lnog"), lq.QuestionError, "unknown side 'lnog'; did you mean long?"),
        (lambda market: market.cascade("BTX", 60_000), lq.NotFound, "unknown coin 'BTX'; did you mean BTC?"),
        (lambda market: market.cascade("BTC"), lq.QuestionError, "needs a target price"),
        (lambda market: market.about(at="2026-02-02"), lq.QuestionError, "give coin"),
    ],
)
def test_a_bad_question_is_one_sentence_here_and_there(
    ask: Callable[[lq.Map], object], kind: type[Exception], said: str, folder_map: lq.Map, served_map: lq.Map
) -> None:
    for market in (folder_map, served_map):
        with pytest.raises(lq.LiqscapeError) as caught:
            ask(market)
        assert type(caught.value) is kind
        assert said in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("door", ["folder_map", "served_map"])
def test_text_in_a_numbers_place_is_one_sentence(door: str, request: pytest.FixtureRequest) -> None:
    market = request.getfixturevalue(door)
    with pytest.raises(lq.QuestionError, match=r"^within_percent '5' is not a number$"):
        market.levels("BTC", within_percent="5")
    with pytest.raises(lq.QuestionError, match=r"^btc_percent 'BTC' is not a number$"):
        market.joint("BTC")


def test_the_scale_of_a_coin_is_the_same_here_and_served(folder_map: lq.Map, served_map: lq.Map) -> None:
    here = folder_map.scale("ETH")
    assert here == served_map.scale("ETH")
    assert here.about.coin == "ETH"
    assert here.low is not None
    assert here.high is not None
    assert 0.0 < here.low < here.high
    assert here.high <= here.quantiles[0.985]
    assert here.mass is not None
    assert here.mass[0] < here.mass[1]
    assert here.since is not None
    assert here.since <= here.computed
    unknown = served_map.scale("DARK")
    assert (unknown.low, unknown.high, unknown.mass) == (None, None, None)
    assert "no mark of DARK" in unknown.note


def test_a_heatmap_is_arrays_whose_axes_fit(folder_map: lq.Map) -> None:
    window = folder_map.heatmap("BTC", width=10, height=400)
    rows, columns = window.long_notional.shape
    assert window.short_notional.shape == (rows, columns)
    assert window.price.shape == (rows + 1,)
    assert (np.diff(window.price) > 0).all()
    assert window.time.shape == window.as_of.shape == window.mark.shape == (columns,)
    assert set(np.diff(window.time).astype(int)) == {window.step_ms}
    held = folder_map.levels("BTC").filter(
        polars.col("liquidation_price").is_between(window.price[0], window.price[-1])
    )
    assert window.long_notional[:, -1].sum() + window.short_notional[:, -1].sum() == pytest.approx(
        held["notional"].sum(), rel=1e-6
    )


def test_a_hole_is_no_time_and_no_number(folder_map: lq.Map) -> None:
    window = folder_map.heatmap("BTC", "2026-02-02T02:30", "2026-02-02T02:46", price_low=50_000, price_high=90_000)
    is_hole = np.isnat(window.as_of)
    assert is_hole.any()
    assert not is_hole.all()
    assert np.isnan(window.long_notional[:, is_hole]).all()
    assert not np.isnan(window.long_notional[:, ~is_hole]).any()


def test_about_says_how_complete_a_coin_is(folder_map: lq.Map, served_map: lq.Map, stored: Any) -> None:
    frame = stored.market.frames[3]
    for market in (folder_map, served_map):
        about = market.about("BTC", at=frame.time_ms)
        assert about.as_of == datetime(2026, 2, 2, 2, 43, tzinfo=UTC)
        assert about.coverage == pytest.approx(float(frame.coverage[0]))
        assert about.margin_source_share is not None
        assert sum(about.margin_source_share.values()) == pytest.approx(1.0)
        assert about.is_simulated
        assert market.about().coverage is not None
    assert folder_map.about("BTC", at=frame.time_ms) == served_map.about("BTC", at=frame.time_ms)


def test_what_is_unknown_is_null(folder_map: lq.Map) -> None:
    dark = folder_map.coins().filter(polars.col("coin") == "DARK")
    assert dark["mark"].to_list() == dark["long_notional"].to_list() == [None]


def test_a_map_says_what_it_is(folder_map: lq.Map, served_map: lq.Map, served: str) -> None:
    assert repr(folder_map).startswith("<Map of generated 'small test market', simulated at ")
    assert served in repr(served_map)


def test_a_level_just_as_far_as_asked_is_within(folder_map: lq.Map, served_map: lq.Map) -> None:
    every = folder_map.levels("BTC")
    for distance in every["distance_percent"].abs().to_list()[:5]:
        expected = every.filter(polars.col("distance_percent").abs() <= distance)
        for market in (folder_map, served_map):
            assert market.levels("BTC", within_percent=distance).equals(expected, null_equal=True)
        nearer = float(np.nextafter(distance, 0.0))
        assert folder_map.levels("BTC", within_percent=nearer).height == expected.height - 1


def test_a_list_whose_frame_goes_while_it_is_read_begins_anew() -> None:
    pages = iter([Page([1], "a"), lq.FrameGone("gone"), Page([2], "b"), Page([3], None)])

    def ask(cursor: str | None) -> Page:
        asked.append(cursor)
        page = next(pages)
        if isinstance(page, Exception):
            raise page
        return page

    asked: list[str | None] = []
    assert whole_list(ask, "rows").rows == [2, 3]
    assert asked == [None, "a", None, "b"]


@pytest.mark.parametrize("cut", [0, 3, 7, 20, -1, -9])
def test_a_heatmap_that_broke_off_is_refused(cut: int) -> None:
    header = HeatmapHeader(
        provenance=ProvenanceAnswer("generated", "made up", True, ""),
        as_of_ms=0,
        coin="BTC",
        value="mark",
        level=0,
        first_band=1,
        rows=2,
        columns=3,
        start_ms=0,
        step_ms=60_000,
        log_width=0.0005,
        maximum=1.0,
        quantiles=None,
        damaged=[],
    )
    cells = np.arange(6, dtype=np.float32).reshape(2, 3)
    answer = HeatmapAnswer(
        header=header, as_of_ms=np.array([0, -1, 2]), mark=np.array([1.0, np.nan, 2.0]), long=cells, short=2 * cells
    )
    content = answer.to_bytes()
    again = HeatmapAnswer.from_bytes(content)
    assert again.header == header
    for name in ("as_of_ms", "mark", "long", "short"):
        np.testing.assert_array_equal(getattr(again, name), getattr(answer, name))
    with pytest.raises(RemoteWireError):
        HeatmapAnswer.from_bytes(content[:cut])


def test_a_simulation_says_the_same_here_and_there(folder_map: lq.Map, served_map: lq.Map) -> None:
    reported: list[float] = []
    asked = {"target_price": 60_000.0, "mode": "given", "minutes": 0.5, "progress": reported.append}
    here, there = (market.cascade("BTC", **asked) for market in (folder_map, served_map))
    assert reported[-1] == 1.0
    assert here.record.digest == there.record.digest
    assert here.totals == there.totals
    assert here.about.is_simulated
    assert here.assumptions
    for name in ("coins", "per_second", "per_price", "path", "winners", "fates"):
        ours, theirs = getattr(here, name), getattr(there, name)
        assert ours.schema == theirs.schema
        assert name == "path" or ours.equals(theirs, null_equal=True)
    assert here.path["time"].dtype == polars.Datetime("ms", "UTC")
    assert here.path["time"].min() >= here.about.as_of
