"""Trigger orders through time: what the history gives at a moment is what the live map answered then, to the bit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import polars as pl
import pytest
from store_frames import PROVENANCE, START_MS
from trigger_history import MARKETS, TriggerWorld, assert_same_triggers, said

from liqscape.errors import CorruptSegment
from liqscape.heatmap.moment import Moment
from liqscape.ledger.triggers import StandingTriggers
from liqscape.service.live import LiveState
from liqscape.service.moments import Moments, read_stored
from liqscape.service.triggers import AS_STORED, NONE_LEFT, NONE_STORED, TriggerQuestions
from liqscape.service.view import MapView
from liqscape.store.history import HistoryReader, HistoryWriter, writer
from liqscape.store.history.retention import KeepRules
from liqscape.store.history.schema import OF_TRIGGERS, TRIGGER_READS
from liqscape.store.history.trigger_changes import trigger_tables
from liqscape.store.history.trigger_standing import StoodTriggers, standing_of_rows


def played(seed: int = 1, minutes: Sequence[int] = range(1_420, 1_460)) -> list[Moment]:
    """Minutes around midnight; after a third of them the process restarts, and then knows nothing for a while."""
    world = TriggerWorld(seed)
    restart = minutes[len(minutes) // 3]
    found = []
    for step in minutes:
        if step == restart:
            world.restart()
        found.append(world.minute(step))
    return found


STORED = played()


def write(folder: Path, moments: Sequence[Moment]) -> None:
    with HistoryWriter(folder, PROVENANCE) as history:
        for moment in moments:
            history.append(moment)


def check(folder: Path, moments: Sequence[Moment] = STORED) -> None:
    reader = HistoryReader(folder)
    for moment in moments:
        read = read_stored(reader, moment.frame.time_ms, with_triggers=True)
        assert read is not None
        assert read.frame.time_ms == moment.frame.time_ms
        assert_same_triggers(read, moment)


@pytest.fixture
def short_chains(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "HEAD_FILES", 3)
    monkeypatch.setattr(writer, "DAY_PARTS", 2)


def test_the_world_has_all_there_is_to_store() -> None:
    told = [moment.standing for moment in STORED if moment.standing is not None]
    assert len(told) < len(STORED), "a minute in which nothing is known"
    assert max(len(each.table.key) for each in told) > 10
    assert any(len(set(each.whole_ms.tolist())) > 1 for each in told)
    assert any((each.read_ms >= 0).any() for each in told)


@pytest.mark.parametrize("seed", [1, 2, 4])
def test_rows_of_changes_give_back_the_register_to_the_bit(seed: int) -> None:
    before: StandingTriggers | None = None
    stood, batches = StoodTriggers(MARKETS), []
    for moment in played(seed, range(60)):
        batch = trigger_tables(before, moment.standing, moment.frame.time_ms, MARKETS)
        stood.move(batch)
        batches.append(batch)
        before = moment.standing
        assert said(stood.standing()) == said(moment.standing)
        joined = {name: {c: np.concatenate([b[name][c] for b in batches]) for c in batch[name]} for name in OF_TRIGGERS}
        assert said(standing_of_rows([joined], MARKETS)) == said(moment.standing), "all at once"


def test_the_same_register_costs_no_row() -> None:
    moment = STORED[-1]
    for rows in trigger_tables(moment.standing, moment.standing, START_MS, MARKETS).values():
        assert not len(rows["time_ms"])


@pytest.mark.usefixtures("short_chains")
def test_heads_parts_merged_days_and_restarts_say_the_same(tmp_path: Path) -> None:
    for begin in range(0, len(STORED), 11):
        write(tmp_path, STORED[begin : begin + 11])
    check(tmp_path)
    assert list((tmp_path / "parts").iterdir())
    assert list((tmp_path / "head").iterdir())
    with HistoryWriter(tmp_path, PROVENANCE) as history:
        history.compact()
    assert len(list((tmp_path / "parts").iterdir())) == 2
    check(tmp_path)


def test_minutes_read_one_after_the_other_give_them_when_asked(tmp_path: Path) -> None:
    write(tmp_path, STORED[:30])
    minutes = list(HistoryReader(tmp_path).minutes(0, START_MS * 2))
    assert len(minutes) == 30
    for minute, moment in zip(minutes[::7], STORED[:30:7], strict=True):
        assert_same_triggers(replace(moment, triggers=minute.triggers), moment)


def test_a_bulk_load_says_the_same(tmp_path: Path) -> None:
    with HistoryWriter(tmp_path, PROVENANCE) as history:
        history.append_many(iter(STORED))
    check(tmp_path)


def test_thinned_frames_keep_what_was_known_at_them(tmp_path: Path) -> None:
    late = TriggerWorld(9).minute(3 * 1_440)
    with HistoryWriter(tmp_path, PROVENANCE, keep=KeepRules(minute_days=1)) as history:
        history.append_many(iter([*STORED, late]))
        history.compact()
    left = set(HistoryReader(tmp_path).frame_times(0, START_MS * 2).tolist())
    assert len(left) < len(STORED)
    check(tmp_path, [moment for moment in STORED if moment.frame.time_ms in left])


def view_of(folder: Path) -> MapView:
    return MapView(HistoryReader(folder))


def test_a_question_about_a_stored_minute_is_answered_with_what_was_known_then(tmp_path: Path) -> None:
    write(tmp_path, STORED)
    moment = STORED[-5]
    answer = TriggerQuestions(view_of(tmp_path)).ask("C0", moment.frame.time_ms)
    assert answer.as_of_ms == moment.frame.time_ms
    assert answer.has_triggers
    assert AS_STORED in answer.notes
    assert answer.coverage is not None
    ages = moment.frame.time_ms - moment.triggers[1].known_ms[moment.triggers[1].known_ms >= 0]  # type: ignore[index]
    assert answer.coverage.oldest_age_ms is not None
    assert answer.coverage.oldest_age_ms <= int(ages.max())


def test_the_answer_about_a_stored_moment_is_the_one_the_live_map_gave(tmp_path: Path) -> None:
    write(tmp_path, STORED[:30])
    stored = view_of(tmp_path)
    for moment in STORED[5:30:6]:
        live = MapView(None, LiveState.of_moment(moment))
        for coin in MARKETS.coins[:3]:
            now = TriggerQuestions(live).ask(coin)
            then = TriggerQuestions(stored).ask(coin, moment.frame.time_ms)
            assert AS_STORED not in now.notes
            assert then.has_triggers == now.has_triggers
            assert msgspec.structs.replace(then, notes=now.notes) == now


def test_a_minute_that_is_missing_makes_what_is_known_older_and_not_newer(tmp_path: Path) -> None:
    """A map that is down for a while, and one that goes on with what it read before, both say how old it is."""
    moment = STORED[-5]
    later = TriggerWorld(2).minute(1_459)
    kept = Moment(
        frame=later.frame,
        accounts=moment.accounts,
        tables=later.tables,
        is_stored=True,
        triggers=moment.triggers,
        standing=moment.standing,
    )
    write(tmp_path, [moment, kept])
    first, second = (
        TriggerQuestions(view_of(tmp_path)).ask("C1", each.frame.time_ms).coverage for each in (moment, kept)
    )
    assert first is not None
    assert second is not None
    assert first.known_account_count == second.known_account_count > 0
    assert first.oldest_age_ms is not None
    passed_ms = kept.frame.time_ms - moment.frame.time_ms
    assert second.oldest_age_ms == first.oldest_age_ms + passed_ms


def test_frames_without_any_say_unknown_and_no_zero(tmp_path: Path) -> None:
    untold = [Moment(frame=m.frame, accounts=m.accounts, tables=m.tables, is_stored=True) for m in STORED]
    write(tmp_path, untold)
    with HistoryWriter(tmp_path, PROVENANCE) as history:
        history.compact()
    assert not list(tmp_path.glob("parts/*/trigger*.parquet"))
    mark = untold[-1].frame.snapshot.mark
    answer = TriggerQuestions(view_of(tmp_path)).ask(MARKETS.coins[int(np.argmax(mark > 0.0))])
    assert not answer.has_triggers
    assert answer.notes[0] == NONE_STORED
    assert set(answer.absorption.stop_notional) == {None}


@pytest.mark.parametrize("name", OF_TRIGGERS)
def test_a_torn_file_costs_its_trigger_orders_and_says_so(tmp_path: Path, name: str) -> None:
    write(tmp_path, STORED)
    with HistoryWriter(tmp_path, PROVENANCE) as history:
        history.compact()
    path = sorted(tmp_path.glob(f"parts/*/{name}.parquet"))[0]
    path.write_bytes(path.read_bytes()[:-100])
    day = [moment for moment in STORED if moment.frame.time_ms < START_MS + 1_440 * 60_000]
    reader = HistoryReader(tmp_path)
    with pytest.raises(CorruptSegment, match=f"{name}.parquet"):
        reader.standing_at(day[-1].frame.time_ms)
    moment = Moments(reader, None).at(day[-1].frame.time_ms)
    assert moment.triggers is None
    assert moment.accounts.address_row.tobytes() == day[-1].accounts.address_row.tobytes()
    answer = TriggerQuestions(view_of(tmp_path)).ask("C0", day[-1].frame.time_ms)
    assert not answer.has_triggers
    assert answer.totals is None
    assert answer.notes[0] == f"{name}.parquet is damaged: {NONE_LEFT}"
    check(tmp_path, STORED[len(day) :])
    write(tmp_path, [TriggerWorld(3).minute(step) for step in (1_470, 1_471, 1_472)])
    assert any(each.file.endswith(f"{name}.parquet") for each in HistoryReader(tmp_path).damaged)
    assert TriggerQuestions(view_of(tmp_path)).ask("C0", day[-1].frame.time_ms).totals is None


def test_two_torn_heads_in_a_row_show_nothing_of_before_in_their_place(tmp_path: Path) -> None:
    write(tmp_path, STORED[20:30])
    heads = sorted((tmp_path / "head").iterdir())
    for path in heads[-2:]:
        path.write_bytes(path.read_bytes()[:-50])
    reader = HistoryReader(tmp_path)
    assert reader.last_ms is not None
    last = next(m for m in STORED if m.frame.time_ms == reader.last_ms)
    read = read_stored(reader, STORED[29].frame.time_ms, with_triggers=True)
    assert read is not None
    assert read.frame.time_ms == last.frame.time_ms
    assert_same_triggers(read, last)


def test_heads_written_before_triggers_were_kept_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from liqscape.store.history import head

    real = head._encode

    def former(batch: dict[str, object], *others: object) -> object:
        return real({name: rows for name, rows in batch.items() if name not in OF_TRIGGERS}, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(head, "_encode", former)
    write(tmp_path, STORED[:3])
    monkeypatch.undo()
    write(tmp_path, STORED[3:])
    reader = HistoryReader(tmp_path)
    assert reader.standing_at(STORED[2].frame.time_ms) is None
    check(tmp_path, STORED[3:])


def test_files_say_words_and_null(tmp_path: Path) -> None:
    write(tmp_path, STORED)
    with HistoryWriter(tmp_path, PROVENANCE) as history:
        history.compact()
    orders = pl.concat([pl.read_parquet(path) for path in tmp_path.glob("parts/*/triggers.parquet")])
    assert set(orders["side"].unique().to_list()) == {"buy", "sell"}
    assert set(orders["kind"].unique().to_list()) == {"stop", "take_profit"}
    assert orders["limit_price"].null_count() > 0
    assert orders["limit_price"].is_nan().sum() == 0
    assert orders["address"].is_null().eq(~orders["is_waiting"]).all()
    reads = pl.concat([pl.read_parquet(path) for path in tmp_path.glob(f"parts/*/{TRIGGER_READS}.parquet")])
    assert {"begins", "read"} <= set(reads["news"].unique().to_list())
    assert (reads["known"].drop_nulls().dt.timestamp("ms") > 0).all()
