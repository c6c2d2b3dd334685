"""Vaults found among addresses, and told apart in every answer of the view."""

from __future__ import annotations

import math
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from memory_history import MemoryHistory
from small_market import SmallMarket, address
from stored_moments import moment_of, moments_of

from liqscape.cli.bands import bands
from liqscape.feed.discovery import AddressBook
from liqscape.model.account_kinds import AccountKind
from liqscape.service.answers.frame import frame_answer
from liqscape.service.answers.kinds import KIND_NAMES, why_exempt
from liqscape.service.folders import REGISTER
from liqscape.service.kinds import VaultFinder
from liqscape.service.live import LiveState
from liqscape.service.opening import open_stored
from liqscape.service.view import MapView
from liqscape.store.history import HistoryWriter
from liqscape.store.register import AddressRegister
from liqscape.wire.known_addresses import HLP, PORTFOLIO_BACKSTOP, backstop_of_dex

VAULTS = frozenset(address(number) for number in range(0, 40, 4))


@pytest.fixture(params=["stored", "live"])
def view(request: pytest.FixtureRequest, market: SmallMarket, history: MemoryHistory) -> MapView:
    if request.param == "stored":
        return MapView(history, vaults=lambda: VAULTS)
    live = LiveState.of_moment(moment_of(market.frames[-1], market.accounts[-1], market.tables))
    return MapView(None, live, vaults=lambda: VAULTS)


def test_part_of_a_band_is_the_sum_of_the_vaults_behind_it(view: MapView) -> None:
    frame = view.frame("BTC", level=6)
    assert frame.bands.vault_size is not None
    assert sum(frame.bands.vault_size) > 0.0
    by_band: dict[int, float] = {}
    for band, size in zip(frame.bands.band, frame.bands.vault_size, strict=True):
        by_band[band] = by_band.get(band, 0.0) + size
    for band, size in by_band.items():
        behind = view.positions("BTC", band=band, level=6)
        listed = [abs(row.size) for row in behind.positions if row.kind == "vault"]
        assert math.isclose(math.fsum(listed), size, rel_tol=1e-12)
        assert all((row.kind == "vault") == (row.address in VAULTS) for row in behind.positions)
        assert behind.mark is not None
        assert math.isclose(behind.totals.vault_notional, size * behind.mark, rel_tol=1e-12)


def test_part_of_a_cluster_is_the_sum_of_the_vaults_inside(view: MapView) -> None:
    found = view.clusters("BTC").clusters
    assert any(cluster.vault_notional for cluster in found)
    for cluster in found:
        behind = view.positions("BTC", price_low=cluster.price_low, price_high=cluster.price_high, side=cluster.side)
        assert cluster.vault_notional is not None
        assert math.isclose(behind.totals.vault_notional, cluster.vault_notional, rel_tol=1e-9, abs_tol=1e-6)


def test_account_says_what_it_is_and_why(view: MapView) -> None:
    assert {pool.kind for pool in view.account(address(4)).pools} == {"vault"}
    assert {pool.kind for pool in view.account(address(3)).pools} == {"trader"}
    exempt = view.account(address(1)).pools[0]
    assert (exempt.kind, exempt.kind_reason) == ("exempt", why_exempt(address(1), is_simulated=True))


def test_figures_by_kind_hold_everybody_once(view: MapView, market: SmallMarket) -> None:
    rows = {row.kind: row for row in view.kinds()}
    accounts = market.accounts[-1]
    assert list(rows) == [*KIND_NAMES, "no_practical_level"]
    assert sum(rows[name].position_count for name in KIND_NAMES) == accounts.position_count
    assert sum(rows[name].account_count for name in KIND_NAMES) == len(np.unique(accounts.address_row))


def test_nobody_is_a_vault_where_none_is_known(history: MemoryHistory) -> None:
    view = MapView(history)
    sizes = view.frame("BTC").bands.vault_size
    assert sizes is not None
    assert not any(sizes)
    assert {row.kind: row.account_count for row in view.kinds()}["vault"] == 0


def test_stream_and_joint_levels_do_not_tell_vaults_apart(view: MapView) -> None:
    frame, sequence, _ = view.newest("BTC")
    reported = frame_answer(frame, frame.snapshot.markets.index_of("BTC"), 0, sequence)
    assert reported.bands.vault_size is None
    assert view.frame("BTC", mode="joint").bands.vault_size is None


