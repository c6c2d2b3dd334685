"""What a live map is made from: which exchange, which dexs, which folders. Checked before anything starts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from liqscape.errors import SettingsError
from liqscape.feed.url import check_url
from liqscape.feed.users import DEFAULT_USERS
from liqscape.service.folders import cache_folder
from liqscape.store.history.retention import KEEP_ALL, KeepRules
from liqscape.wire.info.weights import WEIGHT_A_MINUTE
from liqscape.wire.ws.bbo import BboSubscription
from liqscape.wire.ws.fast_asset_ctxs import FastAssetCtxsSubscription
from liqscape.wire.ws.l2_book import L2BookSubscription
from liqscape.wire.ws.subscription import Subscription

KEEP_RAW_BYTES = 20 * 10**9
KEEP_RAW_DAYS = 7.0
TRIGGER_SHARE = 0.1
"""Six accounts a minute at the public limit; what is left reads as many states as 0.9 of it did."""
BEST_PRICES = 20
"""Coins with best bid and ask: some 5 messages a second each."""
ALL_BOOKS = 1_000
"""As many as all the subscriptions the exchange allows (feed.socket.limits), so as there is room for. Written out, for
that package loads the client of sockets."""
FIRST_DEX = "main"
"""What the exchange's own dex is called in options; its name on the wire is the empty string."""
ALL_DEXS = "all"


@dataclass(frozen=True, kw_only=True)
class Network:
    """Addresses of one exchange. leaderboard_url, vaults_url None: it has none."""

    name: str
    info_url: str
    socket_url: str
    leaderboard_url: str | None
    vaults_url: str | None = None


MAINNET = Network(
    name="mainnet",
    info_url="https://api.hyperliquid.xyz",
    socket_url="wss://api.hyperliquid.xyz/ws",
    leaderboard_url="https://stats-data.hyperliquid.xyz/Mainnet/leaderboard",
    vaults_url="https://stats-data.hyperliquid.xyz/Mainnet/vaults",
)
TESTNET = Network(
    name="testnet",
    info_url="https://api.hyperliquid-testnet.xyz",
    socket_url="wss://api.hyperliquid-testnet.xyz/ws",
    leaderboard_url="https://stats-data.hyperliquid-testnet.xyz/Testnet/leaderboard",
    vaults_url="https://stats-data.hyperliquid-testnet.xyz/Testnet/vaults",
)
NETWORKS = {network.name: network for network in (MAINNET, TESTNET)}


@dataclass(frozen=True, kw_only=True)
class LiveSettings:
    """dexs: names on the wire, "" first; None: all that the exchange lists.

    node_files     data folder of an own node (`~/hl/data`), None without.
    node_info_url  its info server, asked for account states without limits, None without.
    state_streams  accounts whose state is subscribed to at once, 0 for none; has_turns: unread ones are read so too.
    trigger_share  of the weight a minute, used to read trigger orders; 0: they are not asked for.
    book_server    address of an order book server, asked for everybody's trigger orders; None without.
    trigger_snapshot  file the own node is told to write everybody's trigger orders to; None: it is not.
    has_fast_marks marks are read from the channel of mids too, each second; where a raw log is kept it must hold them.
    best_prices, books: coins whose best bid and ask, and whose depth, are followed at most.
    raw_mids, raw_best_prices, raw_books: whether the raw log keeps what was received of them.
    keep_raw_bytes, keep_raw_seconds: what the raw log keeps, None without bound; has_raw_log False keeps none.
    keep           what is kept of the history, liquidations and books; all by default.
    """

    network: Network
    data: Path
    dexs: tuple[str, ...] | None = None
    addresses: tuple[str, ...] = ()
    node_files: Path | None = None
    node_info_url: str | None = None
    weight_a_minute: int = WEIGHT_A_MINUTE
    state_streams: int = DEFAULT_USERS
    has_turns: bool = True
    trigger_share: float = TRIGGER_SHARE
    book_server: str | None = None
    trigger_snapshot: Path | None = None
    has_fast_marks: bool = False
    best_prices: int = BEST_PRICES
    books: int = ALL_BOOKS
    has_raw_log: bool = True
    raw_mids: bool = True
    raw_best_prices: bool = False
    raw_books: bool = False
    keep_raw_bytes: int | None = KEEP_RAW_BYTES
    keep_raw_seconds: float | None = KEEP_RAW_DAYS * 86_400.0
    keep: KeepRules = KEEP_ALL


def raw_left_out(settings: LiveSettings) -> frozenset[str]:
    """Channels whose messages the raw log does not keep."""
    kept: dict[type[Subscription[Any]], bool] = {
        FastAssetCtxsSubscription: settings.raw_mids,
        BboSubscription: settings.raw_best_prices,
        L2BookSubscription: settings.raw_books,
    }
    return frozenset(each.channel() for each, is_kept in kept.items() if not is_kept)


def choose_network(name: str, api_url: str | None, ws_url: str | None) -> Network:
    """Addresses from options. Raises SettingsError for a name or an address that will not do."""
    known = NETWORKS.get(name)
    if known is None:
        raise SettingsError(f"--network {name} is none of {', '.join(NETWORKS)}")
    chosen = known
    if api_url is not None:
        info_url = check_url("--api-url", api_url)
        chosen = network_at(urlsplit(info_url).netloc, info_url)
    return with_socket(chosen, ws_url)


def network_at(name: str, info_url: str) -> Network:
    """The exchange of a name and an info server; everything else is at the same address, unless we know better."""
    known = NETWORKS.get(name)
    if known is not None and known.info_url == info_url:
        return known
    parts = urlsplit(info_url)
    socket_url = f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}{parts.path}/ws"
    return Network(
        name=name,
        info_url=info_url,
        socket_url=socket_url,
        leaderboard_url=f"{info_url}/leaderboard",
        vaults_url=f"{info_url}/vaults",
    )


def with_socket(network: Network, ws_url: str | None) -> Network:
    """The same with another WebSocket, where one is named. Raises SettingsError for an address that will not do."""
    return network if ws_url is None else replace(network, socket_url=check_socket_url(ws_url))


def check_socket_url(url: str) -> str:
    """The address itself. Raises SettingsError unless it is ws or wss with a host and without a password."""
    scheme, _, rest = url.partition("://")
    if scheme not in ("ws", "wss"):
        raise SettingsError(f"--ws-url {url!r} is not an address such as ws://127.0.0.1:3001/ws")
    check_url("--ws-url", f"{'https' if scheme == 'wss' else 'http'}://{rest}")
    return url


def read_dexs(text: str) -> tuple[str, ...] | None:
    """`all` (None), or names separated by commas; `main` is the exchange's own, which is always read.

    Raises SettingsError for a name that cannot be one.
    """
    names = [part.strip() for part in text.split(",")]
    if names == [ALL_DEXS]:
        return None
    for name in names:
        if not (name.isascii() and name.isalnum() and name == name.lower() and 2 <= len(name) <= 8):
            raise SettingsError(f"--dexs {text!r}: {name!r} is no name of a dex; {FIRST_DEX}, or names such as xyz")
    return ("", *dict.fromkeys(name for name in names if name != FIRST_DEX))


def live_folder(network: Network) -> Path:
    """Where the map of an exchange is kept when nobody names a folder."""
    return cache_folder() / "live" / "".join(letter if letter.isalnum() else "-" for letter in network.name)
