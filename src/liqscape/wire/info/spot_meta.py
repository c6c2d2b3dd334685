"""`{"type": "spotMeta"}`: spot tokens and pairs. Official clients ask it before anything else."""

from __future__ import annotations

import msgspec


class EvmContract(msgspec.Struct, frozen=True):
    """Where a token lives on the exchange's EVM, and how many more decimals it has there."""

    address: str
    evm_extra_wei_decimals: int


class SpotToken(msgspec.Struct, frozen=True, kw_only=True):
    """A token; index 0 is USDC."""

    name: str
    szDecimals: int
    weiDecimals: int
    index: int
    tokenId: str
    isCanonical: bool
    fullName: str | None = None
    evmContract: EvmContract | None = None


class SpotPair(msgspec.Struct, frozen=True):
    """Base and quote token indexes; asset id is 10000 + index."""

    name: str
    tokens: tuple[int, int]
    index: int
    isCanonical: bool


class SpotMeta(msgspec.Struct, frozen=True):
    universe: tuple[SpotPair, ...]
    tokens: tuple[SpotToken, ...]
