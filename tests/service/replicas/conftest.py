"""Real processes of a test, on loopback, ended with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from replica_processes import Farm

from liqscape.service.replicas.settings import NatsSettings, read_settings


@pytest.fixture
def farm(tmp_path: Path) -> Iterator[Farm]:
    started = Farm(tmp_path)
    try:
        yield started
    finally:
        started.end()


@pytest.fixture
def settings(farm: Farm) -> NatsSettings:
    """Of a NATS server that lets everybody in."""
    farm.nats()
    return read_settings(farm.url)
