"""What happens to answers of the info server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec

from chaos.product import Stage
from chaos.trial import Play, simulated, through
from chaos.way import Reply, Way

STATES = ("clearinghouseState", "batchClearinghouseStates")


class _Answers(Way):
    """A share of the answers meets `change`; `asked` none of them where the server itself is at fault."""

    share = 0.5
    kinds: tuple[str, ...] | None = None

    def reply(self, request: dict[str, Any], reply: Reply) -> Reply:
        is_meant = self.kinds is None or request.get("type") in self.kinds
        return self.change(request, reply) if is_meant and self.is_hit(self.share) else reply

    def change(self, request: dict[str, Any], reply: Reply) -> Reply:
        raise NotImplementedError


class Refused(_Answers):
    """429, with and without a time to wait, which may be absurd."""

    def change(self, request: dict[str, Any], reply: Reply) -> Reply:
        del request, reply
        asked = self.chance.choice(({}, {"Retry-After": "2"}, {"Retry-After": "soon"}, {"Retry-After": "-5"}))
        return Reply(429, b"rate limited", headers=asked)


class Failing(_Answers):
    """5xx with a page of HTML."""

    def change(self, request: dict[str, Any], reply: Reply) -> Reply:
        del request, reply
        return Reply(self.chance.choice((500, 502, 503, 504)), b"<html>Bad Gateway</html>")


class Dropped(_Answers):
    """The connection breaks, or no answer comes within its time."""

    def change(self, request: dict[str, Any], reply: Reply) -> Reply:
        del request
        return replace(reply, status=0) if self.chance.random() < 0.7 else replace(reply, seconds=1e6)


class NoAnswer(_Answers):
    """HTTP 200 with what is none."""

    def change(self, request: dict[str, Any], reply: Reply) -> Reply:
        del request
        body = reply.body
        bodies = (
            body[: self.chance.randrange(len(body))],
            b"<html>maintenance</html>",
            b"",
            b"[" * 30_000,
            b'{"error": "busy"}',
            b'{"status": "err", "response": "no"}',
            b'"no"',
            self.chance.randbytes(100),
        )
        return replace(reply, body=self.chance.choice(bodies))


class FieldsMissing(_Answers):
    """States without their margin figures, sizes or time."""

    kinds = STATES

    def change(self, request: dict[str, Any], reply: Reply) -> Reply:
        del request
        name = self.chance.choice(
            (b'"marginSummary"', b'"szi"', b'"time"', b'"crossMarginSummary"', b'"positionValue"')
        )
        return replace(reply, body=reply.body.replace(name, b'"x"'))


class TooFew(_Answers):
    """A batch with fewer states, or more, than were asked for."""

    kinds = ("batchClearinghouseStates",)

    def change(self, request: dict[str, Any], reply: Reply) -> Reply:
        del request
        rows = msgspec.json.decode(reply.body)
        return replace(reply, body=msgspec.json.encode(rows[:-1] if self.chance.random() < 0.5 else rows + rows[:1]))


class OtherOrder(_Answers):
    """States of two accounts of a batch in each other's place."""

    kinds = ("batchClearinghouseStates",)

    def change(self, request: dict[str, Any], reply: Reply) -> Reply:
        del request
        rows = msgspec.json.decode(reply.body)
        if len(rows) > 1:
            one, other = self.chance.sample(range(len(rows)), 2)
            rows[one], rows[other] = rows[other], rows[one]
        return replace(reply, body=msgspec.json.encode(rows))


class Late(_Answers):
    """Up to 20 s under way."""

    def change(self, request: dict[str, Any], reply: Reply) -> Reply:
        del request
        return replace(reply, seconds=self.chance.uniform(1.0, 20.0))


class Old(Way):
    """Told by a server half a minute behind, which stamps them so."""

    def __init__(self, chance: Any, exchange: Any) -> None:
        super().__init__(chance)
        self._exchange = exchange

    def asked(self, request: dict[str, Any]) -> Reply | None:
        if request.get("type") not in STATES or not self.is_hit(0.5):
            return None
        age_ms = round(1_000 * self.chance.uniform(1.0, 30.0))
        return Reply(200, msgspec.json.encode(self._exchange.answer(request, age_ms)))


class Twice(_Answers):
    """Answers that list an account's position twice."""

    kinds = STATES

    def change(self, request: dict[str, Any], reply: Reply) -> Reply:
        del request
        document = msgspec.json.decode(reply.body)
        states = document if isinstance(document, list) else [document]
        for state in states:
            state["assetPositions"] += state["assetPositions"][:1]
        return replace(reply, body=msgspec.json.encode(document))


class Unsound(_Answers):
    """A digit of a figure is another: sums do not agree any more."""

    kinds = STATES
    names = ("szi", "positionValue", "totalNtlPos", "totalRawUsd", "accountValue")

    def change(self, request: dict[str, Any], reply: Reply) -> Reply:
        del request
        document = msgspec.json.decode(reply.body)
        for state in document if isinstance(document, list) else [document]:
            figures = [state["marginSummary"], state["crossMarginSummary"]]
            figures += [row["position"] for row in state["assetPositions"]]
            found = [(each, name) for each in figures for name in self.names if float(each.get(name, 0.0))]
            if found:
                figure, name = self.chance.choice(found)
                figure[name] = _other_digit(figure[name], self.chance.randrange(1, 9))
        return replace(reply, body=msgspec.json.encode(document))


class Huge(_Answers):
    """More bytes than any answer may have."""

    share = 0.05

    def change(self, request: dict[str, Any], reply: Reply) -> Reply:
        del request
        return replace(reply, body=HUGE)


def while_in_doubt(way: Callable[[Any], Way]) -> Play:
    """The fault while accounts must be read, for connections were lost."""

    async def play(stage: Stage) -> None:
        async def broken() -> None:
            for _ in range(3):
                stage.network.break_all("reset by peer")
                await asyncio.sleep(stage.chance.uniform(5.0, 15.0))

        breaking = asyncio.create_task(broken())
        await through(way, 15.0, 45.0)(stage)
        await breaking

    return play


async def old(stage: Stage) -> None:
    """As `Old`, of this exchange."""
    await while_in_doubt(lambda chance: Old(chance, stage.exchange))(stage)


HUGE = b"[" + b" " * (129 * 1024 * 1024)


def _other_digit(text: str, step: int) -> str:
    """The first digit that is not zero moved on."""
    for place, letter in enumerate(text):
        if letter in "123456789":
            return f"{text[:place]}{(int(letter) - 1 + step) % 9 + 1}{text[place + 1 :]}"
    return text


NAMELESS = "states of a batch name no account: their places are all that tells whose they are"

KINDS = (
    simulated("info: HTTP 429", while_in_doubt(Refused)),
    simulated("info: HTTP 500, 502, 503, 504", while_in_doubt(Failing)),
    simulated("info: connection broken, no answer in time", while_in_doubt(Dropped)),
    simulated("info: HTML, empty, cut, an error with HTTP 200", while_in_doubt(NoAnswer)),
    simulated("info: fields missing", while_in_doubt(FieldsMissing)),
    simulated("info: a batch of the wrong length", while_in_doubt(TooFew)),
    simulated("info: states of two accounts swapped", while_in_doubt(OtherOrder), said=False, why_wrong=NAMELESS),
    simulated("info: up to 20 s late", while_in_doubt(Late), said=False),
    simulated("info: states of half a minute ago", old, said=False),
    simulated("info: a position listed twice", while_in_doubt(Twice)),
    simulated("info: a digit wrong", while_in_doubt(Unsound)),
    simulated("info: more bytes than any answer has", while_in_doubt(Huge)),
)
