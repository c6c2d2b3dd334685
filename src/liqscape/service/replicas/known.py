"""What a collector knows that is in no file of its history, as one more small file: vaults, what markets follow, how
many accounts wait to be read near the mark."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from liqscape.insight.intervals import WaitingAccounts
from liqscape.service.answers.sources import NearCoverage
from liqscape.service.near_estimates import NearEstimates
from liqscape.service.view import MapView


class KnownBeside(msgspec.Struct, frozen=True, kw_only=True):
    """near None: nobody looks for accounts there."""

    vaults: list[str] = []
    categories: dict[str, str] = {}
    has_near: bool = False
    near: list[NearCoverage] = []
    near_by_coin: dict[str, list[NearCoverage]] = {}
    unread: tuple[int, int, float] | None = None


def report_known(view: MapView) -> bytes:
    """As JSON: the same bytes while nothing has changed."""
    vaults, categories, near = view.known_beside
    known = KnownBeside(
        vaults=sorted(vaults),
        categories=dict(sorted(categories.items())),
        has_near=near is not None,
        near=[] if near is None else near.whole,
        near_by_coin={} if near is None else near.by_coin,
        unread=None
        if near is None or near.unread is None
        else (near.unread.count, near.unread.read_count, near.unread.size_ratio),
    )
    return msgspec.json.encode(known)


class KnownFile:
    """The file as a replica has it, read again where it was replaced. From any thread."""

    def __init__(self, path: Path, otherwise: Callable[[], frozenset[str]]) -> None:
        self._path = path
        self._otherwise = otherwise
        self._read: tuple[tuple[int, int], KnownBeside, frozenset[str]] | None = None

    def vaults(self) -> frozenset[str]:
        """Addresses of vaults; the same object while they have not changed."""
        read = self._look()
        return self._otherwise() if read is None else read[2]

    def categories(self) -> Mapping[str, str]:
        """What markets follow, by coin."""
        read = self._look()
        return {} if read is None else read[1].categories

    def near(self) -> NearEstimates | None:
        """What is known of accounts that are not in the map."""
        read = self._look()
        if read is None or not read[1].has_near:
            return None
        known = read[1]
        unread = None
        if known.unread is not None:
            count, read_count, size_ratio = known.unread
            unread = WaitingAccounts(count=count, read_count=read_count, size_ratio=size_ratio)
        return NearEstimates(whole=known.near, by_coin=known.near_by_coin, unread=unread)

    def _look(self) -> tuple[tuple[int, int], KnownBeside, frozenset[str]] | None:
        try:
            stat = self._path.stat()
            key = (stat.st_mtime_ns, stat.st_ino)
            if self._read is None or self._read[0] != key:
                known = msgspec.json.decode(self._path.read_bytes(), type=KnownBeside)
                vaults = frozenset(known.vaults)
                if self._read is not None and self._read[2] == vaults:
                    vaults = self._read[2]
                self._read = key, known, vaults
        except (OSError, msgspec.MsgspecError):
            return self._read
        return self._read
