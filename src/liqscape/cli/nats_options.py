"""Options of whoever talks to replicas or collectors over NATS."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.errors import SettingsError

if TYPE_CHECKING:
    from liqscape.service.executors import Executors
    from liqscape.service.live import LiveState
    from liqscape.service.replicas.settings import NatsSettings
    from liqscape.service.view import MapView
    from liqscape.web.server import Work

DEFAULT_NATS_NAME = "main"
MIN_HIDDEN = 4
"""A user named by a letter or two would make the whole log unreadable; addresses are masked without this."""


def nats_settings(
    url: str | None,
    name: str,
    token_file: Path | None,
    credentials: Path | None,
    authority: Path | None,
    certificate: Path | None,
) -> NatsSettings | None:
    """Settings of the options; None without an address. Raises SettingsError for options that need one."""
    if url is None:
        named = {
            "--nats-token-file": token_file,
            "--nats-credentials": credentials,
            "--nats-authority": authority,
            "--nats-certificate": certificate,
            "--nats-name": None if name == DEFAULT_NATS_NAME else name,
        }
        for option, value in named.items():
            if value is not None:
                raise SettingsError(f"{option} goes with --nats, which names the server")
        return None
    from liqscape.cli.logs import hide
    from liqscape.service.replicas.connection import need_nats
    from liqscape.service.replicas.settings import read_settings

    need_nats()
    settings = read_settings(
        url, name, token_file=token_file, credentials=credentials, authority=authority, certificate=certificate
    )
    for secret in settings.secrets:
        if len(secret) >= MIN_HIDDEN:
            hide(secret)
    return settings


def with_collector(
    work: Work,
    settings: NatsSettings | None,
    sealed_to: str | None,
    *,
    data: Path,
    view: MapView,
    live: LiveState,
    executors: Executors,
) -> Work:
    """The work of a live map, and beside it that of telling replicas, where there is a server to tell them over."""
    if settings is None:
        return work
    import asyncio

    from liqscape.service.replicas.collector import Collector
    from liqscape.service.replicas.sealed import SealedFiles

    sealed = None if sealed_to is None else SealedFiles(sealed_to, "--sealed-to")
    nats_server = settings

    async def both(stop: asyncio.Event) -> None:
        collector = Collector(nats_server, data, view, live, executor=executors.storage, sealed=sealed)
        telling = asyncio.create_task(collector.run(stop))
        try:
            await work(stop)
        finally:
            stop.set()
            await telling

    return both
