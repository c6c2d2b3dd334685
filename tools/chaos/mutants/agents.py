"""Tools of an agent: what is none from what is not known, what is cut, and who may ask."""

from __future__ import annotations

from chaos.mutant import Mutant

TOOLS = "tests/mcp/test_tools.py"

MUTANTS = (
    Mutant(
        "a time that was never studied is one in which nothing happened",
        "src/liqscape/mcp/tools/map_tool.py",
        'if "end" in query and asked_ms("end", query["end"]) <= since_ms:',
        'if "end" in query and asked_ms("end", query["end"]) < 0:',
        (f"{TOOLS}::test_not_loaded_is_told_from_nothing_there",),
    ),
    Mutant(
        "an account that was never read is a failure",
        "src/liqscape/mcp/answering.py",
        'if error.kind != NOT_FOUND or "cluster_id" in query:',
        "if True:",
        (f"{TOOLS}::test_not_loaded_is_told_from_nothing_there",),
    ),
    Mutant(
        "a long list goes to an agent whole",
        "src/liqscape/mcp/bounds.py",
        "if isinstance(value, list) and len(value) > MAX_ROWS:",
        "if isinstance(value, list) and len(value) > 10 * MAX_ROWS:",
        (f"{TOOLS}::test_a_long_list_is_found_wherever_it_is",),
    ),
    Mutant(
        "an agent's answer that was cut is handed on uncut",
        "src/liqscape/mcp/answering.py",
        "is_as_given = answer is found",
        "is_as_given = isinstance(answer, dict)",
        (f"{TOOLS}::test_map_is_the_window_of_the_route_with_the_prices_of_its_rows",),
    ),
    Mutant(
        "a page of another origin asks the tools of an agent",
        "src/liqscape/web/door.py",
        "if not is_same_origin(Headers.from_scope(scope)):",
        "if not Headers.from_scope(scope):",
        ("tests/mcp/test_sdk_client.py::test_door_has_the_guards_of_the_api",),
    ),
)
