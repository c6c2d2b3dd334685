"""Where backups lie: a folder, or a bucket of the S3 kind (extra `s3`). What is written is there whole or not at all.

Names are paths with slashes. Credentials, region and endpoint of a bucket come from the environment as every S3 tool
reads it (AWS_ACCESS_KEY_ID, AWS_REGION, AWS_ENDPOINT_URL, ...); they are in no message.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

from liqscape.errors import SettingsError, StoreError
from liqscape.store.durable import TEMPORARY, flush_folder
from liqscape.store.writer_lock import lock_folder

PIECE_BYTES = 1 << 20
WHOLE_BYTES = 64 << 20
"""What goes to a bucket in one request; larger objects go in parts."""
ENDPOINT_VARIABLES = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")


class BackupPlace(Protocol):
    """Objects by name. Raises StoreError where the place cannot be used, and for objects that are not there."""

    @property
    def address(self) -> str:
        """As the user wrote it."""

    def sizes(self, prefix: str) -> dict[str, int]:
        """Bytes of every object whose name begins so."""

    def read(self, name: str) -> Iterator[bytes]:
        """Pieces of an object."""

    def write(self, name: str, pieces: Iterable[bytes], size: int) -> None:
        """Put an object of so many bytes; durable when it returns."""

    def remove(self, name: str) -> None:
        """Remove an object; nothing where it is not there."""

    def locked(self) -> Any:
        """A block in which nobody else writes backups there, as far as the place can tell."""


class FolderPlace:
    """A folder; made where it is not there yet."""

    def __init__(self, folder: Path) -> None:
        if folder.exists() and not folder.is_dir():
            raise SettingsError(f"{folder} is not a folder")
        self._folder = folder

    @property
    def address(self) -> str:
        return str(self._folder)

    def sizes(self, prefix: str) -> dict[str, int]:
        found: dict[str, int] = {}
        top = self._folder / prefix
        for path in top.rglob("*") if top.is_dir() else ():
            try:
                if path.is_file() and not path.name.startswith(TEMPORARY):
                    found[path.relative_to(self._folder).as_posix()] = path.stat().st_size
            except FileNotFoundError:
                continue
        return found

    def read(self, name: str) -> Iterator[bytes]:
        try:
            with (self._folder / name).open("rb") as file:
                while piece := file.read(PIECE_BYTES):
                    yield piece
        except OSError as error:
            raise StoreError(f"{self._folder / name}: {error.strerror or error}", path=name) from error

    def write(self, name: str, pieces: Iterable[bytes], size: int) -> None:
        path = self._folder / name
        temporary = path.with_name(f"{TEMPORARY}{path.name}")
        try:
            if not path.parent.is_dir():
                path.parent.mkdir(parents=True)
                flush_folder(path.parent.parent)
            with temporary.open("wb") as file:
                for piece in pieces:
                    file.write(piece)
                if file.tell() != size:
                    raise StoreError(f"{path}: {file.tell()} bytes came, {size} were told", path=str(path))
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
            flush_folder(path.parent)
        except OSError as error:
            raise StoreError(f"{path}: {error.strerror or error}", path=str(path)) from error

    def remove(self, name: str) -> None:
        (self._folder / name).unlink(missing_ok=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True)
        held = lock_folder(self._folder, f"{self._folder}: another process is writing a backup there")
        try:
            for left in self._folder.glob(f"*/**/{TEMPORARY}*"):
                left.unlink(missing_ok=True)
            yield
        finally:
            os.close(held)


class BucketPlace:
    """`bucket/prefix`, asked through obstore."""

    def __init__(self, location: str) -> None:
        self._obstore = _import_obstore(location)
        bucket, _, prefix = location.strip("/").partition("/")
        if not bucket:
            raise SettingsError("s3:// names no bucket: s3://bucket/prefix is needed")
        self._location = location
        endpoint = next((os.environ[name] for name in ENDPOINT_VARIABLES if os.environ.get(name)), "")
        try:
            self._store = self._obstore.store.S3Store(
                bucket, prefix=prefix or None, client_options={"allow_http": endpoint.startswith("http://")}
            )
        except (self._obstore.exceptions.BaseError, ValueError) as error:
            raise SettingsError(f"{self.address}: {_reason(error)}") from None

    @property
    def address(self) -> str:
        return f"s3://{self._location}"

    def sizes(self, prefix: str) -> dict[str, int]:
        with self._errors(prefix):
            return {
                str(each["path"]): int(each["size"])
                for page in self._obstore.list(self._store, prefix=prefix)
                for each in page
            }

    def read(self, name: str) -> Iterator[bytes]:
        with self._errors(name):
            for piece in self._obstore.get(self._store, name).stream(PIECE_BYTES):
                yield bytes(piece)

    def write(self, name: str, pieces: Iterable[bytes], size: int) -> None:
        with self._errors(name):
            if size <= WHOLE_BYTES:
                self._obstore.put(self._store, name, b"".join(pieces), use_multipart=False)
            else:
                self._obstore.put(self._store, name, iter(pieces), use_multipart=True)

    def remove(self, name: str) -> None:
        with self._errors(name):
            self._obstore.delete(self._store, name)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """A bucket has no lock: one backup at a time is for the user to see to."""
        yield

    @contextmanager
    def _errors(self, name: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise StoreError(f"{self.address}/{name}: not there", path=name) from None
        except (self._obstore.exceptions.BaseError, OSError) as error:
            raise StoreError(f"{self.address}/{name}: {_reason(error)}", path=name) from None


def open_place(address: str) -> FolderPlace | BucketPlace:
    """A folder or s3://bucket/prefix. Raises SettingsError for what is neither, or without the extra `s3`."""
    scheme, mark, rest = address.partition("://")
    if not mark:
        return FolderPlace(Path(address))
    if scheme != "s3":
        raise SettingsError(f"{address}: backups go to a folder or to s3://bucket/prefix")
    return BucketPlace(rest)


def _import_obstore(location: str) -> ModuleType:
    try:
        import obstore
        import obstore.exceptions
        import obstore.store
    except ImportError:
        raise SettingsError(f"s3://{location}: buckets need the extra s3: pip install 'liqscape[s3]'") from None
    module: ModuleType = obstore
    return module


def _reason(error: Exception) -> str:
    """The cause in a line; obstore prints the whole chain over many."""
    return " ".join(str(error).split("\n\nDebug source:")[0].split())[:300] or type(error).__name__
