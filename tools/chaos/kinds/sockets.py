"""What happens to messages and connections of the sockets."""

from __future__ import annotations

from typing import Any

import msgspec

from chaos.product import Stage
from chaos.trial import LOOK_S, simulated, through
from chaos.way import LATENCY_S, Late, Way

FEEDS = ("trades", "allDexsAssetCtxs")
LATE_S = 5.0
"""The longest a message is held up by these faults."""


class _Messages(Way):
    """A share of the messages of some channels meets `change`."""

    share = 0.3
    channels: tuple[str, ...] = FEEDS

    def to_client(self, channel: str, text: bytes) -> Late:
        if channel in self.channels and self.is_hit(self.share):
            return self.change(text)
        return [(LATENCY_S, text)]

    def change(self, text: bytes) -> Late:
        raise NotImplementedError


class Dropped(_Messages):
    """Lost without a trace, as no TCP would."""

    def change(self, text: bytes) -> Late:
        del text
        return []


class MarksDropped(Dropped):
    """Contexts lost."""

    share, channels = 0.8, ("allDexsAssetCtxs",)


class Held(_Messages):
    """Late, so that others overtake it."""

    def change(self, text: bytes) -> Late:
        return [(self.chance.uniform(0.5, LATE_S), text)]


class Slow(Way):
    """Everything late by the same, in its order."""

    def to_client(self, channel: str, text: bytes) -> Late:
        del channel
        self.count += 1
        return [(LATE_S, text)]


class Twice(_Messages):
    """Repeated, at once or later."""

    def change(self, text: bytes) -> Late:
        return [(LATENCY_S, text), (self.chance.choice((LATENCY_S, 2.0, 15.0)), text)]


class Cut(_Messages):
    """Only its beginning."""

    def change(self, text: bytes) -> Late:
        return [(LATENCY_S, text[: self.chance.randrange(1, len(text))])]


class Garbage(_Messages):
    """Something else altogether."""

    def change(self, text: bytes) -> Late:
        del text
        other = (
            self.chance.randbytes(60),
            b"<html><body>502 Bad Gateway</body></html>",
            b'{"channel":"trades","data":' + b"[" * 20_000,
            b"",
            b"null",
            b'{"channel":"trades","data":{"coin":[]}}',
        )
        return [(LATENCY_S, self.chance.choice(other))]


class FieldsMissing(_Messages):
    """Rows without price, size, users or mark."""

    def change(self, text: bytes) -> Late:
        name = self.chance.choice((b'"px"', b'"sz"', b'"time"')) if b'"trades"' in text else b'"markPx"'
        return [(LATENCY_S, text.replace(name, b'"x"'))]


def _moved(text: bytes, milliseconds: int) -> bytes:
    message = msgspec.json.decode(text)
    for row in message["data"]:
        row["time"] += milliseconds
    return msgspec.json.encode(message)


class Behind(_Messages):
    """Prints an hour old by their stamp."""

    channels = ("trades",)

    def change(self, text: bytes) -> Late:
        return [(LATENCY_S, _moved(text, -3_600_000))]


class Ahead(_Messages):
    """Prints of tomorrow."""

    channels = ("trades",)

    def change(self, text: bytes) -> Late:
        return [(LATENCY_S, _moved(text, 86_400_000))]


class Flood(_Messages):
    """The same message hundreds of times."""

    share = 0.05

    def change(self, text: bytes) -> Late:
        return [(LATENCY_S, text)] * 400


class TooLarge(_Messages):
    """A message of more than any that the exchange sends."""

    share = 0.05
    huge = b'{"channel":"trades","data":[' + b" " * (17 * 1024 * 1024)

    def change(self, text: bytes) -> Late:
        del text
        return [(LATENCY_S, self.huge)]


class Deaf(Way):
    """What the product says does not arrive; it goes on hearing for a while."""

    def to_server(self, text: bytes) -> Late:
        del text
        self.count += 1
        return []


class Silent(Way):
    """Connected, and nothing comes."""

    def to_client(self, channel: str, text: bytes) -> Late:
        del channel, text
        self.count += 1
        return []


class PrintsSilent(_Messages):
    """Marks go on, prints do not come."""

    share, channels = 1.0, ("trades",)

    def change(self, text: bytes) -> Late:
        del text
        return []


class Ungranted(Way):
    """Subscriptions are refused now and then, on connections that had to be made anew."""

    def grants(self, subscription: dict[str, Any]) -> bool:
        del subscription
        return not self.is_hit(0.4)


class Shut(Way):
    """No connection can be made."""

    def connects(self) -> bool:
        self.count += 1
        return False


async def reset(stage: Stage) -> None:
    """Connections break several times."""
    for _ in range(stage.chance.randint(1, 4)):
        stage.network.break_all("reset by peer")
        await _wait(stage, stage.chance.uniform(0.5, 10.0))


async def shut(stage: Stage) -> None:
    """Connections break and cannot be made again for a while."""
    stage.network.way = Shut(stage.chance)
    stage.network.break_all("reset by peer")
    await _wait(stage, stage.chance.uniform(5.0, 60.0))
    stage.network.way = Way(stage.chance)


async def ungranted(stage: Stage) -> None:
    """Connections break; of the new ones some subscriptions are refused."""
    stage.network.way = Ungranted(stage.chance)
    stage.network.break_all("reset by peer")
    await _wait(stage, stage.chance.uniform(5.0, 30.0))
    stage.network.way = Way(stage.chance)


async def forgotten(stage: Stage) -> None:
    """The server loses a subscription and says nothing."""
    for socket in tuple(stage.network.sockets):
        if socket.forget(stage.chance) is not None:
            break
    await _wait(stage, stage.chance.uniform(60.0, 90.0))


async def _wait(stage: Stage, seconds: float) -> None:
    end_s = stage.time.now_s + seconds
    while stage.time.now_s < end_s:
        await stage.live(LOOK_S)
        stage.look()


UNSEEN = "a print that never came cannot be seen before the account is read again or its coin's volume tells of it"
OPENED_UNSEEN = "who opens a position in a coin while its prints are refused is found when he is read again"

KINDS = (
    simulated("socket: messages dropped unseen", through(Dropped), said=False, why_wrong=UNSEEN),
    simulated("socket: contexts dropped", through(MarksDropped), said=False),
    simulated("socket: messages late, others before them", through(Held), said=False),
    simulated("socket: everything late by 5 s", through(Slow), said=False),
    simulated("socket: messages twice", through(Twice), said=False),
    simulated("socket: messages cut", through(Cut)),
    simulated("socket: garbage, HTML, brackets without end", through(Garbage)),
    simulated("socket: fields missing", through(FieldsMissing)),
    simulated("socket: prints stamped an hour ago", through(Behind)),
    simulated("socket: prints stamped tomorrow", through(Ahead)),
    simulated("socket: a message 400 times", through(Flood), said=False),
    simulated("socket: a message of 17 MB", through(TooLarge)),
    simulated("socket: what we say does not arrive", through(Deaf, 30.0, 120.0), said=False),
    simulated("socket: connected and silent", through(Silent, 12.0, 90.0)),
    simulated("socket: prints stop, marks go on", through(PrintsSilent, 35.0, 90.0), why_wrong=UNSEEN),
    simulated("socket: connections reset", reset),
    simulated("socket: connections refused", shut),
    simulated("socket: subscriptions refused", ungranted, why_wrong=OPENED_UNSEEN),
    simulated("socket: a subscription forgotten", forgotten, why_wrong=UNSEEN, max_s=700.0),
)
