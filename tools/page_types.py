"""Write the page's types of what the server answers: frontend/src/api/openapi.ts, from the OpenAPI description.

    python tools/page_types.py           (or: npm run types --prefix frontend)
    python tools/page_types.py --check   ends with 1 where the file is not what it would write

OpenAPI has no word for a WebSocket: the messages of the stream are added to its schemas from the same records.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec
from litestar.testing import TestClient

from liqscape.service.answers.heatmap import HeatmapHeader
from liqscape.service.answers.in_view import ChangesMessage, ViewMessage
from liqscape.service.hub import ErrorMessage, Hub, StatusMessage
from liqscape.service.live import LiveState
from liqscape.service.streaming.study_messages import CascadesMessage, ClustersMessage, SweepsMessage
from liqscape.service.view import MapView
from liqscape.web.app import create_app

ROOT = Path(__file__).resolve().parent.parent
FRONTEND = ROOT / "frontend"
TYPES = FRONTEND / "src" / "api" / "openapi.ts"
GENERATOR = FRONTEND / "node_modules" / ".bin" / "openapi-typescript"
FORMATTER = FRONTEND / "node_modules" / ".bin" / "biome"
OPTIONS = ("--immutable", "--root-types", "--root-types-no-schema-prefix")
MESSAGES = (
    ViewMessage,
    ChangesMessage,
    StatusMessage,
    ErrorMessage,
    ClustersMessage,
    SweepsMessage,
    CascadesMessage,
)
PLACE = "#/components/schemas/"


def description() -> dict[str, Any]:
    """The OpenAPI description of the server, with the messages of the stream among its schemas."""
    view = MapView(None, LiveState())
    with TestClient(create_app(view, Hub(view)), base_url="http://127.0.0.1") as client:
        told: dict[str, Any] = msgspec.json.decode(client.get("/schema/openapi.json").content)
    told["paths"] = {}  # the page writes its questions itself
    schemas: dict[str, Any] = told["components"]["schemas"]
    _, added = msgspec.json.schema_components((*MESSAGES, HeatmapHeader), ref_template=f"{PLACE}{{name}}")
    for name, schema in added.items():
        schemas.setdefault(name, schema)
    for schema in schemas.values():
        if (
            "properties" in schema
        ):  # a default is what stands there: every field is told; former names the page does not read
            schema["properties"] = {n: each for n, each in schema["properties"].items() if not each.get("deprecated")}
            schema["required"] = list(schema["properties"])
    return told


def written() -> str:
    """The types as the file should hold them. Raises CalledProcessError where the generator fails."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "openapi.json", Path(folder) / "openapi.ts"
        source.write_bytes(msgspec.json.encode(description()))
        _run(GENERATOR, source, *OPTIONS, "--output", target)
        return subprocess.run(
            [FORMATTER, "format", "--stdin-file-path", "src/api/openapi.ts"],
            cwd=FRONTEND,
            input=target.read_text(),
            capture_output=True,
            text=True,
            check=True,
        ).stdout


def _run(*command: str | Path) -> None:
    subprocess.run([*command], cwd=FRONTEND, capture_output=True, text=True, check=True)


def main() -> int:
    """Exit code 0 where the file is written, or is as it should be."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true")
    is_check = parser.parse_args().check
    text = written()
    if is_check:
        return 0 if TYPES.read_text() == text else 1
    TYPES.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
