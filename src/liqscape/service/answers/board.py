"""All coins side by side: price, open interest, funding, what is close to being liquidated, and what is known."""

from __future__ import annotations

from typing import Annotated

import msgspec

from liqscape.service.answers.deleveraging import DeleveragedUsd, DeleveragingRisk, RiskTimeMs
from liqscape.service.answers.parts import (
    Coverage,
    Doubts,
    NextCursor,
    Percent,
    Price,
    ProvenanceAnswer,
    SideNumber,
    TimeMs,
    Usd,
)
from liqscape.service.paging import PageRows

NearUsd = Annotated[
    tuple[float, float],
    msgspec.Meta(description="USD of long levels below the mark, and of short levels above it."),
]


class NearLarge(msgspec.Struct, frozen=True, kw_only=True):
    """The nearest large cluster: of either side, by its peak, holding at least 5 % of the USD in the coin's levels."""

    side: SideNumber
    price: Annotated[float, msgspec.Meta(description="Its peak, USD for one coin.")]
    notional: Usd
    distance_percent: Percent
    cluster_id: Annotated[
        str | None, msgspec.Meta(description="Of the tracked cluster its peak is in; null where none is known.")
    ]


class BoardRow(msgspec.Struct, frozen=True, kw_only=True):
    """One coin now."""

    coin: str
    dex: Annotated[str, msgspec.Meta(description="Empty: the first-party dex.")]
    category: Annotated[str | None, msgspec.Meta(description="What it follows, as the exchange says; null: not known.")]
    is_delisted: bool
    mark: Price | None
    change_24h_percent: Annotated[
        float | None,
        msgspec.Meta(description="Against the stored mark 24 h before, at most an hour older; null without one."),
    ]
    open_interest: Annotated[float | None, msgspec.Meta(description="Coins, one side.")]
    open_interest_usd: Usd | None
    funding_hour_ms: Annotated[int | None, msgspec.Meta(description="Full hour whose funding was the last one paid.")]
    funding_8h: Annotated[
        float | None, msgspec.Meta(description="Fraction: 8 times the hourly rate of that hour; longs pay if > 0.")
    ]
    funding_annual: Annotated[float | None, msgspec.Meta(description="The same over 8,760 hours.")]
    funding_now_8h: Annotated[
        float | None,
        msgspec.Meta(
            description="Fraction: 8 times the hourly rate of the hour under way, as the exchange predicts it; null on "
            "maps that do not follow it now."
        ),
    ]
    within: Annotated[
        dict[str, NearUsd] | None,
        msgspec.Meta(description="By percent of the mark: 1, 2, 5; null where the mark is unknown."),
    ]
    nearest_large: Annotated[NearLarge | None, msgspec.Meta(description="null where no cluster is large.")]
    imbalance_5: Annotated[
        float | None,
        msgspec.Meta(description="(short - long) / (short + long) within 5 %, -1 to 1; null without any."),
    ]
    risk_share: Annotated[
        float | None,
        msgspec.Meta(description="USD of known levels within 5 % over twice the open interest in USD."),
    ]
    coverage: Coverage | None
    long_notional: Usd | None
    short_notional: Usd | None
    long_accounts: Annotated[
        int, msgspec.Meta(description="Known long positions: an account holds one of a coin at most.")
    ]
    short_accounts: Annotated[int, msgspec.Meta(description="The same of shorts.")]
    max_leverage: int
    doubt: Doubts = []
    deleveraging_risk: (
        Annotated[
            DeleveragingRisk,
            msgspec.Meta(description="Simulated, of the nearest large cluster; null where it was not worked out."),
        ]
        | None
    ) = None
    deleveraging_usd: Annotated[DeleveragedUsd, msgspec.Meta(description="Of that cluster.")] | None = None
    deleveraging_as_of_ms: RiskTimeMs | None = None


class BoardAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Every coin of the map, by open interest in USD, largest first; unknown ones last, by notional."""

    provenance: ProvenanceAnswer
    as_of_ms: TimeMs
    rows: list[BoardRow]
    row_count: Annotated[int, msgspec.Meta(description="Coins of the whole list.")] = 0
    next_cursor: NextCursor = None

    def page(self, rows: PageRows) -> BoardAnswer:
        """The rows of one page."""
        return msgspec.structs.replace(self, rows=self.rows[rows.start : rows.end], next_cursor=rows.next_cursor)
