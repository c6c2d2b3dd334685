"""liqscape: the exact, self-hosted liquidation map of the Hyperliquid perpetuals exchange.

    import liqscape as lq

    market = lq.open("http://127.0.0.1:8417")         # or a data folder, or a recording
    market.levels("HYPE", at="2026-02-05 12:00", within_percent=5)

What stands in `__all__` is for users and is described in docs/library.md; every module below is our own and may change.
Names are loaded when they are first used.
"""

TYPE_CHECKING = False
"""True to type checkers, by its name; `typing` itself takes longer to load than all of this."""

if TYPE_CHECKING:
    from liqscape.errors import (
        Busy,
        FeedError,
        FrameGone,
        InputError,
        LiqscapeError,
        ModelError,
        NotFound,
        QuestionError,
        RequestFailed,
        SettingsError,
        StoreError,
        WireError,
    )
    from liqscape.library.map import Map
    from liqscape.library.opening import open_map as open  # noqa: A004
    from liqscape.library.results import About, Account, Cascade, ClusterLife, Heatmap, Joint, Solution
    from liqscape.library.solving import solve
    from liqscape.model.accounts import Accounts, PublishedState
    from liqscape.model.margin_tables import MarginTable, MarginTables, MarginTier
    from liqscape.model.markets import Market, Markets, MarketSnapshot
    from liqscape.risk.ladder import ExpectedOrder, order_ladder
    from liqscape.risk.liquidation import LevelStatus, LiquidationPrices, solve_liquidation
    from liqscape.risk.margin import PoolMargin, maintenance_margin, pool_margin
    from liqscape.risk.stages import backstop_price, bankruptcy_price
    from liqscape.service.sql.connection import connect
    from liqscape.units import PoolMode, Side

__version__ = "0.2.0"

__all__ = [
    "About",
    "Account",
    "Accounts",
    "Busy",
    "Cascade",
    "ClusterLife",
    "ExpectedOrder",
    "FeedError",
    "FrameGone",
    "Heatmap",
    "InputError",
    "Joint",
    "LevelStatus",
    "LiqscapeError",
    "LiquidationPrices",
    "Map",
    "MarginTable",
    "MarginTables",
    "MarginTier",
    "Market",
    "MarketSnapshot",
    "Markets",
    "ModelError",
    "NotFound",
    "PoolMargin",
    "PoolMode",
    "PublishedState",
    "QuestionError",
    "RequestFailed",
    "SettingsError",
    "Side",
    "Solution",
    "StoreError",
    "WireError",
    "__version__",
    "backstop_price",
    "bankruptcy_price",
    "connect",
    "maintenance_margin",
    "open",
    "order_ladder",
    "pool_margin",
    "solve",
    "solve_liquidation",
]

_PLACES = {
    "errors": (
        "Busy FeedError FrameGone InputError LiqscapeError ModelError NotFound QuestionError RequestFailed "
        "SettingsError StoreError WireError"
    ),
    "library.map": "Map",
    "library.opening": "open",
    "library.results": "About Account Cascade ClusterLife Heatmap Joint Solution",
    "library.solving": "solve",
    "model.accounts": "Accounts PublishedState",
    "model.margin_tables": "MarginTable MarginTables MarginTier",
    "model.markets": "Market MarketSnapshot Markets",
    "risk.ladder": "ExpectedOrder order_ladder",
    "risk.liquidation": "LevelStatus LiquidationPrices solve_liquidation",
    "risk.margin": "PoolMargin maintenance_margin pool_margin",
    "risk.stages": "backstop_price bankruptcy_price",
    "service.sql.connection": "connect",
    "units": "PoolMode Side",
}
_OTHER_NAMES = {"open": "open_map"}
"""Of what is called otherwise where it stands: a module does not hide a word of Python's from itself."""


def __getattr__(name: str) -> object:
    """Load a public name when it is first used, so that `import liqscape` costs nothing."""
    for place, names in _PLACES.items():
        if name in names.split():
            from importlib import import_module

            found: object = getattr(import_module(f"{__name__}.{place}"), _OTHER_NAMES.get(name, name))
            globals()[name] = found
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
