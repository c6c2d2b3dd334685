"""Delivery from the outbox: dead destinations delay nobody, nothing is lost, and no secret is let out."""

from __future__ import annotations

import asyncio
import json
import logging
import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hook_server import PATIENCE_S, HookServer, free_port, open_hook_server
from made_alerts import made_alerts, made_message

from liqscape.errors import Busy, SettingsError, StoreError
from liqscape.service.alerting.attempt import Attempt, Sender, failed
from liqscape.service.alerting.delivery import Deliverer, Waits, open_delivery, send_once
from liqscape.service.alerting.destinations import Destination
from liqscape.service.alerting.outbox import Delivery, Outbox
from liqscape.store.outbox import OutboxMessage

QUICK = Waits(first_s=0.01, max_s=0.05)


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_SECRET", "SECRET of the desk")


def webhooks(path: Path, **urls: str) -> Path:
    """A file of webhooks by name."""
    path.touch(mode=0o600)
    path.write_text(
        "\n".join(
            f'[destinations.{name}]\nwebhook = "{url}"\nsecret_env = "DESK_SECRET"\nallow_private = true'
            for name, url in urls.items()
        )
    )
    return path


class Watched(Outbox):
    """An outbox that tells each end."""

    def __init__(self, folder: Path, now_ms: Callable[[], int] = lambda: 1_000) -> None:
        super().__init__(folder, now_ms)
        self.ends: queue.Queue[tuple[str, str, str]] = queue.Queue()
        self.failures: queue.Queue[tuple[str, str]] = queue.Queue()

    def settle(self, destination: str, message_id: str, outcome: str, reason: str | None = None) -> None:  # type: ignore[override]
        super().settle(destination, message_id, outcome, reason)  # type: ignore[arg-type]
        self.ends.put((destination, message_id, outcome))

    def failed_once(self, destination: str, message_id: str, reason: str) -> None:
        super().failed_once(destination, message_id, reason)
        self.failures.put((destination, reason))

    def next_end(self) -> tuple[str, str, str]:
        """The next delivery that ended."""
        return self.ends.get(timeout=PATIENCE_S)

    def row(self, destination: str, message_id: str) -> Delivery:
        """One delivery."""
        return next(
            each
            for each in self.deliveries()
            if (each.destination, each.message.message_id) == (destination, message_id)
        )


@contextmanager
def opened(folder: Path) -> Iterator[Watched]:
    """An outbox until the block ends."""
    outbox = Watched(folder)
    try:
        yield outbox
    finally:
        outbox.close()


@contextmanager
def delivering(outbox: Outbox, file: Path, **asked: object) -> Iterator[Deliverer]:
    """Delivery until the block ends."""
    deliverer = Deliverer(outbox, file, lambda: 1_000, **{"waits": QUICK, "look_s": 0.02, **asked})  # type: ignore[arg-type]
    deliverer.start()
    try:
        yield deliverer
    finally:
        deliverer.close()


def test_what_is_put_is_delivered_once_with_its_id(tmp_path: Path) -> None:
    outbox = Watched(tmp_path / "outbox")
    with (
        open_hook_server() as server,
        delivering(outbox, webhooks(tmp_path / "alerts.toml", desk=server.url)),
    ):
        outbox.put(made_alerts("a", "b", to=("desk",)))
        assert [outbox.next_end() for _ in range(2)] == [("desk", "a", "delivered"), ("desk", "b", "delivered")]
        hooks = [server.next(), server.next()]
        assert [each.headers["webhook-id"] for each in hooks] == ["a", "b"]
        assert json.loads(hooks[0].body)["alert_id"] == "a"
        assert server.received.empty()


def test_dead_silent_and_failing_destinations_delay_nobody(tmp_path: Path) -> None:
    """Four that never take anything, one that does: it has all of its alerts while the others wait."""
    outbox = Watched(tmp_path / "outbox")
    ids = [f"alert-{number}" for number in range(30)]
    with (
        open_hook_server() as good,
        open_hook_server(status=500) as failing,
        open_hook_server(is_silent=True) as silent,
        open_hook_server(status=302, headers={"location": good.url}) as elsewhere,
        delivering(
            outbox,
            webhooks(
                tmp_path / "alerts.toml",
                good=good.url,
                failing=failing.url,
                silent=silent.url,
                elsewhere=elsewhere.url,
                dead=f"http://127.0.0.1:{free_port()}/SECRETPATH",
            ),
        ),
    ):
        outbox.put(made_alerts(*ids, to=("dead", "silent", "failing", "elsewhere", "good")))
        silent.next()
        assert [outbox.next_end() for _ in ids] == [("good", each, "delivered") for each in ids]
        assert good.received.qsize() == len(ids), "none came by way of a redirect"
        waiting = {each.destination: each.waiting for each in outbox.figures()}
        assert waiting == {"good": 0, "dead": 30, "silent": 30, "failing": 30, "elsewhere": 30}
        reasons = {each.destination: each.last_reason for each in outbox.figures()}
        assert reasons["dead"] == "connection refused"
        assert reasons["failing"] == "it answers 500"
        assert reasons["elsewhere"] == "it answers 302: redirects are not followed"