def test_finder_looks_only_at_new_addresses() -> None:
    looked: list[str] = []

    class Watched(frozenset[str]):
        def __contains__(self, name: object) -> bool:
            looked.append(str(name))
            return super().__contains__(name)

    vaults = Watched(("b", "d"))
    finder = VaultFinder(lambda: vaults)
    assert finder.rows(("a", "b")).tolist() == [1]
    assert finder.rows(("a", "b", "c", "d")).tolist() == [1, 3]
    assert looked == ["a", "b", "c", "d"]


def test_finder_begins_anew_for_other_addresses_and_other_vaults() -> None:
    known = [frozenset({"b"})]
    finder = VaultFinder(lambda: known[0])
    assert finder.rows(("a", "b")).tolist() == [1]
    assert finder.rows(("b", "a", "c")).tolist() == [0]
    known[0] = frozenset({"b", "c"})
    assert finder.rows(("b", "a", "c")).tolist() == [0, 2]
    assert finder.rows(("c",)).tolist() == [0]


def test_reasons_name_how_an_account_was_recognised() -> None:
    assert why_exempt(HLP, is_simulated=False).startswith("HLP")
    assert "backstop" in why_exempt(PORTFOLIO_BACKSTOP, is_simulated=False)
    assert "backstop" in why_exempt(backstop_of_dex(3), is_simulated=False)
    assert "by the list" in why_exempt("0x010461c14e146ac35fe42271bdc1134ee31c703a", is_simulated=False)
    assert "margin table" in why_exempt(address(77), is_simulated=False)


def test_kinds_are_named_as_the_api_says() -> None:
    assert KIND_NAMES == ("trader", "vault", "exempt")
    assert KIND_NAMES[AccountKind.EXEMPT] == "exempt"


def test_stored_history_knows_the_vaults_of_the_register_beside_it(
    market: SmallMarket, history: MemoryHistory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with HistoryWriter(tmp_path, market.frames[0].provenance) as writer:
        writer.append_many(moments_of(list(zip(market.frames, market.accounts, strict=True)), market.tables))
    bare = open_stored(tmp_path, None)
    assert {row.kind: row.account_count for row in bare.kinds()}["vault"] == 0
    book = AddressBook()
    book.flag(sorted(VAULTS), 1, is_exempt=False)
    with closing(AddressRegister(tmp_path / REGISTER)) as register:
        register.save(book.columns())
    known = open_stored(tmp_path, None)
    assert known.frame("BTC").bands == MapView(history, vaults=lambda: VAULTS).frame("BTC").bands
    bands(coin="BTC", data=tmp_path, level=6)
    assert "of vaults" in capsys.readouterr().out


def test_largest_account_of_a_cluster_is_the_first_of_the_positions_behind_it(view: MapView) -> None:
    for coin in ("BTC", "ETH", "kPEPE"):
        for cluster in view.clusters(coin).clusters:
            low, high = cluster.price_low, cluster.price_high
            behind = view.positions(coin, price_low=low, price_high=high, side=cluster.side)
            assert cluster.largest_account_notional is not None
            largest = max(row.notional for row in behind.positions)
            assert math.isclose(cluster.largest_account_notional, largest, rel_tol=1e-9)


def test_nobody_is_the_largest_account_of_a_joint_cluster(view: MapView) -> None:
    assert {cluster.largest_account_notional for cluster in view.clusters("BTC", mode="joint").clusters} == {None}


def test_max_pain_sums_the_levels_on_the_way_there(view: MapView) -> None:
    answer = view.clusters("BTC")
    assert answer.mark is not None
    assert answer.max_pain is not None
    found = [
        (each, side) for each, side in ((answer.max_pain.long, 1), (answer.max_pain.short, -1)) if each is not None
    ]
    assert found
    for pain, side in found:
        behind = view.positions("BTC", price_low=pain.price_low, price_high=pain.price_high, side=side)
        assert math.isclose(math.fsum(row.notional for row in behind.positions), pain.notional, rel_tol=1e-9)
        assert pain.notional <= pain.notional_to_there
        assert abs(pain.distance_percent) < 10.1
