"""Every route of the API with a question it answers on the small market: what tests of all routes go through.

A route that is not here fails tests/web/test_documents.py, which holds the list to the OpenAPI description and the
sections of docs/api.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from made_up_study import OLD
from small_market import address

QUESTIONS = {
    "/api/v1/status": "",
    "/api/v1/sources": "",
    "/api/v1/liquidations": "",
    "/api/v1/coins": "",
    "/api/v1/board": "",
    "/api/v1/coins/{coin}/frame": "",
    "/api/v1/coins/{coin}/heatmap": "?width=20&height=40",
    "/api/v1/coins/{coin}/scale": "",
    "/api/v1/coins/{coin}/candles": "",
    "/api/v1/coins/{coin}/context": "?width=20",
    "/api/v1/coins/{coin}/book": "?width=20&height=40",
    "/api/v1/coins/{coin}/odds": "",
    "/api/v1/coins/{coin}/structure": "",
    "/api/v1/coins/{coin}/triggers": "",
    "/api/v1/coins/{coin}/caveats": "",
    "/api/v1/coins/{coin}/setups": "",
    "/api/v1/coins/{coin}/stop": "?side=long&entry=70000&stop=49000&risk=5000&leverage=2",
    "/api/v1/coins/{coin}/deleveraging": "",
    "/api/v1/coins/{coin}/clusters": "",
    "/api/v1/coins/{coin}/clusters/{cluster_id}": "",
    "/api/v1/coins/{coin}/changes": "",
    "/api/v1/coins/{coin}/sweeps": "",
    "/api/v1/coins/{coin}/overshoot": "",
    "/api/v1/coins/{coin}/cascades": "",
    "/api/v1/coins/{coin}/outcomes": "",
    "/api/v1/coins/{coin}/events": "",
    "/api/v1/events": "",
    "/api/v1/overshoot": "",
    "/api/v1/outcomes": "",
    "/api/v1/score": "",
    "/api/v1/coins/{coin}/asymmetry": "",
    "/api/v1/coins/{coin}/positions": "?price_low=1&price_high=1000000",
    "/api/v1/accounts/{address}": "",
    "/api/v1/accounts/{address}/history": "?coin=BTC",
    "/api/v1/accounts/{address}/state": "",
    "/api/v1/accounts/{address}/deleveraging": "",
    "/api/v1/agreement": "",
    "/api/v1/joint": "",
}
"""The query by the path."""
BY_THE_CLOCK = {"/api/v1/alerts": "", "/api/v1/alerts/deliveries": "", "/api/v1/alerts/fired": ""}
"""Answered like the others, of the time they are asked at: two answers are never the same bytes."""
SIMULATED = {"/api/v1/coins/{coin}/chain": "?side=long&paths=10&links=2"}
"""Answered like the others after seconds of simulation: asked for the shortest one, and no made-up questions."""
IN_LINES = {"/api/v1/cascade": "?coin=NOPE"}
"""Answered in lines that take seconds: asked for a coin that is not there (others: tests/web/test_cascade.py)."""
PATHS = frozenset({*QUESTIONS, *BY_THE_CLOCK, *SIMULATED, *IN_LINES})
"""Of every question: what GET answers."""
REQUESTS = frozenset(
    {
        ("POST", "/api/v1/alerts"),
        ("POST", "/api/v1/alerts/test"),
        ("POST", "/api/v1/alerts/try"),
        ("DELETE", "/api/v1/alerts/{rule_id}"),
    }
)
"""What is asked to be done, by other methods."""


COMPAT = "/compat/"
"""Where answers have another service's shape: tests/web/test_coinglass.py asks them."""


def operations(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every method and path of an OpenAPI description with what it says of them."""
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def asked(path: str) -> str:
    """The address of a question to a path: of BTC, one of its clusters, and an account that holds something."""
    query = {**QUESTIONS, **BY_THE_CLOCK, **SIMULATED, **IN_LINES}[path]
    return path.replace("{coin}", "BTC").replace("{address}", address(3)).replace("{cluster_id}", OLD) + query