def test_a_destination_that_comes_back_gets_everything(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    outbox = Watched(tmp_path / "outbox")
    with (
        open_hook_server(statuses=[503, 503, 503, 500]) as server,
        delivering(outbox, webhooks(tmp_path / "alerts.toml", desk=server.url)),
    ):
        outbox.put(made_alerts("a", "b", to=("desk",)))
        assert {outbox.next_end()[1:] for _ in range(2)} == {("a", "delivered"), ("b", "delivered")}
        hooks = [server.next() for _ in range(6)]
    assert {each.headers["webhook-id"] for each in hooks} == {"a", "b"}
    assert len({each.body for each in hooks}) == 2, "the same bytes at every attempt"
    assert sum(outbox.row("desk", each).attempts for each in "ab") == 6
    said = [record.getMessage() for record in caplog.records]
    assert said == [
        "an alert is not delivered to desk, and tried again: it answers 503",
        "alerts are delivered to desk again",
    ]


def test_one_message_that_is_refused_does_not_stop_the_next(tmp_path: Path) -> None:
    outbox = Watched(tmp_path / "outbox")

    class Picky:
        async def send(self, message: OutboxMessage) -> Attempt:
            return failed("it answers 400") if message.message_id == "bad" else Attempt(is_delivered=True)

        async def close(self) -> None: ...

    file = webhooks(tmp_path / "alerts.toml", desk="https://example.org/")
    with delivering(outbox, file, make=lambda _: Picky()):
        outbox.put(made_alerts("bad", "good", to=("desk",)))
        assert outbox.next_end() == ("desk", "good", "delivered")


def test_what_waited_when_the_process_ended_is_delivered_by_the_next(tmp_path: Path) -> None:
    file = webhooks(tmp_path / "alerts.toml", desk=f"http://127.0.0.1:{free_port()}/")
    with opened(tmp_path / "outbox") as outbox, delivering(outbox, file):
        outbox.put(made_alerts("a", to=("desk",)))
        outbox.failures.get(timeout=PATIENCE_S)
    with (
        opened(tmp_path / "outbox") as outbox,
        open_hook_server() as server,
        delivering(outbox, webhooks(file, desk=server.url)),
    ):
        assert outbox.next_end() == ("desk", "a", "delivered")


def test_what_is_too_old_is_given_up_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    now = [0]
    outbox = Watched(tmp_path / "outbox", lambda: now[0])
    file = webhooks(tmp_path / "alerts.toml", desk=f"http://127.0.0.1:{free_port()}/SECRETPATH")
    file.write_text(f"{file.read_text()}\ngive_up_after_minutes = 2")
    deliverer = Deliverer(outbox, file, lambda: now[0], waits=QUICK)
    outbox.put(made_alerts("a", to=("desk",)))
    deliverer.start()
    try:
        outbox.failures.get(timeout=PATIENCE_S)
        assert outbox.ends.empty()
        now[0] = 120_001
        assert outbox.next_end() == ("desk", "a", "given_up")
    finally:
        deliverer.close()
    row = outbox.row("desk", "a")
    assert row.reason == "not delivered within 2 minutes: connection refused"
    assert row.attempts >= 1
    assert "1 alerts for desk given up, the last: not delivered within 2 minutes: connection refused" in caplog.text


def test_a_file_that_changes_is_read_again_and_a_bad_one_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A destination put right is tried at once, however long it would have waited."""
    outbox = Watched(tmp_path / "outbox")
    file = webhooks(tmp_path / "alerts.toml", desk=f"http://127.0.0.1:{free_port()}/SECRETPATH")
    slow = Waits(first_s=3_600.0, max_s=3_600.0)
    with open_hook_server() as server, delivering(outbox, file, waits=slow):
        outbox.put(made_alerts("a", to=("desk",)))
        outbox.failures.get(timeout=PATIENCE_S)
        said = logging.getLogger("liqscape.alerts")
        heard: queue.Queue[str] = queue.Queue()
        handler = logging.Handler()
        handler.emit = lambda record: heard.put(record.getMessage())  # type: ignore[method-assign]
        said.addHandler(handler)
        try:
            file.write_text('[destinations.desk]\nwebhook = "https://example.org/SECRETPATH')
            assert heard.get(timeout=PATIENCE_S).startswith("destinations stay as they were: ")
        finally:
            said.removeHandler(handler)
        webhooks(file, desk=server.url)
        assert outbox.next_end() == ("desk", "a", "delivered")
    assert "SECRET" not in caplog.text


def test_a_destination_that_is_gone_keeps_its_alerts_until_they_are_too_old(tmp_path: Path) -> None:
    outbox = Watched(tmp_path / "outbox")
    with delivering(outbox, tmp_path / "alerts.toml"):
        outbox.put(made_alerts("a", to=("desk",)))
        assert outbox.failures.get(timeout=PATIENCE_S) == ("desk", "there is no such destination any more")


def test_a_variable_that_lacks_is_said_and_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DESK_SECRET")
    outbox = Watched(tmp_path / "outbox")
    with (
        open_hook_server() as server,
        delivering(outbox, webhooks(tmp_path / "alerts.toml", desk=server.url)),
    ):
        outbox.put(made_alerts("a", to=("desk",)))
        said = "the variable DESK_SECRET is empty or not set"
        assert outbox.failures.get(timeout=PATIENCE_S) == ("desk", said)
        monkeypatch.setenv("DESK_SECRET", "SECRET of the desk")
        assert outbox.next_end() == ("desk", "a", "delivered")


def test_a_library_that_fails_within_is_said_by_its_kind_only(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    outbox = Watched(tmp_path / "outbox")
    tried: queue.Queue[str] = queue.Queue()

    class Broken:
        async def send(self, message: OutboxMessage) -> Attempt:
            tried.put(message.message_id)
            raise RuntimeError("https://example.org/SECRETPATH")

        async def close(self) -> None: ...

    def make(_: Destination) -> Sender:
        return Broken()

    file = webhooks(tmp_path / "alerts.toml", desk="https://example.org/SECRETPATH")
    with delivering(outbox, file, make=make):
        outbox.put(made_alerts("a", to=("desk",)))
        for _ in range(2):
            assert tried.get(timeout=PATIENCE_S) == "a"
    assert "delivery to desk failed within: RuntimeError" in caplog.text
    assert "SECRET" not in caplog.text


def test_a_test_goes_past_the_queue_and_says_how_it_ended(tmp_path: Path) -> None:
    """One at a time a destination, while alerts of a dead one wait."""
    outbox = Watched(tmp_path / "outbox")
    dead = f"http://127.0.0.1:{free_port()}/SECRETPATH"

    async def tests(deliverer: Deliverer, silent: HookServer) -> None:
        assert (await deliverer.test("desk", made_message())).is_delivered
        assert (await deliverer.test("dead", made_message())).reason == "connection refused"
        with pytest.raises(SettingsError, match="unknown destination 'dsk'; did you mean desk"):
            await deliverer.test("dsk", made_message())
        first = asyncio.create_task(deliverer.test("silent", made_message()))
        await asyncio.to_thread(silent.next)
        with pytest.raises(Busy, match="destination silent is being tested"):
            await deliverer.test("silent", made_message())
        silent.released.set()
        assert not (await first).is_delivered

    with open_hook_server() as server, open_hook_server(is_silent=True) as silent:
        file = webhooks(tmp_path / "alerts.toml", desk=server.url, dead=dead, silent=silent.url)
        with delivering(outbox, file) as deliverer:
            outbox.put(made_alerts("a", to=("dead",)))
            asyncio.run(tests(deliverer, silent))
        with pytest.raises(Busy):
            asyncio.run(deliverer.test("desk", made_message()))
    assert outbox.ends.empty()


def test_a_folder_has_one_delivery_and_a_bad_file_starts_none(tmp_path: Path) -> None:
    file = webhooks(tmp_path / "alerts.toml", desk="https://example.org/")
    with open_delivery(tmp_path, file, lambda: 1_000) as deliverer:
        assert list(deliverer.destinations) == ["desk"]
        deliverer.outbox.put([])
        with pytest.raises(StoreError, match="is in use"), open_delivery(tmp_path, file, lambda: 1_000):
            pass
    file.write_text("[destinations.desk]")
    with pytest.raises(SettingsError, match="has 0 addresses"), open_delivery(tmp_path, file, lambda: 1_000):
        pass
    file.unlink()
    with open_delivery(tmp_path, file, lambda: 1_000):
        pass


def test_a_file_that_others_can_read_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = webhooks(tmp_path / "alerts.toml", desk="https://example.org/SECRETPATH")
    for mode, is_said in ((0o600, False), (0o644, True)):
        caplog.clear()
        file.chmod(mode)
        with open_delivery(tmp_path, file):
            assert (f"chmod 600 {file}" in caplog.text) == is_said
    assert "SECRET" not in caplog.text


def test_a_test_message_is_waited_for_so_long_and_no_longer() -> None:
    class Silent:
        is_closed = False

        async def send(self, message: OutboxMessage) -> Attempt:  # noqa: ARG002
            await asyncio.Event().wait()
            raise AssertionError

        async def close(self) -> None:
            self.is_closed = True

    sender = Silent()
    attempt = asyncio.run(send_once(sender, made_message("a"), patience_s=0.0))
    assert (attempt.is_delivered, attempt.reason) == (False, "no answer within 0 s; it may arrive yet")
    assert sender.is_closed
