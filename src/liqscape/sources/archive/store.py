"""Stores of an archive's objects: folders, buckets, or several of them looked through in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from liqscape.errors import InputError, SettingsError
from liqscape.sources.archive.bucket import BucketStore
from liqscape.sources.archive.object_store import CHUNK_BYTES, ObjectStore

PART_ENDING = ".part"
"""Of a file still under way; the sandbox writes such files, and so does the cache."""


class LocalStore:
    """A folder laid out like an archive: a copy of one, the sandbox's, or a node's own data folder."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise SettingsError(f"archive {folder} is not a folder")
        self.folder = folder

    @property
    def address(self) -> str:
        return str(self.folder)

    def size(self, path: str) -> int | None:
        try:
            file = self.folder / path
            return file.stat().st_size if file.is_file() else None
        except OSError as error:
            raise _unreadable(file, error) from None

    def read(self, path: str) -> Iterator[bytes]:
        file = self.folder / path
        try:
            with file.open("rb") as opened:
                while chunk := opened.read(CHUNK_BYTES):
                    yield chunk
        except OSError as error:
            raise _unreadable(file, error) from None


class CachedStore:
    """Another store whose objects are kept in a folder, so that each is fetched (and paid for) once."""

    def __init__(self, behind: ObjectStore, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(f"cache {folder} is no folder to write in: {error.strerror}") from None
        self.behind = behind
        self._kept = LocalStore(folder)

    @property
    def address(self) -> str:
        return self.behind.address

    def size(self, path: str) -> int | None:
        kept = self._kept.size(path)
        return self.behind.size(path) if kept is None else kept

    def is_kept(self, path: str) -> bool:
        """Whether it was fetched before."""
        return self._kept.size(path) is not None

    def read(self, path: str) -> Iterator[bytes]:
        if self._kept.size(path) is None:
            self._fetch(path)
        yield from self._kept.read(path)

    def _fetch(self, path: str) -> None:
        file = self._kept.folder / path
        part = file.with_name(file.name + PART_ENDING)
        try:
            part.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as opened:
                for chunk in self.behind.read(path):
                    opened.write(chunk)
            part.replace(file)
        except OSError as error:
            raise _unreadable(part, error) from None


class Stores:
    """Several stores as one: an object is taken from the first that has it."""

    def __init__(self, stores: Sequence[ObjectStore]) -> None:
        self.stores = tuple(stores)

    @property
    def address(self) -> str:
        return ", ".join(store.address for store in self.stores)

    def size(self, path: str) -> int | None:
        return next((size for store in self.stores if (size := store.size(path)) is not None), None)

    def read(self, path: str) -> Iterator[bytes]:
        for store in self.stores:
            if store.size(path) is not None:
                yield from store.read(path)
                return
        raise InputError(f"{path} is in none of {self.address}")


def fetched_from(store: ObjectStore, path: str) -> tuple[str, int] | None:
    """(bucket, bytes) that reading an object fetches; None where it is not there, or no bucket gives it."""
    if isinstance(store, Stores):
        holder = next((each for each in store.stores if each.size(path) is not None), None)
        return None if holder is None else fetched_from(holder, path)
    if isinstance(store, CachedStore):
        return None if store.is_kept(path) else fetched_from(store.behind, path)
    size = store.size(path) if isinstance(store, BucketStore) else None
    return (store.bucket, size) if isinstance(store, BucketStore) and size is not None else None


def open_stores(addresses: Sequence[str], cache: Path | None = None) -> Stores:
    """Folders and s3://bucket/prefix addresses. `cache` keeps what buckets gave.

    Raises SettingsError for an address that is neither, or a bucket without the extra `s3` installed.
    """
    if not addresses:
        raise SettingsError("no archive is named: a folder or s3://bucket/prefix is needed")
    return Stores([_open(address, cache) for address in addresses])


def _open(address: str, cache: Path | None) -> ObjectStore:
    scheme, mark, rest = address.partition("://")
    if not mark:
        return LocalStore(Path(address))
    if scheme != "s3":
        raise SettingsError(f"archive {address}: only folders and s3:// addresses are read")
    store = BucketStore(rest)
    return store if cache is None else CachedStore(store, cache / rest.strip("/"))


def _unreadable(file: Path, error: OSError) -> InputError:
    return InputError(f"{file}: {error.strerror or error}", file=str(file))
