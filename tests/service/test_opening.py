"""What a user names becomes a map: loaded once, used again while nothing changed, refused where it does not fit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np
import pytest
from planted import Leg, PlantedMarket, Wallet, address

from liqscape.errors import InputError, SettingsError, StoreError
from liqscape.service.demo_opening import (
    RESTORING,
    DemoSettings,
    _market,
    go_on,
    open_demo,
    resume_demo,
    stored_demo,
)
from liqscape.service.folders import CHECKPOINT, read_origin, write_origin
from liqscape.service.living import CATCH_UP_STEPS
from liqscape.service.opening import open_recording, open_stored
from liqscape.store.history import HistoryReader

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
NOW_MS = 1_780_000_030_000
SMALL_DEMO = DemoSettings(seed=3, days=0.01, accounts=40, coins=4)
"""A hundredth of a day: 15 minutes."""


@dataclass
class Progress:
    """Remembers what was reported."""

    texts: list[str] = field(default_factory=list)
    reported: list[int] = field(default_factory=list)

    @contextmanager
    def __call__(self, text: str, start: int, end: int) -> Iterator[Callable[[int], None]]:
        assert start <= end
        self.texts.append(text)
        yield self.reported.append


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    planted = PlantedMarket()
    wallets = [
        Wallet(address(1), "-60000", [Leg("BTC", "1.2", "70000")]),
        Wallet(address(2), "90000", [Leg("BTC", "-1.1", "72000"), Leg("HYPE", "200", "30")]),
    ]
    planted.record("2026-02-03T12:00:00+00:00", wallets)
    planted.record("2026-02-03T16:00:00+00:00", wallets[:1], {"BTC": "70000"})
    return planted.write(tmp_path / "planted market")


def test_recording_is_loaded_once_and_used_again(recording: Path, tmp_path: Path) -> None:
    first, second = Progress(), Progress()
    view = open_recording(recording, None, None, first)
    assert first.reported[-1] == 1_770_134_400_000
    again = open_recording(recording, None, None, second)
    assert second.texts == []
    assert msgspec.json.encode(view.status()) == msgspec.json.encode(again.status())
    status = view.status()
    assert (status.frame_count, status.provenance.name, status.is_live) == (2, "planted market", False)
    assert len(list((tmp_path / "cache" / "liqscape" / "recordings").iterdir())) == 1


def test_changed_recording_is_loaded_anew(recording: Path, tmp_path: Path) -> None:
    open_recording(recording, None, None, Progress())
    planted = PlantedMarket()
    planted.record("2026-02-03T12:00:00+00:00", [Wallet(address(9), "-60000", [Leg("BTC", "1.2", "70000")])])
    planted.write(recording)
    again = Progress()
    view = open_recording(recording, None, None, again)
    assert again.texts == ["loading planted market"]
    assert view.account(address(9)).pools
    with pytest.raises(SettingsError, match="is not a folder"):
        open_recording(tmp_path / "none", None, None, Progress())


def test_recording_loaded_by_another_version_is_loaded_anew(recording: Path, tmp_path: Path) -> None:
    open_recording(recording, None, None, Progress())
    (folder,) = (tmp_path / "cache" / "liqscape" / "recordings").iterdir()
    held = read_origin(folder)
    assert held is not None
    write_origin(folder, msgspec.structs.replace(held, version="0.0.0"))
    again = Progress()
    assert open_recording(recording, None, None, again).status().frame_count == 2
    assert again.texts == ["loading planted market"]
    assert read_origin(folder) == held
    kept = tmp_path / "kept"
    open_recording(recording, None, kept, Progress())
    write_origin(kept, msgspec.structs.replace(held, version="0.0.0"))
    with pytest.raises(SettingsError, match=r"liqscape 0\.0\.0"):
        open_recording(recording, None, kept, Progress())


def test_interrupted_load_is_finished_by_the_next_start(recording: Path, tmp_path: Path) -> None:
    class Stop(Exception):
        pass

    @contextmanager
    def stopping(*_: object) -> Iterator[Callable[[int], None]]:
        def stop(_: int) -> None:
            raise Stop

        yield stop

    data = tmp_path / "kept"
    with pytest.raises(Stop):
        open_recording(recording, None, data, stopping)
    held = read_origin(data)
    assert held is not None
    assert not held.is_complete
    assert open_recording(recording, None, data, Progress()).status().frame_count == 2
    assert open_stored(data, None).status().frame_count == 2


def test_unreadable_recording_writes_nothing(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "positions.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(InputError, match=r"positions\.parquet"):
        open_recording(broken, None, tmp_path / "kept", Progress())
    assert not (tmp_path / "kept").exists()
    assert not (tmp_path / "cache").exists()


def test_folder_of_something_else_is_refused(recording: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("mine")
    with pytest.raises(SettingsError, match="is not empty"):
        open_recording(recording, None, mine, Progress())
    with pytest.raises(StoreError, match="no history here"):
        open_stored(mine, None)
    with pytest.raises(SettingsError, match="is not empty"), open_demo(SMALL_DEMO, mine, lambda: NOW_MS, Progress()):
        pass
    assert [path.name for path in mine.iterdir()] == ["thesis.txt"]


def test_demo_has_its_days_in_history_up_to_now(tmp_path: Path) -> None:
    progress = Progress()
    with open_demo(SMALL_DEMO, tmp_path / "demo", lambda: NOW_MS, progress) as opened:
        status = opened.view.status()
        assert status.provenance.is_simulated
        assert status.is_live
        assert status.last_ms == NOW_MS // MINUTE_MS * MINUTE_MS
        assert status.last_ms - status.first_ms == 15 * MINUTE_MS
        assert status.frame_count == status.sequence == 16
        assert len(progress.reported) == 15
    assert HistoryReader(tmp_path / "demo").frame_count == 16


def test_demo_continues_where_it_stopped(tmp_path: Path) -> None:
    later = NOW_MS + 5 * MINUTE_MS
    with open_demo(SMALL_DEMO, None, lambda: NOW_MS, Progress()) as opened:
        frame = opened.view.frame("BTC")
    with open_demo(SMALL_DEMO, None, lambda: later, Progress()) as opened:
        assert opened.view.frame("BTC", frame.as_of_ms).bands == frame.bands
        status = opened.view.status()
        assert status.frame_count == 21
        assert status.last_ms - status.first_ms == 20 * MINUTE_MS
        held = opened.view.heatmap("BTC", width=100, height=50)
        assert np.isfinite(held.mark).all()
    assert len(list((tmp_path / "cache" / "liqscape" / "demo").iterdir())) == 1


def test_a_demo_made_before_shows_what_is_stored_until_its_market_goes_on() -> None:
    later = NOW_MS + 70 * MINUTE_MS
    with open_demo(SMALL_DEMO, None, lambda: NOW_MS, Progress()):
        pass
    assert stored_demo(SMALL_DEMO, None, NOW_MS + 100 * MINUTE_MS) is None  # left alone for longer than its days
    stored = stored_demo(SMALL_DEMO, None, NOW_MS)
    assert stored is not None
    told: list[tuple[str, int, int]] = []
    with resume_demo(SMALL_DEMO, None, stored) as (opened, restore):
        status = opened.view.status()
        assert (status.is_live, status.feed_state, status.frame_count, status.sequence) == (False, "stored", 16, 16)
        assert opened.view.frame("BTC").as_of_ms == status.last_ms
        assert "is being started" in opened.view.account_state(opened.view.moment().accounts.addresses[0]).searched
        asyncio.run(go_on(opened, restore, asyncio.Event(), lambda: later, lambda *word: told.append(word)))
        status = opened.view.status()
        assert (status.is_live, status.frame_count, status.sequence) == (True, 86, 86)
        assert status.last_ms == later // MINUTE_MS * MINUTE_MS
    assert told[0] == (RESTORING, 0, 0)
    assert [done for _, done, _ in told[1:]] == [0, CATCH_UP_STEPS * MINUTE_MS]


def test_a_demo_that_stops_while_its_market_catches_up_shows_what_is_stored() -> None:
    with open_demo(SMALL_DEMO, None, lambda: NOW_MS, Progress()):
        pass
    stored, stop = stored_demo(SMALL_DEMO, None, NOW_MS), asyncio.Event()
    assert stored is not None
    stop.set()
    with resume_demo(SMALL_DEMO, None, stored) as (opened, restore):
        asyncio.run(go_on(opened, restore, stop, lambda: NOW_MS + HOUR_MS, lambda *_: None))
        assert (opened.view.status().is_live, opened.view.status().frame_count) == (False, 16)


def test_a_demo_that_cannot_go_on_is_made_again(tmp_path: Path) -> None:
    with open_demo(SMALL_DEMO, tmp_path / "demo", lambda: NOW_MS, Progress()):
        pass
    assert stored_demo(SMALL_DEMO, tmp_path / "demo", NOW_MS) is not None
    (tmp_path / "demo" / CHECKPOINT).write_bytes(b"no checkpoint")
    assert stored_demo(SMALL_DEMO, tmp_path / "demo", NOW_MS) is None


def test_cached_demo_left_alone_for_too_long_begins_anew() -> None:
    with open_demo(SMALL_DEMO, None, lambda: NOW_MS, Progress()):
        pass
    much_later = NOW_MS + 100 * MINUTE_MS
    with open_demo(SMALL_DEMO, None, lambda: much_later, Progress()) as opened:
        assert opened.view.status().frame_count == 16


def test_demo_in_a_named_folder_keeps_its_past(tmp_path: Path) -> None:
    for now_ms, count in ((NOW_MS, 16), (NOW_MS + 30 * MINUTE_MS, 46)):
        with open_demo(SMALL_DEMO, tmp_path / "demo", lambda now_ms=now_ms: now_ms, Progress()) as opened:
            assert opened.view.status().frame_count == count
    other = DemoSettings(seed=4, days=0.01, accounts=40, coins=4)
    with (
        pytest.raises(SettingsError, match="holds the history of demo seed 3"),
        open_demo(other, tmp_path / "demo", lambda: NOW_MS, Progress()),
    ):
        pass


def test_same_seed_gives_the_same_map(tmp_path: Path) -> None:
    reported = []
    for name in ("one", "two"):
        with open_demo(SMALL_DEMO, tmp_path / name, lambda: NOW_MS, Progress()) as opened:
            reported.append(opened.view.heatmap("BTC").to_bytes() + msgspec.json.encode(opened.view.frame("BTC")))
    assert reported[0] == reported[1]


def test_second_demo_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    with (
        open_demo(SMALL_DEMO, tmp_path / "demo", lambda: NOW_MS, Progress()),
        pytest.raises(StoreError),
        open_demo(SMALL_DEMO, tmp_path / "demo", lambda: NOW_MS, Progress()),
    ):
        pass


@pytest.mark.parametrize("content", [b"", b"no checkpoint"])
def test_a_damaged_checkpoint_of_a_named_folder_is_one_sentence_with_the_remedy(tmp_path: Path, content: bytes) -> None:
    (tmp_path / CHECKPOINT).write_bytes(content)
    with pytest.raises(SettingsError, match=r"sandbox\.checkpoint: .*remove the folder \(it is made again\)"):
        _market(DemoSettings(seed=1, days=1.0, accounts=20, coins=2), tmp_path, 0)
    assert (tmp_path / CHECKPOINT).read_bytes() == content
