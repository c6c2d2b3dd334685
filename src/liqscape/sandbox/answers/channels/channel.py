"""What every channel has: a check of the subscription, messages on subscribing, messages after a block."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from liqscape.exchange.columns import Event, Fill
from liqscape.sandbox.answers.question import Question

if TYPE_CHECKING:
    from liqscape.exchange.output import BlockOutput

Messages = list[object]
"""Records to be sent, one message each."""


class Channel(NamedTuple):
    """check raises BadRequest; a user feed counts against the limit on unique users."""

    check: Callable[[Question], object]
    snapshot: Callable[[Question], Messages]
    update: Callable[[Question, BlockOutput], Messages]
    is_user_feed: bool = False


def nothing_to_check(question: Question) -> None:
    """A channel without parameters."""


def check_coin(question: Question) -> None:
    question.market()


def check_user(question: Question) -> None:
    question.address()


def check_user_and_dex(question: Question) -> None:
    question.address()
    question.dex()


def has_touched(account: int | None, output: BlockOutput) -> bool:
    """The block has a fill or an event of the account."""
    if account is None:
        return False
    fills, events = output.fills, output.events
    return bool(
        np.any(fills[:, Fill.BUYER] == account)
        or np.any(fills[:, Fill.SELLER] == account)
        or np.any(events[:, Event.ACCOUNT] == account)
    )
