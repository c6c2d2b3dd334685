"""One connection: written to at once where nothing waits, in order where something does, and never without a bound."""

from __future__ import annotations

from liqscape.service.streaming.client import MAX_QUEUED, MAX_SAID, Client, Feed, StreamPlace
from liqscape.service.streaming.packet import Packet
from liqscape.service.streaming.stream_view import stream_view


class Line:
    """A connection that takes frames while it is open."""

    def __init__(self) -> None:
        self.is_open = True
        self.written: list[bytes] = []

    def write(self, frame: bytes) -> bool:
        if self.is_open:
            self.written.append(frame)
        return self.is_open


def begun(line: Line) -> tuple[Client, StreamPlace]:
    """A reader at rest that holds message 1."""
    client = Client(write=line.write)
    place = StreamPlace(Feed(stream_view("BTC")), client)
    client.places["btc"] = place
    place.begin(1)
    client.rest()
    return client, place


def test_a_reader_at_rest_is_written_to_at_once() -> None:
    line = Line()
    client, place = begun(line)
    two, note = Packet("two"), Packet("note")
    place.offer(1, 2, two)
    client.say(note)
    assert line.written == [two.frame, note.frame]
    assert (place.take(), client.take_said()) == (None, None)
    assert (client.figures.messages, client.figures.bytes) == (2, 7)


def test_what_waits_goes_first() -> None:
    line = Line()
    client, place = begun(line)
    line.is_open = False
    two, three, note = Packet("two"), Packet("three"), Packet("note")
    place.offer(1, 2, two)
    line.is_open = True  # its buffer is empty again, but its task has not sent what waits
    place.offer(2, 3, three)
    client.say(note)
    assert line.written == []
    assert client.take_said() is note
    assert client.next_place() is place
    assert [place.take(), place.take(), place.take()] == [two, three, None]


def test_a_reader_that_takes_nothing_holds_a_bounded_number_and_begins_anew() -> None:
    line = Line()
    client, place = begun(line)
    line.is_open = False
    for number in range(2, 2 * MAX_QUEUED + 10):
        place.offer(number - 1, number, Packet("x"))
    assert place.wants_snapshot
    assert place.take() is None
    assert client.figures.behind == 1


def test_messages_beyond_the_bound_are_counted_as_missed() -> None:
    line = Line()
    client, _ = begun(line)
    line.is_open = False
    for _ in range(MAX_SAID + 7):
        client.say(Packet("x"))
    assert client.missed == 7
    assert sum(client.take_said() is not None for _ in range(MAX_SAID + 7)) == MAX_SAID


def test_places_are_served_in_turns() -> None:
    client = Client()
    places = [StreamPlace(Feed(stream_view(coin)), client) for coin in ("BTC", "ETH", "kPEPE")]
    client.places = {str(number): place for number, place in enumerate(places)}
    assert [client.next_place() for _ in range(5)] == [*places, *places[:2]]
    places[0].begin(1)
    places[2].begin(1)
    assert [client.next_place() for _ in range(2)] == [places[1], places[1]]
