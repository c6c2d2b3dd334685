"""From a tool's name and arguments to what the agent reads: a record with the map's standing, a state and the answer.

    standing  provenance, as_of, coverage, liveness (mcp/standing.py)
    state     answered | nothing_there | not_loaded, `why` in one sentence where there is nothing
    cut       lists that were cut, with how many rows there are; {} where none was
    answer    as the API gives it; null where it is not loaded

What makes no sense as asked is refused with one sentence (`ToolRefused`), and so is what fails: nothing of the inside
of a server is in it.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec

from liqscape.errors import Busy, LiqscapeError, QuestionError
from liqscape.mcp.arguments import read_arguments
from liqscape.mcp.asking import NOT_FOUND, ApiRefused, AskApi, api_path
from liqscape.mcp.bounds import check_size, cut_lists
from liqscape.mcp.standing import StandingMemory
from liqscape.mcp.tools import TOOLS, MapTool
from liqscape.spelling import did_you_mean, shown

log = logging.getLogger("liqscape.mcp")

MAX_ASKED = 16
"""Questions at a time; an agent asks one, or a few side by side."""
STEP = 0.05
"""Share of a simulation between two reports; its own lines come four a second."""
MAX_REPORT_LINE = 4_000
"""Bytes; the last line holds the result."""
FAILED = "the map failed to answer; its log says why"

TellShare = Callable[[float, str], Awaitable[None]]
"""Is told how far a simulation is, 0 to 1, and what it does."""


class ToolRefused(LiqscapeError):
    """Why a tool gives no answer, one sentence."""


class ToolAnswers:
    """Answers the tools of one map."""

    def __init__(self, api: AskApi, tools: Sequence[MapTool] = TOOLS) -> None:
        self._api = api
        self._tools = {each.name: each for each in tools}
        self._standing = StandingMemory(api)
        self._asked = 0

    @property
    def tools(self) -> tuple[MapTool, ...]:
        """Those that can be called."""
        return tuple(self._tools.values())

    async def call(self, name: str, given: Mapping[str, object], tell: TellShare | None = None) -> bytes:
        """The answer as JSON text. Raises ToolRefused."""
        if self._asked >= MAX_ASKED:
            raise ToolRefused(f"{MAX_ASKED} questions are under way; ask again when one has been answered")
        self._asked += 1
        try:
            return await self._answer(self._tool(name), given, tell)
        except (QuestionError, ApiRefused, Busy) as error:
            raise ToolRefused(_one_line(str(error))) from None
        except LiqscapeError as error:
            log.warning("%s: %s", name, error)
            raise ToolRefused(_one_line(str(error))) from None
        except (msgspec.MsgspecError, KeyError, TypeError, ValueError) as error:
            log.error("%s failed", name, exc_info=error)
            raise ToolRefused(FAILED) from None
        finally:
            self._asked -= 1

    def _tool(self, name: str) -> MapTool:
        found = self._tools.get(name)
        if found is None:
            hint = did_you_mean(name, self._tools, f"tools: {', '.join(self._tools)}")
            raise QuestionError(f"unknown tool {shown(name)}; {hint}")
        return found

    async def _answer(self, tool: MapTool, given: Mapping[str, object], tell: TellShare | None) -> bytes:
        query = read_arguments(tool.arguments, given)
        coin = query.get("coin")
        path = tool.without if tool.without is not None and coin is None else tool.path
        try:
            body = await self._api.read(
                api_path(path, {**query, **(tool.fixed or {})}), _telling(tell) if tool.is_lines else None
            )
        except ApiRefused as error:
            if error.kind != NOT_FOUND or "cluster_id" in query:
                raise  # an identity that nobody gave is a mistake; an account or a time may be beyond what is held
            standing = await self._standing.of(coin, None)
            return _encoded(standing, "not_loaded", str(error), {}, None)
        found = msgspec.json.decode(body)
        if tool.is_lines and found.get("type") == "error":
            raise QuestionError(found["detail"])
        state, why = tool.judge(found, query)
        answer, cut = cut_lists(tool.shape(found))
        as_of_ms = answer.get("as_of_ms")
        standing = await self._standing.of(coin, as_of_ms if isinstance(as_of_ms, int) else None)
        is_as_given = answer is found  # then its bytes are at hand: nothing is encoded twice
        return _encoded(standing, state, why, cut, msgspec.Raw(body) if is_as_given else answer)


def _encoded(standing: dict[str, Any], state: str, why: str | None, cut: dict[str, Any], answer: Any) -> bytes:
    """As JSON: what is not a number is null in it."""
    text = msgspec.json.encode({"standing": standing, "state": state, "why": why, "cut": cut, "answer": answer})
    check_size(text)
    return text


def _telling(tell: TellShare | None) -> Callable[[bytes], Awaitable[None]]:
    """Hands on how far a simulation is, in steps of STEP."""
    share = -STEP

    async def on_line(line: bytes) -> None:
        nonlocal share
        if tell is None or len(line) > MAX_REPORT_LINE:
            return
        said = msgspec.json.decode(line)
        if said.get("type") == "preparing":
            await tell(0.0, f"compiling the simulator: {said['compiled']} of {said['functions']}")
        elif said.get("type") == "progress" and said["share"] >= share + STEP:
            share = float(said["share"])
            await tell(share, "simulating")

    return on_line


def _one_line(text: str) -> str:
    return " ".join(text.split())
