"""What `liqscape serve` takes by default is what a live map takes by default: help comes at once, so both say it."""

from __future__ import annotations

from pathlib import Path

from liqscape.cli import serve as options
from liqscape.service.collecting.settings import ALL_DEXS, MAINNET, LiveSettings, read_dexs


def test_defaults_of_the_command_are_those_of_the_settings() -> None:
    settings = LiveSettings(network=MAINNET, data=Path("data"))
    assert options.DEFAULT_DEXS == ALL_DEXS
    assert read_dexs(options.DEFAULT_DEXS) == settings.dexs
    assert settings.weight_a_minute == options.DEFAULT_WEIGHT_LIMIT
    assert settings.state_streams == options.DEFAULT_STATE_STREAMS
    assert settings.trigger_share == options.DEFAULT_TRIGGER_SHARE / 100.0
    assert int(options.DEFAULT_KEEP_RAW_GB * 1e9) == settings.keep_raw_bytes
    assert settings.keep_raw_seconds == options.DEFAULT_KEEP_RAW_DAYS * 86_400.0
