"""What every channel has: a check of the subscription, messages on subscribing, messages after a block."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from liqscape.exchange.columns import EventColumn, FillColumn
from liqscape.sandbox.answers.question import Question
from liqscape.wire.ws.subscription import Subscription

if TYPE_CHECKING:
    from liqscape.exchange.output import BlockOutput

Messages = list[object]
"""Records to be sent, one message each."""


class Channel(NamedTuple):
    """check raises BadRequest."""

    check: Callable[[Question[Any]], object]
    snapshot: Callable[[Question[Any]], Messages]
    update: Callable[[Question[Any], BlockOutput], Messages]


CHANNELS: dict[type[Subscription[Any]], Channel] = {}
"""By subscription, as far as modules of this package have been imported."""


def serve(subscription: type[Subscription[Any]], channel: Channel) -> None:
    """Say what answers a subscription."""
    CHANNELS[subscription] = channel


def nothing_to_check(question: Question[Any]) -> None:
    """A channel without parameters."""


def check_coin(question: Question[Any]) -> None:
    question.market()


def check_user(question: Question[Any]) -> None:
    question.address()


def check_user_and_dex(question: Question[Any]) -> None:
    question.address()
    question.dex()


def has_touched(account: int | None, output: BlockOutput) -> bool:
    """The block has a fill or an event of the account."""
    if account is None:
        return False
    fills, events = output.fills, output.events
    return bool(
        np.any(fills[:, FillColumn.BUYER] == account)
        or np.any(fills[:, FillColumn.SELLER] == account)
        or np.any(events[:, EventColumn.ACCOUNT] == account)
    )
