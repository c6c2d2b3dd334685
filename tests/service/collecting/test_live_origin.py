"""The origin of a live map is lost: the history says which exchange it is of, or one sentence says what to do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from store_frames import TABLES, make_accounts, make_frame, make_markets
from stored_moments import moment_of

from liqscape.errors import SettingsError
from liqscape.heatmap.frame import Provenance
from liqscape.service.collecting.folder import claim_live_folder, holds_live_map, network_of
from liqscape.service.collecting.settings import MAINNET, TESTNET
from liqscape.service.folders import ORIGIN, read_origin
from liqscape.store.checked_json import copy_path
from liqscape.store.history import HistoryWriter


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A live map of mainnet whose origin and its copy are damaged."""
    provenance = Provenance("api", "mainnet", False, "made up")
    claim_live_folder(tmp_path, MAINNET)
    with HistoryWriter(tmp_path, provenance) as writer:
        frame = replace(make_frame(1, 0, markets=make_markets(1)), provenance=provenance)
        writer.append(moment_of(frame, make_accounts(1, 0, 1), TABLES))
    (tmp_path / ORIGIN).write_bytes(b"{")
    copy_path(tmp_path / ORIGIN).write_bytes(b"")
    return tmp_path


def test_the_history_tells_the_exchange(folder: Path) -> None:
    assert holds_live_map(folder)
    assert network_of(folder) == MAINNET
    claim_live_folder(folder, MAINNET)
    held = read_origin(folder)
    assert held is not None
    assert (held.kind, held.key, held.ws_url) == ("live", MAINNET.info_url, MAINNET.socket_url)
    assert (folder / f"{ORIGIN}.damaged-1").read_bytes() == b"{"


def test_another_exchange_is_not_taken_for_it(folder: Path) -> None:
    before = sorted(path.name for path in folder.iterdir())
    with pytest.raises(SettingsError, match=r"origin\.json is damaged .* put a backup of it back"):
        claim_live_folder(folder, TESTNET)
    assert sorted(path.name for path in folder.iterdir()) == before
