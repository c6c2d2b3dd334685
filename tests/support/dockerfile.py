"""Reads a Dockerfile as far as ours uses its language: an instruction a line, no continuation, no escape."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

INSTRUCTIONS = {
    "FROM", "ARG", "ENV", "LABEL", "RUN", "COPY", "WORKDIR", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK",
    "ENTRYPOINT", "CMD",
}  # fmt: skip
"""Of those there are, what we use; ADD and SHELL are left out on purpose."""


@dataclass(frozen=True)
class BuildStage:
    """What stands from one FROM to the next."""

    base: str
    name: str | None
    steps: list[tuple[str, str]] = field(default_factory=list)

    def all_of(self, instruction: str) -> list[str]:
        """Arguments of every such instruction, in order."""
        return [text for name, text in self.steps if name == instruction]

    def environment(self) -> dict[str, str]:
        """ENV of the stage, as written."""
        pairs = [re.findall(r'(\w+)=("[^"]*"|\S*)', text) for text in self.all_of("ENV")]
        return {name: value.strip('"') for each in pairs for name, value in each}


def read_dockerfile(path: Path) -> list[BuildStage]:
    """Its stages. AssertionError names the first line that is not of the language as we use it."""
    stages: list[BuildStage] = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, text = line.partition(" ")
        assert name in INSTRUCTIONS, f"line {number}: {name} is no instruction we use"
        assert text.strip(), f"line {number}: {name} says nothing"
        assert not line.endswith("\\"), f"line {number} goes on in the next"
        if name == "FROM":
            base, _, alias = text.partition(" AS ")
            stages.append(BuildStage(base, alias or None))
            continue
        assert stages or name == "ARG", f"line {number}: {name} before FROM"
        stages[-1].steps.append((name, text))
    return stages


def words_of(text: str) -> list[str]:
    """An ENTRYPOINT, CMD or VOLUME in its JSON form, which no shell reads."""
    found = json.loads(text)
    assert isinstance(found, list)
    assert all(isinstance(each, str) for each in found)
    return found
