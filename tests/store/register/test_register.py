"""Addresses on disk: what is saved comes back, rows join, a kill loses no committed row, damage is said."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from amounts import IS_WHOLE

from liqscape.errors import CorruptSegment
from liqscape.feed.discovery import AddressBook
from liqscape.feed.discovery.columns import COLUMNS, RegisterColumns
from liqscape.ledger.address_table import keys_of
from liqscape.model.addresses import AddressSource
from liqscape.store.damage import list_damaged
from liqscape.store.register import AddressRegister
from liqscape.store.register.vaults import read_vaults


def name(number: int) -> str:
    return f"0x{number:040x}"


def columns_of(count: int, seed: int = 1) -> RegisterColumns:
    random = np.random.default_rng(seed)
    return RegisterColumns(
        key=keys_of([name(number) for number in range(count)])[0],
        sources=random.integers(1, 32, count).astype(np.uint8),
        first_seen_ms=random.integers(1, 10**6, count),
        last_activity_ms=random.integers(-1, 10**6, count),
        traded_usd=random.uniform(0.0, 1e6, count),
        account_value=random.uniform(0.0, 1e6, count),
        week_volume=random.uniform(0.0, 1e6, count),
        month_volume=random.uniform(0.0, 1e6, count),
        dex_bits=random.integers(0, 2**62, count),
        is_vault=random.random(count) < 0.5,
        is_exempt=random.random(count) < 0.5,
    )


def same(one: RegisterColumns, other: RegisterColumns) -> bool:
    return one.address == other.address and all(
        getattr(one, column).dtype == getattr(other, column).dtype
        and getattr(one, column).tobytes() == getattr(other, column).tobytes()
        for column in COLUMNS
    )


def test_what_is_saved_comes_back_to_the_bit(tmp_path: Path) -> None:
    path = tmp_path / "register.sqlite"
    register = AddressRegister(path)
    register.save(columns_of(101))
    register.close()
    assert same(AddressRegister(path).load(), columns_of(101))


def test_an_empty_register_gives_empty_columns(tmp_path: Path) -> None:
    register = AddressRegister(tmp_path / "register.sqlite")
    register.save(columns_of(0))
    assert same(register.load(), columns_of(0))


def test_a_row_told_again_is_joined(tmp_path: Path) -> None:
    register = AddressRegister(tmp_path / "register.sqlite")
    first, second = columns_of(50, 1), columns_of(50, 2)
    register.save(first)
    register.save(second)
    joined = register.load()
    assert (joined.sources == first.sources | second.sources).all()
    assert (joined.first_seen_ms == np.minimum(first.first_seen_ms, second.first_seen_ms)).all()
    assert (joined.last_activity_ms == np.maximum(first.last_activity_ms, second.last_activity_ms)).all()
    assert (joined.is_exempt == first.is_exempt | second.is_exempt).all()
    assert (joined.traded_usd == second.traded_usd).all()


def test_a_restored_book_goes_on(tmp_path: Path) -> None:
    register, book, again = AddressRegister(tmp_path / "register.sqlite"), AddressBook(), AddressBook()
    book.add([name(number) for number in range(20)], AddressSource.TRADES, 5_000)
    register.save(book.take_changed())
    book.flag([name(3)], 9_000, is_exempt=True)
    changed = book.take_changed()
    assert changed.address == (name(3),)
    register.save(changed)
    again.restore(register.load())
    assert same(again.columns(), book.columns())


def test_beyond_the_bound_the_longest_inactive_go_and_given_ones_stay(tmp_path: Path) -> None:
    register = AddressRegister(tmp_path / "register.sqlite", most=10)
    columns = columns_of(30)
    columns.sources[:] = np.uint8(AddressSource.TRADES)
    columns.sources[0] = np.uint8(AddressSource.GIVEN)
    columns.last_activity_ms[:] = np.arange(30)
    register.save(columns)
    assert register.load().address == (name(0), *(name(number) for number in range(21, 30)))


@pytest.mark.parametrize("damage", ["another version", "no database", "a folder", "cut in the head"])
def test_a_file_that_is_no_register_of_ours_is_set_aside_and_begun_anew(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "register.sqlite"
    if damage == "another version":
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA user_version = 9")
        connection.close()
    elif damage == "a folder":
        path.mkdir()
    else:
        path.write_bytes(b"this is no database, whatever its name says" * (30 if damage == "no database" else 1))
    register = AddressRegister(path)
    assert register.is_new
    assert len(register) == 0
    register.save(columns_of(20))
    register.close()
    assert same(AddressRegister(path).load(), columns_of(20))
    (row,) = [row for row in list_damaged(tmp_path) if row.file == path.name]
    assert row.kept_as == "register.sqlite.damaged-1"
    assert (tmp_path / row.kept_as).exists()


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_of_a_damaged_register_the_rows_before_the_damage_go_on(tmp_path: Path, share: float) -> None:
    path = tmp_path / "register.sqlite"
    register = AddressRegister(path)
    register.save(columns_of(3_000))
    register.close()
    content = bytearray(path.read_bytes())
    page = int(len(content) * share) // 4_096 * 4_096
    content[page : page + 4_096] = b"\xff" * 4_096
    path.write_bytes(content)
    register = AddressRegister(path)
    found = register.load()
    assert register.is_new
    known = set(columns_of(3_000).address)
    assert set(found.address) < known
    assert same(register.load(), found)
    register.close()
    assert same(AddressRegister(path).load(), found)


SALVAGE = """
import os, sys
from pathlib import Path
from liqscape.store.register import AddressRegister
left = int(sys.argv[2])
def dying(function):
    def call(*arguments, **named):
        global left
        left -= 1
        if left < 0:
            os._exit(9)
        return function(*arguments, **named)
    return call
