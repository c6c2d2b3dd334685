"""The small made-up market behind the real server, with limits of its own.

    python serve_small.py [--limits JSON] [--token TOKEN] [--accounts N]

Prints the port, serves until it is asked to stop, then says so.
"""

from __future__ import annotations

import argparse
import json

from memory_history import MemoryHistory
from small_market import small_market

from liqscape.cli.logs import log_to_stderr
from liqscape.heatmap.moment import Moment
from liqscape.service.hub import Hub
from liqscape.service.live import LiveState
from liqscape.service.view import MapView
from liqscape.web.app import create_app
from liqscape.web.connection_limits import ConnectionLimits
from liqscape.web.server import run_server


def main(limits: ConnectionLimits, token: str | None) -> None:
    """Serve until a signal."""
    log_to_stderr()
    market = small_market()
    live = LiveState()
    live.publish(Moment(frame=market.frames[-1], accounts=market.accounts[-1], tables=market.tables, is_stored=True))
    view = MapView(MemoryHistory(market), live)
    hub = Hub(view)
    run_server(
        create_app(view, hub, token=token),
        "127.0.0.1",
        0,
        on_ready=lambda port: print(port, flush=True),
        on_stop=hub.shut_down,
        limits=limits,
    )
    print("server ended", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--limits", default="{}")
    parser.add_argument("--token")
    asked = parser.parse_args()
    main(ConnectionLimits(**json.loads(asked.limits)), asked.token)
