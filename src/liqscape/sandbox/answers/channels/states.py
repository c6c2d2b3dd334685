"""Channels with an account's state: clearinghouseState, allDexsClearinghouseState, spotState, webData2, webData3,
activeAssetData. They come with each mark update and after blocks that touched the account.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from liqscape.sandbox.answers.active_asset_data import build_active_asset_data
from liqscape.sandbox.answers.channels.channel import (
    Channel,
    Messages,
    check_user,
    check_user_and_dex,
    has_touched,
    serve,
)
from liqscape.sandbox.answers.clearinghouse_state import build_state
from liqscape.sandbox.answers.contexts import dexs
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.answers.spot_clearinghouse_state import build_spot_state
from liqscape.sandbox.answers.user_abstraction import abstraction_of
from liqscape.sandbox.answers.user_role import is_vault
from liqscape.sandbox.answers.vaults import led_by
from liqscape.sandbox.answers.web_data2 import build_web_data2, cumulative_ledger, total_vault_equity
from liqscape.wire.ws.active_asset_data import ActiveAssetDataSubscription
from liqscape.wire.ws.clearinghouse_state import (
    AllDexsClearinghouseMessage,
    AllDexsClearinghouseStateSubscription,
    ClearinghouseMessage,
    ClearinghouseStateSubscription,
)
from liqscape.wire.ws.spot_state import SpotStateMessage, SpotStateSubscription
from liqscape.wire.ws.web_data2 import WebData2Subscription
from liqscape.wire.ws.web_data3 import PerpDexState, UserState, WebData3, WebData3Subscription

if TYPE_CHECKING:
    from liqscape.exchange.output import BlockOutput


def _check_asset(question: Question[Any]) -> None:
    question.address()
    question.market()


def _clearinghouse(question: Question[Any]) -> Messages:
    dex = question.dex()
    state = build_state(question.sandbox, question.account(), dex)
    return [ClearinghouseMessage(dex, question.address(), state)]


def _all_dexs(question: Question[Any]) -> Messages:
    sandbox, account = question.sandbox, question.account()
    states = tuple((dex, build_state(sandbox, account, dex)) for dex in dexs(sandbox.exchange))
    return [AllDexsClearinghouseMessage(question.address(), states)]


def _spot(question: Question[Any]) -> Messages:
    return [SpotStateMessage(question.address(), build_spot_state(question.sandbox, question.account()))]


def _web_data2(question: Question[Any]) -> Messages:
    return [build_web_data2(question.sandbox, question.address())]


def _web_data3(question: Question[Any]) -> Messages:
    sandbox, address, account = question.sandbox, question.address(), question.account()
    state = UserState(
        agentAddress=None,
        agentValidUntil=None,
        cumLedger=cumulative_ledger(sandbox, account),
        serverTime=sandbox.time_ms,
        isVault=is_vault(sandbox, address),
        user=address,
        abstraction=abstraction_of(sandbox, account),
    )
    first = PerpDexState(
        total_vault_equity(sandbox, address),
        perpsAtOpenInterestCap=(),
        leadingVaults=tuple(led_by(sandbox, address)),
    )
    others = [PerpDexState(0.0) for _ in dexs(sandbox.exchange)[1:]]
    return [WebData3(state, (first, *others))]


def _active_asset_data(question: Question[Any]) -> Messages:
    return [build_active_asset_data(question.sandbox, question.address(), question.market())]


def _when_due(build: Callable[[Question[Any]], Messages]) -> Callable[[Question[Any], BlockOutput], Messages]:
    def update(question: Question[Any], output: BlockOutput) -> Messages:
        is_due = output.is_mark_update or has_touched(question.account(), output)
        return build(question) if is_due else []

    return update


def _channel(build: Callable[[Question[Any]], Messages], check: Callable[[Question[Any]], object]) -> Channel:
    return Channel(check, build, _when_due(build))


serve(ClearinghouseStateSubscription, _channel(_clearinghouse, check_user_and_dex))
serve(AllDexsClearinghouseStateSubscription, _channel(_all_dexs, check_user))
serve(SpotStateSubscription, _channel(_spot, check_user))
serve(WebData2Subscription, _channel(_web_data2, check_user))
serve(WebData3Subscription, _channel(_web_data3, check_user))
serve(ActiveAssetDataSubscription, _channel(_active_asset_data, _check_asset))
