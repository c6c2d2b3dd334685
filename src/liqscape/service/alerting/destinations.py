"""Where alerts go: the part `[destinations.NAME]` of alerts.toml.

    [destinations.phone]
    url = "tgram://TOKEN/CHAT"          # or url_env = "VARIABLE": an address of Apprise

    [destinations.desk]
    webhook = "https://example.org/x"   # or webhook_env = "VARIABLE"
    secret_env = "DESK_SECRET"          # the variable that holds what its messages are signed with

An address is a secret: many hold a token. It is in `Secret`, which shows itself as `***` however it is printed, and
nothing that liqscape says, logs, answers or raises holds any part of it, nor what an editor's slip put in its place.
"""

from __future__ import annotations

import os
import re
import tomllib
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from liqscape.errors import InputError, SettingsError
from liqscape.spelling import did_you_mean, shown
from liqscape.wire.user_text import as_utf8

Kind = Literal["apprise", "webhook"]
MAX_DESTINATIONS = 32
MAX_ADDRESS = 4_000
MIN_SECRET = 16
"""Characters: less can be guessed from one signed message."""
ENCODED_SECRET = "whsec_"
"""What a secret in base64 begins with (standardwebhooks.com)."""
DEFAULT_GIVE_UP_MINUTES, MAX_GIVE_UP_MINUTES = 24 * 60, 30 * 24 * 60
SECTION = "destinations"
KEYS = ("url", "url_env", "webhook", "webhook_env", "secret_env", "allow_private", "give_up_after_minutes")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_SCHEMA = re.compile(r"[a-z0-9][a-z0-9+.-]{0,30}://\S+", re.IGNORECASE)
ADDRESS_KEYS: Mapping[str, tuple[Kind, bool]] = {
    "url": ("apprise", False),
    "url_env": ("apprise", True),
    "webhook": ("webhook", False),
    "webhook_env": ("webhook", True),
}
"""What each names, and whether it is a variable that holds it."""


class Secret:
    """Text that is shown by nobody: `reveal` alone gives it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __repr__(self) -> str:
        return "***"

    def __reduce__(self) -> tuple[type, tuple[str]]:
        raise TypeError("a secret is not written anywhere")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)


@dataclass(frozen=True, kw_only=True)
class Destination:
    """One destination as the file tells it; what variables hold is looked up when something is sent.

    address       its address; None: in the variable `address_env`.
    secret_env    variable with what a webhook's messages are signed with; None for other kinds.
    is_private_allowed  it may be on loopback or a private network.
    """

    name: str
    kind: Kind
    address: Secret | None
    address_env: str | None
    secret_env: str | None
    is_private_allowed: bool = False
    give_up_ms: int = DEFAULT_GIVE_UP_MINUTES * 60_000

    def find_address(self, environment: Mapping[str, str] = os.environ) -> Secret:
        """Its address. Raises SettingsError."""
        found = self.address
        if found is None:
            assert self.address_env is not None, "one of the two"
            text = environment.get(self.address_env, "").strip()
            if not text:
                raise SettingsError(f"destination {self.name}: the variable {self.address_env} is empty or not set")
            found = Secret(text)
        _check_address(self.name, self.kind, found.reveal(), self.address_env or self.kind_key)
        return found

    def find_secret(self, environment: Mapping[str, str] = os.environ) -> Secret:
        """What its messages are signed with, as `signing_key` reads it. Raises SettingsError."""
        assert self.secret_env is not None, "of a webhook"
        text = environment.get(self.secret_env, "").strip()
        if not text:
            raise SettingsError(f"destination {self.name}: the variable {self.secret_env} is empty or not set")
        secret = Secret(text)
        try:
            key = signing_key(secret)
        except ValueError:
            raise SettingsError(
                f"destination {self.name}: {self.secret_env} begins with {ENCODED_SECRET}, and is no base64 after it"
            ) from None
        if len(key) < MIN_SECRET:
            raise SettingsError(
                f"destination {self.name}: the secret in {self.secret_env} has {len(key)} bytes, at least {MIN_SECRET}"
            )
        return secret

    @property
    def kind_key(self) -> str:
        """The key of the file that holds the address."""
        return "url" if self.kind == "apprise" else "webhook"


def signing_key(secret: Secret) -> bytes:
    """Bytes of a secret: base64 after `whsec_`, else the text in UTF-8. Raises ValueError for what is no base64."""
    text = secret.reveal()
    if text.startswith(ENCODED_SECRET):
        return b64decode(text.removeprefix(ENCODED_SECRET), validate=True)
    return text.encode()


def read_destinations(path: Path) -> dict[str, Destination]:
    """Destinations of a file by name; none of a file that is not there. Raises SettingsError in one sentence."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from None
    try:
        document = tomllib.loads(as_utf8(content, str(path)).decode())
    except InputError as error:
        raise SettingsError(str(error)) from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not TOML: {_place_of(error)}") from None
    return parse_destinations(document.get(SECTION, {}), path)


