"""The outbox: none lost, none twice, bounded, and a full disk said."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from amounts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from made_alerts import MadeAlert, made_alerts

from liqscape.service.alerting import outbox as outbox_module
from liqscape.service.alerting.outbox import MAX_WAITING, OVERFLOW, Outbox

State = dict[tuple[str, str], str | None]


def standing(outbox: Outbox) -> State:
    """The outcome of every delivery."""
    return {(row.message.message_id, row.destination): row.outcome for row in outbox.deliveries()}


ACTIONS = st.one_of(
    st.tuples(st.just("put"), st.lists(st.sampled_from("abcdef"), min_size=1, max_size=3)),
    st.tuples(st.sampled_from(["deliver", "give up", "fail"]), st.sampled_from(["phone", "desk"])),
    st.tuples(st.sampled_from(["reopen", "rewrite", "disk fails", "disk works"]), st.none()),
)


@pytest.mark.property
@settings(max_examples=examples(400, 30), deadline=None)
@given(actions=st.lists(ACTIONS, max_size=25))
def test_it_is_what_a_table_would_be(
    tmp_path_factory: pytest.TempPathFactory, actions: list[tuple[str, object]]
) -> None:
    """Against a dictionary, through restarts, rewritings and a disk that comes and goes."""
    folder = tmp_path_factory.mktemp("outbox")
    expected: State = {}
    order: dict[str, list[str]] = {"phone": [], "desk": []}
    outbox = Outbox(folder, lambda: 1_000)
    real_write = os.write
    is_failing = False
    try:
        for verb, what in actions:
            if verb == "put":
                assert isinstance(what, list)
                outbox.put(made_alerts(*what, to=("phone", "desk")))
                for each in what:
                    for name in ("phone", "desk"):
                        if (each, name) not in expected:
                            expected[each, name] = None
                            order[name].append(each)
            elif verb in ("deliver", "give up", "fail"):
                name = str(what)
                found = outbox.next_for(name)
                assert (None if found is None else found[0].message_id) == (order[name][0] if order[name] else None)
                if found is None:
                    continue
                message_id = order[name].pop(0)
                if verb == "fail":
                    outbox.failed_once(name, message_id, "no")
                    order[name].append(message_id)
                    continue
                outcome = "delivered" if verb == "deliver" else "given_up"
                outbox.settle(name, message_id, outcome)  # type: ignore[arg-type]
                expected[message_id, name] = outcome
            elif verb == "disk fails":
                is_failing = True
                os.write = _refusing  # type: ignore[assignment]
            elif verb == "disk works":
                is_failing = False
                os.write = real_write
                outbox.retry_disk()
                assert outbox.not_stored_since_ms is None
            elif verb == "rewrite":
                with outbox._disk:
                    outbox._rewrite()
            elif not is_failing:
                outbox.close()
                outbox = Outbox(folder, lambda: 1_000)
                for name in order:
                    order[name].sort(key=lambda each: list(expected).index((each, "phone")))
            assert standing(outbox) == expected
    finally:
        os.write = real_write
        outbox.close()


def _refusing(_descriptor: int, _content: bytes) -> int:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_an_alert_put_again_is_passed_over_also_after_it_was_delivered_and_a_restart(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, lambda: 1_000)
    outbox.put(made_alerts("a", "a"))
    outbox.settle("phone", "a", "delivered")
    outbox.close()
    outbox = Outbox(tmp_path, lambda: 2_000)
    outbox.put(made_alerts("a", "b"))
    assert standing(outbox) == {("a", "phone"): "delivered", ("b", "phone"): None}
    assert [(each.waiting, each.delivered) for each in outbox.figures()] == [(1, 0)]


def test_an_alert_without_destinations_is_not_stored(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, lambda: 1_000)
    outbox.put(made_alerts("a", to=()))
    assert standing(outbox) == {}


def test_the_body_is_the_alert_and_the_same_after_a_restart(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, lambda: 1_000)
    outbox.put([MadeAlert(alert_id="a", text="6 % \u2013 \U0001f600", title="t" * 9_000)])
    before = outbox.next_for("phone")
    outbox.close()
    after = Outbox(tmp_path, lambda: 2_000).next_for("phone")
    assert before == after
    assert before is not None
    assert before[0].body.startswith('{"alert_id":"a","title":"tttt')
    assert len(before[0].title) == 4_000, "what chats take"


def test_the_oldest_are_given_up_where_more_wait_than_there_is_room_for(tmp_path: Path) -> None:
    now = [0]
    outbox = Outbox(tmp_path, lambda: now[0])
    for first in range(0, MAX_WAITING + 30, 103):
        now[0] += 1
        outbox.put(made_alerts(*(f"alert-{first + each}" for each in range(103)), to=("dead",)))
    outbox.put(made_alerts("alive", to=("alive",)))
    by_name = {each.destination: each for each in outbox.figures()}
    assert by_name["dead"].waiting == MAX_WAITING
    assert by_name["dead"].failed == 103 * 10 - MAX_WAITING
    assert by_name["alive"].waiting == 1, "another destination has its own room"
    gone = [row for row in outbox.deliveries() if row.outcome == "given_up"]
    assert {row.message.message_id for row in gone} == {f"alert-{each}" for each in range(30)}
    assert {row.reason for row in gone} == {OVERFLOW}


def test_a_full_disk_is_said_and_alerts_are_delivered_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    outbox = Outbox(tmp_path, lambda: 7_000)
    outbox.put(made_alerts("a"))
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", _refusing)
        patch.setattr(outbox_module.Journal, "rewrite", lambda *_: _refusing(0, b""))
        outbox.put(made_alerts("b"))
        assert (outbox.not_stored_since_ms, outbox.not_stored_reason) == (7_000, "No space left on device")
        outbox.settle("phone", "b", "delivered")
        outbox.retry_disk()
        assert standing(outbox) == {("a", "phone"): None, ("b", "phone"): "delivered"}
    outbox.retry_disk()
    assert outbox.not_stored_since_ms is None
    outbox.close()
    assert standing(Outbox(tmp_path, lambda: 8_000)) == {("a", "phone"): None, ("b", "phone"): "delivered"}
    said = [record.getMessage() for record in caplog.records]
    assert said == ["alerts are not stored: No space left on device", "alerts are stored again"]


def test_the_journal_stays_small_and_knows_the_newest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_module, "REWRITE_BYTES", 10_000)
    monkeypatch.setattr(outbox_module, "KEPT_ALERTS", 20)
    outbox = Outbox(tmp_path, lambda: 1_000)
    outbox.put(made_alerts("waits", to=("dead",)))
    for number in range(100):
        outbox.put(made_alerts(f"alert-{number}"))
        outbox.settle("phone", f"alert-{number}", "delivered")
    assert (tmp_path / "journal.jsonl").stat().st_size < 21_000
    outbox.close()
    outbox = Outbox(tmp_path, lambda: 2_000)
    assert ("waits", "dead") in standing(outbox)
    assert ("alert-99", "phone") in standing(outbox)
    assert len(standing(outbox)) < 60


@pytest.mark.parametrize("waits", [(), ("old",)])
def test_an_outbox_that_is_closed_takes_nothing(tmp_path: Path, waits: tuple[str, ...]) -> None:
    outbox = Outbox(tmp_path, lambda: 1_000)
    outbox.put(made_alerts(*waits))
    outbox.close()
    outbox.put(made_alerts("late"))
    assert standing(Outbox(tmp_path, lambda: 1_000)) == {(each, "phone"): None for each in waits}


def test_who_waits_for_alerts_is_told_once_they_are_durable(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, lambda: 1_000)
    told: list[set[str]] = []
    size: Callable[[], int] = lambda: (tmp_path / "journal.jsonl").stat().st_size  # noqa: E731
    outbox.on_waiting = lambda names: told.append(set(names)) if size() else None
    outbox.put(made_alerts("a", to=("phone", "desk")))
    assert told == [{"phone", "desk"}]
