"""A moment of a recording as it is kept (kept_snapshots.py): what no recording has is left out."""

from __future__ import annotations

import msgspec

from liqscape.heatmap.frame import MarketFrame
from liqscape.heatmap.moment import Moment
from liqscape.model.accounts import Accounts
from liqscape.model.margin_tables import MarginTables


class KeptMoment(msgspec.Struct, frozen=True, kw_only=True):
    """A recording holds no trigger orders, and nobody wrote anything down in its minutes."""

    frame: MarketFrame
    accounts: Accounts
    tables: MarginTables
    is_stored: bool

    @classmethod
    def of(cls, moment: Moment) -> KeptMoment:
        """Of a moment of a recording."""
        assert moment.standing is None
        return cls(frame=moment.frame, accounts=moment.accounts, tables=moment.tables, is_stored=moment.is_stored)

    def moment(self) -> Moment:
        """The moment again."""
        return Moment(frame=self.frame, accounts=self.accounts, tables=self.tables, is_stored=self.is_stored)
