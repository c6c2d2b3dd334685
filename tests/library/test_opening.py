"""A path or an address becomes a map, or one sentence says why not."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import msgspec
import polars
import pytest
from planted import Leg, PlantedMarket, Wallet, address

import liqscape as lq


@pytest.fixture
def recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    planted = PlantedMarket()
    wallets = [
        Wallet(address(1), "-60000", [Leg("BTC", "1.2", "70000")]),
        Wallet(address(2), "90000", [Leg("BTC", "-1.1", "72000"), Leg("HYPE", "200", "30")]),
    ]
    planted.record("2026-02-03T12:00:00+00:00", wallets)
    planted.record("2026-02-03T16:00:00+00:00", wallets[:1], {"BTC": "70000"})
    return planted.write(tmp_path / "planted market")


def test_a_recording_is_asked_at_any_of_its_times(recording: Path) -> None:
    market = lq.open(str(recording))
    before, after = (market.levels("BTC", f"2026-02-03T{hour}:00") for hour in (15, 17))
    assert (before.height, after.height) == (2, 1)
    assert before["published_liquidation_price"].null_count() == 0
    assert (before["liquidation_price"] / before["published_liquidation_price"] - 1).abs().max() < 1e-9
    assert set(before["margin_source"]) == {"published"}
    assert market.liquidations().height == 0


def test_a_recording_is_loaded_where_it_is_told_to(recording: Path, tmp_path: Path) -> None:
    lq.open(recording, data=tmp_path / "loaded")
    assert lq.open(tmp_path / "loaded").levels("BTC").equals(lq.open(recording, data=tmp_path / "loaded").levels("BTC"))
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [("nowhere", "is not a folder"), ("empty", "holds neither a recording"), ("file.txt", "is not a folder")],
)
def test_a_folder_that_is_none_of_them_is_one_sentence(name: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.txt").write_text("")
    with pytest.raises(lq.InputError, match=said):
        lq.open(tmp_path / name)


def test_an_address_where_nothing_answers_is_one_sentence() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}"
        with pytest.raises(lq.RequestFailed, match=f"no map answers at {url}"):
            lq.open(url)
    with pytest.raises(lq.SettingsError, match="is not an address such as"):
        lq.open("ftp://127.0.0.1")


def test_a_history_without_a_frame_is_one_sentence(tmp_path: Path, stored: Any) -> None:
    from liqscape.store.history import HistoryWriter

    HistoryWriter(tmp_path / "new", stored.market.frames[0].provenance).close()
    with pytest.raises(lq.NotFound, match="no frame yet"):
        lq.open(tmp_path / "new")


STATE = {
    "marginSummary": {
        "accountValue": "1000.0",
        "totalNtlPos": "3000.0",
        "totalRawUsd": "-2000.0",
        "totalMarginUsed": "300.0",
    },
    "crossMarginSummary": {
        "accountValue": "1000.0",
        "totalNtlPos": "3000.0",
        "totalRawUsd": "-2000.0",
        "totalMarginUsed": "300.0",
    },
    "crossMaintenanceMarginUsed": "37.5",
    "withdrawable": "700.0",
    "assetPositions": [
        {
            "type": "oneWay",
            "position": {
                "coin": "BTC",
                "szi": "0.05",
                "leverage": {"type": "cross", "value": 10},
                "entryPx": "60000.0",
                "positionValue": "3000.0",
                "unrealizedPnl": "0.0",
                "returnOnEquity": "0.0",
                "liquidationPx": "40506.3291139241",
                "marginUsed": "300.0",
                "maxLeverage": 40,
                "cumFunding": {"allTime": "0.0", "sinceOpen": "0.0", "sinceChange": "0.0"},
            },
        }
    ],
    "time": 1_770_000_000_000,
}


@pytest.mark.parametrize("form", ["objects", "text", "bytes", "file"])
def test_a_state_is_solved_in_any_form(form: str, tmp_path: Path) -> None:
    content = msgspec.json.encode(STATE)
    (tmp_path / "state.json").write_bytes(content)
    given: Any = {"objects": STATE, "text": content.decode(), "bytes": content, "file": tmp_path / "state.json"}[form]
    solution = lq.solve(given)
    # 0.05 p - 2000 = 0.05 p / 80, so p = 2000 / (0.05 * 79 / 80).
    assert solution.positions["liquidation_price"].to_list() == pytest.approx([2000 / (0.05 * 79 / 80)], rel=1e-12)
    assert solution.pools["free_margin"].to_list() == pytest.approx([962.5])
    assert solution.positions["as_of"].dtype == polars.Datetime("ms", "UTC")
    assert solution.records[0].account.margin_mode == "standard"


@pytest.mark.parametrize("given", ["not json", b"\xff", {"a": object()}, {"marginSummary": {}}, Path("nowhere.json")])
def test_a_state_that_cannot_be_read_is_one_sentence(given: Any) -> None:
    with pytest.raises(lq.LiqscapeError) as caught:
        lq.solve(given)
    assert "\n" not in str(caught.value)
