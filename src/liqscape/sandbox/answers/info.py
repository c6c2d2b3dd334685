"""POST /info: one function a request type."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from liqscape.sandbox.answers import (
    active_asset_data,
    all_mids,
    all_perp_metas,
    batch_clearinghouse_states,
    borrow_lend,
    candle_snapshot,
    clearinghouse_state,
    dex_facts,
    funding_history,
    idle,
    l2_book,
    ledger_updates,
    liquidatable,
    margin_table,
    market_facts,
    meta,
    meta_and_asset_ctxs,
    orders,
    outcome_meta,
    perp_categories,
    perp_dexs,
    portfolio,
    predicted_fundings,
    recent_trades,
    spot_clearinghouse_state,
    spot_meta,
    spot_meta_and_asset_ctxs,
    sub_accounts,
    user_abstraction,
    user_fills,
    user_funding,
    user_limits,
    user_role,
    vault_details,
    vaults,
    web_data2,
)
from liqscape.sandbox.answers.bad_request import UNREADABLE, BadRequest
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.state import SandboxState
from liqscape.wire.encode import to_wire

HANDLERS: dict[str, Callable[[Question], object]] = {
    "activeAssetData": active_asset_data.answer,
    "allBorrowLendReserveStates": borrow_lend.answer_reserves,
    "allMids": all_mids.answer,
    "allPerpMetas": all_perp_metas.answer,
    "batchClearinghouseStates": batch_clearinghouse_states.answer,
    "borrowLendUserState": borrow_lend.answer_user,
    "candleSnapshot": candle_snapshot.answer,
    "clearinghouseState": clearinghouse_state.answer,
    "exchangeStatus": market_facts.answer_status,
    "extraAgents": idle.answer_nothing_of_user,
    "frontendOpenOrders": orders.answer_frontend,
    "fundingHistory": funding_history.answer,
    "historicalOrders": orders.answer_history,
    "l2Book": l2_book.answer,
    "leadingVaults": vaults.answer_leading,
    "liquidatable": liquidatable.answer,
    "marginTable": margin_table.answer,
    "maxMarketOrderNtls": market_facts.answer_largest_orders,
    "meta": meta.answer,
    "metaAndAssetCtxs": meta_and_asset_ctxs.answer,
    "openOrders": orders.answer_open,
    "orderStatus": orders.answer_status,
    "outcomeMeta": outcome_meta.answer,
    "perpCategories": perp_categories.answer,
    "perpDexLimits": dex_facts.answer_limits,
    "perpDexStatus": dex_facts.answer_dex_status,
    "perpDexs": perp_dexs.answer,
    "perpsAtOpenInterestCap": market_facts.answer_capped,
    "portfolio": portfolio.answer,
    "predictedFundings": predicted_fundings.answer,
    "recentTrades": recent_trades.answer,
    "spotClearinghouseState": spot_clearinghouse_state.answer,
    "spotMeta": spot_meta.answer,
    "spotMetaAndAssetCtxs": spot_meta_and_asset_ctxs.answer,
    "subAccounts": sub_accounts.answer,
    "subAccounts2": sub_accounts.answer_by_dex,
    "userAbstraction": user_abstraction.answer,
    "userFees": user_limits.answer_fees,
    "userFills": user_fills.answer,
    "userFillsByTime": user_fills.answer_by_time,
    "userFunding": user_funding.answer,
    "userNonFundingLedgerUpdates": ledger_updates.answer,
    "userRateLimit": user_limits.answer_rate_limit,
    "userRole": user_role.answer,
    "userTwapSliceFills": idle.answer_nothing_of_user,
    "userVaultEquities": vaults.answer_equities,
    "vaultDetails": vault_details.answer,
    "vaultSummaries": vaults.answer_summaries,
    "webData2": web_data2.answer,
    **idle.IDLE,
}

REQUESTS: frozenset[str] = frozenset(HANDLERS)
"""Request types that are answered."""


def answer_info(request: Mapping[str, object], sandbox: SandboxState) -> object:
    """The answer to one decoded request body, ready for a JSON encoder.

    Raises BadRequest: status 422 for a body of another shape or an unknown type, 500 where the exchange fails on a
    coin it does not list.
    """
    if not isinstance(request, Mapping):
        raise BadRequest(422, UNREADABLE)
    question = Question(request, sandbox)
    handler = HANDLERS.get(question.text("type"))
    if handler is None:
        raise BadRequest(422, UNREADABLE)
    return to_wire(handler(question))
