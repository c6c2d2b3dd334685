"""A moment of a recording as it is kept (kept_snapshots.py): what no recording has is left out."""

from __future__ import annotations

import msgspec

from liqscape.heatmap.bands import Bands, OutsideSums
from liqscape.heatmap.frame import MarketFrame, Provenance
from liqscape.heatmap.moment import Moment
from liqscape.model.accounts import Accounts
from liqscape.model.funding import HourlyFunding
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import MarketSnapshot
from liqscape.units import Float64Array, Int64Array


class KeptFrame(msgspec.Struct, frozen=True, kw_only=True):
    """A frame whose bands were found: the fields of `MarketFrame`."""

    provenance: Provenance
    snapshot: MarketSnapshot
    bands: Bands
    outside: OutsideSums
    position_size: Float64Array
    position_count: Int64Array
    coverage: Float64Array
    margin_source_notional: Float64Array
    address_count: int
    pool_count: int
    oldest_age_ms: int
    median_age_ms: int
    funding: HourlyFunding | None
    block: int | None

    @classmethod
    def of(cls, frame: MarketFrame) -> KeptFrame:
        """Of a frame, whose bands are found for it."""
        return cls(**{name: getattr(frame, name) for name in cls.__struct_fields__})

    def frame(self) -> MarketFrame:
        """The frame again."""
        return MarketFrame(**{name: getattr(self, name) for name in self.__struct_fields__})


class KeptMoment(msgspec.Struct, frozen=True, kw_only=True):
    """A recording holds no trigger orders, and nobody wrote anything down in its minutes."""

    frame: KeptFrame
    accounts: Accounts
    tables: MarginTables
    is_stored: bool

    @classmethod
    def of(cls, moment: Moment) -> KeptMoment:
        """Of a moment of a recording."""
        assert moment.standing is None
        frame = KeptFrame.of(moment.frame)
        return cls(frame=frame, accounts=moment.accounts, tables=moment.tables, is_stored=moment.is_stored)

    def moment(self) -> Moment:
        """The moment again."""
        frame = self.frame.frame()
        return Moment(frame=frame, accounts=self.accounts.with_names(), tables=self.tables, is_stored=self.is_stored)
