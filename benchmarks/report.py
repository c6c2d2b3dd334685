"""RESULTS.md from figures."""

from __future__ import annotations

from figures import Section, shown

HEAD = """# Benchmark results

Written by the command below; do not edit. Absolute times belong to this machine, ratios travel. What each figure is
and how it is taken: [README.md](README.md).
"""


def as_markdown(about: dict[str, str], sections: list[Section]) -> str:
    """One table about the machine, one per section."""
    lines = [HEAD, "| | |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in about.items())]
    for section in sections:
        lines += ["", f"## {section.title}", ""]
        if section.text:
            lines += [section.text, ""]
        lines += ["| Figure | Measured | Unit | Target | Verdict | Note |", "| --- | ---: | --- | --- | --- | --- |"]
        for figure in section.figures:
            target = "" if figure.target is None else f"{figure.wanted} {figure.target:,g}"
            cells = (figure.name, shown(figure.value), figure.unit, target, figure.verdict, figure.note)
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
