"""Frames and the accounts behind them as the moments that a history keeps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from liqscape.heatmap.frame import MarketFrame
from liqscape.heatmap.moment import Moment
from liqscape.model.accounts import Accounts
from liqscape.model.margin_tables import MarginTables


def moment_of(frame: MarketFrame, accounts: Accounts, tables: MarginTables) -> Moment:
    """One to be stored."""
    return Moment(frame=frame, accounts=accounts, tables=tables, is_stored=True)


def moments_of(frames: Iterable[tuple[MarketFrame, Accounts]], tables: MarginTables) -> Iterator[Moment]:
    """Many, made as they are asked for."""
    return (Moment(frame=frame, accounts=accounts, tables=tables, is_stored=True) for frame, accounts in frames)
