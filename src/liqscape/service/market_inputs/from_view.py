"""The map being served, or stored history: newest state or an earlier frame. Order books only where an import stored
them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from liqscape.errors import SettingsError
from liqscape.model.markets import Markets, MarketSnapshot
from liqscape.service.coin_betas import BETA_STEP_MS, BetaMemory, LabelledBetas
from liqscape.service.market_inputs.day_volatility import read_volatility
from liqscape.service.market_inputs.market_input import MarketInput, map_frame
from liqscape.service.market_inputs.stored_books import stored_books
from liqscape.service.moments import AskedMoment
from liqscape.service.view import MapView
from liqscape.units import Float64Array


def read_stored(folder: Path, at_ms: int | None = None) -> MarketInput:
    """The last stored frame at or before a time. Raises StoreError where there is no history, NotFound before it."""
    from liqscape.store.books import BookReader
    from liqscape.store.history import HistoryReader

    if not folder.is_dir():
        raise SettingsError(f"--data {folder} is not a folder")
    return of_view(MapView(HistoryReader(folder), books=BookReader(folder)), at_ms)


class PriceMemory:
    """Betas and volatility of a map, read anew for every BETA_STEP_MS of its time: questions come in series."""

    def __init__(self, view: MapView) -> None:
        self._sources = view.price_sources
        self._betas = BetaMemory(*self._sources)
        self._kept: tuple[tuple[int, Markets], Float64Array, str] | None = None

    def betas(self, moment: AskedMoment) -> LabelledBetas:
        """Betas known at the beginning of the step a moment lies in."""
        return self._betas(moment)

    def volatility(self, moment: AskedMoment) -> tuple[Float64Array, str]:
        """(M,) sigma_D known then, largest coins first, and where it is from."""
        frame = moment.frame
        markets, at_ms = frame.snapshot.markets, frame.time_ms - frame.time_ms % BETA_STEP_MS
        kept = self._kept
        if kept is None or kept[0] != (at_ms, markets):
            notional = np.nan_to_num(frame.position_size.sum(axis=1) * frame.snapshot.mark)
            held = np.argsort(-notional, kind="stable")
            held = held[notional[held] > 0.0].astype(np.int64)
            kept = self._kept = ((at_ms, markets), *read_volatility(markets.coins, held, at_ms, *self._sources))
        return kept[1], kept[2]


def doubt_notes(snapshot: MarketSnapshot) -> tuple[str, ...]:
    """What a run must say of coins whose figures are in doubt."""
    coins = snapshot.coins_in_doubt
    if not coins:
        return ()
    return (
        f"in doubt, and so is what holds them: {', '.join(coins)}; their marks are the last that could be believed",
    )


def of_view(view: MapView, at_ms: int | None = None, memory: PriceMemory | None = None) -> MarketInput:
    """The frame of a map at or before a time, the newest without one. Raises NotFound where there is none.

    Betas and volatility use prices before that frame only; `memory` keeps them from question to question.
    """
    return of_moment(view, view.moment(at_ms), memory)


def of_moment(view: MapView, moment: AskedMoment, memory: PriceMemory | None = None) -> MarketInput:
    """The same of a frame that was found already."""
    memory = memory or PriceMemory(view)
    volatility, origin = memory.volatility(moment)
    reader = view.books
    books, notes = (None, ()) if reader is None or reader.is_empty else stored_books(reader, moment.frame.snapshot)
    return map_frame(
        moment.frame,
        moment.accounts,
        moment.tables,
        memory.betas(moment),
        day_volatility=volatility,
        books=books,
        notes=(origin, *notes, *doubt_notes(moment.frame.snapshot)),
        triggers=moment.triggers,
    )
