"""The data folder of a live map: which exchange it is of, and what a restart begins with."""

from __future__ import annotations

import asyncio
import logging
import os
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from liqscape.errors import CorruptSegment, HistoryReplaced, SettingsError, StoreError
from liqscape.feed.url import check_url
from liqscape.heatmap.frame import MarketFrame, Provenance
from liqscape.ledger.triggers import kept_triggers
from liqscape.model.accounts import Accounts
from liqscape.service.collecting.core import checkpoint_record
from liqscape.service.collecting.settings import NETWORKS, Network, network_at, with_socket
from liqscape.service.executors import beside
from liqscape.service.folders import ORIGIN, Origin, claim_folder, mend_origin, read_origin, write_origin
from liqscape.sources.live.checkpoint import Checkpoint, write_checkpoint

if TYPE_CHECKING:
    from liqscape.service.collecting.market import LiveMarket
    from liqscape.store.history import HistoryReader

LIVE = "live"
CHECKPOINT_SECONDS = 3_600.0
"""A replay that begins in the middle of the log begins at the next one."""
LIVE_KINDS = ("api", "node", "sandbox")
"""Kinds of provenance of a live map."""

log = logging.getLogger("liqscape.live")


def holds_live_map(folder: Path) -> bool:
    """Whether a live map is kept there, which goes on when it is served again."""
    held = read_origin(folder)
    return held.kind == LIVE if held is not None else _network_stored(folder) is not None


def network_of(folder: Path) -> Network | None:
    """The exchange the live map of a folder is of, as it was asked the last time; None where none is kept there.

    Raises SettingsError for an address that will not do.
    """
    held = read_origin(folder)
    if held is None:
        return _network_stored(folder)
    if held.kind != LIVE:
        return None
    network = network_at(held.name, check_url(f"{folder / ORIGIN}: key", held.key))
    return with_socket(network, held.ws_url or None)


def check_live_folder(folder: Path, network: Network) -> Origin | None:
    """What the folder is of already.

    Raises SettingsError where that is another exchange or something else, and where nothing can be written.
    """
    held = read_origin(folder)
    if held is not None and not os.access(folder, os.W_OK | os.X_OK):
        raise SettingsError(f"{folder} cannot be written; --read-only looks at what is stored there")
    if held is not None and (held.kind, held.key) != (LIVE, network.info_url):
        hint = " alone goes on with its own; name another folder for this one" if held.kind == LIVE else ""
        raise SettingsError(
            f"{folder} holds the history of {held.kind} {held.name}, not of {network.info_url}; "
            + (f"--data{hint}" if hint else "name another folder with --data")
        )
    return held


def claim_live_folder(folder: Path, network: Network) -> None:
    """Prepare the folder, as `check_live_folder` allows; the address of the WebSocket is kept for the next start.

    A folder of an earlier version goes on: its history says in its own files which format it has.
    """
    held = check_live_folder(folder, network)
    wanted = Origin(kind=LIVE, name=network.name, key=network.info_url, ws_url=network.socket_url)
    if held is not None:
        mend_origin(folder, msgspec.structs.replace(held, ws_url=network.socket_url))
        return
    stored = stored_provenance(folder)
    if stored is not None and stored.kind in LIVE_KINDS and stored.name == network.name:
        log.warning("%s: %s is missing or damaged; the history there is of %s", folder, ORIGIN, network.name)
        mend_origin(folder, wanted)
    else:
        claim_folder(folder, wanted)


def note_world(folder: Path, world: str) -> None:
    """Store which sandbox the folder is of, where that was not known yet."""
    held = read_origin(folder)
    if held is not None and world and not held.world:
        write_origin(folder, msgspec.structs.replace(held, world=world))


def stored_history(folder: Path) -> HistoryReader | None:
    """The frames stored in a folder; None where there are none that can be read."""
    from liqscape.store.history import HistoryReader

    try:
        reader = HistoryReader(folder)
        return None if reader.last_ms is None else reader
    except (StoreError, OSError):
        return None


def gone_on_with(reader: HistoryReader | None, folder: Path) -> HistoryReader:
    """The same reader now that the folder's writer has put it in order: it reads again only what has changed."""
    from liqscape.store.history import HistoryReader

    try:
        if reader is not None and reader.last_ms is not None:
            return reader
    except HistoryReplaced:
        log.info("%s: the history was mended", folder)
    return HistoryReader(folder)


def stored_provenance(folder: Path) -> Provenance | None:
    """What the frames stored in a folder are labelled with; None where there are none that can be read."""
    reader = stored_history(folder)
    return None if reader is None else reader.provenance


def _network_stored(folder: Path) -> Network | None:
    """The exchange a history is of by its own files, where the origin is lost: only those whose name is an address."""
    stored = stored_provenance(folder)
    return NETWORKS.get(stored.name) if stored is not None and stored.kind in LIVE_KINDS else None


def last_frame(reader: HistoryReader) -> MarketFrame | None:
    """The last stored frame without its bands; None where nothing is stored yet."""
    last_ms = reader.last_ms
    return None if last_ms is None else reader.frame_at(last_ms, with_bands=False)


def checkpoint_of(reader: HistoryReader, frame: MarketFrame, accounts: Accounts) -> bytes:
    """What a stored frame knew."""
    time_ms = frame.time_ms
    try:
        standing = reader.standing_at(time_ms)
    except CorruptSegment as error:
        log.warning("trigger orders of the last frame cannot be read, they are unknown until read again: %s", error)
        standing = None
    triggers = None if standing is None else kept_triggers(standing, time_ms)
    return write_checkpoint(Checkpoint(frame.snapshot, reader.tables_at(time_ms), accounts, triggers))


async def keep_checkpoints(stop: asyncio.Event, market: LiveMarket, executor: Executor | None = None) -> None:
    """Put what is known into the records every CHECKPOINT_SECONDS; who knows it already passes over it."""
    while not stop.is_set():
        try:
            async with asyncio.timeout(CHECKPOINT_SECONDS):
                await stop.wait()
        except TimeoutError:
            now = market.live.now
            if now is not None:
                triggers = None if now.standing is None else kept_triggers(now.standing, now.frame.time_ms)
                checkpoint = Checkpoint(now.frame.snapshot, now.tables, now.accounts, triggers)
                content = await beside(executor, write_checkpoint, checkpoint)
                market.take(checkpoint_record(market.core.start, content, market.clock.now_ns()))
