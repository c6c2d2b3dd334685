"""Files of a map in a folder or an object store: put there by a collector, taken from there by replicas.

A path in the store is the path in the data folder. Small files and heads are not there: they go out with the messages.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from liqscape.errors import FeedError, RequestFailed, SettingsError
from liqscape.service.replicas.changes import INLINE_BYTES
from liqscape.service.replicas.listing import FileMark, Listing, mark_of
from liqscape.store.durable import replace_file
from liqscape.store.history.head import HEAD_FOLDER

if TYPE_CHECKING:
    from obstore.store import RetryConfig

SCHEMES = ("s3", "gs", "az", "memory")
CONNECT_TIMEOUT = "5s"
MAX_RETRY_SECONDS = 10
"""obstore would try for three minutes, in which replicas hear of no file: they have the collector to ask."""
ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")


def is_object_store(place: str) -> bool:
    """Whether a place is an address of an object store and not a folder."""
    return "://" in place


class SealedFiles:
    """`keep` puts files there, `read` takes one. Credentials come from the environment, as every such tool reads them.

    option  that names the place, for what is wrong with it.
    Raises SettingsError for an address that is none, or where the extra is missing.
    """

    def __init__(self, place: str, option: str) -> None:
        self._place = place
        self._folder: Path | None = None
        self._store: Any = None
        self._kept: dict[str, FileMark] = {}
        if is_object_store(place):
            self._store = _open_store(place, option)
        else:
            self._folder = Path(place)

    @property
    def shown(self) -> str:
        """The address without anything secret."""
        scheme, _, rest = self._place.partition("://")
        return f"{scheme}://{rest.rpartition('@')[2].partition('?')[0]}" if rest else self._place

    def keep(self, data: Path, changed: Listing) -> None:
        """Put the larger files of a listing there, which replicas are not sent. What is there already stays.

        Raises RequestFailed; the next call goes on.
        """
        for path, mark in changed.items():
            if path.startswith(f"{HEAD_FOLDER}/") or mark.size <= INLINE_BYTES or self._kept.get(path) == mark:
                continue
            if self.size(path) != mark.size or not path.startswith("parts/"):
                try:
                    content = (data / path).read_bytes()
                except FileNotFoundError:
                    continue
                self._put(path, content)
            self._kept[path] = mark

    def size(self, path: str) -> int | None:
        """Bytes of a file there; None without it. Raises RequestFailed."""
        if self._folder is not None:
            try:
                return (self._folder / path).stat().st_size
            except FileNotFoundError:
                return None
            except OSError as error:
                raise self._failed(path, error) from None
        import obstore
        from obstore.exceptions import BaseError

        try:
            return int(obstore.head(self._store, path)["size"])
        except FileNotFoundError:
            return None
        except (BaseError, OSError) as error:
            raise self._failed(path, error) from None

    def read(self, path: str, mark: FileMark) -> bytes | None:
        """The file; None where it is not there, or another one. Raises FeedError."""
        try:
            content = self._read(path)
        except FileNotFoundError:
            return None
        return content if mark_of(content) == mark else None

    def _read(self, path: str) -> bytes:
        if self._folder is not None:
            try:
                return (self._folder / path).read_bytes()
            except FileNotFoundError:
                raise
            except OSError as error:
                raise self._failed(path, error) from None
        import obstore
        from obstore.exceptions import BaseError

        try:
            return bytes(obstore.get(self._store, path).bytes())
        except FileNotFoundError:
            raise
        except (BaseError, OSError) as error:
            raise self._failed(path, error) from None

    def _put(self, path: str, content: bytes) -> None:
        if self._folder is not None:
            target = self._folder / path
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                replace_file(target, content)
            except OSError as error:
                raise self._failed(path, error) from None
            return
        import obstore
        from obstore.exceptions import BaseError

        try:
            obstore.put(self._store, path, content)
        except (BaseError, OSError) as error:
            raise self._failed(path, error) from None

    def _failed(self, path: str, error: Exception) -> FeedError:
        reason = error.strerror if isinstance(error, OSError) else None
        reason = reason or " ".join(str(error).split("\n\nDebug source:")[0].split())[:200]
        return RequestFailed(f"{self.shown}/{path}: {reason or type(error).__name__}")


def _open_store(place: str, option: str) -> Any:
    if place.partition("://")[0] not in SCHEMES:
        raise SettingsError(f"{option} is neither a folder nor an address such as s3://bucket/prefix")
    try:
        from obstore.exceptions import BaseError
        from obstore.store import from_url
    except ImportError:
        raise SettingsError(f"{option} needs the extra s3: pip install 'liqscape[s3]'") from None
    endpoint = next((os.environ[name] for name in ENDPOINTS if os.environ.get(name)), "")
    retries: RetryConfig = {"max_retries": 2, "retry_timeout": timedelta(seconds=MAX_RETRY_SECONDS)}
    try:
        if place.startswith("memory://"):
            return from_url(place)
        return from_url(
            place,
            client_options={"allow_http": endpoint.startswith("http://"), "connect_timeout": CONNECT_TIMEOUT},
            retry_config=retries,
        )
    except (BaseError, ValueError) as error:
        reason = " ".join(str(error).split("\n\nDebug source:")[0].split())[:200]
        raise SettingsError(f"{option} cannot be used: {reason}") from None
