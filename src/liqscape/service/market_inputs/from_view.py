"""The map being served, or stored history: newest state or an earlier frame. No order books are kept with either."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from liqscape.errors import SettingsError
from liqscape.service.coin_betas import BetaMemory
from liqscape.service.market_inputs.day_volatility import read_volatility
from liqscape.service.market_inputs.market_input import MarketInput, map_frame
from liqscape.service.view import MapView
from liqscape.units import Float64Array


def read_stored(folder: Path, at_ms: int | None = None) -> MarketInput:
    """The last stored frame at or before a time. Raises StoreError where there is no history, NotFound before it."""
    from liqscape.store.history import HistoryReader

    if not folder.is_dir():
        raise SettingsError(f"--data {folder} is not a folder")
    return of_view(MapView(HistoryReader(folder)), at_ms)


def of_view(view: MapView, at_ms: int | None = None, *, day_volume: Float64Array | None = None) -> MarketInput:
    """The frame of a map at or before a time, the newest without one. Raises NotFound where there is none.

    Betas and volatility use prices up to that frame only.
    """
    moment = view.moment(at_ms)
    frame = moment.frame
    candles, paths, lock = view.price_sources
    notional = np.nan_to_num(frame.position_size.sum(axis=1) * frame.snapshot.mark)
    held = np.argsort(-notional, kind="stable")
    held = held[notional[held] > 0.0].astype(np.int64)
    volatility, origin = read_volatility(frame.snapshot.markets.coins, held, frame.time_ms, candles, paths, lock)
    return map_frame(
        frame,
        moment.accounts,
        moment.tables,
        BetaMemory(candles, paths, lock)(moment),
        day_volume=day_volume,
        day_volatility=volatility,
        notes=(origin,),
    )
