#!/usr/bin/env bash
# obstore deletes one object of an S3 store by DeleteObjects, the request for many, and never by DELETE.
#
# One would guess: `store.delete("part.parquet")` sends DELETE for that key, the oldest request of S3, as reading it sends GET.
# What happens: it sends `POST /bucket?delete` with a list of one key in XML. A store that has GET, PUT, HEAD, LIST and DELETE alone, as
# small ones and gateways do, answers with an error, and so does a policy of a proxy that lets these five methods pass.
# Why it matters: retention of a map in a bucket removes old parts. Everything works in trials, which write and read; weeks later, when the
# first day is too old, nothing is removed and the bucket grows. Try a delete at the start, or send DELETE yourself (obstore.sign).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" --quiet --disable-pip-version-check install obstore==0.12.1
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version

from obstore.store import S3Store

objects, asked = {}, []


class SmallStore(BaseHTTPRequestHandler):
    """Keeps objects in memory by PUT, GET, HEAD and DELETE; anything else is not implemented."""

    def answer(self, status, body=b""):
        asked.append((self.command, self.path))
        self.send_response(status)
        self.send_header("ETag", '"1"')
        self.send_header("Last-Modified", "Mon, 01 Jun 2026 00:00:00 GMT")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body if self.command != "HEAD" else b"")

    def do_PUT(self):
        objects[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(200)

    def do_GET(self):
        self.answer(200 if self.path in objects else 404, objects.get(self.path, b""))

    do_HEAD = do_GET

    def do_DELETE(self):
        objects.pop(self.path, None)
        self.answer(204)

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.answer(501)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), SmallStore)
threading.Thread(target=server.serve_forever, daemon=True).start()
store = S3Store(
    "maps", endpoint=f"http://127.0.0.1:{server.server_port}", region="local", access_key_id="a", secret_access_key="b",
    client_options={"allow_http": True}, retry_config={"max_retries": 0},
)
store.put("2026-06-01.parquet", b"levels")
assert bytes(store.get("2026-06-01.parquet").bytes()) == b"levels"
before = len(asked)
try:
    store.delete("2026-06-01.parquet")
    said = "nothing"
except Exception as error:
    said = type(error).__name__
sent = asked[before:]
print("obstore", version("obstore"))
print(f"asked to delete one object it sent {sent} and raised {said}; still there: {sorted(objects)}")
is_post = bool(sent) and all(method == "POST" and path.endswith("?delete") for method, path in sent)
sys.exit(0 if is_post and said != "nothing" and objects else 1)
PYTHON
