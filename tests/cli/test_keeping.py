"""The options that say how long a history is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from liqscape.cli.keeping import keep_rules
from liqscape.cli.main import main
from liqscape.errors import SettingsError
from liqscape.store.history.retention import KEEP_ALL, KeepRules


def test_without_options_everything_is_kept() -> None:
    assert keep_rules(None, None, None, None) == KEEP_ALL == KeepRules()


def test_gigabytes_are_of_a_thousand_million_bytes() -> None:
    assert keep_rules(365, 14, 90, 1.5) == KeepRules(365, 14, 90, 1_500_000_000)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((0, None, None, None), "--keep-days 0 is outside 1..36500"),
        ((None, -1, None, None), "--keep-minutes-days -1 is outside 1..36500"),
        ((None, None, 99_999, None), "--keep-quarter-hours-days 99999 is outside 1..36500"),
        ((None, None, None, 0.0), "--max-history-gb 0 is outside 0.001..100000"),
        ((None, None, None, float("nan")), "--max-history-gb nan is outside"),
        ((5, 6, None, None), "--keep-minutes-days 6 is more than --keep-days 5"),
        ((5, None, 6, None), "--keep-quarter-hours-days 6 is more than --keep-days 5"),
        ((9, 6, 5, None), "--keep-minutes-days 6 is more than --keep-quarter-hours-days 5"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_a_sentence(
    given: tuple[int | None, int | None, int | None, float | None], said: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        keep_rules(*given)
    assert str(refused.value).startswith(said)


@pytest.mark.parametrize("looked_at", ["--recording", "--data", "--read-only"])
def test_what_is_only_looked_at_is_never_thinned(
    looked_at: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["serve", "--max-history-gb", "1", "--port", "0"]
    command += ["--recording", str(tmp_path)] if looked_at == "--recording" else ["--data", str(tmp_path)]
    command += ["--read-only"] if looked_at == "--read-only" else []
    assert main(command) == 2
    assert "what is only looked at is left as it is" in capsys.readouterr().err
