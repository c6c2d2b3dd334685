"""Dexs of a server: markets and figures of each, and the capital of its backstop vault.

    perpDexs                        -> names in the exchange's order; a dex's place is part of its vault's address
    metaAndAssetCtxs, one a dex     -> markets, margin tables, marks, open interest, day's volume
    clearinghouseState of the vault -> its equity in that dex

A dex whose markets cannot be read is left out and named; without the first one nothing can be read.
"""

from __future__ import annotations

from dataclasses import dataclass

from liqscape.errors import RateLimited, RemoteWireError, RequestFailed, SettingsError
from liqscape.feed.info_client import InfoClient
from liqscape.wire.answer import parse_answer
from liqscape.wire.decode import refuse
from liqscape.wire.info.clearinghouse_state import ClearinghouseStateRequest
from liqscape.wire.info.meta import AssetContext, Meta, MetaAndAssetCtxsRequest
from liqscape.wire.info.perp_dexs import PerpDexsAnswer, PerpDexsRequest
from liqscape.wire.info.read_meta import read_meta_and_asset_contexts
from liqscape.wire.info.read_state import read_clearinghouse_state
from liqscape.wire.known_addresses import backstop_of_dex

FIRST_NAME = "main"
"""What people call the exchange's own dex; on the wire its name is empty."""
UNKNOWN_REQUEST = (400, 404, 422)


@dataclass(frozen=True)
class ServerDex:
    """name: "" the first. place: in the exchange's list of dexs."""

    name: str
    place: int
    meta: Meta
    contexts: tuple[AssetContext, ...]

    @property
    def shown_name(self) -> str:
        """The name as it is shown: the exchange's own dex has an empty one on the wire."""
        return self.name or FIRST_NAME


async def read_dexs(client: InfoClient, wanted: tuple[str, ...] | None) -> tuple[tuple[ServerDex, ...], dict[str, str]]:
    """(dexs, reason by name of a dex that cannot be read), the first dex first.

    wanted  names on the wire, None for all that the server lists; a server that lists none has the first only.
    Raises SettingsError for a wanted name that is not listed, RequestFailed or RemoteWireError for the first dex.
    """
    dexs = [await _read_dex(client, "", 0)]
    unread: dict[str, str] = {}
    if wanted is not None and len(wanted) < 2:
        return tuple(dexs), unread
    places = await _places(client)
    for name in wanted or ():
        if name and name not in places:
            listed = ", ".join((FIRST_NAME, *places))
            raise SettingsError(f"--dexs: there is no dex {name} at {client.url}; it has {listed}")
    for name, place in places.items():
        if wanted is not None and name not in wanted:
            continue
        try:
            dexs.append(await _read_dex(client, name, place))
        except RateLimited:
            raise
        except (RequestFailed, RemoteWireError) as error:
            unread[name] = str(error)
    return tuple(dexs), unread


async def read_vaults(client: InfoClient, dexs: tuple[ServerDex, ...]) -> tuple[tuple[str, float], ...]:
    """(dex, USD) of the backstop vaults of dexs other than the first, of those that show any equity.

    A vault without any may hold it elsewhere, so its capital is not known.
    """
    others = [dex for dex in dexs if dex.name]
    found = []
    for dex in others:
        question = ClearinghouseStateRequest(backstop_of_dex(dex.place), dex.name)
        try:
            content = await client.ask(question)
            state = read_clearinghouse_state(
                content, f"{client.url}/info clearinghouseState of the vault of {dex.name}"
            )
        except RateLimited:
            raise
        except (RequestFailed, RemoteWireError):
            continue
        equity = state.marginSummary.accountValue
        if equity > 0.0:
            found.append((dex.name, equity))
    return tuple(found)


async def _places(client: InfoClient) -> dict[str, int]:
    """Place by name of the dexs of builders, in the exchange's order."""
    try:
        content = await client.ask(PerpDexsRequest())
    except RequestFailed as error:
        if error.context.get("status") not in UNKNOWN_REQUEST:
            raise
        return {}
    rows = parse_answer(content, PerpDexsAnswer, f"{client.url}/info perpDexs")
    return {row.name: place for place, row in enumerate(rows) if row is not None and row.name}


async def _read_dex(client: InfoClient, name: str, place: int) -> ServerDex:
    content = await client.ask(MetaAndAssetCtxsRequest(name))
    source = f"{client.url}/info metaAndAssetCtxs {name}".rstrip()
    meta, contexts = read_meta_and_asset_contexts(content, source)
    for row, asset in enumerate(meta.universe):
        if name and asset.name.partition(":")[0] != name:
            raise refuse(source, f"[0].universe[{row}].name", asset.name, f"is no coin of dex {name}")
    return ServerDex(name, place, meta, contexts)
