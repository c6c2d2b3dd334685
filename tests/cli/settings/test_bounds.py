"""`config check` knows between what every number of every command has to be."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from liqscape.cli.main import SUMMARIES, command_app, place_of
from liqscape.cli.settings.bounds import bounds_of
from liqscape.cli.settings.file import FILE_VARIABLE
from liqscape.cli.settings.sources import options_of

OPEN = {
    ("book", "price-low"), ("book", "price-high"), ("odds", "price"), ("odds", "price-low"), ("odds", "price-high"),
    ("cascade", "target-price"), ("stop", "entry"), ("stop", "stop"),
    ("export", "within-percent"), ("liquidations", "min-notional"),
    ("board", "limit"), ("odds", "limit"),
}  # fmt: skip
"""Prices of a coin, a smallest size, and rows of a list that is short: nothing is too large."""

REFUSED = (
    ("serve", "keep-days", 0, "1..36500"),
    ("import", "books-every", 5, "10..3600"),
    ("import", "max-unreadable", 101, "0..100"),
    ("history prune", "wait", 0.5, "1..86400"),
    ("history backup", "keep", 0, "1..10000"),
    ("study", "workers", 0, "1..4096"),
    ("cascade", "paths", 1001, "1..1000"),
    ("chain", "links", 1, "2..6"),
    ("map", "rows", 3, "4..500"),
    ("changes", "limit", 0, "1..10000"),
    ("bands", "level", -1, "0.."),
    ("sandbox", "accounts", 9, "10..200000"),
    ("mcp", "port", 65_536, "0..65535"),
    ("replica", "port", -1, "0..65535"),
    ("alerts add", "percent", 2000, "0..1000"),
    ("triggers", "within-percent", -1, "0..1000"),
)


@pytest.mark.parametrize("command", SUMMARIES)
def test_every_number_has_bounds_or_is_known_to_have_none(command: str) -> None:
    options = options_of(command_app(command).assemble_argument_collection())
    numbers = {name for name, each in options.items() if {int, float} & _kinds(each.hint)}
    bounds = bounds_of(command, place_of(command))
    assert set(bounds) <= set(options)
    assert {name for name in numbers if name not in bounds} == {name for of, name in OPEN if of == command}
    for low, high in bounds.values():
        assert low < high


@pytest.mark.parametrize(("command", "option", "value", "said"), REFUSED)
def test_a_number_outside_is_said(
    command: str,
    option: str,
    value: float,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    refused: Callable[..., str],
) -> None:
    monkeypatch.setenv(FILE_VARIABLE, os.devnull)
    path = tmp_path / "liqscape.toml"
    path.write_text(f"[{command.replace(' ', '.')}]\n{option} = {value}\n")
    assert f"{option} = {value:g} is outside {said}" in refused("config", "check", path).replace("2e+05", "200000")


def _kinds(hint: object) -> set[object]:
    """The hint itself and what it is made of: `tuple[float, ...] | None` has float in it."""
    return {hint}.union(*(_kinds(each) for each in get_args(hint)))
