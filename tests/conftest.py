"""Fixtures every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from amounts import examples
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent

settings.register_profile(
    "liqscape", deadline=None, max_examples=examples(100), suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("liqscape")

os.environ["LIQSCAPE_CACHE"] = "0"
"""No test is answered by what an earlier one, or the user, has kept; the tests of keeping switch it on."""

os.environ["LIQSCAPE_CONFIG"] = os.devnull
"""No test is run with options of a liqscape.toml of this machine."""


LONGEST = tuple(str(Path("tests", name)) for name in ("reliability", "browser", "service/replicas"))
"""What waits for real servers and real time, up to a minute a test: begun first, or one worker ends long after all."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Properties are marked: `make truth` runs them again, on every example they name. What takes longest is first."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))
    for item in items:
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker("property")


@pytest.fixture(scope="session")
def recorded() -> Path:
    """Folder of the recorded exchange data; skips where it is absent (it has no licence to be committed)."""
    named = os.environ.get("LIQSCAPE_RECORDED")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if not (folder / "README.md").exists():
        pytest.skip(f"no recorded exchange data at {folder} (set LIQSCAPE_RECORDED)")
    return folder
