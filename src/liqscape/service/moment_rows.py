"""Rows of an export: one table a frame, each row with its source, time and margin source (docs/cli.md, "export").

Prices and notional are USD, sizes coins; null is unknown. `margin_source` of a mark is `state` (read from the
exchange) or `modelled`; of a cluster that of its bands, `mixed` where they differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
import polars

from liqscape.heatmap.bands import Bands
from liqscape.heatmap.clusters import find_clusters
from liqscape.heatmap.grid import band_edge
from liqscape.heatmap.moment import Moment
from liqscape.model.accounts import PublishedState
from liqscape.risk.liquidation import LevelStatus, solve_liquidation
from liqscape.risk.margin import pool_margin
from liqscape.service.kinds import Vaults, no_vaults
from liqscape.service.live import LiveState
from liqscape.service.tables import LEVELS, level_table
from liqscape.service.view import MapView
from liqscape.units import SIDE_WORDS, MarginSource, PoolMode, Side

if TYPE_CHECKING:
    from liqscape.heatmap.frame import MarketFrame
    from liqscape.model.accounts import Accounts
    from liqscape.model.margin_tables import MarginTables
    from liqscape.units import AnyArray

MARGIN_SOURCE_NAMES = np.array([margin_source.name.lower() for margin_source in sorted(MarginSource)])
MODE_NAMES = np.array([mode.name.lower() for mode in sorted(PoolMode)])
STATUS_NAMES = np.array([status.name.lower() for status in sorted(LevelStatus)])
PUBLISHED_NAMES = {PublishedState.NOT_GIVEN: "not_given", PublishedState.NONE: "none", PublishedState.PRICE: "price"}
MIXED = "mixed"

Columns = dict[str, "AnyArray | list[object]"]


class HeldMoment(Protocol):
    """A frame with what it was made of."""

    @property
    def frame(self) -> MarketFrame:
        """The frame with its bands."""

    @property
    def accounts(self) -> Accounts:
        """The accounts behind it."""

    @property
    def tables(self) -> MarginTables:
        """Margin tables the accounts' rows name."""


def build_rows(
    what: str,
    moment: HeldMoment,
    coins: tuple[str, ...],
    *,
    within_percent: float | None = None,
    vaults: Vaults = no_vaults,
) -> polars.DataFrame:
    """Rows of one frame. `coins` () means all.

    within_percent  of levels: only those at most so far from the mark.
    vaults          addresses known to be vaults, of which levels say so.
    Raises ModelError or NotFound naming a coin that is not in the frame, QuestionError for a bad `within_percent`.
    """
    if what == "levels":
        return _levels(moment, coins, within_percent, vaults)
    frame = moment.frame
    wanted = np.ones(len(frame.snapshot.markets), np.bool_)
    if coins:
        wanted[:] = False
        wanted[[frame.snapshot.markets.index_of(coin) for coin in coins]] = True
    if what == "bands":
        columns = _bands(frame, wanted)
    elif what == "positions":
        columns = _positions(moment, wanted)
    elif what == "pools":
        columns = _pools(moment, wanted)
    elif what == "marks":
        columns = _marks(frame, wanted)
    else:
        columns = _clusters(frame, wanted)
    table = polars.DataFrame(columns, schema_overrides=SCHEMAS[what])
    table = table.with_columns(polars.col(polars.Float64).fill_nan(None))
    return table.with_columns(
        polars.lit(frame.time_ms, polars.Int64).cast(_TIME).alias("as_of"),
        polars.lit(frame.provenance.kind).alias("provenance_kind"),
        polars.lit(frame.provenance.name).alias("provenance_name"),
        polars.lit(frame.provenance.is_simulated).alias("is_simulated"),
    ).select("as_of", *SCHEMAS[what], "provenance_kind", "provenance_name", "is_simulated")


def _levels(
    moment: HeldMoment, coins: tuple[str, ...], within_percent: float | None, vaults: Vaults
) -> polars.DataFrame:
    """As every other door answers them; of all coins that somebody holds where none is named."""
    frame = moment.frame
    view = MapView(
        None,
        LiveState.of_moment(Moment(frame=frame, accounts=moment.accounts, tables=moment.tables, is_stored=True)),
        vaults=vaults,
    )
    held = np.flatnonzero(frame.position_count.sum(axis=1))
    chosen = coins or tuple(frame.snapshot.markets.coins[row] for row in held.tolist())
    found = [level_table(view.levels(coin, within_percent=within_percent)) for coin in chosen]
    return polars.concat([LEVELS, *found])


