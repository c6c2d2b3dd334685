"""One archived market for all tests of this folder."""

from __future__ import annotations

import pytest
from archived_world import ArchivedWorld, archived_world


@pytest.fixture(scope="session")
def archived(tmp_path_factory: pytest.TempPathFactory) -> ArchivedWorld:
    """72 minutes with a full hour in them and a crash at the end. Not to be written to."""
    return archived_world(tmp_path_factory.mktemp("archived"), 70, crash=0.08)
