"""compose.yaml without a daemon: its shape by the Compose specification, its files, how locked up its services are."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from dockerfile import read_dockerfile

from liqscape import __version__
from liqscape.cli.main import command_app
from liqscape.cli.settings.sources import options_of, settings_in_environment

ROOT = Path(__file__).resolve().parents[2]
TOP = {"name", "services", "volumes", "secrets"}
SERVICE = {
    "build", "cap_drop", "command", "depends_on", "environment", "image", "init", "logging", "mem_limit", "ports",
    "read_only", "restart", "secrets", "security_opt", "stop_grace_period", "tmpfs", "user", "volumes",
}  # fmt: skip
"""Keys of a service in the Compose specification that ours use; no port, volume or capability comes in by another."""


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "compose.yaml").read_text())


@pytest.fixture(scope="module")
def services(compose: dict[str, Any]) -> dict[str, Any]:
    return compose["services"]


def test_every_key_is_one_of_the_specification(compose: dict[str, Any], services: dict[str, Any]) -> None:
    assert {key for key in compose if not key.startswith("x-")} == TOP
    assert {(name, key) for name, each in services.items() for key in each if key not in SERVICE} == set()
    assert set(services) == {"map", "prometheus", "grafana"}


def test_services_are_locked_up_and_on_loopback(services: dict[str, Any]) -> None:
    for name, each in services.items():
        assert each["read_only"] is True, name
        assert each["cap_drop"] == ["ALL"], name
        assert each["security_opt"] == ["no-new-privileges:true"], name
        assert all(port.startswith("127.0.0.1:") for port in each["ports"]), name
        assert "mem_limit" in each, name
    assert all(re.fullmatch(r"[1-9]\d*:[1-9]\d*", services[name]["user"]) for name in ("prometheus", "grafana"))


def test_what_is_named_is_declared_and_what_is_mounted_is_there(
    compose: dict[str, Any], services: dict[str, Any]
) -> None:
    mounts = [volume.split(":") for each in services.values() for volume in each["volumes"]]
    assert {source for source, *_ in mounts if "/" not in source} == set(compose["volumes"])
    folders = [mount for mount in mounts if "/" in mount[0]]
    assert all((ROOT / source).is_dir() and rest[-1] == "ro" for source, *rest in folders)
    used = {secret["source"] for each in services.values() for secret in each["secrets"]}
    assert used == set(compose["secrets"])
    for each in services.values():
        for needed in each.get("depends_on", ()):
            assert needed in services


def test_secrets_are_of_their_readers_alone_and_come_from_variables(
    compose: dict[str, Any], services: dict[str, Any]
) -> None:
    assert all(set(each) == {"environment"} for each in compose["secrets"].values())
    image = read_dockerfile(ROOT / "Dockerfile")[-1]
    users = {**{name: each.get("user") for name, each in services.items()}, "map": image.all_of("USER")[0]}
    for name, each in services.items():
        for secret in each["secrets"]:
            assert f"{secret['uid']}:{secret['gid']}" == users[name]
            assert secret["mode"] == 0o400
    text = (ROOT / "compose.yaml").read_text()
    assert not re.search(r"(?i)(password|token): *[\"']?[a-z0-9]{6,}", text)


def test_variables_of_the_map_are_options_of_serve(services: dict[str, Any]) -> None:
    options = options_of(command_app("serve").assemble_argument_collection())
    found = list(settings_in_environment("serve", options, services["map"]["environment"]))
    assert [each.option for each in found] == ["allow-host"]
    assert [each.problem for each in found] == [None]


def test_versions_are_named_and_the_image_is_of_this_one(services: dict[str, Any]) -> None:
    assert services["map"]["image"] == f"liqscape:{__version__}"
    assert all(re.fullmatch(r"[\w/-]+:v?\d+\.\d+\.\d+", each["image"]) for each in services.values())


def test_the_map_has_the_time_to_store_what_it_holds(services: dict[str, Any]) -> None:
    assert services["map"]["stop_grace_period"] == "30s"
    assert services["map"]["init"] is True


def test_compose_itself_reads_it_where_it_is_installed() -> None:
    docker = shutil.which("docker")
    asked = [docker or "docker", "compose", "version"]
    if docker is None or subprocess.run(asked, capture_output=True, check=False).returncode != 0:
        pytest.skip("docker compose is not installed")
    environment = {**os.environ, "LIQSCAPE_TOKEN": "x" * 32, "GRAFANA_PASSWORD": "x"}
    subprocess.run([docker, "compose", "config", "--quiet"], cwd=ROOT, env=environment, check=True)
