"""A stored history of a small made-up market, and a way to run a command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from small_market import SmallMarket, small_market
from stored_moments import moments_of

from liqscape.cli.main import main
from liqscape.heatmap.frame import Provenance
from liqscape.store.history import HistoryWriter

NAME = "small test market"


@dataclass(frozen=True)
class Stored:
    """A folder of history and what was put into it."""

    folder: Path
    market: SmallMarket

    @property
    def last_ms(self) -> int:
        return self.market.frames[-1].time_ms

    @property
    def first_ms(self) -> int:
        return self.market.frames[0].time_ms


@pytest.fixture(scope="session")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    market = small_market(count=6)
    folder = tmp_path_factory.mktemp("history")
    provenance = Provenance("generated", NAME, True, "made up for tests")
    writer = HistoryWriter(folder, provenance)
    writer.append_many(moments_of(list(zip(market.frames, market.accounts, strict=True)), market.tables))
    writer.close()
    return Stored(folder, market)


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Runs a command line that must succeed; gives its stdout."""

    def run(*arguments: object) -> str:
        code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        assert code == 0, err
        return out

    return run


@pytest.fixture
def command_json(command: Callable[..., str]) -> Callable[..., Any]:
    """The same with --json; stdout must be one JSON document and nothing else."""
    return lambda *arguments: json.loads(command(*arguments, "--json"))


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Runs a command line that must fail with exit code 2 and one line; gives the line."""

    def run(*arguments: object) -> str:
        code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        assert code == 2, (code, out, err)
        assert out == ""
        assert err.startswith("liqscape: ")
        assert err.count("\n") == 1
        return err

    return run
