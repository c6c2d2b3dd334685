"""An assembler and the ledger behind it, told answers and messages one after the other by a test."""

from __future__ import annotations

from typing import Any

import msgspec

from liqscape.feed.records import Record, RecordKind
from liqscape.ledger import Ledger
from liqscape.model.events import Event
from liqscape.sources.live.assembler import Assembler
from liqscape.sources.live.holders import MAX_WAIT_TICKS

NOW_MS = 1_790_000_000_000
ALICE, BOB = "0x" + "a1" * 20, "0x" + "b2" * 20
SECOND_NS = 1_000_000_000


def asset(coin: str, **more: object) -> dict[str, object]:
    return {"name": coin, "szDecimals": 1, "maxLeverage": 10, "marginTableId": 10, **more}


def contexts(*marks: object) -> list[dict[str, object]]:
    return [{"markPx": mark, "oraclePx": mark, "openInterest": "10", "funding": "0"} for mark in marks]


def state(coin: str, size: float, mark: float, raw_usd: float, time_ms: int) -> dict[str, object]:
    notional = abs(size) * mark
    summary = {
        "accountValue": str(raw_usd + size * mark),
        "totalNtlPos": str(notional),
        "totalRawUsd": str(raw_usd),
        "totalMarginUsed": str(notional / 10),
    }
    position = {
        "coin": coin, "szi": str(size), "leverage": {"type": "cross", "value": 10}, "entryPx": str(mark),
        "positionValue": str(notional), "unrealizedPnl": "0", "returnOnEquity": "0", "liquidationPx": None,
        "marginUsed": str(notional / 10), "maxLeverage": 10,
        "cumFunding": {"allTime": "0", "sinceOpen": "0", "sinceChange": "0"},
    }  # fmt: skip
    return {
        "marginSummary": summary, "crossMarginSummary": summary, "crossMaintenanceMarginUsed": str(notional / 20),
        "withdrawable": "0", "assetPositions": [{"type": "oneWay", "position": position}], "time": time_ms,
    }  # fmt: skip


class Market:
    """An assembler and a ledger that hear the same; BTC and QUIET on the first dex, x:OIL on dex x."""

    def __init__(self, first_ms: int | None = NOW_MS, assembler: Assembler | None = None) -> None:
        """first_ms: what the exchange says its time is at first; None: it says nothing."""
        self.assembler, self.ledger = assembler or Assembler(None), Ledger()
        self.now_ms = NOW_MS
        self.metas: dict[str, list[dict[str, object]]] = {"": [asset("BTC"), asset("QUIET")], "x": [asset("x:OIL")]}
        if first_ms is not None:
            self.answer({"time": first_ms}, type="exchangeStatus")
        self.list()

    def list(self) -> list[Event]:
        """Everything the exchange lists now."""
        dexs = [None if dex == "" else {"name": dex, "fullName": dex, "deployer": ALICE} for dex in self.metas]
        events = self.answer(dexs, type="perpDexs")
        for dex, rows in self.metas.items():
            body = [{"universe": rows, "marginTables": []}, contexts(*["10"] * len(rows))]
            events += self.answer(body, type="metaAndAssetCtxs", **({"dex": dex} if dex else {}))
        return events

    def read(self, address: str, coin: str, size: float, raw_usd: float = 1_000.0) -> None:
        """A state as of now."""
        dex = coin.partition(":")[0] if ":" in coin else ""
        more = {"dex": dex} if dex else {}
        self.answer(state(coin, size, 10.0, raw_usd, self.now_ms), type="clearinghouseState", user=address, **more)
        for _ in range(MAX_WAIT_TICKS + 2):  # it may wait for a spot state that nobody tells here
            self.tick()

    def answer(self, body: object, **request: Any) -> list[Event]:
        return self.feed(RecordKind.ANSWER, msgspec.json.encode(request).decode(), msgspec.json.encode(body))

    def tick(self, passed_ms: int = 0) -> list[Event]:
        self.now_ms += passed_ms
        return self.feed(RecordKind.TICK, "", b"")

    def connected(self, *coins: str, subject: str = "1") -> list[Event]:
        rows = [{"type": "trades", "coin": coin} for coin in coins]
        return self.feed(RecordKind.CONNECTED, subject, msgspec.json.encode(rows))

    def lost(self, *coins: str, subject: str = "1") -> list[Event]:
        rows = [{"type": "trades", "coin": coin} for coin in coins]
        return self.feed(RecordKind.LOST, subject, msgspec.json.encode({"reason": "cut", "subscriptions": rows}))

    def reported(self, *ctxs: object) -> list[Event]:
        """A message with contexts."""
        message = {"channel": "allDexsAssetCtxs", "data": {"ctxs": ctxs}}
        return self.feed(RecordKind.MESSAGE, "1", msgspec.json.encode(message))

    def printed(self, coin: str, buyer: str, seller: str, size: float, time_ms: int, trade_id: int) -> list[Event]:
        row = {"coin": coin, "side": "B", "px": "10", "sz": str(size), "time": time_ms, "tid": trade_id}
        message = {"channel": "trades", "data": [row | {"users": [buyer, seller]}]}
        return self.feed(RecordKind.MESSAGE, "1", msgspec.json.encode(message))

    def feed(self, kind: RecordKind, subject: str, content: bytes) -> list[Event]:
        self.now_ms += 1
        events = self.assembler.feed(Record(kind, subject, content, self.now_ms * 1_000_000))
        for event in events:
            self.ledger.apply(event)
        return events

    @property
    def unsure(self) -> set[str]:
        watch = self.ledger.watch()
        return {name for name, is_unsure in zip(watch.address, watch.is_unsure.tolist(), strict=True) if is_unsure}

    @property
    def held(self) -> dict[str, float]:
        accounts = self.ledger.accounts
        coins = self.ledger.markets.coins
        return {coins[row]: size for row, size in zip(accounts.market_index, accounts.size.tolist(), strict=True)}


def sure_market() -> Market:
    """Alice holds QUIET, Bob x:OIL; both are sure."""
    made = Market()
    made.connected("BTC", "QUIET", "x:OIL")
    made.read(ALICE, "QUIET", 10.0)
    made.read(BOB, "x:OIL", -10.0)
    assert not made.unsure
    return made
