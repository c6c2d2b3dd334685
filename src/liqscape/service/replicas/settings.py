"""How a collector and its replicas reach each other: the NATS server, and the name their map has there."""

from __future__ import annotations

import re
import stat
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from liqscape.errors import SettingsError
from liqscape.service.replicas.credentials import read_credentials

SCHEMES = ("nats", "tls", "ws", "wss")
TLS_SCHEMES = ("tls://", "wss://")
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
    def login(self) -> tuple[str, str | None] | None:
        """User and password of the address, or a token and None. nats-py would take %40 for what it looks like."""
        secret = _logins(self.url)[0]
        if not secret:
            return None
        user, separator, password = secret.partition(":")
        return unquote(user), unquote(password) if separator else None

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must be shown nowhere: users, passwords and tokens, longest first; each as it was given and decoded."""
        found = set() if self.token is None else {self.token}
        for secret in _logins(self.url):
            found |= {secret, *secret.split(":")}
        found |= {unquote(each) for each in found}
        return tuple(sorted(found - {""}, key=lambda each: (-len(each), each)))

    def masked(self, text: str) -> str:
        """A text of others, such as a client's error, without our secrets, on one line of at most 200 characters."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return " ".join(text.split())[:200]

    @property
    def wants_tls(self) -> bool:
        """Whether nothing may be sent in the clear: the address or an option says so."""
        is_named = self.authority is not None or self.certificate is not None
        return is_named or any(one.strip().startswith(TLS_SCHEMES) for one in self.url.split(","))

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
        """Questions about files to the collector, which answers each."""
        return f"liqscape.{self.name}.ask"

    @property
    def candles_subject(self) -> str:
        """Questions about candles to the collector, which answers each."""
        return f"liqscape.{self.name}.candles"


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
        _check_url(one.strip(), has_secret="@" in url)
        if one.strip().startswith("ws://") and (authority is not None or certificate is not None):
            raise SettingsError(f"--nats {_masked(one.strip())} has no TLS to use a certificate with: wss:// has")
    if not _NAME.fullmatch(name):
        raise SettingsError(f"--nats-name {name!r} is not 1 to 32 letters, digits, - or _")
    logins = set(_logins(url))
    if len(logins) > 1:
        raise SettingsError(f"--nats {mask_url(url)} names servers with different users: one is used with all of them")
    if token_file is not None and logins != {""}:
        raise SettingsError(f"--nats {mask_url(url)} has a user or token already: --nats-token-file names another one")
    named = {
        "--nats-token-file": token_file,
        "--nats-credentials": credentials,
        "--nats-authority": authority,
        "--nats-certificate": certificate,
    }
    for option, path in named.items():
        if path is not None and not path.is_file():
            raise SettingsError(f"{option} {path} is not a file")
    if credentials is not None:
        read_credentials(credentials)
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


def _logins(url: str) -> list[str]:
    """User and password, or token, of each address as it is written; empty where it names none."""
    return [one.strip().partition("://")[2].rpartition("@")[0] for one in url.split(",")]


def _masked(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    if not separator:
        scheme, rest = "nats", url
    secret, at, place = rest.rpartition("@")
    place = re.split(r"[/?#]", place, maxsplit=1)[0]
    return f"{scheme}://{'***@' if at and secret else ''}{place}"


def _check_url(url: str, *, has_secret: bool) -> None:
    try:
        parts = urlsplit(url)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        has_port, parts = False, urlsplit("")
    if has_port and parts.scheme in SCHEMES and parts.hostname:
        return
    if has_secret and "@" not in url:  # a piece of a password with a comma in it
        raise SettingsError("--nats has a user or password with a comma in it, which stands between servers: say %2C")
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
