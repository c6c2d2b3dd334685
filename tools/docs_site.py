"""Build the documents as a site in site/, offline: every document that is linked, and the reference of the library.

    python tools/docs_site.py

Documents stay where they are, for whoever reads them in the repository: they are gathered in build/docs in the same
order of folders, so that their links hold there too. A warning of the generator is an error, and so is a link of a
finished page that leads nowhere.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import liqscape

ROOT = Path(__file__).resolve().parent.parent
GATHERED = ROOT / "build" / "docs"
SITE = ROOT / "site"
FIRST = ("README.md", "CONTRIBUTING.md", "docs/index.md")
REFERENCE = "docs/reference.md"
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
IS_OUTSIDE = re.compile(r"[a-z]+:|#")

GROUPS = {
    "Ask a map": ("open", "Map", "About", "Account", "Cascade", "Heatmap", "Joint"),
    "Solve an account": ("solve", "Solution"),
    "Margin and liquidation": ("solve_liquidation", "LiquidationPrices", "LevelStatus", "pool_margin", "PoolMargin"),
}
"""Public names in the order of a reader; the rest follows by name, errors last."""
REST = "Markets, tables and accounts"
ERRORS = "Errors"


def main() -> int:
    """Exit code 0 where all is well."""
    shutil.rmtree(GATHERED, ignore_errors=True)
    shutil.rmtree(SITE, ignore_errors=True)
    for path in linked_files():
        place = GATHERED / path.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
    (GATHERED / REFERENCE).write_text(reference())
    generator = [Path(sys.executable).with_name("zensical"), "build", "--strict", "--clean"]
    built = subprocess.run(generator, cwd=ROOT, capture_output=True, text=True, check=False)
    if built.returncode:
        print(built.stdout, built.stderr.strip().rpartition("\n")[2], sep="", file=sys.stderr)
        return 1
    broken = broken_links(SITE)
    for line in broken:
        print(line, file=sys.stderr)
    print(f"{len(list(SITE.rglob('*.html')))} pages in {SITE.relative_to(ROOT)}/, {len(broken)} broken links")
    return 1 if broken else 0


def linked_files() -> list[Path]:
    """Documents that can be reached from the first ones, and the files they link."""
    waiting, found = [ROOT / name for name in FIRST], set[Path]()
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        if path.suffix != ".md":
            continue
        for target in LINK.findall(path.read_text()):
            linked = (path.parent / unquote(target.partition("#")[0])).resolve()
            if not IS_OUTSIDE.match(target) and linked.is_file():
                waiting.append(linked)
    return sorted(found)


def reference() -> str:
    """A page that names each public object once, for the generator to fill in from its docstring."""
    names = [name for name in liqscape.__all__ if not name.startswith("_")]
    errors = [
        name for name in names if isinstance(found := getattr(liqscape, name), type) and issubclass(found, Exception)
    ]
    grouped = {name for group in GROUPS.values() for name in group}
    rest = [name for name in names if name not in grouped and name not in errors]
    text = "# Reference\n\nAll of `import liqscape as lq`; [the library](library.md) shows how to use it.\n"
    for title, group in {**GROUPS, REST: rest, ERRORS: errors}.items():
        text += f"\n## {title}\n" + "".join(f"\n::: liqscape.{name}\n" for name in group)
    return text


class _Page(HTMLParser):
    """Addresses and anchors of one page."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.anchors.add(value)
            elif value and (name, tag) in {("href", "a"), ("href", "link"), ("src", "img"), ("src", "script")}:
                self.targets.append(value)


def broken_links(site: Path) -> list[str]:
    """`page: target` for every link inside the site that leads nowhere."""
    pages: dict[Path, _Page] = {}
    for path in sorted(site.rglob("*.html")):
        page = pages[path] = _Page()
        page.feed(path.read_text())
    broken = []
    for path, page in pages.items():
        if path.name == "404.html":
            continue  # its links are of the place it will be served at
        for target in page.targets:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            linked = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            linked = linked / "index.html" if linked.is_dir() else linked
            is_there = linked.is_file() and (
                not parts.fragment or linked not in pages or unquote(parts.fragment) in pages[linked].anchors
            )
            if not is_there:
                broken.append(f"{path.relative_to(site)}: {target}")
    return broken


if __name__ == "__main__":
    sys.exit(main())
