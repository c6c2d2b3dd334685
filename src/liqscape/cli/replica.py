"""`liqscape replica`: a read replica of a map that another process collects."""

from __future__ import annotations

from pathlib import Path

from liqscape.cli.nats_options import DEFAULT_NATS_NAME
from liqscape.cli.serving import DEFAULT_HOST, DEFAULT_PORT, MAX_PORT

BOUNDS = {"port": (0, MAX_PORT)}
"""Of numbers, by option; `config check` reads them too."""


def replica(
    *,
    nats: str,
    data: str | None = None,
    sealed_from: str | None = None,
    nats_name: str = DEFAULT_NATS_NAME,
    nats_token_file: Path | None = None,
    nats_credentials: Path | None = None,
    nats_authority: Path | None = None,
    nats_certificate: Path | None = None,
    host: str = DEFAULT_HOST,
    port: int = DEFAULT_PORT,
    token_file: Path | None = None,
    allow_host: tuple[str, ...] = (),
    allow_frame: tuple[str, ...] = (),
) -> None:
    """Serve a read replica of a map that another process collects.

    It follows the collector (`liqscape serve --nats`) over a NATS server with JetStream and answers what it answers,
    from files of its own. While it cannot, it says that it is stale and by how much, and goes on from what it holds.

    Parameters
    ----------
    nats
        Address of the NATS server, such as nats://127.0.0.1:4222; several, separated by commas, are tried in turn.
        What is secret in it is shown nowhere.
    data
        Folder of the replica's files, in the user's cache by default. One that holds a collector's history, on storage
        that both see, is read as it is and never written. An address of an object store (s3://bucket/prefix) is as
        --sealed-from.
    sealed_from
        Folder or object store that the collector puts the larger files into (its --sealed-to): they are taken from
        there, and from the collector only where they are not.
    nats_name
        Name of the map at the server: that of the collector.
    nats_token_file
        File with the token of the NATS server.
    nats_credentials
        File with the credentials of a NATS user (.creds).
    nats_authority
        File of the certificates that a NATS server with TLS is checked with; those of the system by default.
    nats_certificate
        File with our own certificate and key (PEM) for a NATS server that asks for one.
    host
        Address to listen on. Anything but loopback needs a token.
    port
        Port to listen on; 0 picks a free one.
    token_file
        File with the token that readers must give; the variable LIQSCAPE_TOKEN holds it otherwise.
    allow_host
        Further names under which this server may be asked for, where it has a token.
    allow_frame
        Pages of other origins that may show the map in a frame, such as https://example.org; none by default.
    """
    from liqscape.cli.logs import log_to_stderr
    from liqscape.cli.nats_options import nats_settings
    from liqscape.cli.run_lines import plan
    from liqscape.cli.serving import Listening, check_listen, read_token, serve_map

    token = read_token(token_file)
    address = check_listen(host, port, token)
    settings = nats_settings(nats, nats_name, nats_token_file, nats_credentials, nats_authority, nats_certificate)
    assert settings is not None

    from liqscape.service.executors import open_executors
    from liqscape.service.folders import LIQUIDATIONS
    from liqscape.service.hub import Hub
    from liqscape.service.liquidation_questions import LiquidationQuestions
    from liqscape.service.metrics import LiveMetrics
    from liqscape.service.replicas.opening import open_replica

    log_to_stderr()
    with open_executors() as executors:
        opened = open_replica(settings, data, sealed_from, executors)
        plan("replica", opened.data)
        serve_map(
            opened.view,
            Hub(opened.view, executors=executors),
            Listening(host=address, port=port, token=token, hosts=allow_host, frames=allow_frame),
            work=opened.run,
            sources=opened.sources,
            metrics=LiveMetrics(),
            liquidations=LiquidationQuestions(opened.view, opened.data / LIQUIDATIONS),
            executors=executors,
        )
