"""Channel `fastAssetCtxs`: marks and mids of all coins, packed; at first all, then only what changed.

The data is base64 of raw DEFLATE (RFC 1951) of JSON `{coin: {markPx, midPx}}`.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import ClassVar, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from liqscape.wire.answer import parse_answer
from liqscape.wire.decode import refuse
from liqscape.wire.encode import encode_record
from liqscape.wire.info.request import Example
from liqscape.wire.ws.subscription import Subscription

RAW_DEFLATE = -15
"""Window bits of zlib: a stream without header or checksum."""

LARGEST_BYTES = 64_000_000
"""Unpacked; every coin of every dex takes some 50 KB."""


class FastContext(msgspec.Struct, frozen=True, omit_defaults=True):
    """USD. A field that did not change is absent; a mid of null means nobody quotes."""

    markPx: float | None = None
    midPx: float | UnsetType | None = UNSET


class _Unpacked(NamedTuple):
    content: bytes
    is_whole: bool


FastAssetContexts = dict[str, FastContext]


def parse_fast_asset_contexts(data: str, source: str) -> FastAssetContexts:
    """The packed text as records. Raises RemoteWireError naming source and rule."""
    try:
        unpacked = _inflate(base64.b64decode(data, validate=True))
    except (ValueError, binascii.Error, zlib.error) as error:
        raise refuse(source, "data", data, f"is not base64 of DEFLATE ({error})") from None
    if not unpacked.is_whole:
        raise refuse(source, "data", data, f"is cut short or unpacks to more than {LARGEST_BYTES} bytes")
    return parse_answer(unpacked.content, FastAssetContexts, source)


def pack_fast_asset_contexts(contexts: FastAssetContexts) -> str:
    """The records as packed text."""
    packer = zlib.compressobj(wbits=RAW_DEFLATE)
    return base64.b64encode(packer.compress(encode_record(contexts)) + packer.flush()).decode()


def _inflate(packed: bytes) -> _Unpacked:
    unpacker = zlib.decompressobj(RAW_DEFLATE)
    content = unpacker.decompress(packed, LARGEST_BYTES)
    return _Unpacked(content, unpacker.eof)


class FastAssetCtxsSubscription(Subscription[str], frozen=True, tag="fastAssetCtxs"):
    """Marks and mids of every coin, packed."""

    example: ClassVar = Example(
        '{"type": "fastAssetCtxs"}',
        '"q1ZyCnFWsqpWyk0syg6oULJSMjQAAT0DJR2l3MwUZCFTpdpaAA=="',
    )

    @classmethod
    def parse(cls, data: bytes, source: str) -> FastAssetContexts:
        """Unpacked."""
        return parse_fast_asset_contexts(parse_answer(data, str, source), source)
