"""An address answers before there is a map: what is waited for, and nothing of any map."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager

import pytest

from liqscape.errors import LiqscapeError
from liqscape.service.warming.preparation import COMPILING
from liqscape.web import waiting_room
from liqscape.web.server import choose_port
from liqscape.web.waiting_room import WaitingRoom

HOST = "127.0.0.1"


def ask(port: int, path: str) -> tuple[int, str, str | None]:
    """Status, text and Retry-After."""
    with closing(http.client.HTTPConnection(HOST, port)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), answer.getheader("Retry-After")


@contextmanager
def counted(_text: str, _start: int, _end: int) -> Iterator[Callable[[int], None]]:
    yield lambda _: None


@pytest.fixture
def warm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting_room, "missing_parts", lambda _: ())


@pytest.mark.usefixtures("warm")
def test_what_is_waited_for_is_said_until_there_is_a_map_at_the_address() -> None:
    with closing(WaitingRoom(HOST, 0)) as room:
        assert room.port == 0  # nobody waits yet
        with room.progress(counted, "loading a recording", 100, 300) as progress:
            progress(150)
            port = room.port
            status, text, again = ask(port, "/api/v1/status")
            assert (status, again) == (503, "2")
            assert json.loads(text)["detail"] == "loading a recording: 25 %"
            assert json.loads(text)["type"] == "urn:liqscape:problem:being-prepared"
            assert ask(port, "/readyz?live=true")[0] == 503
            assert ask(port, "/healthz")[:2] == (200, "ok\n")
            page = ask(port, "/")
            assert page[0] == 200
            assert "nothing to show yet" in page[1]
            assert "loading a recording: 25 %" in page[1]
    assert choose_port(HOST, port) == port


def test_kernels_are_compiled_beside_before_anything_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    class Planned:
        def wait(self) -> None:
            self.tell(3, 12)
            said.append(json.loads(ask(room.port, "/api/v1/status")[1])["detail"])
            raise LiqscapeError("no room on this disk")  # said, and then compiled where it is needed

    @contextmanager
    def warming(parts: Sequence[str], *, tell: Callable[[int, int], None]) -> Iterator[Planned]:
        assert parts == ("map",)
        planned = Planned()
        planned.tell = tell  # type: ignore[attr-defined]
        yield planned

    monkeypatch.setattr(waiting_room, "missing_parts", lambda _: ("map",))
    monkeypatch.setattr(waiting_room, "warming_beside", warming)
    with closing(WaitingRoom(HOST, 0)) as room:
        room.prepare()
    assert said == [f"{COMPILING}: 25 %"]


def test_who_asks_while_the_map_takes_over_waits_for_it() -> None:
    with closing(WaitingRoom(HOST, 0)) as room:
        room.tell("loading a recording", 0, 0)
        port = room.port
        listener = room.hand_over()
    assert listener is not None
    with listener, closing(http.client.HTTPConnection(HOST, port)) as connection:
        connection.request("GET", "/readyz")  # nobody refuses it
        taken, _ = listener.accept()
        with taken:
            assert taken.recv(100).startswith(b"GET /readyz ")
            taken.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            assert connection.getresponse().status == 200


@pytest.mark.usefixtures("warm")
def test_nothing_is_served_where_nothing_is_missing() -> None:
    with closing(WaitingRoom(HOST, 0)) as room:
        room.prepare()
        assert room.port == 0
        assert room.hand_over() is None