def empty_rows(what: str) -> polars.DataFrame:
    """The columns of a table."""
    if what == "levels":
        return LEVELS
    text = dict.fromkeys(("provenance_kind", "provenance_name"), _TEXT)
    return polars.DataFrame(schema={"as_of": _TIME, **SCHEMAS[what], **text, "is_simulated": polars.Boolean()})


def _bands(frame: MarketFrame, wanted: AnyArray) -> Columns:
    bands = frame.bands.select(np.flatnonzero(wanted[frame.bands.market_index]))
    mark = frame.snapshot.mark[bands.market_index]
    return {
        "coin": _names(frame, bands.market_index),
        "mark": mark,
        "band": bands.band,
        "price_low": band_edge(bands.band),
        "price_high": band_edge(bands.band + 1),
        "side": _sides(bands.side),
        "margin_source": MARGIN_SOURCE_NAMES[bands.margin_source],
        "size": bands.size,
        "notional": bands.size * mark,
        "level_notional": bands.level_notional,
        "first_order_notional": bands.first_order_size * mark,
        "position_count": bands.position_count,
    }


def _positions(moment: HeldMoment, wanted: AnyArray) -> Columns:
    frame, accounts = moment.frame, moment.accounts
    level = solve_liquidation(accounts, frame.snapshot, moment.tables)
    rows = np.flatnonzero(wanted[accounts.market_index])
    pool = accounts.pool_of_position()[rows]
    market = accounts.market_index[rows]
    addresses = np.array(accounts.addresses, dtype=object)
    mark, size = frame.snapshot.mark[market], accounts.size[rows]
    status = level.status[rows]
    return {
        "address": addresses[accounts.address_row[pool]].tolist(),
        "margin_mode": MODE_NAMES[accounts.mode[pool]],
        "is_exempt": accounts.is_exempt[pool],
        "observed": accounts.observed_ms[pool],
        "coin": _names(frame, market),
        "side": _sides(np.sign(size)),
        "margin_source": MARGIN_SOURCE_NAMES[accounts.margin_source[pool]],
        "size": size,
        "mark": mark,
        "notional": np.abs(size) * mark,
        "entry_price": accounts.entry_price[rows],
        "leverage": accounts.leverage[rows],
        "liquidation_price": level.price[rows],
        "level_status": STATUS_NAMES[status],
        "published": [PUBLISHED_NAMES[PublishedState(value)] for value in accounts.published[rows].tolist()],
        "published_liquidation_price": accounts.published_price[rows],
    }


def _pools(moment: HeldMoment, wanted: AnyArray) -> Columns:
    """Margin pools that hold one of the coins; all of them, also those without positions, where all coins are."""
    accounts = moment.accounts
    margin = pool_margin(accounts, moment.frame.snapshot, moment.tables)
    is_chosen = np.zeros(accounts.pool_count, np.bool_)
    is_chosen[accounts.pool_of_position()[wanted[accounts.market_index]]] = True
    rows = np.arange(accounts.pool_count) if wanted.all() else np.flatnonzero(is_chosen)
    addresses = np.array(accounts.addresses, dtype=object)
    return {
        "address": addresses[accounts.address_row[rows]].tolist(),
        "margin_mode": MODE_NAMES[accounts.mode[rows]],
        "is_exempt": accounts.is_exempt[rows],
        "observed": accounts.observed_ms[rows],
        "margin_source": MARGIN_SOURCE_NAMES[accounts.margin_source[rows]],
        "raw_usd": accounts.raw_usd[rows],
        "account_value": margin.account_value[rows],
        "maintenance_margin": margin.maintenance_margin[rows],
        "free_margin": margin.free_margin[rows],
        "position_count": np.diff(accounts.offsets)[rows],
    }


def _marks(frame: MarketFrame, wanted: AnyArray) -> Columns:
    rows = np.flatnonzero(wanted)
    snapshot = frame.snapshot
    margin_source = MarginSource.MODELLED if frame.provenance.is_simulated else MarginSource.STATE
    known = np.isfinite(snapshot.mark[rows])
    return {
        "coin": _names(frame, rows),
        "margin_source": MARGIN_SOURCE_NAMES[np.where(known, margin_source, MarginSource.UNKNOWN)],
        "mark": snapshot.mark[rows],
        "oracle": snapshot.oracle[rows],
        "open_interest": snapshot.open_interest[rows],
        "coverage": frame.coverage[rows],
    }


