"""`liqscape history`: what a folder holds, backups, checks, pruning."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from store_frames import MINUTE_MS, PROVENANCE, START_MS, TABLES
from store_killed_writer import frame_of
from stored_moments import moment_of

from liqscape.cli.main import main
from liqscape.service.care.information import look_at_folder
from liqscape.store.history import HistoryReader, HistoryWriter
from liqscape.store.history.retention import KeepRules
from liqscape.web.deprecations import END

Run = Callable[..., str]
DAY = 1_440
STEPS = [*range(4), *range(DAY, DAY + 20), *range(2 * DAY, 2 * DAY + 3)]
"""Three days of minutes, most of each a hole."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    with HistoryWriter(folder, PROVENANCE) as writer:
        for step in STEPS:
            writer.append(moment_of(*frame_of(step), TABLES))
        writer.compact()
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "data")
    return tmp_path / "data"


def steps_in(folder: Path) -> list[int]:
    return ((HistoryReader(folder).frame_times(0, START_MS * 2) - START_MS) // MINUTE_MS).tolist()


def test_info_says_span_bytes_holes_and_versions(folder: Path, command: Run, command_json: Callable[..., Any]) -> None:
    said = command_json("history", "info", folder)
    assert (said["frame_count"], said["part_count"], said["head_count"]) == (len(STEPS), 3, 0)
    assert said["schema_versions"] == {"3": 3}
    hole = START_MS + 3 * MINUTE_MS
    assert said["holes"][0] == {"after_ms": hole, "before_ms": START_MS + DAY * MINUTE_MS}
    assert len(said["holes"]) == 2
    assert said["growth_bytes"] is None
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert said["total_bytes"] == sum(path.stat().st_size for path in files)
    in_parts = sum(path.stat().st_size for path in files if path.parts[-3] == "parts")
    assert sum(said["table_bytes"].values()) == in_parts
    assert sum(day["bytes"] for day in said["days"]) == in_parts
    text = command("history", "info", folder)
    assert "growth   unknown" in text
    assert "holes    2" in text
    assert "(3 of version 3)" in text


def test_growth_is_of_whole_days_and_thinning_is_no_hole(tmp_path: Path) -> None:
    with HistoryWriter(tmp_path, PROVENANCE, hold_ms=30 * MINUTE_MS) as writer:
        for step in [*range(0, 2 * DAY, 20), 2 * DAY]:
            writer.append(moment_of(*frame_of(step), TABLES))
        writer.compact()
        found = look_at_folder(tmp_path)
        assert (found.growth_days, found.holes) == (2, [])
        assert found.growth_bytes == round(sum(day.bytes for day in found.days[:2]) / 2)
        writer.prune(KeepRules(minute_days=1, quarter_hour_days=1))
    thinned = look_at_folder(tmp_path)
    assert thinned.frame_count < found.frame_count
    assert (thinned.growth_days, thinned.holes) == (1, []), "a thinned day says nothing of growth"


def test_a_backup_is_made_checked_and_put_back(
    folder: Path, tmp_path: Path, command: Run, command_json: Callable[..., Any]
) -> None:
    copies = tmp_path / "copies"
    first = command_json("history", "backup", folder, copies)
    assert first["copied_count"] > 0
    assert command_json("history", "backup", folder, copies, "--keep", "1")["copied_count"] == 0
    assert [path.stem for path in (copies / "backups").iterdir()] != [first["backup"]], "the first one went"
    said = command_json("history", "verify", folder, "--against", copies, "--samples", "0")
    assert said["is_sound"]
    assert said["backup"]["compared"] > 0
    assert "frames up to" in command("history", "restore", copies, tmp_path / "back")
    assert steps_in(tmp_path / "back") == STEPS


def test_what_is_wrong_is_named_with_exit_code_2(
    folder: Path, tmp_path: Path, command: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    command("history", "backup", folder, tmp_path / "copies")
    path = sorted(folder.glob("parts/*/pools.parquet"))[0]
    path.write_bytes(path.read_bytes()[:-1])
    code = main(["history", "verify", str(folder), "--against", str(tmp_path / "copies"), "--samples", "0"])
    out, _ = capsys.readouterr()
    assert code == 2
    assert f"parts/{path.parent.name}/pools.parquet: " in out
    assert "1 problem" in out
    assert "0 problems" in out, "the backup is sound"
    assert main(["history", "verify", str(folder), "--samples", "0", "--json"]) == 2
    said = json.loads(capsys.readouterr().out)
    assert [each["file"] for each in said["checked"]["problems"]] == [f"parts/{path.parent.name}/pools.parquet"]
    assert not said["is_sound"]


def test_pruning_says_what_goes_and_removes_it_when_told(
    folder: Path, command: Run, command_json: Callable[..., Any]
) -> None:
    (folder / "liquidations").mkdir()
    (folder / "liquidations" / "2020-01-01.parquet").write_bytes(b"old")
    before = {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    wish = ("history", "prune", folder, "--keep-days", "1")
    for more in ((), ("--dry-run",), ("--dry-run", "--yes")):
        said = command(*wish, *more)
        assert "2026-02-03, 1 part" in said
        assert "liquidations/2020-01-01.parquet" in said
        assert {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    plan = command_json(*wish)
    assert not plan["is_done"]
    done = command_json(*wish, "--yes")
    assert done["is_done"]
    assert done["plan"]["pieces"] == plan["plan"]["pieces"]
    assert done["freed_bytes"] == pytest.approx(plan["plan"]["freed_bytes"], rel=0.05), "the manifest is shorter too"
    assert steps_in(folder) == STEPS[4:]
    assert "0 things" in command(*wish, "--yes")


def test_pruning_thins_about_as_much_as_it_said(folder: Path, command_json: Callable[..., Any]) -> None:
    wish = ("history", "prune", folder, "--keep-minutes-days", "1")
    plan = command_json(*wish, "--dry-run")["plan"]
    assert {piece["what"] for piece in plan["pieces"]} == {"detail"}
    assert command_json(*wish, "--yes")["is_done"]
    assert steps_in(folder) == [0, 3, *STEPS[4:]]


def test_what_cannot_be_meant_is_refused_in_a_sentence(folder: Path, refused: Run, tmp_path: Path) -> None:
    assert "nothing says what to keep" in refused("history", "prune", folder)
    assert "--keep 0 is outside 1..10000" in refused("history", "backup", folder, tmp_path / "copies", "--keep", "0")
    assert "is inside of" in refused("history", "backup", folder, folder / "copies")
    assert "a folder or to s3://bucket/prefix" in refused("history", "backup", folder, "ftp://place")
    assert "is not a folder" in refused("history", "restore", tmp_path / "nowhere", tmp_path / "back")
    assert "is not a folder" in refused("history", "info", tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    for name in ("info", "verify"):
        assert "no history here" in refused("history", name, tmp_path / "empty")
    assert "no backup there" in refused("history", "restore", tmp_path / "empty", tmp_path / "back")
    assert "--samples -1 is outside" in refused("history", "verify", folder, "--samples", "-1")


def test_the_former_name_of_migrate_is_answered_and_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate", str(folder)]) == 0
    out, err = capsys.readouterr()
    assert "everything is of today's version" in out
    assert f"former name of history migrate, and goes with version {END}" in err
