"""The credentials file of a NATS user (.creds): a JSON web token, and the key with which its owner signs.

Read here and not by nats-py, which wants the package nkeys for it, and looks for the token's line for ever in a file
that has none: a damaged file would hold up the map.
"""

from __future__ import annotations

import base64
import binascii
import re
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from liqscape.errors import SettingsError

MAX_BYTES = 64 * 1024
KEY_BYTES = 32
_TOKEN = re.compile(r"-BEGIN NATS USER JWT-+\s+([A-Za-z0-9_.=-]+)\s+-+END NATS USER JWT-")
_SEED = re.compile(r"-BEGIN USER NKEY SEED-+\s+(SU[A-Z2-7]+)\s+-+END USER NKEY SEED-")


class UserCredentials(NamedTuple):
    """token as it is sent; key: 32 bytes of Ed25519 that are not."""

    token: str
    key: bytes

    def __repr__(self) -> str:
        return "UserCredentials(***)"

    def sign(self, nonce: str) -> bytes:
        """What the server, which made the nonce, wants to see: base64 of its signature."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return base64.b64encode(Ed25519PrivateKey.from_private_bytes(self.key).sign(nonce.encode()))


def read_credentials(path: Path) -> UserCredentials:
    """What the file holds. Raises SettingsError, without anything of its content, for one that is no such file."""
    if find_spec("cryptography") is None:
        raise SettingsError("--nats-credentials needs the extra nats: pip install 'liqscape[nats]'")
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES).decode("ascii")
    except OSError as error:
        raise SettingsError(f"--nats-credentials {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        content = ""
    token, seed = _TOKEN.search(content), _SEED.search(content)
    key = None if seed is None else _key_of(seed[1])
    if token is None or key is None:
        raise SettingsError(f"--nats-credentials {path} holds no token and seed of a NATS user (.creds)")
    return UserCredentials(token[1], key)


def _key_of(seed: str) -> bytes | None:
    """The key in a seed: base32 of two bytes that say whose it is, the key, and a checksum; None for a damaged one."""
    try:
        content = base64.b32decode(seed + "=" * (-len(seed) % 8))
    except binascii.Error:
        return None
    key, checksum = content[2:-2], int.from_bytes(content[-2:], "little")
    return key if len(key) == KEY_BYTES and binascii.crc_hqx(content[:-2], 0) == checksum else None
