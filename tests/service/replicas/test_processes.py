"""Real processes: a replica answers as its collector does; any of them may be killed, and nothing is lost."""

from __future__ import annotations

from replica_answers import assert_same_answers, stored_of, wait_until_shown
from replica_processes import Farm, seconds_until
from small_market import MINUTE_MS, START_MS


def test_a_replica_answers_as_its_collector_and_whatever_is_killed_nothing_is_lost(farm: Farm) -> None:
    nats, collector = farm.nats(), farm.collector()
    replica = farm.replica("one")
    newest_ms = collector.make("frame", "minute", "frame", "frame")
    wait_until_shown(replica, newest_ms)
    status = replica.ask("status")
    assert (status["is_live"], status["replica_lag_ms"]) == (True, 0.0)
    assert replica.ask("status")["sequence"] == collector.ask("status")["sequence"]
    assert_same_answers(collector, replica, [START_MS + 10 * MINUTE_MS, newest_ms // MINUTE_MS * MINUTE_MS, newest_ms])

    # The replica: what was stored while it was away is there soon after, parts that were made meanwhile too.
    replica.kill()
    newest_ms = collector.make("minute", "seal", "minute", "minute")
    replica = farm.replica("one")
    wait_until_shown(replica, newest_ms)
    assert_same_answers(collector, replica, [newest_ms - 2 * MINUTE_MS, newest_ms])

    # The NATS server: both go on, the replica says it is behind, and gets what it missed.
    nats.kill()
    newest_ms = collector.make("minute", "seal", "minute", "frame")
    seconds_until(lambda: replica.ask("status")["feed_state"] == "reconnecting", "word of the lost connection")
    assert replica.ask("status")["is_live"] is False
    assert replica.ask("status")["replica_lag_ms"] > 0.0
    nats = farm.nats()
    wait_until_shown(replica, newest_ms)
    seconds_until(lambda: stored_of(replica) == stored_of(collector), "the minutes stored meanwhile")
    assert_same_answers(collector, replica, [newest_ms // MINUTE_MS * MINUTE_MS, newest_ms])

    # The collector: the replica says so and serves what it has; another one goes on.
    seconds_until(lambda: replica.ask("status")["is_live"], "the replica to be live again")
    collector.kill()
    seconds_until(lambda: replica.ask("status")["feed_state"] == "stale", "word of the silent collector")
    assert replica.ask("sources")["replica"]["state"] == "silent"
    assert replica.ask("coins/BTC/clusters")["clusters"]
    collector = farm.collector()
    newest_ms = collector.make("minute", "frame")
    wait_until_shown(replica, newest_ms)
    seconds_until(lambda: replica.ask("status")["is_live"], "the replica to be live again")
    assert_same_answers(collector, replica, [newest_ms // MINUTE_MS * MINUTE_MS, newest_ms])
    assert "Traceback" not in replica.log.read_text() + collector.log.read_text()
