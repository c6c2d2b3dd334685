"""Channel `allDexsAssetCtxs`: contexts of every market, in the order of each dex's universe."""

from __future__ import annotations

import msgspec

from liqscape.wire.info.meta import AssetContext


class AllDexsAssetContexts(msgspec.Struct, frozen=True):
    """(dex, contexts) pairs; the first dex is ""."""

    ctxs: tuple[tuple[str, tuple[AssetContext, ...]], ...]