Path.rename, os.fsync = dying(Path.rename), dying(os.fsync)
register = AddressRegister(Path(sys.argv[1]))
register.load()
register.close()
"""


def test_a_kill_at_any_step_of_mending_a_register_loses_no_row_that_can_be_read(tmp_path: Path) -> None:
    origin = tmp_path / "register.sqlite"
    register = AddressRegister(origin)
    register.save(columns_of(900))
    register.close()
    content = bytearray(origin.read_bytes())
    page = len(content) * 2 // 3 // 4_096 * 4_096
    content[page : page + 4_096] = b"\xff" * 4_096
    counts, causes = [], set()
    for step in count():
        path = tmp_path / str(step) / "register.sqlite"
        path.parent.mkdir()
        path.write_bytes(content)
        done = subprocess.run([sys.executable, "-c", SALVAGE, str(path), str(step)], stderr=subprocess.DEVNULL)
        register = AddressRegister(path)
        found = register.load()
        assert same(found, columns_of(900).of(slice(len(found)))), f"killed at step {step}"
        register.close()
        counts.append(len(found))
        names = {each.name for each in path.parent.iterdir() if ".damaged-" not in each.name}
        assert names == {path.name, "damaged.jsonl"}
        causes |= {row.cause for row in list_damaged(path.parent) if row.file == path.name}
        if done.returncode == 0:
            break
    assert len(counts) > 5
    assert len(set(counts)) == 1
    assert 100 < counts[0] < 900
    assert "damaged; what could be read of it goes on" in causes, "killed between the copy and its taking the place"


def test_a_register_of_an_earlier_version_is_read_and_gets_its_index(tmp_path: Path) -> None:
    path, columns = tmp_path / "register.sqlite", columns_of(300)
    register = AddressRegister(path)
    register.save(columns)
    register.close()
    connection = sqlite3.connect(path)
    connection.execute("DROP INDEX vault")
    connection.commit()
    connection.close()
    vaults = {each for each, is_vault in zip(columns.address, columns.is_vault, strict=True) if is_vault}
    assert read_vaults(path) == vaults
    register = AddressRegister(path)
    assert same(register.load(), columns)
    register.close()
    connection = sqlite3.connect(path)
    (plan,) = connection.execute("EXPLAIN QUERY PLAN SELECT address FROM address WHERE is_vault").fetchall()
    connection.close()
    assert "INDEX vault" in plan[-1]
    assert read_vaults(path) == vaults


@pytest.mark.parametrize("size", [1, 7, 100, 101, 1_000])
def test_batches_are_everybody_once_in_order_while_others_are_saved(tmp_path: Path, size: int) -> None:
    register = AddressRegister(tmp_path / "register.sqlite", rows_a_read=size)
    columns = columns_of(101)
    register.save(columns)
    found, after = register.read()
    parts = [found]
    while after is not None:
        register.save(columns.of(slice(50)))  # known rows change, none is added
        found, after = register.read(after)
        parts.append(found)
    assert RegisterColumns.joined(parts).address == columns.address
    assert max(len(part) for part in parts) <= size


def test_rows_out_of_order_end_the_reading_and_are_left_in_the_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "register.sqlite"
    register = AddressRegister(path, rows_a_read=40)
    register.save(columns_of(400))
    register.close()
    content = path.read_bytes()
    place = content.index(bytes.fromhex(name(300)[2:]))
    path.write_bytes(content[:place] + bytes(20) + content[place + 20 :])  # one address has become the least of all
    register = AddressRegister(path, rows_a_read=40)
    found = register.load()
    assert found.address == tuple(name(number) for number in range(300))
    register.close()
    (row,) = list_damaged(tmp_path)
    assert row.cause == "its rows are not in order"


def test_opening_a_register_reads_nobody(tmp_path: Path) -> None:
    path = tmp_path / "register.sqlite"
    register = AddressRegister(path)
    register.save(columns_of(3_000))
    register.close()
    content = bytearray(path.read_bytes())
    content[2 * 4_096 :] = b"\xff" * (len(content) - 2 * 4_096)  # all but its description and the root of its table
    path.write_bytes(content)
    register = AddressRegister(path)
    assert not register.is_new
    register.load()
    assert register.is_new
    register.close()


FAR = "x'" + "ff" * 20 + "'"


@pytest.mark.parametrize("wrong", ["x'00'", "'text'", FAR])
def test_rows_that_are_none_are_left_out(tmp_path: Path, wrong: str) -> None:
    path = tmp_path / "register.sqlite"
    register = AddressRegister(path)
    register.save(columns_of(50))
    register.close()
    connection = sqlite3.connect(path)
    value = "'much'" if wrong == FAR else "1"
    connection.execute(f"INSERT INTO address VALUES ({wrong}, {', '.join([value] * 10)})")
    connection.commit()
    connection.close()
    register = AddressRegister(path)
    assert same(register.load(), columns_of(50))
    assert register.is_new, "begun anew with the others"
    register.close()
    (row,) = list_damaged(tmp_path)
    assert "1 rows hold no address" in row.cause


@pytest.mark.property
def test_a_register_with_one_bit_flipped_can_be_opened_and_goes_on(tmp_path: Path) -> None:
    origin = tmp_path / "register.sqlite"
    register = AddressRegister(origin)
    register.save(columns_of(200))
    register.close()
    good, page = origin.read_bytes(), 4_096
    assert good[page - 30 : page] != bytes(30), "the description of the table"
    rng = random.Random(7)
    places = [*range(100), *rng.sample(range(page - 900, page), 150), *rng.sample(range(page, len(good)), 250)]
    for number, place in enumerate(places if IS_WHOLE else places[::5]):
        path = tmp_path / str(number) / "register.sqlite"
        path.parent.mkdir()
        path.write_bytes(good[:place] + bytes([good[place] ^ (1 << rng.randrange(8))]) + good[place + 1 :])
        read_vaults(path)
        register = AddressRegister(path)
        found = register.load()
        try:
            register.save(columns_of(210))
        except CorruptSegment:  # as the keeper of the register does
            register.begin_anew("found damaged while it was written")
            register.save(columns_of(210))
        assert set(columns_of(210).address) <= set(register.load().address), f"byte {place}"
        assert len(found.address) <= 200
        register.close()


KILLED = """
import sys
sys.path[:0] = sys.argv[2:]
from pathlib import Path
from test_register import columns_of
from liqscape.store.register import AddressRegister
from liqscape.store.register.vaults import read_vaults
register = AddressRegister(Path(sys.argv[1]))
for number in range(1, 100_000):
    register.save(columns_of(10 * number))
    print(10 * number, flush=True)
