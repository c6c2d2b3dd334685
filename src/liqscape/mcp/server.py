"""The Model Context Protocol's server over the tools, by the official SDK (extra `mcp`): on stdin and stdout, or as an
application of its streamable HTTP.

The SDK's low-level server is used: its other one words a bad argument in several lines of its validator.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from liqscape import __version__
from liqscape.errors import SettingsError
from liqscape.mcp.answering import ToolAnswers, ToolRefused
from liqscape.mcp.arguments import input_schema

if TYPE_CHECKING:
    from mcp.server.context import ServerRequestContext
    from mcp.server.lowlevel import Server
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
    from mcp_types import CallToolRequestParams, CallToolResult, ListToolsResult, PaginatedRequestParams, Tool

NAME = "liqscape"
MAX_BODY = 64_000
"""Bytes of a request: a tool call has some hundred."""
INSTRUCTIONS = """Exact liquidation map of the Hyperliquid perpetuals exchange: at which mark prices which positions
are liquidated. Every answer is {standing, state, why, cut, answer}. Read `standing` first: `provenance.is_simulated`
true means that nothing in it is real; `coverage` is the share of the open interest the map holds; `is_live` false
means that it is of `as_of`, not of now. `state` not_loaded means that this map does not know, nothing_there that it
looked and there is nothing: they are different. null is unknown, never zero. Prices are USD marks, sizes coins,
notional USD at the mark, side 1 long and -1 short, times milliseconds since 1970 UTC. A map says where positions are
liquidated if the mark reaches a level; it does not say that it does. Lists come in pages: pass next_cursor as cursor,
with the same question."""


def require_sdk() -> None:
    """Raises SettingsError where the extra is not installed."""
    try:
        import mcp  # noqa: F401 - the SDK
    except ImportError:
        raise SettingsError("the tools of an agent need the extra mcp: pip install 'liqscape[mcp]'") from None


def build_server(answers: ToolAnswers) -> Server[Any]:
    """The SDK's server with every tool."""
    from mcp.server.lowlevel import Server
    from mcp_types import CallToolResult, ListToolsResult, TextContent, Tool, ToolAnnotations

    def described() -> list[Tool]:
        return [
            Tool(
                name=each.name,
                title=each.title,
                description=each.description,
                input_schema=input_schema(each.arguments),
                annotations=ToolAnnotations(
                    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
                ),
            )
            for each in answers.tools
        ]

    listed = ListToolsResult(tools=described())

    async def list_tools(_: ServerRequestContext[Any, Any], __: PaginatedRequestParams | None) -> ListToolsResult:
        return listed

    async def call_tool(context: ServerRequestContext[Any, Any], asked: CallToolRequestParams) -> CallToolResult:
        async def tell(share: float, what: str) -> None:
            await context.session.report_progress(share, 1.0, what)

        try:
            text = await answers.call(asked.name, asked.arguments or {}, tell)
        except ToolRefused as refused:
            return CallToolResult(content=[TextContent(text=str(refused))], is_error=True)
        return CallToolResult(content=[TextContent(text=text.decode())])

    return Server(
        NAME,
        version=__version__,
        title="Liquidation map",
        instructions=INSTRUCTIONS,
        get_tool_input_schema=_no_header_arguments,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def _no_header_arguments(_: str) -> Mapping[str, Any] | None:
    """No argument of ours may come as a header."""
    return None


async def run_on_stdio(server: Server[Any]) -> None:
    """Serve the program that started us, until it closes our stdin. What is printed meanwhile goes to stderr."""
    from mcp.server.stdio import stdio_server

    async with stdio_server() as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options())


def http_manager(server: Server[Any]) -> StreamableHTTPSessionManager:
    """What answers the protocol's HTTP requests (`handle_request`) while its `run` is entered.

    Nothing is kept between requests: each is answered by itself. Who may ask is decided before it is asked.
    """
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
    from mcp.server.transport_security import TransportSecuritySettings

    return StreamableHTTPSessionManager(
        app=server,
        stateless=True,
        security_settings=TransportSecuritySettings(enable_dns_rebinding_protection=False),
        max_request_body_size=MAX_BODY,
    )
