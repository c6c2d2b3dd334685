"""The state of one account as it was received, and what the map stores of it."""

from __future__ import annotations

from typing import Annotated

import msgspec

from liqscape.heatmap.frame import Provenance
from liqscape.service.answers.account import AccountAnswer
from liqscape.service.answers.parts import Coins, Price, ProvenanceAnswer, TimeMs, Usd, provenance_answer
from liqscape.service.raw_states import FoundStates, ReceivedState

EXPLORERS = {
    "mainnet": "https://app.hyperliquid.xyz/explorer/address/",
    "testnet": "https://app.hyperliquid-testnet.xyz/explorer/address/",
}
"""Pages of the exchange's own explorer by network; an address follows (docs/sources.md, HL.EXPLORER)."""

LIVE_KINDS = ("api", "node")
"""Kinds of provenance whose name is that of a network; recordings and archives are of the main one."""


class ReceivedStateAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One state: what the exchange said of the account in one dex, or of its balances."""

    kind: Annotated[str, msgspec.Meta(description="clearinghouseState or spotClearinghouseState.")]
    dex: Annotated[str, msgspec.Meta(description="Empty for the first dex and for balances.")]
    source: Annotated[str, msgspec.Meta(description="socket, info API or sandbox.")]
    received_ms: Annotated[int, msgspec.Meta(description="When it was received, by the clock of that machine.")]
    venue_ms: Annotated[int, msgspec.Meta(description="The time it says itself.")] | None
    block: Annotated[int, msgspec.Meta(description="Block height where the source tells one.")] | None
    byte_count: int
    text: Annotated[str, msgspec.Meta(description="The JSON as received, byte by byte.")]


class StoredPosition(msgspec.Struct, frozen=True, kw_only=True):
    """What the map stores of a position."""

    coin: str
    size: Coins
    entry_price: Price | None
    leverage: float | None
    published: str
    published_liquidation_price: Price | None


class StoredPool(msgspec.Struct, frozen=True, kw_only=True):
    """What the map stores of a margin pool."""

    margin_mode: str
    margin_source: str
    raw_usd: Usd | None
    observed_ms: TimeMs
    positions: list[StoredPosition]


class AccountStateAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The newest states as received that could be found, and what is stored at the frame."""

    provenance: ProvenanceAnswer
    as_of_ms: TimeMs
    address: str
    is_kept: Annotated[bool, msgspec.Meta(description="Whether any state as received was found.")]
    states: list[ReceivedStateAnswer]
    searched: Annotated[str, msgspec.Meta(description="Where was looked for them and how far, in words.")]
    stored: Annotated[list[StoredPool], msgspec.Meta(description="What the map stores of the account at the frame.")]
    explorer_url: (
        Annotated[str, msgspec.Meta(description="The exchange's own page of the address; null of a made-up one.")]
        | None
    )
    note: str | None


def account_state_answer(account: AccountAnswer, provenance: Provenance, found: FoundStates) -> AccountStateAnswer:
    """account: the pools of the address at the frame."""
    note = None
    if not found.states:
        note = "the bytes as received are not kept, or not within what was searched; this is what is stored of them"
    return AccountStateAnswer(
        provenance=provenance_answer(provenance),
        as_of_ms=account.as_of_ms,
        address=account.address,
        is_kept=bool(found.states),
        states=[_received(each) for each in found.states],
        searched=found.searched,
        stored=[
            StoredPool(
                margin_mode=pool.margin_mode,
                margin_source=pool.margin_source,
                raw_usd=pool.raw_usd,
                observed_ms=pool.observed_ms,
                positions=[
                    StoredPosition(
                        coin=position.coin,
                        size=position.size,
                        entry_price=position.entry_price,
                        leverage=position.leverage,
                        published=position.published,
                        published_liquidation_price=position.published_liquidation_price,
                    )
                    for position in pool.positions
                ],
            )
            for pool in account.pools
        ],
        explorer_url=explorer_url(provenance, account.address),
        note=note,
    )


def explorer_url(provenance: Provenance, address: str) -> str | None:
    """The exchange's page of an address; None of a made-up market, and of a network without a known page."""
    if provenance.is_simulated:
        return None
    page = EXPLORERS.get(provenance.name if provenance.kind in LIVE_KINDS else "mainnet")
    return None if page is None else page + address


def _received(each: ReceivedState) -> ReceivedStateAnswer:
    state = each.state
    return ReceivedStateAnswer(
        kind=state.kind,
        dex=state.dex,
        source=each.source,
        received_ms=each.received_ns // 1_000_000,
        venue_ms=state.time_ms,
        block=each.block,
        byte_count=len(state.content),
        text=state.content.decode(errors="replace"),
    )
