"""A request that was never heard of, added in this one file; run, it is asked of a sandbox (docs/recipes.md)."""

from __future__ import annotations

import asyncio
from typing import ClassVar

import msgspec
from served_sandbox import served
from small_sandbox import eventful_sandbox

from liqscape.feed.info_client import InfoClient
from liqscape.feed.limiter import WeightLimiter
from liqscape.sandbox.answers.handlers import answers
from liqscape.sandbox.answers.question import Question
from liqscape.wire.info.registry import request_types
from liqscape.wire.info.request import Dex, Example, InfoRequest, parse_info_answer


class Counted(msgspec.Struct, frozen=True):
    """One made-up row."""

    coin: str
    size: float


class MadeUpRequest(InfoRequest[tuple[Counted, ...]], frozen=True, tag="madeUp"):
    """Made up."""

    dex: Dex = ""
    coin: str | None = None

    weight: ClassVar = 7
    items_per_weight: ClassVar = 2
    max_items: ClassVar = 40
    example: ClassVar = Example('{"type": "madeUp"}', '[{"coin": "BTC", "size": "1.5"}]')


@answers(MadeUpRequest)
def answer(question: Question[MadeUpRequest]) -> list[Counted]:
    """A row a coin, or one."""
    coins = question.sandbox.exchange.markets.coins
    return [Counted(coin, 1.5) for coin in coins if question.request.coin in (None, coin)]


def main() -> None:
    """Ask for it twice over HTTP; what it weighed and said is printed as JSON."""
    limiter = WeightLimiter()

    async def ask(url: str) -> list[bytes]:
        async with InfoClient(url, limiter=limiter) as client:
            return [await client.ask(MadeUpRequest()), await client.ask(MadeUpRequest(coin="ETH"))]

    with served(eventful_sandbox().state, is_limited=True) as running:
        contents = asyncio.run(ask(running.url))
        (client,) = running.sandbox.limits._clients.values()
    said = {
        "is_known": request_types()["madeUp"] is MadeUpRequest,
        "rows": [parse_info_answer(MadeUpRequest, each, "made up") for each in contents],
        "weighed": [limiter.figures().used, client.weight.total],
    }
    print(msgspec.json.encode(said).decode())


if __name__ == "__main__":
    main()
