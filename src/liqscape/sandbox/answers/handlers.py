"""Which function answers which request: the function says it, and whatever module of this package holds it is found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from liqscape.sandbox.answers.question import Question
from liqscape.wire.info.request import InfoRequest
from liqscape.wire.modules import load_modules

Handler = Callable[[Question[Any]], object]
Answering = TypeVar("Answering", bound=Handler)

HANDLERS: dict[type[InfoRequest[Any]], Handler] = {}
"""By request; complete after `load_handlers`."""


def answers(*requests: type[InfoRequest[Any]]) -> Callable[[Answering], Answering]:
    """Say of a function that it answers these."""

    def note(handler: Answering) -> Answering:
        HANDLERS.update(dict.fromkeys(requests, handler))
        return handler

    return note


def load_handlers() -> dict[type[InfoRequest[Any]], Handler]:
    """All of them."""
    load_modules("liqscape.sandbox.answers")
    return HANDLERS
