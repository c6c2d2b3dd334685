"""The state of an account as received is found again byte by byte, within a bound, or it is said that it is not."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from live_records import Speaker
from memory_history import MemoryHistory
from small_market import SMALL, address
from small_sandbox import eventful_sandbox, name

from liqscape.errors import NotFound
from liqscape.feed.records import Record, RecordKind
from liqscape.heatmap.frame import Provenance
from liqscape.sandbox.server.turnstile import Turnstile
from liqscape.service.answers.account_state import explorer_url
from liqscape.service.raw_states import NO_RECORDED_STATES, RawLogStates, SandboxStates, wanted_states
from liqscape.service.view import MapView
from liqscape.store.raw_log import RawLogWriter
from liqscape.wire.info.batch_clearinghouse_states import BatchClearinghouseStatesRequest
from liqscape.wire.info.clearinghouse_state import ClearinghouseStateRequest
from liqscape.wire.info.spot_clearinghouse_state import SpotClearinghouseStateRequest
from liqscape.wire.raw_state import PERP, SPOT, states_in_answer, states_in_message
from liqscape.wire.ws.clearinghouse_state import (
    AllDexsClearinghouseStateSubscription,
    ClearinghouseStateSubscription,
)
from liqscape.wire.ws.spot_state import SpotStateSubscription

FIRST_MS = 1_770_000_000_000
USER, OTHER = address(5), address(6)
EVERY_DEX = frozenset({(PERP, "")})


def state(number: int, time_ms: int | None = None) -> bytes:
    """Bytes with spaces and digits that no encoder would write so."""
    told = "" if time_ms is None else f', "time" :{time_ms}'
    return f'{{"assetPositions": [ ],  "number":{number}.500{told}}}'.encode()


def batch(users: list[str], states: list[bytes], dex: str | None = None) -> tuple[str, bytes]:
    asked: dict[str, Any] = {"type": "batchClearinghouseStates", "users": users}
    request = msgspec.json.encode(asked | ({} if dex is None else {"dex": dex})).decode()
    return request, b"[" + b" , ".join(states) + b"]"


def write(folder: Path, records: list[tuple[int, RecordKind, str, bytes]], a_flush: int = 1) -> None:
    writer = RawLogWriter(folder)
    for number, (time_ms, kind, subject, content) in enumerate(records):
        writer.append(Record(kind, subject, content, time_ms * 1_000_000), time_ms)
        if number % a_flush == 0:
            writer.flush()
    writer.close()


def an_answer(time_ms: int, number: int) -> tuple[int, RecordKind, str, bytes]:
    return (time_ms, RecordKind.ANSWER, *batch([OTHER, USER], [b"null", state(number, time_ms - 7)]))


def noise(time_ms: int) -> tuple[int, RecordKind, str, bytes]:
    return time_ms, RecordKind.MESSAGE, "1", b'{"channel":"trades","data":[]}' + bytes(500)


def test_the_newest_state_comes_back_byte_by_byte(tmp_path: Path) -> None:
    write(tmp_path, [an_answer(FIRST_MS + 1_000 * number, number) for number in range(20)])
    (found,) = RawLogStates(tmp_path).find(USER, EVERY_DEX, None, None).states
    assert found.state.content == state(19, FIRST_MS + 19_000 - 7)
    assert (found.received_ns, found.state.time_ms) == ((FIRST_MS + 19_000) * 1_000_000, FIRST_MS + 18_993)
    assert found.source == "info API"


@pytest.mark.parametrize("a_flush", [1, 7])
def test_at_a_time_nothing_received_later_answers(tmp_path: Path, a_flush: int) -> None:
    write(tmp_path, [an_answer(FIRST_MS + 1_000 * number, number) for number in range(20)], a_flush)
    for number in (0, 3, 12):
        until_ms = FIRST_MS + 1_000 * number + 500
        (found,) = RawLogStates(tmp_path).find(USER, EVERY_DEX, until_ms, None).states
        assert found.state.content == state(number, FIRST_MS + 1_000 * number - 7)
    assert RawLogStates(tmp_path).find(USER, EVERY_DEX, FIRST_MS - 1, None).states == ()


def test_a_state_of_long_ago_is_found_where_the_map_read_it_and_no_more_than_the_bound_is_read(tmp_path: Path) -> None:
    late = [noise(FIRST_MS + 3_600_000 + 1_000 * number) for number in range(300)]
    write(tmp_path, [*map(noise, range(FIRST_MS - 9_000, FIRST_MS, 1_000)), an_answer(FIRST_MS, 4), *late])
    states = RawLogStates(tmp_path, max_bytes=3_000)
    lost = states.find(USER, EVERY_DEX, None, None)
    assert lost.states == ()
    assert "read backwards from its end to 2026-02-02T" in lost.searched
    assert "at most 0.003 MB" in lost.searched
    (found,) = states.find(USER, EVERY_DEX, None, FIRST_MS - 50).states
    assert found.state.content == state(4, FIRST_MS - 7)


def test_all_dexs_and_balances_that_are_wanted_are_put_together(tmp_path: Path) -> None:
    spot = b'{"balances" : []}'
    write(
        tmp_path,
        [
            (FIRST_MS, RecordKind.ANSWER, *batch([USER], [state(1)], "xyz")),
            (FIRST_MS + 1, RecordKind.ANSWER, f'{{"type":"spotClearinghouseState","user":"{USER}"}}', spot),
            (FIRST_MS + 2, RecordKind.ANSWER, *batch([USER], [state(2)])),
            noise(FIRST_MS + 3),
        ],
    )
    wanted = wanted_states(["BTC", "xyz:GOLD"], has_spot=True)
    assert wanted == {(PERP, ""), (PERP, "xyz"), (SPOT, "")}
    found = RawLogStates(tmp_path).find(USER, wanted, None, None).states
    assert [(each.state.kind, each.state.dex, each.state.content) for each in found] == [
        (PERP, "", state(2)),
        (PERP, "xyz", state(1)),
        (SPOT, "", spot),
    ]


def test_every_message_and_answer_that_carries_a_state_gives_it() -> None:
    """The examples of the wire's own channels and requests, which are in its words."""
    user = "0x" + "a1" * 20
    for channel in (
        ClearinghouseStateSubscription,
        AllDexsClearinghouseStateSubscription,
        SpotStateSubscription,
    ):
        content = f'{{"channel":"{channel.kind()}","data":{channel.example.answer}}}'.encode()
        (found,) = states_in_message(content, user)
        assert found.content in content
        assert found.kind == (SPOT if channel is SpotStateSubscription else PERP)
        assert states_in_message(content, OTHER) == []
    for request in (BatchClearinghouseStatesRequest, ClearinghouseStateRequest, SpotClearinghouseStateRequest):
        example = request.example
        asker = msgspec.json.decode(example.request)
        own = asker.get("user") or asker["users"][0]
        (found,) = states_in_answer(example.request, example.answer.encode(), own)
        assert found.content in example.answer.encode()
        assert states_in_answer(example.request, example.answer.encode(), OTHER) == []


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b'{"channel":"clearinghouseState"', b'{"channel":"clearinghouseState","data":[]}', b"\xff"],
)
def test_broken_bytes_hold_no_state(content: bytes) -> None:
    assert states_in_message(content, USER) == []
    assert states_in_answer(batch([USER], [])[0], content, USER) == []
    assert states_in_answer(batch([USER, OTHER], [])[0], b"[1]", USER) == []


