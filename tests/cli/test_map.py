"""`liqscape map`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from stored_moments import moment_of

from liqscape.cli.ladder import build_ladder, ladder_level
from liqscape.service.live import LiveState
from liqscape.service.view import MapView

Run = Callable[..., str]
RunJson = Callable[..., Any]


@pytest.fixture(scope="module")
def view(stored: Any) -> MapView:
    market = stored.market
    return MapView(None, LiveState.of_moment(moment_of(market.frames[-1], market.accounts[-1], market.tables)))


@pytest.mark.parametrize(("rows", "reach"), [(10, 20.0), (36, 60.0), (80, 400.0)])
def test_ladder_plus_what_lies_beyond_equals_the_bands(view: MapView, rows: int, reach: float) -> None:
    mark = view.frame("BTC").mark
    frame = view.frame("BTC", None, ladder_level(mark, rows, reach))
    ladder = build_ladder(frame, reach)
    columns = frame.bands
    for side, shown, beyond in (
        (1, sum(row.long for row in ladder.rows), ladder.long_beyond),
        (-1, sum(row.short for row in ladder.rows), ladder.short_beyond),
    ):
        bands = sum(n for n, s in zip(columns.notional, columns.side, strict=True) if s == side and n is not None)
        assert shown + beyond == pytest.approx(bands, rel=1e-12)
        assert shown > 0.0


@pytest.mark.parametrize(("rows", "reach"), [(4, 5.0), (10, 5.0), (36, 15.0), (80, 60.0), (500, 500.0)])
def test_ladder_keeps_to_its_rows_and_has_no_gap(view: MapView, rows: int, reach: float) -> None:
    mark = view.frame("ETH").mark
    assert mark is not None
    ladder = build_ladder(view.frame("ETH", None, ladder_level(mark, rows, reach)), reach)
    assert rows / 4 < len(ladder.rows) <= rows
    for above, below in zip(ladder.rows, ladder.rows[1:], strict=False):
        assert above.price_low == pytest.approx(below.price_high, rel=1e-12)
    (at_mark,) = (row for row in ladder.rows if row.has_mark)
    assert at_mark.price_low <= mark < at_mark.price_high
    assert ladder.rows[0].price_high >= mark * (1.0 + reach / 100.0) * (1.0 - 1e-12)


def test_the_picture_holds_ladder_clusters_asymmetry_and_standing_line(stored: Any, command: Run) -> None:
    shown = command("map", "BTC", "--data", stored.folder)
    assert "BTC  mark" in shown
    assert "▶" in shown
    assert "█" in shown
    assert "Clusters, largest first" in shown
    assert "Asymmetry" in shown
    assert "Coverage of open interest" in shown
    assert "SIMULATED: no real account" in shown
    assert "made up for tests" in shown
    assert "2026-02-02T02:45:00Z" in shown


def test_no_line_is_wider_than_the_terminal(stored: Any, command: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for columns in (60, 80, 132):
        monkeypatch.setenv("COLUMNS", str(columns))
        shown = command("map", "BTC", "--data", stored.folder, "--within-percent", "40")
        assert max(len(line.rstrip()) for line in shown.splitlines()) <= columns


def test_output_that_is_no_terminal_has_no_colour(stored: Any, command: Run) -> None:
    assert "\x1b" not in command("map", "BTC", "--data", stored.folder)


def test_longer_bars_are_larger_sums(stored: Any, command: Run) -> None:
    shown = command("map", "BTC", "--data", stored.folder, "--rows", "60", "--within-percent", "100")
    bars = {}
    for line in shown.splitlines():
        one = re.fullmatch(r".{14} *([\d.]+)([kM]?) [LS] (\S*) *", line)
        if one:
            bars[float(one[1]) * {"": 1.0, "k": 1e3, "M": 1e6}[one[2]]] = len(one[3])
    assert len(bars) > 5
    lengths = [bars[amount] for amount in sorted(bars)]
    assert lengths == sorted(lengths)


def test_json_is_the_same_three_answers_as_the_api(stored: Any, command_json: RunJson) -> None:
    answer = command_json("map", "BTC", "--data", stored.folder)
    assert set(answer) == {"frame", "clusters", "asymmetry"}
    assert {part["as_of_ms"] for part in answer.values()} == {stored.last_ms}
    assert {part["coin"] for part in answer.values()} == {"BTC"}


def test_a_coin_without_a_mark_says_so(stored: Any, command: Run) -> None:
    shown = command("map", "DARK", "--data", stored.folder)
    assert "The mark of this coin is not known" in shown
    assert "long unknown" in shown or "long no level" in shown or "- long" in shown


@pytest.mark.parametrize(
    ("option", "value"),
    [("--rows", "3"), ("--rows", "501"), *(("--within-percent", value) for value in ("0", "nan", "1e9"))],
)
def test_an_option_out_of_bounds_is_refused_by_name(option: str, value: str, stored: Any, refused: Run) -> None:
    assert option in refused("map", "BTC", "--data", stored.folder, option, value)