def parse_destinations(section: object, path: Path) -> dict[str, Destination]:
    """Destinations of the parsed section. Raises SettingsError in one sentence, which holds no value of the file."""
    if not isinstance(section, dict):
        raise SettingsError(f"{path}: {SECTION} is not a table of destinations")
    if len(section) > MAX_DESTINATIONS:
        raise SettingsError(f"{path}: {len(section)} destinations, at most {MAX_DESTINATIONS}")
    return {name: _parse_one(str(name), entry, path) for name, entry in section.items()}


def choose_destination(destinations: Mapping[str, Destination], name: str, path: Path | None = None) -> Destination:
    """The destination of a name. Raises SettingsError with the nearest name. path: where they are from, to be said."""
    found = destinations.get(name)
    if found is None:
        nowhere = f"{path or 'the file'} has none"
        known = f"known are {', '.join(destinations)}" if destinations else nowhere
        raise SettingsError(f"unknown destination {shown(name)}; {did_you_mean(name, destinations, known)}")
    return found


def _parse_one(name: str, entry: object, path: Path) -> Destination:
    where = f"{path}: destination {shown(name)}"
    if not _NAME.fullmatch(name):
        raise SettingsError(f"{where}: a name has up to 40 letters, digits, - and _")
    if not isinstance(entry, dict):
        raise SettingsError(f"{where} is not a table with an address")
    for key in entry:
        if key not in KEYS:
            raise SettingsError(f"{where}: unknown key {shown(key)}; {did_you_mean(key, KEYS, ', '.join(KEYS))}")
    given = [key for key in ADDRESS_KEYS if key in entry]
    if len(given) != 1:
        raise SettingsError(f"{where} has {len(given)} addresses; give one of {', '.join(ADDRESS_KEYS)}")
    kind, is_variable = ADDRESS_KEYS[given[0]]
    text = entry[given[0]]
    if not isinstance(text, str):
        raise SettingsError(f"{where}: {given[0]} is not text")
    if is_variable:
        _check_variable(where, given[0], text)
    else:
        _check_address(name, kind, text, given[0])
    secret = entry.get("secret_env")
    if (secret is None) != (kind == "apprise"):
        raise SettingsError(
            f"{where}: secret_env goes with a webhook only"
            if kind == "apprise"
            else f"{where} is a webhook: secret_env must name the variable with the secret it is signed with"
        )
    if secret is not None:
        _check_variable(where, "secret_env", secret)
    is_private_allowed = entry.get("allow_private", False)
    if not isinstance(is_private_allowed, bool):
        raise SettingsError(f"{where}: allow_private is neither true nor false")
    minutes = entry.get("give_up_after_minutes", DEFAULT_GIVE_UP_MINUTES)
    if isinstance(minutes, bool) or not isinstance(minutes, int) or not 1 <= minutes <= MAX_GIVE_UP_MINUTES:
        raise SettingsError(f"{where}: give_up_after_minutes must be a whole number in 1..{MAX_GIVE_UP_MINUTES}")
    return Destination(
        name=name,
        kind=kind,
        address=None if is_variable else Secret(text),
        address_env=text if is_variable else None,
        secret_env=secret,
        is_private_allowed=is_private_allowed,
        give_up_ms=minutes * 60_000,
    )


def _check_variable(where: str, key: str, text: object) -> None:
    """The value is not said back: the secret itself may have been put there."""
    if not isinstance(text, str) or not _VARIABLE.fullmatch(text):
        raise SettingsError(f"{where}: {key} is not the name of a variable: letters, digits and _")


def _check_address(name: str, kind: Kind, text: str, key: str) -> None:
    if len(text) > MAX_ADDRESS:
        raise SettingsError(f"destination {name}: {key} has {len(text)} characters, at most {MAX_ADDRESS}")
    if kind == "apprise":
        if not _SCHEMA.fullmatch(text):
            raise SettingsError(f"destination {name}: {key} is not an address of Apprise, such as tgram://TOKEN/CHAT")
        return
    try:
        parts = urlsplit(text)
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable or not text.isprintable() or " " in text:
        raise SettingsError(f"destination {name}: {key} is not an address such as https://example.org/hook")
    if parts.username is not None or parts.password is not None:
        raise SettingsError(f"destination {name}: {key} holds a user name or password; messages are signed instead")


def _place_of(error: tomllib.TOMLDecodeError) -> str:
    """Where, without what stands there."""
    found = re.search(r"at line \d+, column \d+|at end of document", str(error))
    return found[0] if found else "it cannot be parsed"
