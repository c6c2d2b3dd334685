"""Records in the exchange's own words, made from the small sandbox."""

from __future__ import annotations

from typing import Any

import msgspec
from small_sandbox import SmallSandbox

from liqscape.feed.records import Record, RecordKind
from liqscape.sandbox.answers import answer_info, ws_snapshot
from liqscape.wire.ws.all_dexs_asset_ctxs import AllDexsAssetCtxsSubscription

SECOND_NS = 1_000_000_000


class Speaker:
    """Says what a live exchange would, a second apart."""

    def __init__(self, sandbox: SmallSandbox) -> None:
        self.sandbox = sandbox
        self.received_ns = sandbox.exchange.time_ms * 1_000_000

    def answer(self, **request: Any) -> Record:
        """An answer to an info request."""
        content = msgspec.json.encode(answer_info(request, self.sandbox.state))
        return self.record(RecordKind.ANSWER, msgspec.json.encode(request).decode(), content)

    def contexts(self) -> Record:
        """Contexts of all markets now."""
        (data,) = ws_snapshot(AllDexsAssetCtxsSubscription(), self.sandbox.state)
        return self.message("allDexsAssetCtxs", data)

    def message(self, channel: str, data: Any) -> Record:
        """A message of a socket."""
        return self.record(RecordKind.MESSAGE, "1", msgspec.json.encode({"channel": channel, "data": data}))

    def tick(self) -> Record:
        """The clock."""
        return self.record(RecordKind.TICK, "", b"")

    def record(self, kind: RecordKind, subject: str, content: bytes) -> Record:
        """One record, a second after the last."""
        self.received_ns += SECOND_NS
        return Record(kind, subject, content, self.received_ns)

    def listing(self) -> list[Record]:
        """What every map asks first."""
        return [
            self.answer(type="exchangeStatus"),
            self.answer(type="perpDexs"),
            self.answer(type="metaAndAssetCtxs"),
        ]
