"""Channel `allMids`: mid by coin."""

from __future__ import annotations

import msgspec

from liqscape.wire.info.all_mids import AllMidsAnswer


class AllMidsMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    mids: AllMidsAnswer
    dex: str | None = None
