"""`liqscape mcp`: the map as tools of an agent, on stdin and stdout or over HTTP."""

from __future__ import annotations

from pathlib import Path

from liqscape.cli.serving import DEFAULT_HOST, MAX_PORT
from liqscape.errors import SettingsError

DEFAULT_PORT = 8418
BOUNDS = {"port": (0, MAX_PORT)}
"""Of numbers, by option; `config check` reads them too."""


def mcp(
    *,
    url: str | None = None,
    data: Path | None = None,
    recording: Path | None = None,
    token_file: Path | None = None,
    http: bool = False,
    host: str = DEFAULT_HOST,
    port: int = DEFAULT_PORT,
    allow_host: tuple[str, ...] = (),
) -> None:
    """Offer the map to an agent as tools of the Model Context Protocol.

    The agent's program starts this command and talks to it on stdin and stdout; with --http it is a server of its own.
    Tools ask what the API answers, and nothing is ever written to a folder. Needs: pip install 'liqscape[mcp]'.

    Parameters
    ----------
    url
        Address a map is served at: the way to a live map.
    data
        Data folder of a live map, an import or a demo, followed as it is written.
    recording
        Folder of a recorded market (positions.parquet, markets.parquet), loaded once into the user's cache.
    token_file
        File with the token: of the map at --url, and what agents must give with --http. The variable LIQSCAPE_TOKEN
        holds it otherwise.
    http
        Serve the protocol's streamable HTTP at /mcp in place of stdin and stdout.
    host
        Address to listen on with --http. Anything but loopback needs a token.
    port
        Port to listen on with --http; 0 picks a free one.
    allow_host
        Further names under which this server may be asked for, where it has a token.
    """
    if sum(each is not None for each in (url, data, recording)) != 1:
        raise SettingsError("give one of --url URL (a served map), --data DIR (its folder) and --recording DIR")
    for option, folder in (("--data", data), ("--recording", recording)):
        if folder is not None and not folder.is_dir():
            raise SettingsError(f"{option} {folder} is not a folder")
    from liqscape.cli.logs import log_to_stderr
    from liqscape.cli.mcp_source import open_source
    from liqscape.cli.serving import check_listen, read_token
    from liqscape.mcp.server import require_sdk

    token = read_token(token_file)
    address = check_listen(host, port, token) if http else None
    require_sdk()
    log_to_stderr()
    with open_source(url, data, recording, token) as source:
        from liqscape.cli.mcp_serving import serve_http, serve_stdio

        if address is None:
            serve_stdio(source)
        else:
            serve_http(source, address, port, token, allow_host)
