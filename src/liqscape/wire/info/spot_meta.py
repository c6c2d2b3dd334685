"""`{"type": "spotMeta"}`: spot tokens and pairs. Official clients ask it before anything else."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from liqscape.wire.info.request import Example, InfoRequest


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


class SpotMetaRequest(InfoRequest[SpotMeta], frozen=True, tag="spotMeta"):
    """Spot tokens and pairs."""

    example: ClassVar = Example(
        '{"type": "spotMeta"}',
        '{"universe": [{"name": "PURR/USDC", "tokens": [1, 0], "index": 0, "isCanonical": true}], '
        '"tokens": [{"name": "USDC", "szDecimals": 8, "weiDecimals": 8, "index": 0, '
        '"tokenId": "0x6d6d6d6d6d6d6d6d6d6d6d6d6d6d6d6d", "isCanonical": true, "fullName": null, '
        '"evmContract": null}]}',
    )