def test_an_answer_says_what_is_kept_and_what_is_stored_instead(history: MemoryHistory, tmp_path: Path) -> None:
    write(tmp_path, [an_answer(FIRST_MS, 3)])
    kept = MapView(history, raw_states=RawLogStates(tmp_path)).account_state(USER)
    assert kept.is_kept
    assert [each.text.encode() for each in kept.states] == [state(3, FIRST_MS - 7)]
    assert kept.states[0].byte_count == len(state(3, FIRST_MS - 7))
    assert kept.states[0].block is None
    gone = MapView(history, raw_states=NO_RECORDED_STATES).account_state(USER)
    assert not gone.is_kept
    assert gone.states == []
    assert "not in it" in gone.searched
    assert "stored" in str(gone.note)
    account = MapView(history).account(USER)
    assert gone.stored == kept.stored
    assert [pool.raw_usd for pool in gone.stored] == [pool.raw_usd for pool in account.pools]
    assert [[held.size for held in pool.positions] for pool in gone.stored] == [
        [held.size for held in pool.positions] for pool in account.pools
    ]
    with pytest.raises(NotFound, match="is not in this map"):
        MapView(history).account_state("0x" + "f" * 40)


def test_what_an_exchange_answered_is_found_in_the_log_and_its_sandbox_answers_the_same(tmp_path: Path) -> None:
    """In the exchange's own words: a batch and an account's own answer, against the sandbox asked directly."""
    world = eventful_sandbox()
    speaker, holder = Speaker(world), name(2)
    writer = RawLogWriter(tmp_path)
    for record in (
        *speaker.listing(),
        speaker.answer(type="batchClearinghouseStates", users=[name(number) for number in range(1, 12)]),
        speaker.answer(type="spotClearinghouseState", user=holder),
        speaker.contexts(),
    ):
        writer.append(record, 0)
    writer.close()
    wanted = wanted_states(["BTC"], has_spot=True)
    logged = RawLogStates(tmp_path).find(holder, wanted, None, None)
    assert [(each.state.kind, each.state.dex) for each in logged.states] == sorted(wanted)
    market = SimpleNamespace(lock=Turnstile(), world=world, state=world.state)
    asked = SandboxStates(lambda: market).find(holder, wanted, None, None)  # type: ignore[arg-type]
    assert [each.state.content for each in asked.states] == [each.state.content for each in logged.states]
    assert asked.states[0].state.time_ms == world.exchange.time_ms
    assert {each.source for each in asked.states} == {"sandbox"}
    past = SandboxStates(lambda: market).find(holder, wanted, world.exchange.time_ms, None)  # type: ignore[arg-type]
    assert past.states == ()
    assert "now alone" in past.searched


def test_only_real_addresses_have_a_page_of_the_exchange() -> None:
    assert explorer_url(SMALL, USER) is None
    assert explorer_url(Provenance("api", "elsewhere", False), USER) is None
    for kind, network, host in (
        ("api", "mainnet", "app.hyperliquid.xyz"),
        ("node", "testnet", "app.hyperliquid-testnet.xyz"),
        ("recording", "market", "app.hyperliquid.xyz"),
    ):
        assert explorer_url(Provenance(kind, network, False), USER) == f"https://{host}/explorer/address/{USER}"
