"""Channels with an account's state: clearinghouseState, allDexsClearinghouseState, spotState, webData2, webData3,
activeAssetData. They come with each mark update and after blocks that touched the account.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from liqscape.sandbox.answers.active_asset_data import build_active_asset_data
from liqscape.sandbox.answers.channels.channel import Channel, Messages, check_user, check_user_and_dex, has_touched
from liqscape.sandbox.answers.clearinghouse_state import build_state
from liqscape.sandbox.answers.contexts import dexs
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.answers.spot_clearinghouse_state import build_spot_state
from liqscape.sandbox.answers.user_abstraction import abstraction_of
from liqscape.sandbox.answers.user_role import is_vault
from liqscape.sandbox.answers.vaults import led_by
from liqscape.sandbox.answers.web_data2 import build_web_data2, cumulative_ledger, total_vault_equity
from liqscape.wire.ws.clearinghouse_state import AllDexsClearinghouseMessage, ClearinghouseMessage
from liqscape.wire.ws.spot_state import SpotStateMessage
from liqscape.wire.ws.web_data3 import PerpDexState, UserState, WebData3

if TYPE_CHECKING:
    from liqscape.exchange.output import BlockOutput


def _check_asset(question: Question) -> None:
    question.address()
    question.market()


def _clearinghouse(question: Question) -> Messages:
    dex = question.dex()
    state = build_state(question.sandbox, question.account(), dex)
    return [ClearinghouseMessage(dex, question.address(), state)]


def _all_dexs(question: Question) -> Messages:
    sandbox, account = question.sandbox, question.account()
    states = tuple((dex, build_state(sandbox, account, dex)) for dex in dexs(sandbox.exchange))
    return [AllDexsClearinghouseMessage(question.address(), states)]


def _spot(question: Question) -> Messages:
    return [SpotStateMessage(question.address(), build_spot_state(question.sandbox, question.account()))]


def _web_data2(question: Question) -> Messages:
    return [build_web_data2(question.sandbox, question.address())]


def _web_data3(question: Question) -> Messages:
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


def _active_asset_data(question: Question) -> Messages:
    return [build_active_asset_data(question.sandbox, question.address(), question.market())]


def _when_due(build: Callable[[Question], Messages]) -> Callable[[Question, BlockOutput], Messages]:
    def update(question: Question, output: BlockOutput) -> Messages:
        is_due = output.is_mark_update or has_touched(question.account(), output)
        return build(question) if is_due else []

    return update


def _channel(build: Callable[[Question], Messages], check: Callable[[Question], object]) -> Channel:
    return Channel(check, build, _when_due(build), is_user_feed=True)


CLEARINGHOUSE_STATE = _channel(_clearinghouse, check_user_and_dex)
ALL_DEXS_CLEARINGHOUSE_STATE = _channel(_all_dexs, check_user)
SPOT_STATE = _channel(_spot, check_user)
WEB_DATA2 = _channel(_web_data2, check_user)
WEB_DATA3 = _channel(_web_data3, check_user)
ACTIVE_ASSET_DATA = _channel(_active_asset_data, _check_asset)
