"""From what a user names to a replica that answers."""

from __future__ import annotations

import asyncio
import sys
from hashlib import blake2b
from pathlib import Path

from liqscape.errors import SettingsError
from liqscape.service.executors import Executors
from liqscape.service.folders import cache_folder
from liqscape.service.replicas.replica import Replica, choose_folders
from liqscape.service.replicas.sealed import SealedFiles, is_object_store
from liqscape.service.replicas.settings import NatsSettings


def open_replica(settings: NatsSettings, data: str | None, sealed_from: str | None, executors: Executors) -> Replica:
    """A replica with at least one frame to show: what is missing of its files is fetched first.

    data         a folder, or an object store; None: a folder in the user's cache.
    sealed_from  a folder or an object store with the larger files; None: the collector is asked for them.
    Raises SettingsError where a folder is of something else, or where there is nothing to show and the NATS server
    does not answer.
    """
    own = cache_folder() / "replicas" / _key(settings, data or "")
    sealed: SealedFiles | None = None
    if data is not None and is_object_store(data):
        if sealed_from is not None:
            raise SettingsError("--data names an object store already: --sealed-from is not needed")
        sealed, folder = SealedFiles(data, "--data"), own
    else:
        sealed = None if sealed_from is None else SealedFiles(sealed_from, "--sealed-from")
        folder = own if data is None else Path(data)
    folders = choose_folders(folder, own)
    try:
        replica = Replica(settings, folders, executors, sealed=sealed)
    except OSError as error:
        raise SettingsError(f"{folders.own} cannot be written: {error.strerror or error}") from None
    asyncio.run(replica.synced(_Said(), has_history=replica.has_history()))
    return replica


class _Said:
    """Says on stderr what is to come, when it begins and each time a tenth of it has come."""

    def __init__(self) -> None:
        self._most, self._last = 0, 0
        self._is_waiting = False

    def __call__(self, files: int, left: int) -> None:
        if not files:
            if not self._is_waiting and not self._most:
                self._is_waiting = True
                _say("waiting for the collector's list of files")
            return
        if left > self._most:
            self._most = self._last = left
            _say(f"fetching {files} files of the collector's history, {left / 1e6:.1f} MB")
        elif self._last - left >= self._most / 10:
            self._last = left
            _say(f"{left / 1e6:.1f} MB are still to come")


def _say(text: str) -> None:
    print(f"liqscape: {text}", file=sys.stderr, flush=True)


def _key(settings: NatsSettings, data: str) -> str:
    """A folder name of its own for each map and each place; of an address only its hash."""
    digest = blake2b(f"{settings.shown}\n{settings.name}\n{data}".encode(), digest_size=6).hexdigest()
    return f"{settings.name}-{digest}"
