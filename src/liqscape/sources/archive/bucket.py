"""A bucket of the S3 kind, asked through obstore (extra `s3`). The exchange's buckets are paid by who reads them.

Credentials, region and endpoint come from the environment as every S3 tool reads it (AWS_ACCESS_KEY_ID, AWS_REGION,
AWS_ENDPOINT_URL, AWS_SKIP_SIGNATURE, ...); the regions of the exchange's two buckets are known.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import ModuleType
from typing import Any

from liqscape.errors import RequestFailed, SettingsError
from liqscape.sources.archive.object_store import CHUNK_BYTES

REGIONS = {"hyperliquid-archive": "us-east-1", "hl-mainnet-node-data": "ap-northeast-1"}
"""Where the exchange keeps its two buckets (docs/archives.md)."""
USD_PER_GIB = {"hyperliquid-archive": 0.09, "hl-mainnet-node-data": 0.114}
"""What who reads them pays for each GiB that leaves their region for the internet, up to 10 TB a month (AWS.EGRESS in
docs/sources.md). Within the region it is less; the first 100 GB a month of an account and requests are not reckoned."""
REGION_VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION")
ENDPOINT_VARIABLES = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")

ATTEMPTS = 5
"""Transfers in a row that brought nothing before an object is given up."""
FIRST_WAIT_SECONDS = 0.5
TIMEOUT = timedelta(minutes=5)
"""Of one transfer; an hour of fills is 40 to 300 MB."""


class BucketStore:
    """`bucket/prefix`. sleep: between attempts, seconds."""

    def __init__(self, location: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self._obstore = _import_obstore(location)
        bucket, _, prefix = location.strip("/").partition("/")
        if not bucket:
            raise SettingsError("s3:// names no bucket: s3://bucket/prefix is needed")
        self._location = location
        self.bucket = bucket
        self._sleep = sleep
        config: dict[str, Any] = {"request_payer": True}
        if bucket in REGIONS and not any(os.environ.get(name) for name in REGION_VARIABLES):
            config["region"] = REGIONS[bucket]
        endpoint = next((os.environ[name] for name in ENDPOINT_VARIABLES if os.environ.get(name)), "")
        try:
            self._store = self._obstore.store.S3Store(
                bucket,
                prefix=prefix or None,
                config=config,
                client_options={"timeout": TIMEOUT, "allow_http": endpoint.startswith("http://")},
                retry_config={"max_retries": 3, "retry_timeout": TIMEOUT},
            )
        except (self._obstore.exceptions.BaseError, ValueError) as error:
            raise SettingsError(f"{self.address}: {_reason(error)}") from None

    @property
    def address(self) -> str:
        return f"s3://{self._location}"

    def size(self, path: str) -> int | None:
        try:
            return int(self._obstore.head(self._store, path)["size"])
        except FileNotFoundError:
            return None
        except (self._obstore.exceptions.BaseError, OSError) as error:
            raise self._failed(path, error) from None

    def read(self, path: str) -> Iterator[bytes]:
        """Chunks; after a broken transfer from the byte that was reached, and only of the same version."""
        reached, size, tag, failures = 0, None, None, 0
        while size is None or reached < size:
            options: dict[str, Any] = {"range": {"offset": reached}} if reached else {}
            if tag is not None:
                options["if_match"] = tag
            try:
                got = self._obstore.get(self._store, path, options=options)
                size, tag = got.meta["size"], got.meta["e_tag"]
                for chunk in got.stream(CHUNK_BYTES):
                    reached, failures = reached + len(chunk), 0
                    yield chunk
            except (FileNotFoundError, self._obstore.exceptions.PreconditionError) as error:
                raise RequestFailed(f"{self.address}/{path} changed while it was read: {_reason(error)}") from None
            except (self._obstore.exceptions.BaseError, OSError) as error:
                failures += 1
                if failures >= ATTEMPTS or self._is_denied(error):
                    raise self._failed(path, error, failures) from None
                self._sleep(FIRST_WAIT_SECONDS * 2 ** (failures - 1))

    def _is_denied(self, error: Exception) -> bool:
        kinds = self._obstore.exceptions
        return isinstance(error, kinds.PermissionDeniedError | kinds.UnauthenticatedError) or "credential" in str(error)

    def _failed(self, path: str, error: Exception, attempts: int = 1) -> RequestFailed | SettingsError:
        if self._is_denied(error):
            return SettingsError(
                f"{self.address}: access denied; the reader pays for this bucket, so credentials of an account are "
                "needed in the environment (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)"
            )
        return RequestFailed(
            f"{self.address}/{path}: no answer after {attempts} attempts: {_reason(error)}", attempts=attempts
        )


def _import_obstore(location: str) -> ModuleType:
    try:
        import obstore
        import obstore.exceptions
        import obstore.store
    except ImportError:
        raise SettingsError(
            f"s3://{location}: reading buckets needs the extra s3: pip install 'liqscape[s3]'"
        ) from None
    module: ModuleType = obstore
    return module


def _reason(error: Exception) -> str:
    """The cause in a line; obstore prints the whole chain over many."""
    return " ".join(str(error).split("\n\nDebug source:")[0].split())[:300] or type(error).__name__
