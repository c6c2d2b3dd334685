"""A made-up exchange, its two sockets and its info server, all of which fail at random. No I/O; time is a number.

Bytes are made as the exchange makes them and then meet what the way does to them. Everything is drawn by one generator.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec

from liqscape.wire.ws.subscription import Subscription, key_of

COINS = ("BTC", "ETH", "HYPE", "SOL")
USERS = tuple(f"0x{number:040x}" for number in range(1, 25))
START_MS = 1_770_000_000_000
SECOND_NS = 1_000_000_000


class World:
    """Who holds what, in whole coins, and marks that say when they were made: 1,000 + seconds since the start."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.now_s = 0.0
        self.sizes = {(user, coin): 0 for user in USERS for coin in COINS}
        self.volume = dict.fromkeys(COINS, 0.0)
        self.trade_count = 0
        self.past: list[tuple[float, dict[tuple[str, str], int]]] = []

    @property
    def now_ms(self) -> int:
        return START_MS + round(1_000 * self.now_s)

    @property
    def mark(self) -> float:
        return 1_000.0 + self.now_s

    def trade(self) -> tuple[str, dict[str, Any]]:
        """One print: coin and its row."""
        buyer, seller = self.chance.sample(USERS, 2)
        coin, size = self.chance.choice(COINS), self.chance.randrange(1, 20)
        self.sizes[buyer, coin] += size
        self.sizes[seller, coin] -= size
        self.volume[coin] += size * self.mark
        self.trade_count += 1
        row = {"coin": coin, "side": "B", "px": f"{self.mark:.2f}", "sz": str(size), "time": self.now_ms}
        return coin, {**row, "hash": "0x0", "tid": self.trade_count, "users": [buyer, seller]}

    def remember(self) -> None:
        """Keep what states of half a minute ago were made of."""
        self.past.append((self.now_s, dict(self.sizes)))
        self.past = [each for each in self.past if each[0] >= self.now_s - 30.0]

    def contexts(self) -> list[dict[str, str]]:
        mark = f"{self.mark:.2f}"
        return [
            {
                "markPx": mark,
                "oraclePx": mark,
                "openInterest": str(sum(max(self.sizes[user, coin], 0) for user in USERS)),
                "funding": "0.0",
                "dayNtlVlm": f"{volume:.1f}",
            }
            for coin, volume in self.volume.items()
        ]

    def state(self, user: str, sizes: dict[tuple[str, str], int], at_s: float) -> dict[str, Any]:
        """As clearinghouseState has it."""
        mark = 1_000.0 + at_s
        held = {coin: sizes[user, coin] for coin in COINS if sizes[user, coin]}
        notional = sum(abs(size) for size in held.values()) * mark
        raw = 1e9 - sum(held.values()) * mark
        figures = {"accountValue": "1000000000.0", "totalNtlPos": f"{notional:.2f}"}
        summary = {**figures, "totalRawUsd": f"{raw:.2f}", "totalMarginUsed": f"{notional / 10:.2f}"}
        return {
            "marginSummary": summary,
            "crossMarginSummary": summary,
            "crossMaintenanceMarginUsed": f"{notional / 20:.2f}",
            "withdrawable": "0.0",
            "time": START_MS + round(1_000 * at_s),
            "assetPositions": [
                {"type": "oneWay", "position": self._position(coin, size, mark)} for coin, size in held.items()
            ],
        }

    def answer(self, request: dict[str, Any], *, is_old: bool = False) -> Any:
        """An answer of the info server; an old one is of up to half a minute ago."""
        at_s, sizes = self.past[0] if is_old and self.past else (self.now_s, self.sizes)
        match request["type"]:
            case "exchangeStatus":
                return {"time": self.now_ms, "specialStatuses": None}
            case "perpDexs":
                return [None]
            case "metaAndAssetCtxs":
                universe = [{"name": coin, "szDecimals": 0, "maxLeverage": 10, "marginTableId": 10} for coin in COINS]
                return [{"universe": universe, "marginTables": [], "collateralToken": 0}, self.contexts()]
            case "batchClearinghouseStates":
                return [self.state(user, sizes, at_s) for user in request["users"]]
            case "clearinghouseState":
                return self.state(request["user"], sizes, at_s)
            case _:
                return {"balances": []}

    @staticmethod
    def _position(coin: str, size: int, mark: float) -> dict[str, Any]:
        return {
            "coin": coin, "szi": str(size), "leverage": {"type": "cross", "value": 10}, "entryPx": f"{mark:.2f}",
            "positionValue": f"{abs(size) * mark:.2f}", "unrealizedPnl": "0.0", "returnOnEquity": "0.0",
            "liquidationPx": None, "marginUsed": "0.0", "maxLeverage": 10,
            "cumFunding": {"allTime": "0.0", "sinceOpen": "0.0", "sinceChange": "0.0"},
        }  # fmt: skip


def text_of(channel: str, data: object) -> bytes:
    """A message of a socket."""
    return msgspec.json.encode({"channel": channel, "data": data})


MESSAGE_FAULTS = (
    "dropped unseen", "late", "twice", "out of order", "cut", "garbage", "brackets without end", "fields missing",
    "an hour behind", "a day ahead", "HTML",
)  # fmt: skip
ANSWER_FAULTS = (
    "429", "500", "502", "dropped", "late", "cut", "HTML", "empty", "fields missing", "stale", "too few rows",
    "brackets without end", "an error in it",
)  # fmt: skip
CONNECTION_FAULTS = ("reset", "silent", "refused", "subscription forgotten", "subscription refused")


