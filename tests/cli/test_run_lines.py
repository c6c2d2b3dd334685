"""A real server that is started and stopped says both in its log, with its settings and without its token."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

from liqscape import __version__

TOKEN = "correct-horse-battery-staple"


def test_a_server_says_start_and_stop_as_json_and_never_its_token(stored: object, tmp_path: Path) -> None:
    folder = stored.folder  # type: ignore[attr-defined]
    settings = tmp_path / "liqscape.toml"
    settings.write_text(f'[serve]\ndata = "{folder}"\nread-only = true\nport = 0\n[log]\nformat = "json"\n')
    environment = {
        **os.environ,
        "LIQSCAPE_CONFIG": str(settings),
        "LIQSCAPE_TOKEN": TOKEN,
        "LIQSCAPE_SERVE_ALLOW_HOST": "map.example.org",
        "LIQSCAPE_LOG": "debug",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "liqscape", "serve"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        address = re.search(r"http://\S+", server.stdout.readline())
        assert address is not None
        assert urlopen(f"{address[0]}/healthz").read() == b"ok\n"
        assert urlopen(f"{address[0]}/readyz").read() == b"ready\n"
        server.send_signal(signal.SIGTERM)
        out, err = server.communicate(timeout=60)
    assert server.returncode == 0
    lines = [json.loads(line) for line in err.splitlines()]
    events = {line["event"]: line for line in lines if "event" in line}
    assert list(events) == ["start", "stopping", "stopped"]
    assert events["start"]["version"] == __version__
    assert events["start"]["folder"] == str(folder)
    assert events["start"]["settings"] == {
        "data": {"value": str(folder), "source": str(settings)},
        "read-only": {"value": "true", "source": str(settings)},
        "allow-host": {"value": "map.example.org", "source": "LIQSCAPE_SERVE_ALLOW_HOST"},
        "port": {"value": "0", "source": str(settings)},
    }
    assert events["stopped"]["code"] == 0
    assert TOKEN not in out + err
