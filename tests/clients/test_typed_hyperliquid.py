"""A client made of other people's reading of the API judges the answers: its models refuse what is not as they say."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from served_sandbox import Served, served
from small_sandbox import SmallSandbox, crash, eventful_sandbox, name

from liqscape.sandbox.answers import REQUESTS, SUBSCRIPTIONS
from liqscape.sandbox.answers.handlers import HANDLERS
from liqscape.wire.info.user_rate_limit import UserRateLimitRequest

typed = pytest.importorskip("typed_hyperliquid", reason="typed-hyperliquid is not here: pip install -e '.[clients]'")

NO_REQUEST = {"http", "new", "request", "ws", "ws_of"}
"""Public methods of the client's face that ask for nothing."""
NULL_IS_RIGHT = {"perp_dex_limits": "the first dex has no limits: null, where the client allows a record only"}
NAMED_OTHERWISE = {"user": "userEvents"}
"""The client subscribes to what it calls by the channel of its messages."""


class Recorder:
    """Stands where the client's connection stands, and remembers what would be sent."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    async def request(self, payload: Mapping[str, Any]) -> None:
        self.sent.append(payload["type"])
        raise LookupError(payload["type"])

    def subscribe(self, channel: str, _parameters: object = None, **more: Any) -> None:
        self.sent.append(more.get("request_channel") or channel)
        raise LookupError(channel)


def asked_for(face: object) -> dict[str, Any]:
    """Methods of the client that ask or subscribe, by name; those that page through another method are left out."""
    return {
        each: method
        for each, method in inspect.getmembers(face, inspect.ismethod)
        if not each.startswith("_") and each not in NO_REQUEST | {"subscribe", "of", "connect"} and "_paged" not in each
    }


def arguments(method: Any, known: Mapping[str, object]) -> dict[str, object]:
    """Values of what a method cannot do without."""
    parameters = inspect.signature(method).parameters.values()
    return {each.name: known[each.name] for each in parameters if each.default is inspect.Parameter.empty}


@pytest.fixture(scope="module")
def world() -> SmallSandbox:
    small = eventful_sandbox()
    crash(small, 0.15)
    return small


@pytest.fixture(scope="module")
def known(world: SmallSandbox) -> dict[str, object]:
    now = datetime.fromtimestamp(world.exchange.time_ms / 1_000, UTC)
    token = world_token(world)
    return {
        "user": name(3),
        "builder": name(5),
        "vault_address": name(9),
        "coin": "BTC",
        "dex": "",
        "interval": "1m",
        "oid": 1,
        "token": 0,
        "token_id": token,
        "outcome": 1,
        "start_time": now - timedelta(hours=2),
        "end_time": now,
    }


def world_token(world: SmallSandbox) -> str:
    from liqscape.sandbox.answers import answer_info

    meta: Any = answer_info({"type": "spotMeta"}, world.state)
    return str(meta["tokens"][0]["tokenId"])


@pytest.fixture(scope="module")
def running(world: SmallSandbox) -> Iterator[Served]:
    with served(world.state) as ready:
        yield ready


@asynccontextmanager
async def connected(running: Served) -> AsyncIterator[Any]:
    client = typed.Hyperliquid.new(public=True, base_url=running.url, ws_url=running.socket_url)
    async with client as ready:
        yield ready


def test_every_answer_passes_the_models_of_the_client(running: Served, known: dict[str, object]) -> None:
    async def ask_all() -> dict[str, str]:
        refused = {}
        async with connected(running) as client:
            for each, method in asked_for(client.info).items():
                try:
                    await method(**arguments(method, known))
                except Exception as error:  # noqa: BLE001 - whatever the client says about it is the finding
                    refused[each] = str(error)
        return refused

    refused = asyncio.run(ask_all())
    assert set(refused) == set(NULL_IS_RIGHT), refused


def test_an_answer_that_is_wrong_does_not_pass(running: Served, known: dict[str, object]) -> None:
    async def ask() -> None:
        async with connected(running) as client:
            await client.info.user_rate_limit(known["user"])

    kept = HANDLERS[UserRateLimitRequest]
    HANDLERS[UserRateLimitRequest] = lambda question: {"cumVlm": 1.0, "nRequestsUsed": None}  # noqa: ARG005
    try:
        with pytest.raises(Exception, match="nRequestsUsed"):
            asyncio.run(ask())
    finally:
        HANDLERS[UserRateLimitRequest] = kept


def test_the_client_knows_no_request_that_the_sandbox_does_not(known: dict[str, object]) -> None:
    recorder = Recorder()
    info = typed.info.Info(client=recorder)

    async def ask_all() -> None:
        for method in asked_for(info).values():
            with pytest.raises(LookupError):
                await method(**arguments(method, known))

    asyncio.run(ask_all())
    assert len(recorder.sent) > 50
    assert sorted(set(recorder.sent) - REQUESTS) == []


def test_the_client_knows_no_channel_that_the_sandbox_does_not(known: dict[str, object]) -> None:
    recorder = Recorder()
    streams = typed.streams.Streams(client=recorder)
    for method in asked_for(streams).values():
        with pytest.raises(LookupError):
            method(**arguments(method, known))
    assert len(recorder.sent) > 20
    channels = {NAMED_OTHERWISE.get(each, each) for each in recorder.sent}
    assert sorted(channels - SUBSCRIPTIONS) == []


FROM_SNAPSHOT_ON = (
    "active_asset_ctx",
    "active_asset_data",
    "all_dexs_asset_ctxs",
    "all_dexs_clearinghouse_state",
    "all_mids",
    "bbo",
    "clearinghouse_state",
    "fast_asset_ctxs",
    "l2_book",
    "open_orders",
    "spot_state",
    "twap_states",
    "user_fills",
    "user_fundings",
    "user_non_funding_ledger_updates",
    "user_twap_history",
    "user_twap_slice_fills",
    "web_data3",
)
"""Streams whose first message comes without a block."""


def test_the_first_message_of_a_stream_passes_the_models_of_the_client(
    running: Served, known: dict[str, object]
) -> None:
    async def listen() -> dict[str, str]:
        refused = {}
        async with connected(running) as client:
            for each in FROM_SNAPSHOT_ON:
                method = getattr(client.streams, each)
                try:
                    async with asyncio.timeout(120.0), method(**arguments(method, known)) as stream:
                        async for _ in stream:
                            break
                except Exception as error:  # noqa: BLE001
                    refused[each] = repr(error)
        return refused

    assert asyncio.run(listen()) == {}
