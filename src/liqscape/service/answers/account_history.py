"""One account and coin through stored time: size and liquidation price in the columns of a heatmap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
import numpy as np

from liqscape.heatmap.frame import Provenance
from liqscape.risk.liquidation import LevelStatus
from liqscape.service.answers.parts import (
    MARGIN_SOURCE_NAMES,
    MODE_NAMES,
    Coins,
    Price,
    ProvenanceAnswer,
    TimeMs,
    known_list,
    provenance_answer,
)

if TYPE_CHECKING:
    from liqscape.store.history.account_window import AccountWindow

STATUS_NAMES = tuple(LevelStatus(value).name.lower() for value in range(len(LevelStatus)))


class AccountHistoryAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Lists have one element a column; column c shows the last frame before start_ms + (c + 1) * step_ms."""

    provenance: ProvenanceAnswer
    as_of_ms: Annotated[int, msgspec.Meta(description="Time of the last frame shown; -1 where all is a hole.")]
    address: str
    coin: str
    start_ms: TimeMs
    step_ms: int
    columns: int
    time_ms: Annotated[list[int | None], msgspec.Meta(description="Time of the frame shown; null in a hole.")]
    mark: list[Price | None]
    size: Annotated[
        list[Coins | None],
        msgspec.Meta(description="Signed; 0 where it held none, null in a hole and before the map knew the address."),
    ]
    liquidation_price: list[Price | None]
    level_status: Annotated[
        list[str | None],
        msgspec.Meta(description="ok, no_level, unknown or insolvent; null where nothing is held or known."),
    ]
    margin_source: list[str | None]
    margin_mode: list[str | None]
    is_exempt: Annotated[bool, msgspec.Meta(description="Not liquidated in practice, at some time shown.")]
    note: Annotated[str, msgspec.Meta(description="What the lists do not show, in words.")] | None = None


def account_history_answer(window: AccountWindow, provenance: Provenance, address: str) -> AccountHistoryAnswer:
    """The same numbers as an answer."""
    return AccountHistoryAnswer(
        provenance=provenance_answer(provenance),
        as_of_ms=int(window.as_of_ms.max(initial=-1)),
        address=address,
        coin=window.coin,
        start_ms=window.start_ms,
        step_ms=window.step_ms,
        columns=len(window.as_of_ms),
        time_ms=[None if time_ms < 0 else time_ms for time_ms in window.as_of_ms.tolist()],
        mark=known_list(window.mark),
        size=known_list(window.size),
        liquidation_price=known_list(window.liquidation_price),
        level_status=_names(window.status.tolist(), STATUS_NAMES),
        margin_source=_names(window.margin_source.tolist(), MARGIN_SOURCE_NAMES),
        margin_mode=_names(window.mode.tolist(), MODE_NAMES),
        is_exempt=bool(window.is_exempt.any()),
        note=_note(window),
    )


def _names(codes: list[int], names: tuple[str, ...]) -> list[str | None]:
    return [names[code] if code < len(names) else None for code in codes]


def _note(window: AccountWindow) -> str | None:
    shown = window.as_of_ms >= 0
    if not shown.any():
        return "no frame is stored in this time"
    unknown = shown & np.isnan(window.size)
    if unknown.all():
        return "the map did not know this address in this time"
    if unknown.any():
        return f"in {int(unknown.sum())} of {int(shown.sum())} columns the map did not know this address yet"
    if not (np.nan_to_num(window.size) != 0.0).any():
        return f"it held no {window.coin} at any time shown"
    return None
