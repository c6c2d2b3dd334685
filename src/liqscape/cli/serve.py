"""`liqscape serve`: the live map of the exchange, or that of a recording or of stored history, in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from liqscape.cli.keeping import KEEP_BOUNDS
from liqscape.cli.nats_options import DEFAULT_NATS_NAME
from liqscape.cli.serving import DEFAULT_HOST, DEFAULT_PORT, MAX_PORT
from liqscape.errors import SettingsError

DEFAULT_DEXS = "all"
DEFAULT_KEEP_RAW_GB = 20.0
DEFAULT_KEEP_RAW_DAYS = 7.0
MAX_KEEP_RAW_GB, MAX_KEEP_RAW_DAYS = 100_000.0, 36_500.0
DEFAULT_WEIGHT_LIMIT = 1_200
"""What the exchange documents for an internet address; not imported, for help must come at once."""
DEFAULT_STATE_STREAMS, MAX_STATE_STREAMS = 10, 15
DEFAULT_TRIGGER_SHARE, MAX_TRIGGER_SHARE = 10.0, 90.0
"""Percent of the request weight."""
DEFAULT_BEST_PRICES, DEFAULT_BOOKS = 20, 1_000
"""Books: all that subscriptions are left for."""
MIN_WEIGHT_LIMIT, MAX_WEIGHT_LIMIT = 20, 1_000_000
BOUNDS = {
    "weight-limit": (MIN_WEIGHT_LIMIT, MAX_WEIGHT_LIMIT),
    "state-streams": (0, MAX_STATE_STREAMS),
    "trigger-share": (0.0, MAX_TRIGGER_SHARE),
    "best-prices": (0, DEFAULT_BOOKS),
    "books": (0, DEFAULT_BOOKS),
    "keep-raw-gb": (0.001, MAX_KEEP_RAW_GB),
    "keep-raw-days": (0.001, MAX_KEEP_RAW_DAYS),
    "port": (0, MAX_PORT),
    **KEEP_BOUNDS,
}
"""Of numbers, by option; `config check` reads them too."""


def serve(
    *,
    recording: Path | None = None,
    candles: Path | None = None,
    data: Path | None = None,
    read_only: bool = False,
    network: str | None = None,
    api_url: str | None = None,
    ws_url: str | None = None,
    dexs: str = DEFAULT_DEXS,
    accounts: Path | None = None,
    node_files: Path | None = None,
    node_info: str | None = None,
    weight_limit: int = DEFAULT_WEIGHT_LIMIT,
    state_streams: int = DEFAULT_STATE_STREAMS,
    turns: Annotated[bool, Parameter(negative="--no-turns")] = True,
    trigger_share: float = DEFAULT_TRIGGER_SHARE,
    book_server: str | None = None,
    trigger_snapshot: Path | None = None,
    best_prices: int = DEFAULT_BEST_PRICES,
    books: int = DEFAULT_BOOKS,
    raw_log: Annotated[bool, Parameter(negative="--no-raw-log")] = True,
    keep_raw_gb: float = DEFAULT_KEEP_RAW_GB,
    keep_raw_days: float = DEFAULT_KEEP_RAW_DAYS,
    raw_mids: Annotated[bool, Parameter(negative="--no-raw-mids")] = True,
    raw_best_prices: Annotated[bool, Parameter(negative="")] = False,
    raw_books: Annotated[bool, Parameter(negative="")] = False,
    keep_days: int | None = None,
    keep_minutes_days: int | None = None,
    keep_quarter_hours_days: int | None = None,
    max_history_gb: float | None = None,
    alerts: Path | None = None,
    nats: str | None = None,
    nats_name: str = DEFAULT_NATS_NAME,
    nats_token_file: Path | None = None,
    nats_credentials: Path | None = None,
    nats_authority: Path | None = None,
    nats_certificate: Path | None = None,
    sealed_to: str | None = None,
    host: str = DEFAULT_HOST,
    port: int = DEFAULT_PORT,
    token_file: Path | None = None,
    allow_host: tuple[str, ...] = (),
    allow_frame: tuple[str, ...] = (),
) -> None:
    """Serve the live map of the exchange, or that of a recording or of stored history.

    Without options it connects to the public API of the exchange, which needs no key: the map grows as accounts are
    read, and says how much of the open interest it has. What it learns is kept and used again at the next start.

    Parameters
    ----------
    recording
        Folder of a recorded market (positions.parquet, markets.parquet): serve that instead.
    candles
        Parquet file of another venue's candles to draw the price path with; found by itself in a folder
        `multivenue` beside the recording.
    data
        Folder of what is kept: of a recording or of the live map, in the user's cache by default. Alone it
        names stored history to serve as it is, unless it holds a live map, which then goes on.
    read_only
        Only look at the folder of --data, and follow what another program stores there: no lock is taken and nothing
        is written, so it works beside a live map and on a folder that cannot be written.
    network
        mainnet (the default) or testnet. A folder that holds a live map says itself which exchange it is of.
    api_url
        Address of another info server: a sandbox, an own node, a proxy.
    ws_url
        Address of its WebSocket; /ws at the same host by default.
    dexs
        all, or names separated by commas: main, xyz, ...; main is always read.
    accounts
        File of addresses to follow, one a line.
    node_files
        Data folder of an own node (~/hl/data): its fills, events and state snapshots are read as they are written.
    node_info
        Address of an own node's info server, asked for account states without the public limits.
    weight_limit
        Request weight a minute that is used at most. The exchange allows an internet address 1,200: less leaves room
        for other programs, more is for a server that allows more.
    state_streams
        Accounts whose state is subscribed to at once, 0 for none: those with most near the mark are followed. The
        exchange takes 15 of an internet address; what is left is for other programs there.
    turns
        Let unread accounts take turns in these places, beside the request weight (--no-turns asks over HTTP only).
    trigger_share
        Percent of the request weight used to read trigger orders (stops, take-profits), 0 for none: accounts with most
        size near the mark first. One account weighs as much as ten states, so 10 percent read six accounts a minute.
    book_server
        Address of an order book server of an own node, asked every five minutes for everybody's trigger orders (GET
        /untriggeredOrders); no account is asked about its own then.
    trigger_snapshot
        File that the own node is told to write everybody's trigger orders to, every five minutes (fileSnapshot); needs
        --node-files and --node-info. It is long, for the node writes all orders, and is removed when it was read.
    best_prices
        Coins whose best bid and ask are followed with each block, 0 for none: those with most near the mark.
    books
        Coins whose order book is read every five seconds for its depth, 0 for none: those with most near the mark, as
        many as the subscriptions leave room for.
    raw_log
        Keep every byte received, so that `liqscape replay` gives the same frames (--no-raw-log keeps none).
    keep_raw_gb
        Size of the raw log; the oldest files go first.
    keep_raw_days
        Age of the raw log.
    raw_mids
        Keep mids and what marks come with them in the raw log, 0.2 GB a day (--no-raw-mids leaves them out: then marks
        are read from contexts alone, every 14 s, for a replay must give the same frames).
    raw_best_prices
        Keep best bids and asks in the raw log too.
    raw_books
        Keep order books in the raw log too.
    keep_days
        UTC days of history, liquidations and order books that are kept beside today's; all by default.
    keep_minutes_days
        UTC days of which every stored frame is kept; of older ones the last of each 15 minutes.
    keep_quarter_hours_days
        UTC days of which one frame every 15 minutes is kept at least; of older ones the last of each hour.
    max_history_gb
        Size of the history, never exceeded: the oldest days lose detail first, then the oldest go.
    alerts
        File of rules and destinations of alerts; alerts.toml in the folder of the live map by default.
    nats
        Address of a NATS server with JetStream over which read replicas follow this map (`liqscape replica`), such as
        nats://127.0.0.1:4222. What is secret in it is shown nowhere.
    nats_name
        Name of the map at that server: several maps may share it.
    nats_token_file
        File with the token of the NATS server.
    nats_credentials
        File with the credentials of a NATS user (.creds).
    nats_authority
        File of the certificates that a NATS server with TLS is checked with; those of the system by default.
    nats_certificate
        File with our own certificate and key (PEM) for a NATS server that asks for one.
    sealed_to
        Folder or object store (s3://bucket/prefix) that the larger files are put into too, for replicas to take them
        from.
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
    # Before the server is loaded, which takes a second.
    is_live_wanted = any(
        each is not None for each in (network, api_url, ws_url, accounts, node_files, node_info, book_server)
    )
    if recording is not None and is_live_wanted:
        raise SettingsError("--recording serves a recorded market; options of the live map do not go with it")
    if recording is not None and not recording.is_dir():
        raise SettingsError(f"--recording {recording} is not a folder")
    from liqscape.cli.keeping import keep_rules
    from liqscape.cli.nats_options import nats_settings
    from liqscape.cli.run_lines import plan
    from liqscape.cli.serving import Listening, check_alerts, check_bounds, check_listen, read_token

    token = read_token(token_file)
    address = check_listen(host, port, token)
    if read_only and (data is None or recording is not None or is_live_wanted):
        raise SettingsError(
            "--read-only looks at the folder of --data; options of a recording or a live map do not go with it"
        )
    check_alerts(alerts)
    check_bounds("--weight-limit", weight_limit, *BOUNDS["weight-limit"])
    check_bounds("--state-streams", state_streams, *BOUNDS["state-streams"])
    check_bounds("--trigger-share", trigger_share, *BOUNDS["trigger-share"])
    check_bounds("--best-prices", best_prices, *BOUNDS["best-prices"])
    check_bounds("--books", books, *BOUNDS["books"])
    check_bounds("--keep-raw-gb", keep_raw_gb, *BOUNDS["keep-raw-gb"])
    check_bounds("--keep-raw-days", keep_raw_days, *BOUNDS["keep-raw-days"])

    from liqscape.cli.served_maps import serve_live, serve_look, serve_recording, serve_stored
    from liqscape.service.collecting.folder import holds_live_map
    from liqscape.service.replicas.mirror import is_replica
    from liqscape.store.history.retention import KEEP_ALL

    nats_server = nats_settings(nats, nats_name, nats_token_file, nats_credentials, nats_authority, nats_certificate)
    keep = keep_rules(keep_days, keep_minutes_days, keep_quarter_hours_days, max_history_gb)
    is_stored_only = data is not None and not is_live_wanted and data.exists() and not holds_live_map(data)
    is_looked_at = recording is not None or read_only or is_stored_only
    if keep != KEEP_ALL and is_looked_at:
        raise SettingsError(
            "--keep-days, --keep-minutes-days, --keep-quarter-hours-days and --max-history-gb go with a live map; "
            "what is only looked at is left as it is"
        )
    if (nats_server is not None or sealed_to is not None) and is_looked_at:
        raise SettingsError("--nats and --sealed-to go with a live map: of what is only looked at nothing new comes")
    if sealed_to is not None and nats_server is None:
        raise SettingsError("--sealed-to goes with --nats: replicas take the files from there")
    if data is not None and not read_only and is_replica(data):
        raise SettingsError(
            f"--data {data} is a replica's folder: `liqscape replica` goes on with it, --read-only only looks at it"
        )
    if alerts is not None and is_looked_at:
        raise SettingsError("--alerts goes with a live map: of what is only looked at nothing is fired")
    plan("serve", recording if data is None else data)
    listening = Listening(host=address, port=port, token=token, hosts=allow_host, frames=allow_frame)
    if recording is not None:
        serve_recording(recording, candles, data, listening)
        return
    if data is not None and read_only:
        serve_look(data, listening)
        return
    if data is not None and is_stored_only:
        serve_stored(data, candles, listening)
        return
    from liqscape.cli.live_options import live_settings

    settings = live_settings(
        data=data,
        network=network,
        api_url=api_url,
        ws_url=ws_url,
        dexs=dexs,
        accounts=accounts,
        node_files=node_files,
        node_info=node_info,
        weight_limit=weight_limit,
        state_streams=state_streams,
        turns=turns,
        trigger_share=trigger_share,
        book_server=book_server,
        trigger_snapshot=trigger_snapshot,
        best_prices=best_prices,
        books=books,
        raw_log=raw_log,
        keep_raw_gb=keep_raw_gb,
        keep_raw_days=keep_raw_days,
        raw_mids=raw_mids,
        raw_best_prices=raw_best_prices,
        raw_books=raw_books,
        keep=keep,
    )
    serve_live(settings, listening, nats=nats_server, sealed_to=sealed_to, alerts=alerts)
