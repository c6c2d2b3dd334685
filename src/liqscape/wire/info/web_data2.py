"""`{"type": "webData2", "user"}`: everything an old screen wanted at once; superseded by the channel webData3."""

from __future__ import annotations

import msgspec

from liqscape.wire.info.clearinghouse_state import ClearinghouseState
from liqscape.wire.info.frontend_open_orders import FrontendOrder
from liqscape.wire.info.leading_vaults import LedVault
from liqscape.wire.info.meta import AssetContext, Meta
from liqscape.wire.info.spot_clearinghouse_state import SpotClearinghouseState
from liqscape.wire.info.spot_meta_and_asset_ctxs import SpotContext


class WebData2(msgspec.Struct, frozen=True, kw_only=True):
    """Account, orders and markets of the first dex."""

    clearinghouseState: ClearinghouseState
    leadingVaults: tuple[LedVault, ...]
    totalVaultEquity: float
    openOrders: tuple[FrontendOrder, ...]
    agentAddress: str | None
    agentValidUntil: int | None
    cumLedger: float
    meta: Meta
    assetCtxs: tuple[AssetContext, ...]
    serverTime: int
    isVault: bool
    user: str
    spotState: SpotClearinghouseState
    spotAssetCtxs: tuple[SpotContext, ...] = ()
    twapStates: tuple[str, ...] = ()
    perpsAtOpenInterestCap: tuple[str, ...] = ()
