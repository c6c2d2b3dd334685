"""Channel `activeAssetCtx`, subscribed by coin: the moving figures of one market."""

from __future__ import annotations

import msgspec

from liqscape.wire.info.meta import AssetContext


class ActiveAssetContext(msgspec.Struct, frozen=True):
    coin: str
    ctx: AssetContext
