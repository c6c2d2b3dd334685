"""What lets a client of a NATS server in: made-up certificates, and operator, account and user as NATS has them."""

from __future__ import annotations

import base64
import binascii
import datetime
import hashlib
import ipaddress
import json
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

FROM = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
UNTIL = datetime.datetime(2056, 1, 1, tzinfo=datetime.UTC)
ISSUED_S = 1_767_225_600


@dataclass(frozen=True)
class Certificates:
    """Files in a folder: of an authority, a server (127.0.0.1) and a client it vouches for, the last with its key."""

    authority: Path
    server: Path
    server_key: Path
    client: Path

    @property
    def server_part(self) -> str:
        """Of a server's configuration: TLS, and clients show a certificate."""
        return f'tls {{ cert_file: "{self.server}", key_file: "{self.server_key}", ca_file: "{self.authority}", %s }}'


def make_certificates(folder: Path) -> Certificates:
    """New ones each time."""
    folder.mkdir()
    key = ec.generate_private_key(ec.SECP256R1())
    root = _certificate("an authority", key, key, "an authority", is_authority=True)
    made = Certificates(*(folder / name for name in ("authority.pem", "server.pem", "server.key", "client.pem")))
    made.authority.write_bytes(_pem(root))
    server_key, client_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    made.server.write_bytes(_pem(_certificate("a server", server_key, key, "an authority")))
    made.server_key.write_bytes(_key_pem(server_key))
    made.client.write_bytes(_pem(_certificate("a client", client_key, key, "an authority")) + _key_pem(client_key))
    return made


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    issuer: str,
    *,
    is_authority: bool = False,
) -> x509.Certificate:
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, each)]) for each in (name, issuer)]
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    return (
        x509.CertificateBuilder()
        .subject_name(names[0])
        .issuer_name(names[1])
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(FROM)
        .not_valid_after(UNTIL)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        .sign(signer, hashes.SHA256())
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


class NatsKey:
    """A key of NATS: kind is O(perator), A(ccount) or U(ser)."""

    def __init__(self, kind: str) -> None:
        self._prefix = {"O": 14, "A": 0, "U": 20}[kind] << 3
        self._key = Ed25519PrivateKey.generate()

    @property
    def name(self) -> str:
        """The public half, as text."""
        return _checked(bytes([self._prefix]) + self._key.public_key().public_bytes_raw())

    @property
    def seed(self) -> str:
        """The private half, as text."""
        first = 18 << 3 | self._prefix >> 5, (self._prefix & 31) << 3
        return _checked(bytes(first) + self._key.private_bytes_raw())

    def claim(self, subject: NatsKey, label: str, nats: dict[str, object]) -> str:
        """A token in which this key vouches for another one."""
        claims: dict[str, object] = {"iat": ISSUED_S, "iss": self.name, "name": label, "sub": subject.name}
        claims["nats"] = {**nats, "version": 2}
        claims["jti"] = base64.b32encode(hashlib.sha256(json.dumps(claims).encode()).digest()).decode().rstrip("=")
        parts = ({"typ": "JWT", "alg": "ed25519-nkey"}, claims)
        body = ".".join(_url64(json.dumps(part).encode()) for part in parts)
        return f"{body}.{_url64(self._key.sign(body.encode()))}"


def make_user(folder: Path) -> tuple[Path, str]:
    """(a user's credentials file, the part of a server's configuration by which that user is let in)."""
    operator, account, user = (NatsKey(kind) for kind in "OAU")
    limits = dict.fromkeys(("subs", "data", "payload", "imports", "exports", "conn", "leaf"), -1)
    storage = {"mem_storage": -1, "disk_storage": -1, "streams": -1, "consumer": -1}
    account_token = operator.claim(
        account, "maps", {"type": "account", "limits": {**limits, **storage, "wildcards": True}}
    )
    user_token = account.claim(user, "a collector", {"type": "user", "subs": -1, "data": -1, "payload": -1})
    path = folder / "user.creds"
    path.write_text(
        f"-----BEGIN NATS USER JWT-----\n{user_token}\n------END NATS USER JWT------\n\n"
        f"-----BEGIN USER NKEY SEED-----\n{user.seed}\n------END USER NKEY SEED------\n"
    )
    operator_token = operator.claim(operator, "somebody", {"type": "operator"})
    return path, (
        f"operator: {operator_token}\nresolver: MEMORY\nresolver_preload: {{ {account.name}: {account_token} }}\n"
    )


def _checked(content: bytes) -> str:
    checksum = binascii.crc_hqx(content, 0).to_bytes(2, "little")
    return base64.b32encode(content + checksum).decode().rstrip("=")


def _url64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
