"""The small made-up market, served with rules that can be changed: a real server on loopback, in a thread."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from small_market import SmallMarket

from liqscape.heatmap.moment import Moment
from liqscape.service.alerting.opening import AlertPlace, open_alerts
from liqscape.service.hub import Hub
from liqscape.service.live import LiveState
from liqscape.service.view import MapView
from liqscape.store.history import HistoryReader
from liqscape.web.app import create_app

START_S = 30.0


@contextmanager
def served_rules(market: SmallMarket, history: Path, folder: Path, token: str | None = None) -> Iterator[str]:
    """Address of a map of stored history whose rules are in `folder`/alerts.toml, until the block ends."""
    live = LiveState()
    live.publish(Moment(frame=market.frames[-1], accounts=market.accounts[-1], tables=market.tables, is_stored=True))
    view = MapView(HistoryReader(history), live)
    engine = open_alerts(view, AlertPlace(file=folder / "alerts.toml", data=folder))
    app = create_app(view, Hub(view), alerts=engine, token=token)
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="on"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    end_s = time.monotonic() + START_S
    try:
        while not server.started:
            assert thread.is_alive()
            assert time.monotonic() < end_s
            time.sleep(0.01)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(START_S)
        listening.close()
