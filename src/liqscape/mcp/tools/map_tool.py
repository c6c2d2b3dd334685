"""One tool: a question of the API under a name, and how its answer says that something is not known.

An answer is one of three: `answered`; `nothing_there`, where it was looked and nothing is there; `not_loaded`, where
this map does not hold what would have to be looked at. The first two are facts about the market, the last is not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from liqscape.mcp.arguments import Argument
from liqscape.service.asked_time import asked_ms, utc_text

State = Literal["answered", "nothing_there", "not_loaded"]
Json = dict[str, Any]
"""An answer of the API, decoded."""


class Judged(NamedTuple):
    """What an answer amounts to, and why in one sentence where it holds nothing."""

    state: State
    why: str | None = None


ANSWERED = Judged("answered")

Judge = Callable[[Json, Mapping[str, str]], Judged]
"""Of an answer and of what was asked, as text by argument."""


def always_answered(_: Json, __: Mapping[str, str]) -> Judged:
    """Of questions that have an answer or are refused."""
    return ANSWERED


def judge_list(name: str, nothing: str) -> Judge:
    """Of an answer that is a list: empty means that nothing is there."""

    def judge(answer: Json, _: Mapping[str, str]) -> Judged:
        return ANSWERED if answer[name] else Judged("nothing_there", nothing)

    return judge


def judge_study(name: str) -> Judge:
    """Of rows of a study: nothing is there only where the time asked about was studied.

    Studied is [since_ms, as_of_ms]; since_ms is null where nothing was.
    """

    def judge(answer: Json, query: Mapping[str, str]) -> Judged:
        if answer[name] or answer.get("open"):
            return ANSWERED
        since_ms, newest_ms = answer["since_ms"], answer["as_of_ms"]
        if since_ms is None:
            return Judged("not_loaded", answer["note"] or "nothing was studied")
        if "end" in query and asked_ms("end", query["end"]) <= since_ms:
            return Judged("not_loaded", answer["note"] or f"studied is only what is from {utc_text(since_ms)} on")
        if "start" in query and asked_ms("start", query["start"]) > newest_ms:
            return Judged(
                "not_loaded", f"the newest studied minute is {utc_text(newest_ms)}, before the time asked about"
            )
        return Judged("nothing_there", answer["note"] or "nothing of this kind happened then")

    return judge


@dataclass(frozen=True, kw_only=True)
class MapTool:
    """A tool of the map.

    path     of the API, below /api/v1; names in braces are arguments.
    without  the path where the optional argument in braces was left out; None: it is required.
    fixed    parameters the tool asks with always.
    is_lines the answer comes in lines, of which the last holds it: a simulation tells how far it is.
    judge    what the answer amounts to.
    shape    makes an answer readable to somebody who cannot compute with its header; what it leaves out it names.
    """

    name: str
    title: str
    description: str
    path: str
    arguments: tuple[Argument, ...]
    without: str | None = None
    fixed: Mapping[str, str] | None = None
    is_lines: bool = False
    judge: Judge = always_answered
    shape: Callable[[Json], Json] = lambda answer: answer
