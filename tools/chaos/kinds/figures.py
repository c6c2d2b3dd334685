"""Figures that can be read and cannot be: contexts of two coins swapped, marks of nobody, prints of nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from chaos.trial import simulated, through
from chaos.way import LATENCY_S, Late, Way

Contexts = list[dict[str, Any]]


class _Bent(Way):
    """Contexts of the first dex meet `bend`, all of them or a drawn share."""

    share = 1.0

    def to_client(self, channel: str, text: bytes) -> Late:
        if channel != "allDexsAssetCtxs" or not self.is_hit(self.share):
            return [(LATENCY_S, text)]
        message = msgspec.json.decode(text)
        self.bend(message["data"]["ctxs"][0][1])
        return [(LATENCY_S, msgspec.json.encode(message))]

    def bend(self, contexts: Contexts) -> None:
        raise NotImplementedError


class Swapped(_Bent):
    """Two coins have each other's figures."""

    def __init__(self, chance: Any) -> None:
        super().__init__(chance)
        self._pair = chance.sample(range(4), 2)

    def bend(self, contexts: Contexts) -> None:
        one, other = self._pair
        contexts[one], contexts[other] = contexts[other], contexts[one]


class SwappedOnce(Swapped):
    """In one message of five only."""

    share = 0.2


class _OneCoin(_Bent):
    """One coin's figures are changed."""

    def __init__(self, chance: Any) -> None:
        super().__init__(chance)
        self._row = chance.randrange(4)

    def bend(self, contexts: Contexts) -> None:
        self.change(contexts[self._row])

    def change(self, context: dict[str, Any]) -> None:
        raise NotImplementedError


class Nonsense(_OneCoin):
    """Zero, negative, no number, nothing."""

    def change(self, context: dict[str, Any]) -> None:
        context["markPx"] = self.chance.choice(("0", "0.0", "-1", "NaN", "1e400", None, "", "12.x"))


class Absurd(_OneCoin):
    """A mark of 1, of 99,999,999, of a tenth, of ten times: the oracle says otherwise."""

    def __init__(self, chance: Any) -> None:
        super().__init__(chance)
        self._factor = chance.choice((0.1, 10.0, 0.5, 2.0))
        self._fixed = chance.choice((None, "1", "99999999", "0.000001"))

    def change(self, context: dict[str, Any]) -> None:
        context["markPx"] = self._fixed or f"{float(context['markPx']) * self._factor:.4f}"


class AbsurdBoth(Absurd):
    """The oracle with it."""

    def change(self, context: dict[str, Any]) -> None:
        super().change(context)
        context["oraclePx"] = context["markPx"]


class AbsurdOnce(Absurd):
    """For one message now and then."""

    share = 0.15


class Interest(_OneCoin):
    """Open interest of a tenth: everybody together holds more than there is."""

    def change(self, context: dict[str, Any]) -> None:
        context["openInterest"] = f"{float(context['openInterest']) * 0.1:.6f}"


class RowMissing(_Bent):
    """One context fewer than markets."""

    def bend(self, contexts: Contexts) -> None:
        del contexts[self.chance.randrange(len(contexts))]


class FlippedBits(Way):
    """A bit of a message of any channel flips, and often it still parses."""

    def to_client(self, channel: str, text: bytes) -> Late:
        del channel
        if not self.is_hit(0.2):
            return [(LATENCY_S, text)]
        flipped = bytearray(text)
        flipped[self.chance.randrange(len(flipped))] ^= 1 << self.chance.randrange(7)
        return [(LATENCY_S, bytes(flipped))]


def prints(bend: Callable[[Any, dict[str, Any]], None]) -> Callable[[Any], Way]:
    """A way on which a fifth of the prints meet `bend(chance, row)`."""

    class Prints(Way):
        def to_client(self, channel: str, text: bytes) -> Late:
            if channel != "trades" or not self.is_hit(0.2):
                return [(LATENCY_S, text)]
            message = msgspec.json.decode(text)
            for row in message["data"]:
                bend(self.chance, row)
            return [(LATENCY_S, msgspec.json.encode(message))]

    return Prints


def _nonsense(chance: Any, row: dict[str, Any]) -> None:
    name = chance.choice(("px", "sz", "users", "coin", "side", "tid"))
    row[name] = {
        "px": "-5", "sz": "-1", "users": ["0x12", "nobody"], "coin": "N0SUCH", "side": "C", "tid": -4,
    }[name]  # fmt: skip


def _other(chance: Any, row: dict[str, Any]) -> None:
    name = chance.choice(("sz", "px", "users"))
    if name == "users":
        row["users"] = row["users"][::-1]
    else:
        row[name] = f"{float(row[name]) * chance.choice((10.0, 0.1)):.6f}"


FORGED = "a print that is forged soundly cannot be told from a true one before its accounts are read again"

KINDS = (
    simulated("figures: contexts of two coins swapped", through(Swapped)),
    simulated("figures: contexts of two coins swapped now and then", through(SwappedOnce)),
    simulated("figures: a mark of zero, below, no number", through(Nonsense)),
    simulated("figures: a mark far off its oracle", through(Absurd)),
    simulated("figures: a mark far off its oracle, now and then", through(AbsurdOnce)),
    simulated("figures: mark and oracle far off", through(AbsurdBoth)),
    simulated("figures: open interest of a tenth", through(Interest)),
    simulated("figures: a context missing", through(RowMissing, 15.0, 40.0), said=False),
    simulated("figures: bits flipped", through(FlippedBits), why_wrong=FORGED),
    simulated("figures: prints that cannot be", through(prints(_nonsense))),
    simulated(
        "figures: prints with another size, price or order of users",
        through(prints(_other)),
        said=False,
        why_wrong=FORGED,
    ),
)