"""


def test_kill_loses_no_committed_row(tmp_path: Path) -> None:
    path = tmp_path / "register.sqlite"
    here = Path(__file__).parent
    command = [sys.executable, "-c", KILLED, str(path), str(here), str(here.parents[1] / "support")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        saved = [int(process.stdout.readline()) for _ in range(7)]
        process.send_signal(signal.SIGKILL)
    loaded = AddressRegister(path).load()
    assert len(loaded.address) >= saved[-1]
    assert len(loaded.address) % 10 == 0, "a batch is there whole or not at all"


def test_vaults_are_read_while_the_register_is_open(tmp_path: Path) -> None:
    path = tmp_path / "register.sqlite"
    register, columns = AddressRegister(path), columns_of(101)
    register.save(columns)
    wanted = {each for each, is_vault in zip(columns.address, columns.is_vault, strict=True) if is_vault}
    assert read_vaults(path) == wanted
    register.close()
    assert read_vaults(path) == wanted


def test_no_register_and_a_damaged_one_tell_no_vault(tmp_path: Path) -> None:
    assert read_vaults(tmp_path / "none") == frozenset()
    damaged = tmp_path / "register.sqlite"
    damaged.write_bytes(b"no database" * 1_000)
    assert read_vaults(damaged) == frozenset()
