"""A server of the S3 kind on the loopback address, with faults: cut transfers, refusals, objects that change."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape, unescape

import pytest


@dataclass
class Bucket:
    """objects by path below the bucket. cut_after: bytes after which each of the first `cuts` transfers ends.

    refusals: status codes of the next requests, first one first. seen: (method, path, headers) of every request.
    pieces: of uploads that are under way, by upload and number.
    """

    name: str = "test-bucket"
    objects: dict[str, bytes] = field(default_factory=dict)
    cuts: int = 0
    cut_after: int = 0
    refusals: list[int] = field(default_factory=list)
    is_payer_needed: bool = True
    version: int = 1
    changes_after_cut: bool = False
    seen: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    pieces: dict[str, dict[int, bytes]] = field(default_factory=dict)
    address: str = ""


def reach_bucket(bucket: Bucket, patch: pytest.MonkeyPatch, secret: str = "secret") -> None:
    """Clients of this test find a served bucket, and keys for it, in the environment."""
    for name, value in {
        "AWS_ENDPOINT_URL": bucket.address,
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": secret,
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }.items():
        patch.setenv(name, value)


@contextmanager
def serve_bucket(bucket: Bucket) -> Iterator[Bucket]:
    """Serve until the end of the block; `address` is then its endpoint."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_HEAD(self) -> None:
            self._answer(has_body=False)

        def do_GET(self) -> None:
            self._answer(has_body=True)

        def do_PUT(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            if self._is_admitted() is not None:
                number = self._asked("partNumber")
                if number is None:
                    bucket.objects[self._name()] = content
                else:
                    bucket.pieces[self._asked("uploadId") or ""][int(number)] = content
                self.send_response(200)
                self.send_header("ETag", '"v1"' if number is None else f'"p{number}"')
                self.send_header("Content-Length", "0")
                self.end_headers()

        def do_DELETE(self) -> None:
            if self._is_admitted() is not None:
                upload = self._asked("uploadId")
                if upload is None:
                    bucket.objects.pop(self._name(), None)
                else:
                    bucket.pieces.pop(upload, None)
                self._refuse(204)

        def do_POST(self) -> None:
            """Removal of several objects at once: names in XML. Begin and end of an upload in pieces."""
            content = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
            if self._is_admitted() is None:
                return
            name, upload = self._name(), self._asked("uploadId")
            if self._asked("uploads") is not None:
                upload = f"upload-{len(bucket.seen)}"
                bucket.pieces[upload] = {}
                self._say(
                    f"<InitiateMultipartUploadResult><Bucket>{bucket.name}</Bucket><Key>{escape(name)}</Key>"
                    f"<UploadId>{upload}</UploadId></InitiateMultipartUploadResult>"
                )
            elif upload is not None:
                sent = bucket.pieces.pop(upload)
                numbers = [int(number) for number in re.findall("<PartNumber>(.*?)</PartNumber>", content)]
                bucket.objects[name] = b"".join(sent[number] for number in numbers)
                self._say(
                    f"<CompleteMultipartUploadResult><Bucket>{bucket.name}</Bucket><Key>{escape(name)}</Key>"
                    "<ETag>v1</ETag></CompleteMultipartUploadResult>"
                )
            else:
                names = [unescape(name) for name in re.findall("<Key>(.*?)</Key>", content)]
                for name in names:
                    bucket.objects.pop(name, None)
                gone = "".join(f"<Deleted><Key>{escape(name)}</Key></Deleted>" for name in names)
                self._say(f"<DeleteResult>{gone}</DeleteResult>")

        def _asked(self, parameter: str) -> str | None:
            query = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
            return query.get(parameter, [None])[0]

        def _name(self) -> str:
            return unquote(urlsplit(self.path).path).removeprefix(f"/{bucket.name}/")

        def _is_admitted(self) -> dict[str, str] | None:
            """The headers; None where it was refused."""
            headers = {name.lower(): value for name, value in self.headers.items()}
            bucket.seen.append((self.command, self.path, headers))
            if bucket.refusals:
                self._refuse(bucket.refusals.pop(0))
                return None
            if bucket.is_payer_needed and headers.get("x-amz-request-payer") != "requester":
                self._refuse(403)
                return None
            return headers

        def _list(self) -> None:
            """All objects below a prefix, as ListObjectsV2 gives them, one page."""
            prefix = parse_qs(urlsplit(self.path).query).get("prefix", [""])[0]
            rows = "".join(
                f"<Contents><Key>{escape(name)}</Key><LastModified>2025-10-27T17:00:00.000Z</LastModified>"
                f"<ETag>v1</ETag><Size>{len(content)}</Size></Contents>"
                for name, content in sorted(bucket.objects.items())
                if name.startswith(prefix)
            )
            self._say(f"<ListBucketResult><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>")

        def _say(self, xml: str) -> None:
            content = xml.encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/xml")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _answer(self, *, has_body: bool) -> None:
            headers = self._is_admitted()
            if headers is None:
                return
            if "list-type=2" in self.path:
                self._list()
                return
            content = bucket.objects.get(self._name())
            if content is None:
                self._refuse(404)
                return
            tag = f'"v{bucket.version}"'
            if headers.get("if-match", tag) != tag:
                self._refuse(412)
                return
            first = int(headers["range"].removeprefix("bytes=").partition("-")[0]) if "range" in headers else 0
            part = content[first:]
            self.send_response(206 if first else 200)
            self.send_header("ETag", tag)
            self.send_header("Last-Modified", "Mon, 27 Oct 2025 17:00:00 GMT")
            self.send_header("Content-Length", str(len(part)))
            if first:
                self.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
            self.end_headers()
            if not has_body:
                return
            if bucket.cuts and len(part) > bucket.cut_after:
                bucket.cuts -= 1
                self.wfile.write(part[: bucket.cut_after])
                self.wfile.flush()
                self.close_connection = True
                bucket.version += bucket.changes_after_cut
                return
            self.wfile.write(part)

        def _refuse(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    bucket.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield bucket
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
