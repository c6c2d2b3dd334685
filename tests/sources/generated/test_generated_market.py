"""The generated market as a source: deterministic, restartable, and its events tell the whole (known) truth."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable
from dataclasses import fields
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqscape.errors import InputError, ModelError, SettingsError
from liqscape.ledger import Ledger
from liqscape.model.accounts import POOL_COLUMNS, POSITION_COLUMNS, Accounts
from liqscape.model.events import AccountsObserved, Event, FrameDue, MarketDefined, MarksUpdated
from liqscape.service.pipeline import Pipeline
from liqscape.sources.generated import GeneratedMarket
from liqscape.units import Quality

START = 1_770_000_000_000 // 3_600_000 * 3_600_000
HOUR, MINUTE = 3_600_000, 60_000


def small(seed: int = 3, step_ms: int = MINUTE, accounts: int = 160, coins: int = 6) -> GeneratedMarket:
    """A market at its start; each kind is warmed up once."""
    return GeneratedMarket.restore(begun(seed, step_ms, accounts, coins))


@cache
def begun(seed: int, step_ms: int, accounts: int, coins: int) -> bytes:
    return GeneratedMarket(seed, START, accounts, coins, step_ms).checkpoint()


def fresh(seed: int) -> GeneratedMarket:
    return GeneratedMarket(seed, START, 160, 6)


def digest(events: Iterable[Event]) -> str:
    """SHA-256 over every figure of the events."""
    total = hashlib.sha256()
    for event in events:
        total.update(f"{type(event).__name__} {event.time_ms} {event.received_ns}".encode())
        match event:
            case MarketDefined():
                total.update(repr((event.markets, event.tables.tables)).encode())
            case MarksUpdated():
                for column in (event.snapshot.mark, event.snapshot.oracle, event.snapshot.open_interest):
                    total.update(column.tobytes())
            case AccountsObserved():
                total.update(repr((event.accounts.addresses, event.is_complete)).encode())
                for field in fields(Accounts)[1:]:
                    total.update(getattr(event.accounts, field.name).tobytes())
            case FrameDue():
                total.update(bytes([event.is_stored]))
    return total.hexdigest()


def steps(market: GeneratedMarket, count: int) -> list[Event]:
    return [event for _ in range(count) for event in market.step()]


def test_equal_arguments_give_equal_events_to_the_bit():
    assert digest(fresh(3).events(START + 90 * MINUTE)) == digest(fresh(3).events(START + 90 * MINUTE))


def test_another_seed_gives_another_market():
    assert digest(fresh(3).initial_events()) != digest(fresh(4).initial_events())


def test_a_restored_market_continues_to_the_bit():
    market = fresh(3)
    steps(market, 55)
    saved = market.checkpoint()
    uninterrupted = digest(steps(market, 70))
    restored = GeneratedMarket.restore(saved)
    assert digest(steps(restored, 70)) == uninterrupted
    assert restored.checkpoint() == market.checkpoint()
    assert restored.provenance == market.provenance


def test_a_restored_market_shows_the_same_present_state():
    market = small()
    steps(market, 20)
    restored = GeneratedMarket.restore(market.checkpoint())
    assert digest(restored.initial_events()) == digest(market.initial_events())
    assert digest(restored.between(market.time_ms + 7_000)) == digest(market.between(market.time_ms + 7_000))


def test_times_rise_strictly_from_frame_to_frame_and_end_where_asked():
    frames = [event for event in small().events(START + 40 * MINUTE) if isinstance(event, FrameDue)]
    times = np.array([frame.time_ms for frame in frames])
    assert times[0] == START
    assert times[-1] == START + 40 * MINUTE
    assert np.all(np.diff(times) == MINUTE)
    assert all(frame.is_stored for frame in frames)


def test_every_step_yields_marks_then_accounts_then_a_frame_of_one_time():
    market = small()
    for _ in range(5):
        marks, accounts, frame = market.step()
        assert isinstance(marks, MarksUpdated)
        assert isinstance(accounts, AccountsObserved)
        assert isinstance(frame, FrameDue)
        assert marks.time_ms == marks.snapshot.time_ms == accounts.time_ms == frame.time_ms == market.time_ms
        assert not accounts.is_complete


def test_live_marks_do_not_change_the_minute_path():
    quiet, watched = small(), small()
    for _ in range(10):
        for second in (3, 31, 59):
            watched.between(watched.time_ms + 1000 * second)
        assert digest(quiet.step()) == digest(watched.step())
    unwatched = GeneratedMarket.restore(quiet.checkpoint())
    assert digest(unwatched.between(unwatched.time_ms + 31_000)) == digest(watched.between(watched.time_ms + 31_000))


def test_live_marks_are_the_same_whichever_times_are_asked_and_lead_to_the_next_step():
    market = small()
    before = market.initial_events()[1].snapshot.mark
    at = [market.between(START + second * 1000)[0].snapshot.mark for second in range(1, 60)]
    alone = small().between(START + 42_000)[0].snapshot.mark
    assert np.array_equal(alone, at[41])
    assert np.array_equal(at[1], before)  # nothing ticked in the first 3 s
    ticks = [not np.array_equal(one, other) for one, other in pairwise(at)]
    assert sum(ticks) == 19
    assert at[-1].tolist() != before.tolist()
    after = market.step()[0].snapshot.mark
    assert np.all(np.abs(np.log(at[-1] / after)) < 0.01)


def test_live_frames_are_not_stored_and_lie_inside_the_coming_step():
    market = small()
    marks, frame = market.between(START + 30_000)
    assert marks.time_ms == frame.time_ms == START + 30_000
    assert not frame.is_stored
    for outside in (START - 1, START, START + MINUTE):
        with pytest.raises(ModelError, match="not between"):
            market.between(outside)


def test_changed_accounts_alone_rebuild_the_full_state():
    """What the ledger holds after hours of partial updates is what the market says in full."""
    market = small(accounts=240)
    ledger = Ledger()
    for event in market.events(START + 150 * MINUTE):
        ledger.apply(event)
    whole = Ledger()
    for event in market.initial_events():
        whole.apply(event)
    assert by_pool(ledger.accounts) == by_pool(whole.accounts)


def by_pool(accounts: Accounts) -> dict[tuple[str, int], tuple[object, ...]]:
    """Everything known of each pool, keyed by address and first coin. Marks at reading and its time are left out."""
    pools = {}
    for row in range(accounts.pool_count):
        one = slice(int(accounts.offsets[row]), int(accounts.offsets[row + 1]))
        key = (accounts.addresses[accounts.address_row[row]], int(accounts.market_index[one][0]))
        values = [getattr(accounts, name)[row].item() for name in POOL_COLUMNS]
        names = [name for name in POSITION_COLUMNS if name != "observed_mark"]
        values += [repr(getattr(accounts, name)[one].tolist()) for name in names]
        assert key not in pools
        pools[key] = tuple(values)
    return pools


def test_accounts_are_valid_columns_in_every_step():
    market = small()
    coins, tables = market.initial_events()[0].markets, market.initial_events()[0].tables
    for events in [market.initial_events()[2:3]] + [market.step()[1:2] for _ in range(130)]:
        accounts = events[0].accounts
        assert np.all(accounts.size != 0.0)
        assert np.all(np.diff(accounts.offsets) > 0)
        assert np.all(np.diff(accounts.address_row) >= 0)
        assert np.all((accounts.market_index >= 0) & (accounts.market_index < len(coins)))
        assert np.all((accounts.table_row >= 0) & (accounts.table_row < len(tables)))
        assert np.all(np.isfinite(accounts.raw_usd))
        assert np.all(accounts.quality == Quality.MODELLED)
        assert np.all(accounts.entry_price > 0.0)
        assert np.all(accounts.observed_mark > 0.0)
        assert len(set(accounts.addresses)) == len(accounts.addresses)


def test_an_address_holds_one_position_a_coin():
    market = small()
    steps(market, 100)
    accounts = market.initial_events()[2].accounts
    owner = accounts.address_row[accounts.pool_of_position()]
    pairs = list(zip(owner.tolist(), accounts.market_index.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs)


def test_only_a_small_part_is_sent_in_an_ordinary_minute_and_all_holders_at_the_hour():
    market = small(accounts=400)
    known = len(market.initial_events()[2].accounts.addresses)
    sent = [len(market.step()[1].accounts.addresses) for _ in range(60)]
    assert np.median(sent) < 0.1 * known
    assert sent[59] > 0.6 * known  # START is a full hour, so step 60 is one


def test_new_addresses_appear_and_addresses_never_change_hands():
    market = small(accounts=400, step_ms=HOUR // 2)
    first = set(market.initial_events()[2].accounts.addresses)
    later = {a for _ in range(96) for a in market.step()[1].accounts.addresses}
    assert later - first
    assert later | first <= set(market.addresses)


def test_it_runs_through_the_one_pipeline_with_coverage_below_one():
    market = small(accounts=400)
    pipeline = Pipeline(market.provenance)
    frames = [frame for event in market.events(START + 3 * MINUTE) if (frame := pipeline.feed(event)) is not None]
    assert len(frames) == 4
    coverage = frames[-1].coverage
    assert np.all((coverage > 0.3) & (coverage <= 1.0 + 1e-9))
    assert np.mean(coverage) < 1.0
    assert frames[-1].provenance.is_simulated


def test_provenance_says_that_nothing_is_real():
    provenance = small(seed=11).provenance
    assert (provenance.kind, provenance.name, provenance.is_simulated) == ("generated", "seed 11", True)
    assert "real" in provenance.note


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"seed": -1}, "seed"),
        ({"accounts": 9}, "accounts is 9"),
        ({"coins": 0}, "coins is 0"),
        ({"coins": 45}, "1 to 44"),
        ({"step_ms": 7_000}, "step is 7000"),
        ({"step_ms": 0}, "step is 0"),
    ],
)
def test_bad_arguments_are_named(arguments: dict[str, int], named: str):
    with pytest.raises(SettingsError, match=named):
        GeneratedMarket(**{"seed": 1, "start_ms": START, "accounts": 20, "coins": 2} | arguments)


def test_a_damaged_checkpoint_is_refused():
    saved = small(accounts=20).checkpoint()
    middle = len(saved) // 2
    damaged = [b"", b"LQG1", saved[:-1], saved + b"x", saved[:middle] + b"\x00\x01" + saved[middle + 2 :], saved[4:]]
    for data in damaged:
        with pytest.raises(InputError, match="checkpoint"):
            GeneratedMarket.restore(data)


@given(data=st.binary(max_size=400))
def test_any_bytes_but_a_checkpoint_are_refused(data: bytes):
    with pytest.raises(InputError):
        GeneratedMarket.restore(data)


@given(body=st.binary(max_size=400))
def test_a_right_digest_over_wrong_content_is_refused(body: bytes):
    for content in (body, b"PK\x03\x04" + body, b"\x93NUMPY\x01\x00" + body):
        with pytest.raises(InputError):
            GeneratedMarket.restore(b"LQG1" + hashlib.sha256(content).digest() + content)


@pytest.mark.parametrize(
    ("name", "value", "named"),
    [
        ("cash", None, "lacks cash"),
        ("lots", np.zeros(3), "lots is float64"),
        ("lots", np.zeros(3, np.int64), "lots has 3 rows"),
        ("numbers", np.array([3, START, 10**9, 6, MINUTE, 0]), "accounts is 1000000000"),
        ("numbers", np.array([3, START, 20, 6, 7, 0]), "step is 7 ms"),
        ("numbers", np.array([3, START]), "2 numbers"),
        ("prices_premium", np.zeros((2, 3)), "prices_premium"),
        ("prices_premium", np.zeros(2), "prices_premium has 2 rows"),
    ],
)
def test_a_checkpoint_that_does_not_fit_is_named(name: str, value: np.ndarray | None, named: str):
    saved = small(accounts=20).checkpoint()
    with np.load(io.BytesIO(saved[36:])) as archive:
        arrays = {key: archive[key] for key in archive.files if key != name}
    if value is not None:
        arrays[name] = value
    target = io.BytesIO()
    np.savez(target, **arrays)
    body = target.getvalue()
    with pytest.raises(InputError, match=named):
        GeneratedMarket.restore(b"LQG1" + hashlib.sha256(body).digest() + body)
