"""Channel `allMids`: mid by coin."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.wire.info.all_mids import AllMidsAnswer
from liqscape.wire.info.request import Dex, Example
from liqscape.wire.ws.subscription import Subscription


class AllMidsMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    mids: AllMidsAnswer
    dex: str | None = None


class AllMidsSubscription(Subscription[AllMidsMessage], frozen=True, tag="allMids"):
    """Mids of one dex."""

    dex: Dex = ""

    example: ClassVar = Example(
        '{"type": "allMids"}',
        '{"mids": {"BTC": "100000.5"}}',
    )
