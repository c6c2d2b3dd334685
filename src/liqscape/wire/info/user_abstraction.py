"""`{"type": "userAbstraction", "user"}`: how the account's balances back its positions, one word."""

from __future__ import annotations

from typing import ClassVar

from liqscape.units import PoolMode
from liqscape.wire.info.request import Example, InfoRequest
from liqscape.wire.info.sizes import FEW_WORDS_BYTES

UserAbstractionAnswer = str

WORDS = {
    PoolMode.CROSS: "disabled",
    PoolMode.UNIFIED: "unifiedAccount",
    PoolMode.PORTFOLIO: "portfolioMargin",
}
"""`default` and `dexAbstraction` also exist and say nothing about the pool."""


class UserAbstractionRequest(InfoRequest[UserAbstractionAnswer], frozen=True, tag="userAbstraction"):
    """How balances back the positions of one account."""

    user: str

    max_bytes: ClassVar = FEW_WORDS_BYTES
    example: ClassVar = Example(
        '{"type": "userAbstraction", "user": "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"}',
        '"unifiedAccount"',
    )
