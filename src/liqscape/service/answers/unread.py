"""What a market read once does without, because it could not be read."""

from __future__ import annotations

from typing import Annotated

import msgspec


class UnreadAccounts(msgspec.Struct, frozen=True, kw_only=True):
    """Accounts of a server that could not be read, whole or in some pools. The run goes on without."""

    accounts: Annotated[int, msgspec.Meta(description="Accounts with anything that could not be read.")]
    whole: Annotated[int, msgspec.Meta(description="Of them, those of which nothing could be read.")]
    unreported: Annotated[int, msgspec.Meta(description="Of them, those that do not even say how much they hold.")] = (
        msgspec.field(name="untold")
    )
    notional: Annotated[float, msgspec.Meta(description="USD the others hold in it by their own totals.")]
    share: Annotated[float, msgspec.Meta(description="Of twice the open interest.")] | None
