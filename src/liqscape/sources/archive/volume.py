"""What reading a span of archives fetches from buckets, found out by their sizes alone, before anything is fetched."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from liqscape.sources.archive.bucket import USD_PER_GIB
from liqscape.sources.archive.hours import MISC, TRADING, find_hour
from liqscape.sources.archive.store import Stores, fetched_from
from liqscape.units import DAY_MS, HOUR_MS
from liqscape.wire.archive.paths import asset_contexts_path

ASKED_AT_ONCE = 16
GIB = 2**30


@dataclass(frozen=True, kw_only=True)
class BucketVolume:
    """Of one bucket. usd_per_gib, usd: what the reader pays; None where the price of the bucket is not known."""

    bucket: str
    object_count: int
    bytes: int
    usd_per_gib: float | None
    usd: float | None


def measure_frames(store: Stores, from_ms: int, to_ms: int) -> list[str]:
    """Paths that replaying (from, to] reads: the best table of fills and of misc events of each hour, and contexts.

    A request for the size of each; hours that are missing cost one for each name they might have.
    """
    hours = range(from_ms // HOUR_MS * HOUR_MS, to_ms + 1, HOUR_MS)
    wanted = [(tables, hour) for hour in hours for tables in (TRADING, MISC)]
    with ThreadPoolExecutor(ASKED_AT_ONCE) as pool:
        found = pool.map(lambda each: find_hour(store, *each), wanted)
        paths = [each[1] for each in found if each is not None]
    return paths + [asset_contexts_path(day) for day in range(from_ms // DAY_MS * DAY_MS, to_ms + 1, DAY_MS)]


def measure_objects(store: Stores, paths: Iterable[str], usd_per_gib: float | None = None) -> tuple[BucketVolume, ...]:
    """What fetching objects takes, by bucket; those that lie in folders, or were fetched before, cost nothing.

    usd_per_gib  in place of the known prices.
    """
    with ThreadPoolExecutor(ASKED_AT_ONCE) as pool:
        found = [each for each in pool.map(lambda path: fetched_from(store, path), paths) if each is not None]
    volumes = []
    for bucket in sorted({bucket for bucket, _ in found}):
        sizes = [size for name, size in found if name == bucket]
        price = USD_PER_GIB.get(bucket) if usd_per_gib is None else usd_per_gib
        volumes.append(
            BucketVolume(
                bucket=bucket,
                object_count=len(sizes),
                bytes=sum(sizes),
                usd_per_gib=price,
                usd=None if price is None else sum(sizes) / GIB * price,
            )
        )
    return tuple(volumes)
