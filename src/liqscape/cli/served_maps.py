"""The maps that `liqscape serve` shows, each until somebody ends it: live, recorded, stored, or only looked at."""

from __future__ import annotations

import gc
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.cli.serving import Listening, progress_to, serve_map
from liqscape.service.alerting.opening import AlertPlace
from liqscape.service.alerting.places import alerts_file
from liqscape.service.executors import open_executors
from liqscape.service.folders import LIQUIDATIONS
from liqscape.service.hub import Hub
from liqscape.service.liquidation_questions import LiquidationQuestions
from liqscape.web.waiting_room import WaitingRoom

if TYPE_CHECKING:
    from liqscape.service.collecting.settings import LiveSettings
    from liqscape.service.replicas.settings import NatsSettings


def serve_recording(recording: Path, candles: Path | None, data: Path | None, at: Listening) -> None:
    """A recorded market, loaded into `data` (a folder in the user's cache by default) the first time."""
    from liqscape.service.opening import open_recording

    with closing(WaitingRoom(at.host, at.port)) as room:
        view = open_recording(recording, candles, data, partial(room.progress, progress_to))
        listener = room.hand_over()
    with open_executors() as executors:
        serve_map(
            view,
            Hub(view, executors=executors),
            at,
            executors=executors,
            listener=listener,
        )


def serve_stored(data: Path, candles: Path | None, at: Listening) -> None:
    """Stored history that nobody goes on with."""
    from liqscape.service.opening import open_stored

    view = open_stored(data, candles)
    with open_executors() as executors:
        serve_map(
            view,
            Hub(view, executors=executors),
            at,
            liquidations=LiquidationQuestions(view, data / LIQUIDATIONS),
            executors=executors,
        )


def serve_look(data: Path, at: Listening) -> None:
    """What another program stores in a folder, followed; nothing is written there."""
    from liqscape.service.stored_look import StoredLook

    with open_executors() as executors:
        look = StoredLook(data, executors)
        serve_map(
            look.view,
            Hub(look.view, executors=executors),
            at,
            work=look.run,
            sources=look.sources,
            liquidations=LiquidationQuestions(look.view, data / LIQUIDATIONS),
            executors=executors,
            alerts=AlertPlace(file=alerts_file(data), data=None, is_writable=False),
        )


def serve_live(
    settings: LiveSettings, at: Listening, *, nats: NatsSettings | None, sealed_to: str | None, alerts: Path | None
) -> None:
    """The map of the exchange, which goes on from what its folder holds.

    nats, sealed_to  where replicas get it from.
    alerts           file of rules and destinations; that of the folder by default.
    """
    from liqscape.cli.logs import log_to_stderr
    from liqscape.cli.nats_options import with_collector
    from liqscape.cli.run_lines import plan
    from liqscape.service.alerting.delivery import open_delivery
    from liqscape.service.collecting.opening import open_live

    log_to_stderr()
    raw_bytes = settings.keep_raw_bytes if settings.has_raw_log else 0
    plan(
        "serve",
        settings.data,
        request_weight_a_minute=settings.weight_a_minute,
        state_streams=settings.state_streams,
        raw_log_gb=None if raw_bytes is None else raw_bytes / 1e9,
        history_gb=None if settings.keep.max_bytes is None else settings.keep.max_bytes / 1e9,
        history_days=settings.keep.days,
    )
    # What is there once a map has begun (modules, kernels, accounts) stays to the end, and going over it for cyclic
    # garbage kept everybody waiting for 0.1 s and more each time: hence gc.freeze.
    file = alerts or alerts_file(settings.data)
    with (
        closing(WaitingRoom(at.host, at.port)) as room,
        open_live(settings, when_begun=gc.freeze, before_first=room.prepare) as opened,
        open_delivery(settings.data, file) as delivery,
    ):
        serve_map(
            opened.view,
            Hub(opened.view, opened.market.delivered, opened.executors),
            at,
            work=with_collector(
                opened.market.run,
                nats,
                sealed_to,
                data=settings.data,
                view=opened.view,
                live=opened.market.live,
                executors=opened.executors,
            ),
            sources=opened.sources,
            metrics=opened.market.metrics,
            liquidations=LiquidationQuestions(opened.view, opened.liquidations),
            executors=opened.executors,
            delivery=delivery,
            alerts=AlertPlace(file=file, data=settings.data),
            listener=room.hand_over(),
        )
