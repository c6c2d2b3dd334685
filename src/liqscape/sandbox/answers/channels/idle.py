"""Channels a map has no use for: one message of their documented shape with nothing in it, then silence."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from liqscape.sandbox.answers.channels.channel import (
    Channel,
    Messages,
    check_user,
    check_user_and_dex,
    nothing_to_check,
)
from liqscape.sandbox.answers.question import Question

if TYPE_CHECKING:
    from liqscape.exchange.output import BlockOutput


def _empty_of_user(name: str) -> Callable[[Question], Messages]:
    """A snapshot with an empty list of this name."""
    return lambda question: [{"isSnapshot": True, "user": question.address(), name: []}]


def _twap_states(question: Question) -> Messages:
    return [{"dex": question.dex(), "user": question.address(), "states": []}]


def _nothing(question: Question) -> Messages:  # noqa: ARG001
    return []


def _no_news(question: Question, output: BlockOutput) -> Messages:  # noqa: ARG001
    return []


IDLE: dict[str, Channel] = {
    "outcomeMetaUpdates": Channel(nothing_to_check, _nothing, _no_news),
    "twapStates": Channel(check_user_and_dex, _twap_states, _no_news, is_user_feed=True),
    "userTwapHistory": Channel(check_user, _empty_of_user("history"), _no_news, is_user_feed=True),
    "userTwapSliceFills": Channel(check_user, _empty_of_user("twapSliceFills"), _no_news, is_user_feed=True),
}
"""Channels by subscription type."""
