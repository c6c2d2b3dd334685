"""Which record each info request is answered with: the list a coverage test and a client go by."""

from __future__ import annotations

from typing import Any

from liqscape.wire.answer import parse_answer
from liqscape.wire.info.active_asset_data import ActiveAssetData
from liqscape.wire.info.all_mids import AllMidsAnswer
from liqscape.wire.info.batch_clearinghouse_states import BatchClearinghouseStatesAnswer
from liqscape.wire.info.borrow_lend import BorrowLendReserveStatesAnswer, BorrowLendUserState
from liqscape.wire.info.candle_snapshot import CandleSnapshotAnswer
from liqscape.wire.info.clearinghouse_state import ClearinghouseState
from liqscape.wire.info.exchange_status import ExchangeStatus
from liqscape.wire.info.frontend_open_orders import FrontendOpenOrdersAnswer
from liqscape.wire.info.funding_history import FundingHistoryAnswer
from liqscape.wire.info.historical_orders import HistoricalOrdersAnswer
from liqscape.wire.info.l2_book import L2BookAnswer
from liqscape.wire.info.leading_vaults import LeadingVaultsAnswer
from liqscape.wire.info.liquidatable import LiquidatableAnswer
from liqscape.wire.info.margin_table import WireMarginTable
from liqscape.wire.info.max_market_order_ntls import MaxMarketOrderNtlsAnswer
from liqscape.wire.info.meta import AssetContext, Meta
from liqscape.wire.info.open_orders import OpenOrdersAnswer
from liqscape.wire.info.order_status import OrderStatus
from liqscape.wire.info.outcome_meta import OutcomeMeta
from liqscape.wire.info.perp_categories import PerpCategoriesAnswer
from liqscape.wire.info.perp_dex_limits import PerpDexLimitsAnswer, PerpDexStatusAnswer
from liqscape.wire.info.perp_dexs import PerpDexsAnswer
from liqscape.wire.info.perps_at_open_interest_cap import PerpsAtOpenInterestCapAnswer
from liqscape.wire.info.portfolio import PortfolioAnswer
from liqscape.wire.info.predicted_fundings import PredictedFundingsAnswer
from liqscape.wire.info.recent_trades import RecentTradesAnswer
from liqscape.wire.info.spot_clearinghouse_state import SpotClearinghouseState
from liqscape.wire.info.spot_meta import SpotMeta
from liqscape.wire.info.spot_meta_and_asset_ctxs import SpotMetaAndAssetCtxsAnswer
from liqscape.wire.info.sub_accounts import SubAccounts2Answer, SubAccountsAnswer
from liqscape.wire.info.user_abstraction import UserAbstractionAnswer
from liqscape.wire.info.user_fees import UserFees
from liqscape.wire.info.user_fills import UserFillsAnswer
from liqscape.wire.info.user_funding import UserFundingAnswer
from liqscape.wire.info.user_non_funding_ledger_updates import UserNonFundingLedgerUpdatesAnswer
from liqscape.wire.info.user_rate_limit import UserRateLimit
from liqscape.wire.info.user_role import UserRole
from liqscape.wire.info.user_vault_equities import UserVaultEquitiesAnswer
from liqscape.wire.info.vault_details import VaultDetailsAnswer
from liqscape.wire.info.vault_summaries import VaultSummariesAnswer
from liqscape.wire.info.web_data2 import WebData2

ANSWERS: dict[str, Any] = {
    "activeAssetData": ActiveAssetData,
    "allBorrowLendReserveStates": BorrowLendReserveStatesAnswer,
    "allMids": AllMidsAnswer,
    "allPerpMetas": tuple[Meta, ...],
    "batchClearinghouseStates": BatchClearinghouseStatesAnswer,
    "borrowLendUserState": BorrowLendUserState,
    "candleSnapshot": CandleSnapshotAnswer,
    "clearinghouseState": ClearinghouseState,
    "exchangeStatus": ExchangeStatus,
    "extraAgents": tuple[dict[str, Any], ...],
    "frontendOpenOrders": FrontendOpenOrdersAnswer,
    "fundingHistory": FundingHistoryAnswer,
    "historicalOrders": HistoricalOrdersAnswer,
    "l2Book": L2BookAnswer,
    "leadingVaults": LeadingVaultsAnswer,
    "liquidatable": LiquidatableAnswer,
    "marginTable": WireMarginTable,
    "maxMarketOrderNtls": MaxMarketOrderNtlsAnswer,
    "meta": Meta,
    "metaAndAssetCtxs": tuple[Meta, tuple[AssetContext, ...]],
    "openOrders": OpenOrdersAnswer,
    "orderStatus": OrderStatus,
    "outcomeMeta": OutcomeMeta,
    "perpCategories": PerpCategoriesAnswer,
    "perpDexLimits": PerpDexLimitsAnswer,
    "perpDexStatus": PerpDexStatusAnswer,
    "perpDexs": PerpDexsAnswer,
    "perpsAtOpenInterestCap": PerpsAtOpenInterestCapAnswer,
    "portfolio": PortfolioAnswer,
    "predictedFundings": PredictedFundingsAnswer,
    "recentTrades": RecentTradesAnswer,
    "spotClearinghouseState": SpotClearinghouseState,
    "spotMeta": SpotMeta,
    "spotMetaAndAssetCtxs": SpotMetaAndAssetCtxsAnswer,
    "subAccounts": SubAccountsAnswer,
    "subAccounts2": SubAccounts2Answer,
    "userAbstraction": UserAbstractionAnswer,
    "userFees": UserFees,
    "userFills": UserFillsAnswer,
    "userFillsByTime": UserFillsAnswer,
    "userFunding": UserFundingAnswer,
    "userNonFundingLedgerUpdates": UserNonFundingLedgerUpdatesAnswer,
    "userRateLimit": UserRateLimit,
    "userRole": UserRole,
    "userTwapSliceFills": tuple[dict[str, Any], ...],
    "userVaultEquities": UserVaultEquitiesAnswer,
    "vaultDetails": VaultDetailsAnswer,
    "vaultSummaries": VaultSummariesAnswer,
    "webData2": WebData2,
}


def parse_info_answer(request_type: str, content: bytes, source: str) -> Any:
    """An answer to a request of this type as its record. Raises RemoteWireError; KeyError for another type."""
    return parse_answer(content, ANSWERS[request_type], source)
