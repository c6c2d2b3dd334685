"""Files as Notepad and PowerShell write them read like plain ones, wherever a user gives one."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from saved_states import standard_account

from liqscape.cli.addresses import read_addresses
from liqscape.cli.import_history import read_tables
from liqscape.cli.serving import read_token
from liqscape.cli.solve import solve_files
from liqscape.errors import InputError
from liqscape.sandbox.server.faults import read_faults
from liqscape.service.joint_files import read_betas_file, read_shock_file
from liqscape.wire.user_text import as_utf8

WRITERS: dict[str, Callable[[str], bytes]] = {
    "utf-8 with mark": lambda text: codecs.BOM_UTF8 + text.encode(),
    "utf-16 little endian": lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
    "utf-16 big endian": lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
    "utf-32": lambda text: codecs.BOM_UTF32_LE + text.encode("utf-32-le"),
}

ADDRESSES = f"# mine\r\n0x{'1' * 40}\r\n0x{'2' * 40}\r\n"
TABLES = json.dumps({"marginTables": {}, "coins": {"ATOM": {"marginTableId": 5}}})


def tables_of(path: Path) -> list[str]:
    """Margin tables of a saved account with a list of tables beside it."""
    (answer,) = solve_files([path.with_name("saved.json")], path)
    return [row.margin_table for row in answer.positions]


READERS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "--accounts": (ADDRESSES, read_addresses),
    "--betas": ('{"ETH": 1.2, "*": 1.5}', lambda path: read_betas_file(path).named),
    "--shock": ('{"BTC": "-10%", "ETH": -0.15}', lambda path: read_shock_file(path).named),
    "--tables": (TABLES, lambda path: list(read_tables(path).tables)),
    "--token-file": ("a-token-of-enough-letters-0123456789\n", read_token),
    "--faults": ('[{"fault": "delay", "where": "info"}]', read_faults),
    "solve": (standard_account().bytes().decode(), lambda path: [row.coin for row in solve_files([path])[0].positions]),
    "solve --tables": (TABLES, lambda path: tables_of(path)),
}


@pytest.mark.parametrize("option", READERS)
@pytest.mark.parametrize("writer", WRITERS)
def test_a_marked_file_reads_like_a_plain_one(tmp_path: Path, option: str, writer: str) -> None:
    text, read = READERS[option]
    (tmp_path / "saved.json").write_bytes(standard_account().bytes())
    plain, marked = tmp_path / "file", tmp_path / "marked"
    plain.write_text(text, encoding="utf-8")
    marked.write_bytes(WRITERS[writer](text))
    expected = read(plain)
    assert expected
    assert read(marked) == expected


def test_a_file_that_breaks_its_own_promise_is_named() -> None:
    with pytest.raises(InputError, match=r"^mine\.txt: begins as UTF-16 and goes on otherwise: truncated data$"):
        as_utf8(codecs.BOM_UTF16_LE + b"a", "mine.txt")


def test_a_plain_file_is_taken_as_it_is() -> None:
    assert as_utf8("é".encode(), "f") == "é".encode()
