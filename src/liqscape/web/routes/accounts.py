"""GET /api/v1/accounts/{address}."""

from __future__ import annotations

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import PathParameter

from liqscape.service.answers.account import AccountAnswer
from liqscape.service.view import MapView
from liqscape.web.parameters import AtMs
from liqscape.web.problems import PROBLEMS

AddressPath = Annotated[
    str, PathParameter(description="0x and 40 hex digits, either case.", min_length=1, max_length=60)
]


@get("/accounts/{address:str}", sync_to_thread=True, tags=["account"], summary="One account", responses=PROBLEMS)
def get_account(view: NamedDependency[MapView], address: AddressPath, at_ms: AtMs = None) -> AccountAnswer:
    """The margin pools of an address and, for each position, its liquidation, backstop and bankruptcy price."""
    return view.account(address, at_ms)
