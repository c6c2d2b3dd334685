"""Clusters through time have the same rows on every door, to the bit: Python, HTTP, the command line, SQL."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars
import pytest
from made_up_study import COIN, GONE, LAST_MS, OLD, SHORT, YOUNG
from small_market import START_MS, address

import liqscape as lq
from liqscape.cli.main import main
from liqscape.errors import NotFound, QuestionError
from liqscape.service.answers.cascade_states import CascadeStateRow
from liqscape.service.answers.cluster_changes import ChangeAnswer
from liqscape.service.answers.sweeps import SweepAnswer
from liqscape.service.liquidation_questions import OF_IMPACT
from liqscape.service.tables.of_records import SPANS, TIMESTAMP, columns_of
from liqscape.units import MINUTE_MS

QUESTIONS: dict[str, Callable[[lq.Map], polars.DataFrame]] = {
    "clusters": lambda market: market.clusters(COIN, START_MS + 2 * MINUTE_MS),
    "tracked": lambda market: market.tracked(COIN),
    "tracked, then": lambda market: market.tracked(COIN, START_MS + MINUTE_MS, held_for="1min"),
    "needs": lambda market: market.needs(COIN),
    "life": lambda market: market.cluster(OLD).life,
    "life, changes": lambda market: market.cluster(OLD).changes,
    "life, sweeps": lambda market: market.cluster(OLD).sweeps,
    "changes": lambda market: market.changes(COIN),
    "changes, one reason": lambda market: market.changes(COIN, reason="opened", cluster_id=OLD, side="long"),
    "sweeps": lambda market: market.sweeps(COIN),
    "cascades": lambda market: market.cascades(COIN),
    "events": lambda market: market.events(),
    "events of a wallet": lambda market: market.events(COIN, address=address(3), price_low=1.0),
    "overshoot": lambda market: market.overshoot(),
    "overshoot of one, in sigma": lambda market: market.overshoot(COIN, unit="sigma"),
    "outcomes": lambda market: market.outcomes(COIN),
}
NO_SIGMA = "overshoot of one, in sigma"
"""The made-up sweeps have none."""

OF_SQL = {
    "changes": ("cluster_changes", "time DESC, cluster_id || ' ' || reason"),
    "sweeps": ("sweeps", "entered DESC, sweep_id"),
    "cascades": ("cascades", "time DESC, cascade_id || ' ' || state"),
    "events": ("liquidation_events", "first_fill DESC, event_id"),
    "life": (f"cluster_history WHERE cluster_id = '{OLD}'", "time"),
}
"""View and order by the question."""
KINDS = {"changes": ChangeAnswer, "sweeps": SweepAnswer, "cascades": CascadeStateRow}
"""Commands of these names, and the records they list."""


def bits(table: polars.DataFrame) -> list[dict[str, Any]]:
    """Rows with floats as their eight bytes."""
    return [
        {name: struct.pack("<d", value) if isinstance(value, float) else value for name, value in row.items()}
        for row in table.to_dicts()
    ]


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_folder_and_its_server_answer_the_same_rows(name: str, folder_map: lq.Map, served_map: lq.Map) -> None:
    here, there = QUESTIONS[name](folder_map), QUESTIONS[name](served_map)
    assert here.schema == there.schema
    assert bits(here) == bits(there)
    assert here.height > 0 or name == NO_SIGMA


@pytest.mark.parametrize("name", OF_SQL)
def test_sql_has_the_same_rows(name: str, stored: Any, folder_map: lq.Map) -> None:
    pytest.importorskip("duckdb")
    view, order = OF_SQL[name]
    table = QUESTIONS[name](folder_map)
    with lq.connect(stored.folder) as connection:
        asked = polars.DataFrame(connection.sql(f"FROM {view} ORDER BY {order}"))
    columns = [name for name in asked.columns if name in table.columns]
    assert set(asked.columns) <= set(table.columns)
    assert bits(asked.select(columns)) == bits(table.select(columns))


@pytest.mark.parametrize("name", KINDS)
def test_the_command_line_answers_the_records_of_the_api(
    name: str, stored: Any, folder_map: lq.Map, served: str, capsys: pytest.CaptureFixture[str]
) -> None:
    said = []
    for place in (["--data", str(stored.folder)], ["--url", served]):
        assert main([name, COIN, *place, "--json"]) == 0
        said.append(json.loads(capsys.readouterr().out))
    assert said[0] == said[1]
    table = QUESTIONS[name](folder_map)
    rows = [{column.name: row[column.field] for column in columns_of(KINDS[name])} for row in said[0][name]]
    sides, times = {1: "long", -1: "short"}, [each for each, dtype in table.schema.items() if dtype == TIMESTAMP]
    for row in rows:
        row["side"] = sides[row["side"]]
    shown = table.with_columns(polars.col(times).dt.epoch("ms")).select(list(rows[0]))
    assert bits(shown) == bits(polars.DataFrame(rows, schema=shown.schema))


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_row_says_what_it_is_made_from_and_times_are_timestamps(name: str, folder_map: lq.Map) -> None:
    table = QUESTIONS[name](folder_map)
    assert table["as_of"].dtype == polars.Datetime("ms", "UTC")
    assert set(table["is_simulated"]) <= {True}
    assert all(each.endswith(SPANS) for each in table.columns if each.endswith("_ms"))


def test_a_life_has_relatives_and_its_step(folder_map: lq.Map) -> None:
    life = folder_map.cluster(OLD)
    assert (life.children, life.merged, life.step_ms) == ((YOUNG,), (GONE,), MINUTE_MS)
    assert life.life["event"].to_list() == ["born", "standing"]
    assert OLD in repr(life)


def test_what_has_not_been_held_for_so_long_is_left_out(folder_map: lq.Map) -> None:
    at = START_MS + 2 * MINUTE_MS
    assert folder_map.tracked(COIN, at, held_for=timedelta(minutes=1)).height == 3
    assert folder_map.tracked(COIN, at, held_for="2min").height == 0
    assert folder_map.clusters(COIN, at, held_for="2min").height == 0


def test_a_folder_asked_now_shows_the_clusters_that_stood_last(folder_map: lq.Map) -> None:
    assert set(folder_map.tracked(COIN)["cluster_id"]) == {OLD, YOUNG}


def test_a_folder_says_since_when_each_figure_counts(folder_map: lq.Map) -> None:
    since = dict(folder_map.needs(COIN).select("figure", "since").rows())
    assert since["cluster_id"].timestamp() * 1_000 == START_MS
    assert since["sweeps"].timestamp() * 1_000 == START_MS + MINUTE_MS
    assert since["reasons"] is since["impact"] is None  # nothing of either was written down
    assert set(folder_map.needs("ETH")["since"]) == {None}


def test_mistakes_are_one_sentence(folder_map: lq.Map, served_map: lq.Map) -> None:
    for market in (folder_map, served_map):
        with pytest.raises(NotFound, match=f"did you mean {OLD}"):
            market.cluster(f"{OLD}0")
        with pytest.raises(NotFound, match="unknown coin"):
            market.cluster("nothing at all")
        with pytest.raises(QuestionError, match="did you mean swept"):
            market.sweeps(COIN, outcome="swpt")
        with pytest.raises(QuestionError, match="unknown side"):
            market.changes(COIN, side="lng")
        with pytest.raises(QuestionError, match="no length of time"):
            market.tracked(COIN, held_for="soon")
    assert folder_map.changes(COIN, LAST_MS).is_empty()
    assert folder_map.changes(COIN, side="short")["cluster_id"].to_list() == [SHORT]


def test_liquidations_carry_what_price_did_after_them(
    stored: Any, folder_map: lq.Map, served_map: lq.Map, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events = {row["address"]: row for row in folder_map.events(COIN).to_dicts()}
    for market in (folder_map, served_map):
        rows = market.liquidations(COIN).to_dicts()
        assert len(rows) == 3
        for row in rows:
            event = events[row["address"]]
            assert all(row[name] == event[name] for name in OF_IMPACT)
            assert row["why_unknown"].startswith("impact_1s_bp")
        assert market.liquidations("ETH")["event_id"].null_count() == 2  # nobody measured those
    out = tmp_path / "events.parquet"
    assert main(["liquidations", "--data", str(stored.folder), "--out", str(out)]) == 0
    assert set(polars.read_parquet(out)["impact_10s_bp"].to_list()) == {7.5, None}
    capsys.readouterr()
    assert main(["liquidations", "--data", str(stored.folder)]) == 0
    assert "-2.2 bp" in capsys.readouterr().out
