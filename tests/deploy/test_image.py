"""The Dockerfile without a daemon: its instructions, what it copies, who it runs as, and its commands run outside.

Not tried here, for want of a daemon: the build itself and a container of it.
"""

from __future__ import annotations

import fnmatch
import os
import shlex
import subprocess
import sys
import threading
import tomllib
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from dockerfile import BuildStage, read_dockerfile, words_of

from liqscape.cli.main import SUMMARIES, named_command
from liqscape.cli.serving import DEFAULT_PORT

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def stages() -> list[BuildStage]:
    return read_dockerfile(ROOT / "Dockerfile")


@pytest.fixture(scope="module")
def image(stages: list[BuildStage]) -> BuildStage:
    return stages[-1]


def test_every_base_has_a_version_and_the_last_is_that_of_the_package(stages: list[BuildStage]) -> None:
    assert [stage.name for stage in stages] == ["page", "package", None]
    assert all(":" in stage.base and not stage.base.endswith(":latest") for stage in stages)
    assert stages[1].base == stages[2].base
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]["python_version"]
    assert stages[2].base.startswith(f"python:{wanted}-")


def test_it_runs_as_a_user_without_rights_and_needs_to_write_nothing_but_data(image: BuildStage) -> None:
    assert image.all_of("USER") == ["10001:10001"]
    names = [name for name, _ in image.steps]
    assert max(place for place, name in enumerate(names) if name in ("RUN", "COPY")) < names.index("USER")
    assert words_of(image.all_of("VOLUME")[0]) == ["/data"]
    environment = image.environment()
    assert environment["PYTHONDONTWRITEBYTECODE"] == "1"
    assert environment["HOME"] == "/tmp"


def test_kernels_are_read_from_where_they_were_compiled_for_the_same_processor(stages: list[BuildStage]) -> None:
    built, run = stages[1].environment(), stages[2].environment()
    same = ("NUMBA_CACHE_DIR", "NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES")
    assert {name: built[name] for name in same} == {name: run[name] for name in same}
    assert run["NUMBA_CACHE_DIR"].startswith("/opt/liqscape/")  # which is copied
    assert stages[1].all_of("ARG") == stages[2].all_of("ARG")
    module, _, name = run["NUMBA_CACHE_LOCATOR_CLASSES"].rpartition(".")
    check = [sys.executable, "-c", f"from {module} import {name}"]
    subprocess.run(check, check=True)


def sources_of(stage: BuildStage) -> list[str]:
    return [word for text in stage.all_of("COPY") if "--from=" not in text for word in shlex.split(text)[:-1]]


def test_what_is_copied_is_there_and_let_through_and_no_secret_is(stages: list[BuildStage]) -> None:
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line]

    def is_ignored(path: str) -> bool:
        """The last rule that fits a path or a folder above it decides."""
        parts = path.split("/")
        places = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
        ignored = False
        for rule in rules:
            pattern = rule.removeprefix("!")
            if any(fnmatch.fnmatch(each, pattern) or fnmatch.fnmatch(f"/{each}", pattern) for each in places):
                ignored = not rule.startswith("!")
        return ignored

    sources = [each for stage in stages for each in sources_of(stage)]
    assert [each for each in sources if not (ROOT / each).exists()] == []
    assert [each for each in sources if is_ignored(each)] == []
    for secret in (".env", "deploy/.env", "token", ".git/config", "frontend/node_modules/x", "src/a/__pycache__/b"):
        assert is_ignored(secret), secret


def test_all_that_the_wheel_is_made_of_is_copied(stages: list[BuildStage]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    copied = set(sources_of(stages[1]))
    assert {project["readme"], *project["license-files"], "pyproject.toml", "hatch_build.py", "src"} <= copied


def test_the_commands_of_the_build_name_what_is_there(stages: list[BuildStage]) -> None:
    commands = [text for stage in stages for text in stage.all_of("RUN")]
    for text in commands:
        subprocess.run(["sh", "-n", "-c", text], check=True)
    page = [shlex.split(text) for text in stages[0].all_of("RUN")]
    assert [words[:2] for words in page] == [["npm", "ci"], ["npm", "run"]]
    ours = [words for words in map(shlex.split, commands) if words[0].endswith("/liqscape")]
    assert [words[1:] for words in ours] == [["warm"]]
    assert named_command(ours[0][1:]) in SUMMARIES
    assert any("--require-hashes --requirement requirements.lock" in text for text in commands)


def test_the_entry_point_is_a_command_and_serves_by_default(image: BuildStage) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (entry,), (words,) = (list(map(words_of, image.all_of(each))) for each in ("ENTRYPOINT", "CMD"))
    assert entry == ["liqscape"]
    assert "liqscape" in project["scripts"]
    assert named_command(words) in SUMMARIES
    assert image.all_of("EXPOSE") == [str(DEFAULT_PORT)]


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1), (None, 1)])
def test_the_health_check_tells_a_server_that_answers_from_one_that_does_not(
    image: BuildStage, status: int | None, code: int
) -> None:
    class Probed(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert self.path == "/healthz"
            self.send_response(status or 500)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    options, _, text = image.all_of("HEALTHCHECK")[0].partition(" CMD ")
    assert "--start-period" in options
    python, *words = words_of(text)
    assert python == "python"
    server = HTTPServer(("127.0.0.1", 0), Probed)
    answering = threading.Thread(target=server.handle_request, daemon=True)
    if status is not None:
        answering.start()
    port = server.server_address[1]
    if status is None:
        server.server_close()
    asked = [word.replace(str(DEFAULT_PORT), str(port)) for word in words]
    done = subprocess.run([sys.executable, *asked], capture_output=True, check=False)
    if status is not None:
        answering.join()
        server.server_close()
    assert done.returncode == code


def test_the_image_has_settings_that_can_be_used_and_ask_for_a_token(image: BuildStage, tmp_path: Path) -> None:
    text = image.all_of("COPY")[1]
    assert shlex.split(text) == ["deploy/liqscape.toml", "/etc/liqscape/liqscape.toml"]
    environment = {**os.environ, "LIQSCAPE_CONFIG": str(ROOT / "deploy" / "liqscape.toml")}
    environment.pop("LIQSCAPE_TOKEN", None)
    check = [sys.executable, "-m", "liqscape", "config", "check"]
    subprocess.run(check, env=environment, check=True, capture_output=True, cwd=tmp_path)
    refused = subprocess.run(
        [sys.executable, "-m", "liqscape", "serve", "--data", str(tmp_path)],
        env={**environment, "LIQSCAPE_SERVE_TOKEN_FILE": str(tmp_path / "none")},
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert refused.returncode == 2
    assert "cannot be read" in refused.stderr
