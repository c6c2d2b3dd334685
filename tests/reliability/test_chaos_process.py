"""The harness with real processes: its judge, its proxy; `make truth` has trials of two kinds, tools/chaos.py all."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from chaos.kind import complaints
from chaos.kinds import all_kinds
from chaos.process.exchange import Moment
from chaos.process.judge import AGE_S, PAID_S, Truth, judge
from chaos.process.proxy import Proxy
from chaos.process.stage import end_stage
from chaos.process.witness import Frame

KINDS = {kind.name: kind for kind in all_kinds()}
TRIED = ("program: kill -9 at any moment", "network: reset in the middle of messages, then refused")
MARKS = {"BTC": 100.0}


def frame(at_s: float, size: float = 1.0, level: float | None = 80.0, **changed: object) -> Frame:
    """A frame of one account, live and of its time but for what is changed."""
    time_ms = changed.pop("time_ms", round(at_s * 1_000))
    reported = {"is_live": True, "is_time_held": False, "is_stored": False, "doubt": [], "coins_in_doubt": []}
    reported |= {"marks": MARKS, "accounts": {"0xa": {"BTC": (size, level)}}}
    return Frame(at_s=at_s, time_ms=time_ms, **(reported | changed))  # type: ignore[arg-type]


def truth(*moments: tuple[float, float, float], paid_s: float | None = None) -> Truth:
    """(seconds, size, mark) of the exchange; its clock is the machine's."""
    rows = [Moment(round(at * 1_000), {"BTC": mark}, {"0xa": {"BTC": (size, 80.0)}}) for at, size, mark in moments]
    return Truth(rows, (0.0, 0), {} if paid_s is None else {"0xa": round(paid_s * 1_000)})


def wrong(seen: Frame, reported: Truth) -> int:
    return judge([seen], reported).wrong


def test_what_was_true_shortly_before_is_right_and_what_was_true_long_ago_is_not() -> None:
    reported = truth((0.0, 1.0, 100.0), (10.0, 2.0, 100.0))
    assert wrong(frame(10.0 + AGE_S - 1.0), reported) == 0
    assert wrong(frame(10.0 + AGE_S + 1.0), reported) == 1
    assert wrong(frame(10.0 + AGE_S + 1.0, size=2.0), reported) == 0


@pytest.mark.parametrize(
    "excuse", [{"is_live": False}, {"doubt": ["0xa"]}, {"coins_in_doubt": ["BTC"]}], ids=lambda each: next(iter(each))
)
def test_what_is_not_called_sure_is_not_wrong(excuse: dict[str, object]) -> None:
    reported = truth((0.0, 5.0, 100.0))
    assert wrong(frame(1.0), reported) == 1
    assert wrong(frame(1.0, **excuse), reported) == 0


def test_a_mark_a_level_and_a_time_of_another_moment_are_wrong() -> None:
    reported = truth((0.0, 1.0, 100.0))
    assert wrong(frame(1.0, marks={"BTC": 101.0}), reported) == 1
    assert wrong(frame(1.0, level=81.0), reported) == 1
    assert wrong(frame(1.0, level=None), reported) == 0  # said to be unknown
    assert wrong(frame(60.0, time_ms=1_000), reported) == 1
    assert wrong(frame(60.0, time_ms=1_000, is_time_held=True), reported) == 0


def test_the_level_of_who_was_paid_is_judged_again_later() -> None:
    reported = truth((0.0, 1.0, 100.0), (PAID_S + 60.0, 1.0, 100.0), paid_s=10.0)
    assert wrong(frame(15.0, level=90.0), reported) == 0
    assert wrong(frame(PAID_S + 60.0, level=90.0), reported) == 1


def test_a_whole_frame_misses_nobody() -> None:
    reported = truth((0.0, 1.0, 100.0))
    assert reported.is_whole(frame(1.0))
    assert not reported.is_whole(frame(1.0, accounts={}))
    assert not reported.is_whole(frame(1.0, doubt=["0xb"]))


@contextmanager
def echo() -> Iterator[int]:
    """A server that gives back what it gets."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve(connection: socket.socket) -> None:
            with connection:
                try:
                    while piece := connection.recv(4_096):
                        connection.sendall(piece)
                except OSError:
                    return

        def accept() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield int(listening.getsockname()[1])


def test_the_proxy_swallows_resets_refuses_and_is_sound_again() -> None:
    with echo() as port:
        proxy = Proxy(lambda: port)
        try:
            with socket.create_connection(("127.0.0.1", proxy.port), 20.0) as client:
                client.sendall(b"sound")
                assert client.recv(5) == b"sound"
                proxy.set("swallows")
                client.sendall(b"late")
                client.settimeout(0.2)
                with pytest.raises(TimeoutError):
                    client.recv(4)
                proxy.set("sound")
                client.settimeout(20.0)
                assert client.recv(4) == b"late"  # what was held comes through
                proxy.reset()
                with pytest.raises(ConnectionResetError):
                    client.recv(1)
            proxy.set("refuses")
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", proxy.port), 20.0)
            proxy.set("sound")
            with socket.create_connection(("127.0.0.1", proxy.port), 20.0) as client:
                client.sendall(b"again")
                assert client.recv(5) == b"again"
        finally:
            proxy.end()


@pytest.fixture(scope="module")
def stage() -> Iterator[None]:
    """Its processes would live beside all tests that follow."""
    yield
    end_stage()


@pytest.mark.usefixtures("stage")
@pytest.mark.truth
@pytest.mark.parametrize("name", TRIED)
def test_a_trial_with_real_processes_finds_nothing(name: str) -> None:
    trial = KINDS[name].run(1)
    print(trial)
    assert complaints(KINDS[name], trial) == []
    assert trial.frames >= 1
