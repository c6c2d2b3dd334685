#!/usr/bin/env bash
# A server of the official MCP SDK on stdin and stdout does not end on Ctrl-C until its client sends another line.
#
# One would guess: SIGINT ends `asyncio.run` with KeyboardInterrupt; `async with stdio_server()` is left, files are closed, a final line
# is logged, and the process is gone.
# What happens: a thread sits in `readline` of stdin. Nothing wakes it, and leaving the context waits for it: the process lives on until the
# client writes a line or closes the pipe, which an idle agent does not do.
# Why it matters: a map that is served to an agent holds the lock of its data folder, stored history and a port meanwhile, so that the next
# start is refused; supervisors kill it after their time, amid its last writes. Close the map first, then end by `os._exit`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" --quiet --disable-pip-version-check install mcp==2.3.0
cat > "$folder/map_server.py" <<'PYTHON'
import asyncio
import sys

from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server


async def main():
    server = Server("map")
    async with stdio_server() as (reading, writing):
        print("serving", file=sys.stderr, flush=True)
        await server.run(reading, writing, server.create_initialization_options())


try:
    asyncio.run(main())
except KeyboardInterrupt:
    print("ended by Ctrl-C", file=sys.stderr, flush=True)
PYTHON
cd "$folder"
"$folder/env/bin/python" - <<'PYTHON'
import signal
import subprocess
import sys
import time
from importlib.metadata import version

pipe = subprocess.PIPE
process = subprocess.Popen([sys.executable, "map_server.py"], stdin=pipe, stdout=pipe, stderr=pipe, text=True)
assert process.stderr.readline() == "serving\n"
time.sleep(2)
process.send_signal(signal.SIGINT)
try:
    process.wait(15)
    waited = "ended"
except subprocess.TimeoutExpired:
    waited = "still there after 15 s"
if process.poll() is None:
    process.stdin.write("{}\n")
    process.stdin.flush()
code = process.wait(30)
said = process.stderr.read().splitlines()[-1:]
print("mcp", version("mcp"))
print(f"after Ctrl-C: {waited}; after one more line of stdin: exit code {code}, {said}")
sys.exit(0 if waited != "ended" and code == 0 and said == ["ended by Ctrl-C"] else 1)
PYTHON
