"""The options of `liqscape serve` that concern a live map, as its settings."""

from __future__ import annotations

from pathlib import Path

from liqscape.cli.addresses import read_addresses
from liqscape.errors import SettingsError
from liqscape.feed.url import check_url
from liqscape.service.collecting.folder import network_of
from liqscape.service.collecting.settings import (
    MAINNET,
    LiveSettings,
    choose_network,
    live_folder,
    read_dexs,
    with_socket,
)
from liqscape.store.history.retention import KeepRules


def live_settings(
    *,
    data: Path | None,
    network: str | None,
    api_url: str | None,
    ws_url: str | None,
    dexs: str,
    accounts: Path | None,
    node_files: Path | None,
    node_info: str | None,
    weight_limit: int,
    state_streams: int,
    turns: bool,
    trigger_share: float,
    book_server: str | None,
    trigger_snapshot: Path | None,
    best_prices: int,
    books: int,
    raw_log: bool,
    keep_raw_gb: float,
    keep_raw_days: float,
    raw_mids: bool,
    raw_best_prices: bool,
    raw_books: bool,
    keep: KeepRules,
) -> LiveSettings:
    """What the options of the command line say, by their names there; None: not given.

    Raises SettingsError for what cannot be read or does not go together.
    """
    held = None if data is None or network is not None or api_url is not None else network_of(data)
    chosen = choose_network(network or MAINNET.name, api_url, ws_url) if held is None else with_socket(held, ws_url)
    if node_files is not None and not node_files.is_dir():
        raise SettingsError(f"--node-files {node_files} is not a folder")
    if trigger_snapshot is not None and (node_files is None or node_info is None):
        raise SettingsError(
            f"--trigger-snapshot {trigger_snapshot} needs --node-files and --node-info: a node writes it"
        )
    return LiveSettings(
        network=chosen,
        data=live_folder(chosen) if data is None else data,
        dexs=read_dexs(dexs),
        addresses=() if accounts is None else tuple(read_addresses(accounts)),
        node_files=node_files,
        node_info_url=None if node_info is None else check_url("--node-info", node_info),
        weight_a_minute=weight_limit,
        state_streams=state_streams,
        has_turns=turns,
        trigger_share=trigger_share / 100.0,
        trigger_snapshot=None if trigger_snapshot is None else trigger_snapshot.absolute(),
        book_server=None if book_server is None else check_url("--book-server", book_server),
        has_fast_marks=raw_mids or not raw_log,
        best_prices=best_prices,
        books=books,
        raw_mids=raw_mids,
        raw_best_prices=raw_best_prices,
        raw_books=raw_books,
        has_raw_log=raw_log,
        keep_raw_bytes=int(keep_raw_gb * 1e9),
        keep_raw_seconds=keep_raw_days * 86_400.0,
        keep=keep,
    )
