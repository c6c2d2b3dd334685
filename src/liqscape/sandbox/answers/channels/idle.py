"""Channels a map has no use for: a few with content, the others one message of their documented shape with nothing in
it, then silence.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from liqscape.sandbox.answers.channels.channel import (
    Channel,
    Messages,
    check_user,
    check_user_and_dex,
    nothing_to_check,
    serve,
)
from liqscape.sandbox.answers.channels.contexts import is_due
from liqscape.sandbox.answers.channels.orders import changes_of
from liqscape.sandbox.answers.contexts import asset_contexts, markets_of
from liqscape.sandbox.answers.orders import answer_history
from liqscape.sandbox.answers.question import Question
from liqscape.wire.ws.unread import (
    AssetCtxsSubscription,
    OutcomeMetaUpdatesSubscription,
    TwapStatesSubscription,
    UserHistoricalOrdersSubscription,
    UserTwapHistorySubscription,
    UserTwapSliceFillsSubscription,
)

if TYPE_CHECKING:
    from liqscape.exchange.output import BlockOutput


def _contexts(question: Question[Any]) -> Messages:
    dex, sandbox = question.dex(), question.sandbox
    return [{"dex": dex, "ctxs": asset_contexts(sandbox, markets_of(sandbox.exchange, dex))}]


def _contexts_update(question: Question[Any], output: BlockOutput) -> Messages:
    return _contexts(question) if is_due(question, output) else []


def _history(question: Question[Any]) -> Messages:
    changes_of(question, None)
    return [{"isSnapshot": True, "user": question.address(), "orderHistory": answer_history(question)}]


def _history_update(question: Question[Any], output: BlockOutput) -> Messages:
    if not changes_of(question, output):
        return []
    news = [each for each in answer_history(question) if each.statusTimestamp == output.time_ms]
    return [{"user": question.address(), "orderHistory": news}] if news else []


def _empty_of_user(name: str) -> Callable[[Question[Any]], Messages]:
    """A snapshot with an empty list of this name."""
    return lambda question: [{"isSnapshot": True, "user": question.address(), name: []}]


def _twap_states(question: Question[Any]) -> Messages:
    return [{"dex": question.dex(), "user": question.address(), "states": []}]


def _nothing(question: Question[Any]) -> Messages:  # noqa: ARG001
    return []


def _no_news(question: Question[Any], output: BlockOutput) -> Messages:  # noqa: ARG001
    return []


serve(AssetCtxsSubscription, Channel(lambda question: question.dex(), _contexts, _contexts_update))
serve(OutcomeMetaUpdatesSubscription, Channel(nothing_to_check, _nothing, _no_news))
serve(TwapStatesSubscription, Channel(check_user_and_dex, _twap_states, _no_news))
serve(UserHistoricalOrdersSubscription, Channel(check_user, _history, _history_update))
serve(UserTwapHistorySubscription, Channel(check_user, _empty_of_user("history"), _no_news))
serve(UserTwapSliceFillsSubscription, Channel(check_user, _empty_of_user("twapSliceFills"), _no_news))
