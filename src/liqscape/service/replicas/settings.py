"""How a collector and its replicas reach each other: the NATS server, and the name their map has there."""

from __future__ import annotations

import re
import stat
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from liqscape.errors import SettingsError

SCHEMES = ("nats", "tls", "ws", "wss")
DEFAULT_NAME = "main"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")


@dataclass(frozen=True, kw_only=True)
class NatsSettings:
    """Where the messages go. What is secret of it (address, token, files' contents) is shown nowhere but masked.

    name         of the map: collectors of several maps share a server.
    token        of the server, where it asks for one.
    credentials  file of a user's credentials (.creds), as NATS has them.
    authority    file of the certificates a TLS server is checked with.
    certificate  file with our own certificate and its key (PEM), where the server asks for one.
    """

    url: str
    name: str = DEFAULT_NAME
    token: str | None = None
    credentials: Path | None = None
    authority: Path | None = None
    certificate: Path | None = None

    def __repr__(self) -> str:
        return f"NatsSettings({self.shown}, {self.name})"

    @property
    def shown(self) -> str:
        """The address without what is secret in it."""
        return mask_url(self.url)

    @property
    def stream(self) -> str:
        """The JetStream stream of file changes."""
        return f"LIQSCAPE_{self.name}"

    @property
    def frames_subject(self) -> str:
        """Live frames and beats, not kept."""
        return f"liqscape.{self.name}.frames"

    @property
    def whole_subject(self) -> str:
        """Lists of all files, kept in the stream."""
        return f"liqscape.{self.name}.files.whole"

    @property
    def change_subject(self) -> str:
        """Changes of files, kept in the stream."""
        return f"liqscape.{self.name}.files.change"

    @property
    def wanted_subject(self) -> str:
        """What a replica needs told anew."""
        return f"liqscape.{self.name}.wanted"

    @property
    def ask_subject(self) -> str:
        """Questions to the collector, which answers each."""
        return f"liqscape.{self.name}.ask"


def read_settings(
    url: str,
    name: str = DEFAULT_NAME,
    *,
    token_file: Path | None = None,
    credentials: Path | None = None,
    authority: Path | None = None,
    certificate: Path | None = None,
) -> NatsSettings:
    """Settings as a user gives them. Raises SettingsError, without anything secret in it."""
    for one in url.split(","):
        _check_url(one.strip())
    if not _NAME.fullmatch(name):
        raise SettingsError(f"--nats-name {name!r} is not 1 to 32 letters, digits, - or _")
    named = {
        "--nats-token-file": token_file,
        "--nats-credentials": credentials,
        "--nats-authority": authority,
        "--nats-certificate": certificate,
    }
    for option, path in named.items():
        if path is not None and not path.is_file():
            raise SettingsError(f"{option} {path} is not a file")
    return NatsSettings(
        url=url,
        name=name,
        token=None if token_file is None else _read_token(token_file),
        credentials=credentials,
        authority=authority,
        certificate=certificate,
    )


def mask_url(url: str) -> str:
    """Addresses of servers with *** in place of user, password or token."""
    return ",".join(_masked(one.strip()) for one in url.split(","))


def _masked(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    if not separator:
        scheme, rest = "nats", url
    secret, at, place = rest.rpartition("@")
    place = re.split(r"[/?#]", place, maxsplit=1)[0]
    return f"{scheme}://{'***@' if at and secret else ''}{place}"


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        has_port, parts = False, urlsplit("")
    if not has_port or parts.scheme not in SCHEMES or not parts.hostname:
        raise SettingsError(f"--nats {_masked(url)!r} is not an address such as nats://127.0.0.1:4222")


def _read_token(path: Path) -> str:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        token = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not plain text"
        raise SettingsError(f"--nats-token-file {path} cannot be read: {why}") from None
    if mode & stat.S_IWOTH:
        raise SettingsError(f"--nats-token-file {path} may be written by everybody (mode {mode:03o}): chmod 600 {path}")
    if not token:
        raise SettingsError(f"--nats-token-file {path} is empty")
    return token
