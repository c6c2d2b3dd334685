"""Channel `webData2`: everything an old screen wanted at once."""

from __future__ import annotations

from typing import ClassVar

from liqscape.wire.info.request import Example
from liqscape.wire.info.web_data2 import WebData2
from liqscape.wire.ws.subscription import Subscription


class WebData2Subscription(Subscription[WebData2], frozen=True, tag="webData2"):
    """Everything of one account in the first dex."""

    user: str

    example: ClassVar = Example(
        '{"type": "webData2", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        '{"clearinghouseState": {"marginSummary": {"accountValue": "0.0", "totalNtlPos": "0.0", '
        '"totalRawUsd": "0.0", "totalMarginUsed": "0.0"}, "crossMarginSummary": {"accountValue": "0.0", '
        '"totalNtlPos": "0.0", "totalRawUsd": "0.0", "totalMarginUsed": "0.0"}, '
        '"crossMaintenanceMarginUsed": "0.0", "withdrawable": "0.0", "assetPositions": [], '
        '"time": 1770000000000}, "leadingVaults": [], "totalVaultEquity": "0.0", "openOrders": [], '
        '"agentAddress": null, "agentValidUntil": null, "cumLedger": "1000.0", '
        '"meta": {"universe": [{"name": "BTC", "szDecimals": 5, "maxLeverage": 40, "marginTableId": 56}], '
        '"marginTables": [[56, {"description": "tiered 40x", "marginTiers": [{"lowerBound": "0.0", '
        '"maxLeverage": 40}, {"lowerBound": "150000000.0", "maxLeverage": 20}]}]], "collateralToken": 0}, '
        '"assetCtxs": [{"funding": "0.0000125", "openInterest": "30000.5", "prevDayPx": "98000.0", '
        '"dayNtlVlm": "1000000.0", "premium": "0.0001", "oraclePx": "100010.0", "markPx": "100000.0", '
        '"midPx": "100000.5", "impactPxs": ["99999.0", "100002.0"], "dayBaseVlm": "10.0"}], '
        '"serverTime": 1770000000000, "isVault": false, "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", '
        '"spotState": {"balances": [{"coin": "USDC", "token": 0, "total": "1500.0", "hold": "0.0", '
        '"entryNtl": "0.0"}]}}',
    )
