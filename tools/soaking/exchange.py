"""The sandbox in a process of its own, stepped by the soak: its memory is not the map's.

The map is opened over the sandbox's real server. After that the clock is made up: a turn goes through a pipe, and the
map gets what its sockets and questions would have brought.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import msgspec

TURN_MS = 6_000
"""New marks so often, half as often as at the exchange, so that a week takes an hour."""
LEADERBOARD = "leaderboard"
"""Type of an ask that is no request."""


class Turn(msgspec.Struct, frozen=True):
    """Ask these, then live on until `to_ms`; subscriptions None: those of the turn before."""

    asks: list[dict[str, Any]]
    to_ms: int
    subscriptions: list[dict[str, Any]] | None = None


class Told(msgspec.Struct, frozen=True):
    """Answers in order of the questions, and messages of the block that followed."""

    answers: list[bytes]
    messages: list[bytes]


class ExchangeProcess:
    """`send` a turn, `receive` what it brought; one may be under way while the last one is used."""

    def __init__(self, seed: int, accounts: int, coins: int) -> None:
        context = get_context("spawn")
        self._connection, other = context.Pipe()
        self._process = context.Process(target=_live, args=(other, seed, accounts, coins), daemon=True)
        self._process.start()
        other.close()
        self.port, self.start_ms = msgspec.msgpack.decode(self._connection.recv_bytes())

    def send(self, turn: Turn) -> None:
        """Begin a turn."""
        self._connection.send_bytes(msgspec.msgpack.encode(turn))

    def receive(self) -> Told:
        """Wait until it is done. Raises EOFError where the exchange ended."""
        return msgspec.msgpack.decode(self._connection.recv_bytes(), type=Told)

    def end(self) -> None:
        """Stop it."""
        self._connection.close()
        self._process.join(30.0)
        self._process.kill()


def _live(connection: Connection, seed: int, accounts: int, coins: int) -> None:
    sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "support"))
    from live_map import Exchange

    from liqscape.sandbox.answers import answer_info, answer_leaderboard, ws_updates
    from liqscape.wire.ws.channels import read_subscription
    from liqscape.wire.ws.subscription import Subscription

    exchange = Exchange(seed=seed, accounts=accounts, coins=coins)
    exchange.serve()
    runner, state = exchange.runner, exchange.runner.state
    connection.send_bytes(msgspec.msgpack.encode((exchange.port, runner.world.time_ms)))
    subscriptions: Sequence[Subscription[Any]] = ()

    def answer(body: Mapping[str, object]) -> bytes:
        said = answer_leaderboard(state) if body["type"] == LEADERBOARD else answer_info(body, state)
        return msgspec.json.encode(said)

    try:
        while True:
            turn = msgspec.msgpack.decode(connection.recv_bytes(), type=Turn)
            if turn.subscriptions is not None:
                subscriptions = [read_subscription(each, "soak") for each in turn.subscriptions]
            with runner.turnstile:
                answers = [answer(body) for body in turn.asks]
                messages = []
                for output in runner.world.preroll(turn.to_ms, TURN_MS):
                    runner.observe(output)
                    for each in subscriptions:
                        messages += [
                            msgspec.json.encode({"channel": each.channel(), "data": data})
                            for data in ws_updates(each, state, output)
                        ]
            connection.send_bytes(msgspec.msgpack.encode(Told(answers, messages)))
    except (EOFError, ConnectionError):
        exchange.end()
