"""The proxy example (deploy/nginx.conf) run for real: its own nginx, a made-up certificate, a free port."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).resolve().parents[2] / "deploy" / "nginx.conf"
NAME = "map.example.org"
AROUND = """daemon off;
master_process off;
pid {folder}/pid;
error_log stderr warn;
events {{ worker_connections 2048; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    scgi_temp_path {folder}/scgi;
    uwsgi_temp_path {folder}/uwsgi;
{example}
}}
"""


@dataclass(frozen=True)
class Proxy:
    """Where it listens, and whom to trust."""

    port: int
    certificate: Path

    @property
    def url(self) -> str:
        """The map's address behind it."""
        return f"https://127.0.0.1:{self.port}/map/"

    def trust(self) -> ssl.SSLContext:
        """A client's context that takes the made-up certificate and no other."""
        return ssl.create_default_context(cafile=str(self.certificate))


def find_nginx() -> str | None:
    """Path of nginx; NGINX names one."""
    return os.environ.get("NGINX") or shutil.which("nginx") or shutil.which("/usr/sbin/nginx")


@contextmanager
def behind_nginx(folder: Path, upstream: int, changes: dict[str, str] | None = None) -> Iterator[Proxy]:
    """nginx with the example before a server at `upstream`; `changes` are made to the example, each found once."""
    nginx, openssl = find_nginx(), shutil.which("openssl")
    if nginx is None or openssl is None:
        pytest.skip(f"no {'nginx' if nginx is None else 'openssl'} found (tools/find_nginx.sh, or NGINX=/path/to/it)")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    names = f"subjectAltName=DNS:{NAME},IP:127.0.0.1"
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    made = ["-keyout", str(key), "-out", str(certificate), "-days", "2", "-subj", f"/CN={NAME}", "-addext", names]
    subprocess.run([openssl, "req", "-x509", *curve, *made], check=True, capture_output=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    text = EXAMPLE.read_text(encoding="utf-8")
    for old, new in {
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "/etc/ssl/liqscape/certificate.pem": str(certificate),
        "/etc/ssl/liqscape/key.pem": str(key),
        "http://127.0.0.1:8417/": f"http://127.0.0.1:{upstream}/",
        **(changes or {}),
    }.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    settings = folder / "nginx.conf"
    settings.write_text(AROUND.format(folder=folder, example=text), encoding="utf-8")
    with subprocess.Popen([nginx, "-p", str(folder), "-c", str(settings)]) as process:
        try:
            while True:
                assert process.poll() is None, "nginx did not start; its error is above"
                with socket.socket() as asking:
                    if asking.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.02)
            yield Proxy(port, certificate)
        finally:
            process.terminate()