class Wire:
    """One socket's server: takes texts in order, sends messages that meet faults. `happened` counts them."""

    def __init__(self, world: World, happened: Counter[str]) -> None:
        self.world = world
        self.held: set[str] = set()
        self.way: list[tuple[float, bytes]] = []
        self.silent_until_s = 0.0
        self.has_faults = True
        self._happened = happened

    def reset(self) -> None:
        """The connection is gone with all that was on its way."""
        self.held.clear()
        self.way.clear()
        self.silent_until_s = 0.0

    def take(self, text: str) -> None:
        """What the client says."""
        body = msgspec.json.decode(text)
        if body["method"] == "ping":
            return self.say("pong", None)
        subscription = body["subscription"]
        key, is_new = key_of(subscription), body["method"] == "subscribe"
        echo = msgspec.json.encode(subscription).decode()
        if is_new is (key in self.held):
            return self.say("error", f"Already {'' if is_new else 'un'}subscribed: {echo}")
        if is_new and self.draws("subscription refused", 0.1):
            return self.say("error", f"Cannot subscribe now: {echo}")
        (self.held.add if is_new else self.held.discard)(key)
        return self.say("subscriptionResponse", {"method": body["method"], "subscription": subscription})

    def draws(self, fault: str, share: float) -> bool:
        """Whether this fault happens now; counted."""
        is_hit = self.has_faults and self.world.chance.random() < share
        self._happened[f"socket: {fault}"] += is_hit
        return is_hit

    def publish(self, subscription: Subscription[Any], channel: str, data: object) -> None:
        """A message to who is subscribed."""
        if key_of(subscription) in self.held:
            self.say(channel, data)

    def say(self, channel: str, data: object) -> None:
        """Put one message on its way."""
        now_s, chance = self.world.now_s, self.world.chance
        if now_s < self.silent_until_s:
            return
        text = text_of(channel, data)
        if not self.has_faults or chance.random() > 0.25:
            self.way.append((now_s, text))
            return
        fault = chance.choice(MESSAGE_FAULTS)
        self._happened[f"socket: {fault}"] += 1
        changed: dict[str, Callable[[], bytes]] = {
            "cut": lambda: text[: chance.randrange(1, len(text))],
            "garbage": lambda: chance.randbytes(40),
            "brackets without end": lambda: b'{"channel":"' + channel.encode() + b'","data":' + b"[" * 50_000,
            "fields missing": lambda: text.replace(b'"px"', b'"p"').replace(b'"markPx"', b'"m"'),
            "an hour behind": lambda: _moved(text, -3_600_000),
            "a day ahead": lambda: _moved(text, 86_400_000),
            "HTML": lambda: b"<html>502 Bad Gateway</html>",
        }
        match fault:
            case "dropped unseen":
                return
            case "late":
                self.way.append((now_s + chance.uniform(0.5, 5.0), text))
            case "twice":
                self.way += [(now_s, text), (now_s, text)]
            case "out of order":
                self.way.insert(chance.randrange(len(self.way) + 1), (now_s, text))
            case _:
                self.way.append((now_s, changed[fault]()))

    def due(self) -> list[bytes]:
        """Messages that have arrived."""
        now_s = self.world.now_s
        arrived = [text for at_s, text in self.way if at_s <= now_s]
        self.way = [each for each in self.way if each[0] > now_s]
        return arrived


class Info:
    """The info server: an answer or a status, perhaps later."""

    def __init__(self, world: World, happened: Counter[str]) -> None:
        self.world = world
        self.has_faults = True
        self._happened = happened

    def ask(self, request: dict[str, Any]) -> tuple[float, int, bytes]:
        """(seconds it takes, HTTP status or 0, body)."""
        chance = self.world.chance
        body = msgspec.json.encode(self.world.answer(request))
        if not self.has_faults or chance.random() > 0.3:
            return 0.1, 200, body
        fault = chance.choice(ANSWER_FAULTS)
        self._happened[f"info: {fault}"] += 1
        if fault in ("429", "500", "502"):
            return 0.1, int(fault), b"no"
        rows = msgspec.json.decode(body)
        bodies: dict[str, Callable[[], bytes]] = {
            "cut": lambda: body[: chance.randrange(len(body))],
            "HTML": lambda: b"<html>maintenance</html>",
            "empty": lambda: b"",
            "fields missing": lambda: body.replace(b'"marginSummary"', b'"summary"').replace(b'"markPx"', b'"m"'),
            "stale": lambda: msgspec.json.encode(self.world.answer(request, is_old=True)),
            "too few rows": lambda: msgspec.json.encode(rows[:-1] if isinstance(rows, list) else rows),
            "brackets without end": lambda: b"[" * 50_000,
            "an error in it": lambda: b'{"error": "busy"}',
        }
        if fault == "dropped":
            return 5.0, 0, b""
        return (chance.uniform(1.0, 20.0), 200, body) if fault == "late" else (0.1, 200, bodies[fault]())


def _moved(text: bytes, milliseconds: int) -> bytes:
    message = msgspec.json.decode(text)
    if isinstance(message["data"], list):
        for row in message["data"]:
            row["time"] += milliseconds
    return msgspec.json.encode(message)
