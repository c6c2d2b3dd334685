"""A whole world as bytes: a digest, then msgpack of its settings, prices and the exchange's own checkpoint.

    b"LQW1" | SHA-256 of what follows (32 bytes) | msgpack

The digest makes any damage one clear error before a byte is interpreted.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields

import msgspec
import numpy as np

from liqscape.errors import InputError, LiqscapeError
from liqscape.exchange.exchange import Exchange
from liqscape.sandbox.world.builder_coins import BUILDER_DEXS
from liqscape.sandbox.world.prices import PriceState
from liqscape.sandbox.world.settings import WorldSettings
from liqscape.units import Float64Array

MAGIC = b"LQW1"
DIGEST_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class Saved:
    """Everything that decides the future of a world."""

    settings: WorldSettings
    number: int
    prices: PriceState
    pressure: Float64Array
    quoted: Float64Array
    exchange: Exchange


class _Content(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    settings: dict[str, int]
    number: int
    arrays: dict[str, bytes]
    exchange: bytes


def pack(saved: Saved) -> bytes:
    """Bytes of a checkpoint; equal states give equal bytes."""
    settings = {field.name: getattr(saved.settings, field.name) for field in fields(WorldSettings)}
    body = msgspec.msgpack.encode(_Content(settings, saved.number, _arrays(saved), saved.exchange.checkpoint()))
    return MAGIC + hashlib.sha256(body).digest() + body


def unpack(content: bytes) -> Saved:
    """A world from bytes. Raises InputError saying what is wrong with them."""
    head = len(MAGIC) + DIGEST_BYTES
    if content[: len(MAGIC)] != MAGIC:
        raise InputError(f"sandbox: checkpoint begins with {content[:4]!r}, must begin with {MAGIC!r}")
    if hashlib.sha256(content[head:]).digest() != content[len(MAGIC) : head]:
        raise InputError(f"sandbox: checkpoint of {len(content)} bytes is damaged, its digest does not fit")
    try:
        held = msgspec.msgpack.decode(content[head:], type=_Content)
        settings = WorldSettings(**held.settings)
        prices = PriceState(**{field.name: _array(held, field.name) for field in fields(PriceState)})
        pressure, quoted = _array(held, "pressure"), _array(held, "quoted")
        for name, length in (("log_price", 0), ("volatility", 2), ("burst", 1), ("premium", 0), ("momentum", 0)):
            if len(getattr(prices, name)) != settings.coins + length:
                raise InputError(f"sandbox: checkpoint's {name} has {len(getattr(prices, name))} rows")
        exchange = Exchange.restore(held.exchange)
    except (msgspec.MsgspecError, LiqscapeError, TypeError, ValueError) as error:
        raise InputError(f"sandbox: checkpoint of another version ({error})") from error
    wanted = settings.accounts + len(BUILDER_DEXS)
    columns = {len(pressure), len(quoted)}
    if columns != {settings.coins} or len(exchange.addresses) != wanted:
        raise InputError(f"sandbox: checkpoint says accounts is {wanted}, it has {len(exchange.addresses)}")
    return Saved(
        settings=settings, number=held.number, prices=prices, pressure=pressure, quoted=quoted, exchange=exchange
    )


def world_digest(saved: Saved) -> str:
    """SHA-256 of everything that decides the future."""
    total = hashlib.sha256(f"{saved.settings} {saved.number} {saved.exchange.digest()}".encode())
    for name, column in sorted(_arrays(saved).items()):
        total.update(name.encode() + column)
    return total.hexdigest()


def _arrays(saved: Saved) -> dict[str, bytes]:
    columns = saved.prices.arrays() | {"pressure": saved.pressure, "quoted": saved.quoted}
    return {name: np.ascontiguousarray(column, "<f8").tobytes() for name, column in columns.items()}


def _array(held: _Content, name: str) -> Float64Array:
    if name not in held.arrays:
        raise InputError(f"sandbox: checkpoint lacks {name}")
    return np.frombuffer(held.arrays[name], "<f8").astype(np.float64)
