"""The figure of a notebook: the map's cells under its candles, written as PNG and HTML by what pip installs."""

from __future__ import annotations

import math
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest

import liqscape as lq

pytest.importorskip("altair")

from liqscape.library import figure

PALETTE = Path(__file__).resolve().parents[2] / "frontend" / "src" / "primitives" / "heatmap" / "palette.ts"
NUMBER = r"\s*([\d.]+)\s*"


def test_it_is_written_as_a_png_and_as_html_that_needs_no_network(folder_map: lq.Map, tmp_path: Path) -> None:
    chart = folder_map.plot("BTC", width=6, height=40)
    chart.save(str(tmp_path / "map.png"))
    content = (tmp_path / "map.png").read_bytes()
    assert content.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", content[16:24])
    assert width > figure.WIDTH
    assert height > figure.HEIGHT
    chart.save(str(tmp_path / "map.html"), inline=True)
    page = (tmp_path / "map.html").read_text()
    assert "SIMULATED" in page
    assert re.search(r"<script[^>]+src=", page) is None


def test_its_cells_are_those_of_the_heatmap_and_its_candles_lie_on_them(folder_map: lq.Map) -> None:
    drawn = folder_map.plot("BTC", width=6, height=40).to_dict()
    heat, wicks, bodies = drawn["layer"]
    cells = folder_map.heatmap("BTC", width=6, height=40).frame()
    tables = drawn["datasets"]
    lines = tables[heat["data"]["name"]].splitlines()
    assert lines[0] == "time,end,as_of,low,high,top,usd,long,short"
    assert len(lines) - 1 == cells.height
    assert wicks["data"] == bodies["data"]
    assert len(tables[wicks["data"]["name"]].splitlines()) - 1 == folder_map.candles("BTC").height
    assert drawn["title"]["text"].startswith("BTC")


def test_its_colours_are_the_colour_blind_safe_ones_of_the_page() -> None:
    """Stops of the page's table in OKLCh, mixed in OKLab, at the eighths that the figure names."""
    safe = PALETTE.read_text().split("safe: {", 1)[1]
    for theme, colours in figure.SAFE.items():
        block = safe.split(f"{theme}: [", 1)[1].split("],\n    ]", 1)[0]
        stops = [tuple(map(float, found)) for found in re.findall(rf"\[{NUMBER},{NUMBER},{NUMBER}\]", block + "]")]
        assert len(stops) == 5
        assert [mixed(stops, place / 8) for place in range(9)] == list(colours)


def mixed(stops: list[tuple[float, ...]], share: float) -> str:
    place = share * (len(stops) - 1)
    first = min(int(place), len(stops) - 2)
    low, high = (
        (light, chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue)))
        for light, chroma, hue in stops[first : first + 2]
    )
    light, a, b = (start + (end - start) * (place - first) for start, end in zip(low, high, strict=True))
    cones = (
        (light + 0.3963377774 * a + 0.2158037573 * b) ** 3,
        (light - 0.1055613458 * a - 0.0638541728 * b) ** 3,
        (light - 0.0894841775 * a - 1.291485548 * b) ** 3,
    )
    rows = (
        (4.0767416621, -3.3077115913, 0.2309699292),
        (-1.2684380046, 2.6097574011, -0.3413193965),
        (-0.0041960863, -0.7034186147, 1.707614701),
    )
    linear = (sum(weight * cone for weight, cone in zip(row, cones, strict=True)) for row in rows)
    return "#" + "".join(f"{encoded(each):02x}" for each in linear)


def encoded(linear: float) -> int:
    clipped = min(max(linear, 0.0), 1.0)
    return round(255 * (12.92 * clipped if clipped <= 0.0031308 else 1.055 * clipped ** (1 / 2.4) - 0.055))


def test_a_theme_that_is_none_is_one_sentence(folder_map: lq.Map) -> None:
    with pytest.raises(lq.QuestionError, match="unknown theme 'drak'; did you mean dark"):
        folder_map.plot("BTC", theme="drak")


def test_without_the_extra_it_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['altair'] = None\n"
        "from liqscape.errors import SettingsError\n"
        "from liqscape.library.figure import draw\n"
        "try: draw(None, None)\n"
        "except SettingsError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "a figure needs the extra plot: pip install 'liqscape[plot]'\n"