def _clusters(frame: MarketFrame, wanted: AnyArray) -> Columns:
    columns: dict[str, list[object]] = {name: [] for name in SCHEMAS["clusters"]}
    for market in np.flatnonzero(wanted).tolist():
        bands = frame.bands_of(market)
        for cluster in find_clusters(frame, market):
            values = (
                frame.snapshot.markets.coins[market],
                float(frame.snapshot.mark[market]),
                SIDE_WORDS[cluster.side],
                _margin_source_between(bands, cluster.side, cluster.price_low, cluster.price_high),
                cluster.price_low,
                cluster.price_high,
                cluster.price_peak,
                cluster.distance_percent,
                cluster.notional,
                cluster.level_notional,
                cluster.position_count,
            )
            for name, value in zip(columns, values, strict=True):
                columns[name].append(value)
    return dict(columns)


def _margin_source_between(bands: Bands, side: Side, low: float, high: float) -> str:
    middle = band_edge(bands.band) * 1.00025  # inside the band, so that rounding at an edge does not decide
    inside = (bands.side == side) & (middle > low) & (middle < high)
    found = np.unique(bands.margin_source[inside])
    return str(MARGIN_SOURCE_NAMES[found[0]]) if len(found) == 1 else MIXED


def _names(frame: MarketFrame, market_index: AnyArray) -> list[object]:
    coins = np.array(frame.snapshot.markets.coins, dtype=object)
    return list(coins[market_index])


def _sides(side: AnyArray) -> AnyArray:
    return np.where(side > 0, "long", "short")


_TEXT, _FLOAT, _COUNT, _TIME = polars.String(), polars.Float64(), polars.Int32(), polars.Datetime("ms", "UTC")

SCHEMAS: dict[str, dict[str, polars.DataType]] = {
    "bands": {
        "coin": _TEXT,
        "mark": _FLOAT,
        "band": _COUNT,
        "price_low": _FLOAT,
        "price_high": _FLOAT,
        "side": _TEXT,
        "margin_source": _TEXT,
        "size": _FLOAT,
        "notional": _FLOAT,
        "level_notional": _FLOAT,
        "first_order_notional": _FLOAT,
        "position_count": _COUNT,
    },
    "positions": {
        "address": _TEXT,
        "margin_mode": _TEXT,
        "is_exempt": polars.Boolean(),
        "observed": _TIME,
        "coin": _TEXT,
        "side": _TEXT,
        "margin_source": _TEXT,
        "size": _FLOAT,
        "mark": _FLOAT,
        "notional": _FLOAT,
        "entry_price": _FLOAT,
        "leverage": _FLOAT,
        "liquidation_price": _FLOAT,
        "level_status": _TEXT,
        "published": _TEXT,
        "published_liquidation_price": _FLOAT,
    },
    "pools": {
        "address": _TEXT,
        "margin_mode": _TEXT,
        "is_exempt": polars.Boolean(),
        "observed": _TIME,
        "margin_source": _TEXT,
        "raw_usd": _FLOAT,
        "account_value": _FLOAT,
        "maintenance_margin": _FLOAT,
        "free_margin": _FLOAT,
        "position_count": _COUNT,
    },
    "marks": {
        "coin": _TEXT,
        "margin_source": _TEXT,
        "mark": _FLOAT,
        "oracle": _FLOAT,
        "open_interest": _FLOAT,
        "coverage": _FLOAT,
    },
    "clusters": {
        "coin": _TEXT,
        "mark": _FLOAT,
        "side": _TEXT,
        "margin_source": _TEXT,
        "price_low": _FLOAT,
        "price_high": _FLOAT,
        "price_peak": _FLOAT,
        "distance_percent": _FLOAT,
        "notional": _FLOAT,
        "level_notional": _FLOAT,
        "position_count": _COUNT,
    },
}
"""Columns of each table, after as_of and before the source; the same for an empty frame. Those of `levels`: LEVELS."""
KINDS = ("levels", *SCHEMAS)
"""Tables of a moment."""
