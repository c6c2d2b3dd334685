"""Former names, answered beside those of today until version 0.3 (docs/glossary.md): this file goes with them.

The table is all there is to say: which fields, parameters, values and options were called otherwise. Answers as JSON
hold renamed fields under both names and carry the header `Deprecation` (RFC 9745); a question with a former parameter
or value is answered as if it had the name of today, with the same header; `Link` leads to the table as text. The
stream and binary answers have the names of today alone.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from copy import deepcopy
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote_plus

if TYPE_CHECKING:
    import msgspec
    from litestar import Request
    from litestar.handlers import HTTPRouteHandler
    from litestar.openapi.plugins import JsonRenderPlugin
    from litestar.types import ASGIApp, Message, Receive, Scope, Send

END = "0.3"
"""Version that answers them no more."""
SINCE_S = 1_795_910_400
"""2026-11-29, seconds since 1970: when the names of today came."""
GLOSSARY = "/glossary"
DEPRECATION = f"@{SINCE_S}"
LINK = f'<{GLOSSARY}>; rel="deprecation"; type="text/markdown"'

POOL = {"margin_source": "quality", "margin_mode": "mode"}
SHARES = {"margin_source_share": "quality_share"}
SOLO = {"solo_notional": "frozen_notional"}
SOLVED = {**POOL, "margin_source_detail": "quality_detail"}
ACCOUNTS = {"account_count": "accounts"}

FORMER_FIELDS: Mapping[str, Mapping[str, str]] = {
    "PositionAnswer": POOL,
    "PoolAnswer": POOL,
    "JointAccount": POOL,
    "BandColumns": {"margin_source": "quality"},
    "StatusAnswer": SHARES,
    "FrameAnswer": SHARES,
    "CascadeInputReport": {
        **SHARES,
        "address_count": "addresses",
        "pool_count": "pools",
        "position_count": "positions",
    },
    "JointAnswer": SOLO,
    "CurveAnswer": SOLO,
    "CurveCoin": SOLO,
    "MovedCoin": SOLO,
    "JointPosition": {"joint_liquidation_price": "joint_price", "liquidation_price": "solo_price"},
    "LiquidationRow": {
        "predicted_liquidation_price": "predicted_price",
        "first_fill_ms": "first_ms",
        "last_fill_ms": "last_ms",
    },
    "DoubtRow": {"reported": "told"},
    "KindRow": {**ACCOUNTS, "position_count": "positions"},
    "CascadeTotals": ACCOUNTS,
    "CascadeProgress": ACCOUNTS,
    "SecondColumns": ACCOUNTS,
    "LevelColumns": ACCOUNTS,
    "ImportReport": {"cash_ambiguous": "cash_unclear"},
    "PoolRow": SOLVED,
    "AccountRow": SOLVED,
    "PositionRow": {"margin_mode": "margin"},
}
"""Records of the API and of `--json`: name of today and the former one."""

FORMER_PARAMETERS: Mapping[str, str] = {
    "at_ms": "at",
    "start_ms": "start",
    "end_ms": "end",
    "low_price": "price_low",
    "high_price": "price_high",
    "price": "target_price",
}
"""Query parameters, and fields of what a reader of the stream sends: former name and that of today."""

FORMER_VALUES: Mapping[str, Mapping[str, str]] = {"method": {"deleveraging": "adl"}}
"""Of parameters and options."""

SPAN = {"--from": "--start", "--to": "--end"}
FORMER_OPTIONS: Mapping[str, Mapping[str, str]] = {
    "map": {"--reach": "--within-percent"},
    "export": SPAN,
    "import": SPAN,
    "liquidations": {**SPAN, "--min-usd": "--min-notional"},
    "joint": {"--btc": "--btc-percent"},
    "cascade": {"--to": "--target-price"},
}
"""By command: former spelling and that of today."""


def with_former_fields(answer: object) -> object:
    """An answer whose renamed fields stand under both names; the answer itself where it has none."""
    import msgspec  # not above: the command line asks rename_options before it loads anything

    if isinstance(answer, msgspec.Struct):
        return _both_names(answer) if holds_former(type(answer)) else answer
    if isinstance(answer, dict):
        return {name: with_former_fields(value) for name, value in answer.items()}
    if isinstance(answer, list | tuple) and answer and isinstance(answer[0], msgspec.Struct | dict):
        return [with_former_fields(each) for each in answer]
    return answer


@cache
def holds_former(kind: Any) -> bool:
    """Whether answers of a type have a renamed field, themselves or in what they hold."""
    import msgspec

    return _holds(msgspec.inspect.type_info(kind))


def rename_parameters(query: bytes, known: Container[str]) -> tuple[bytes, list[tuple[str, str]]]:
    """A query with the names of today, and what was renamed, as (former, today). Names a route knows stay.

    Raises QuestionError where both names of one parameter are given.
    """
    from liqscape.errors import QuestionError

    parts, renamed = query.split(b"&"), []
    given = [unquote_plus(part.partition(b"=")[0].decode("latin-1")) for part in parts]
    for place, name in enumerate(given):
        today = name if name in known else FORMER_PARAMETERS.get(name, name)
        if today not in known:
            continue
        value = unquote_plus(parts[place].partition(b"=")[2].decode("latin-1"))
        value_today = FORMER_VALUES.get(today, {}).get(value)
        if name != today:
            if today in given:
                raise QuestionError(f"{today} and {name} ask for the same; give {today}")
            renamed.append((name, today))
            plain = parts[place].partition(b"=")[2]
            parts[place] = today.encode() + b"=" + (_within_years(plain) if name.endswith("_ms") else plain)
        if value_today is not None:
            renamed.append((value, value_today))
            parts[place] = f"{today}={value_today}".encode()
    return b"&".join(parts), renamed


def with_names_of_today(text: str) -> str:
    """What a reader of the stream sends, former names in it replaced by those of today; what is no object stays."""
    import msgspec

    if not any(former in text for former in FORMER_PARAMETERS):
        return text
    try:
        message = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
    if not isinstance(message, dict):
        return text
    renamed = {FORMER_PARAMETERS.get(name, name): value for name, value in message.items()}
    return msgspec.json.encode(renamed).decode()


def rename_options(command: str, tokens: list[str]) -> tuple[list[str], list[str]]:
    """Options of a command line in the spelling of today, and a sentence for each that was not."""
    spellings, found, said = FORMER_OPTIONS.get(command, {}), [], []
    for token in tokens:
        name, sign, value = token.partition("=")
        today = spellings.get(name)
        if today is not None:
            said.append(f"{name} is called {today} now; the former spelling goes with version {END}")
        found.append(token if today is None else today + sign + value)
    return found, said


class FormerNames:
    """Middleware of the API's routes: reads former parameters, and marks answers that hold or needed former names."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        from litestar.enums import ScopeType

        from liqscape.web.parameters import known_parameters

        handler = cast("HTTPRouteHandler", scope["route_handler"])
        query, renamed = rename_parameters(scope["query_string"], known_parameters(handler))
        if renamed:
            scope["query_string"] = query
        if scope["type"] == ScopeType.HTTP and (renamed or _answers_former(handler)):
            send = _marking(send, failures=bool(renamed))
        await self._app(scope, receive, send)


def description_plugin() -> JsonRenderPlugin:
    """Serves the OpenAPI description with former names in it."""
    from litestar.openapi.plugins import JsonRenderPlugin

    class Description(JsonRenderPlugin):
        def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
            return super().render(request, describe_former(deepcopy(openapi_schema)))

    return Description()


def glossary_route() -> HTTPRouteHandler:
    """GET /glossary, where the header `Link` leads."""
    from litestar import get

    @get(GLOSSARY, media_type="text/markdown", include_in_schema=False, sync_to_thread=False)
    def get_glossary() -> str:
        return former_table()

    return get_glossary


def describe_former(schema: dict[str, Any]) -> dict[str, Any]:
    """An OpenAPI description with the former fields and parameters in it, marked as deprecated."""
    for name, component in schema.get("components", {}).get("schemas", {}).items():
        fields = component.get("properties", {})
        for today, former in FORMER_FIELDS.get(name.rpartition("_")[2], {}).items():
            if today in fields:
                fields[former] = _deprecated(fields[today], today)
    for operations in schema["paths"].values():
        parameters = operations.get("get", {}).get("parameters", [])
        given = {each["name"]: each for each in parameters}
        for former, today in FORMER_PARAMETERS.items():
            if today in given and former not in given:
                note = {"name": former, "required": False, **_deprecated({}, today)}
                parameters.append({**given[today], **note})
    return schema


def former_table() -> str:
    """The table as Markdown."""
    lines = [f"# Former names, answered until version {END}", "", "| where | former | today |", "| --- | --- | --- |"]
    rows = [
        *(("parameter", former, today) for former, today in FORMER_PARAMETERS.items()),
        *((f"value of {of}", *each) for of, values in FORMER_VALUES.items() for each in values.items()),
        *((f"field of {record}", old, new) for record, fields in FORMER_FIELDS.items() for new, old in fields.items()),
        *((f"liqscape {command}", *each) for command, options in FORMER_OPTIONS.items() for each in options.items()),
    ]
    return "\n".join([*lines, *(f"| {where} | `{former}` | `{today}` |" for where, former, today in rows), ""])


def _within_years(value: bytes) -> bytes:
    """A former time may be any number of milliseconds, one of today is of the years 2000 to 2100; no frame is older."""
    from liqscape.service.asked_time import FIRST_MS, LAST_MS

    return str(min(max(int(value[:20]), FIRST_MS), LAST_MS)).encode() if value.isdigit() else value


def _both_names(record: msgspec.Struct) -> dict[str, object]:
    config = record.__struct_config__
    found: dict[str, object] = {} if config.tag is None else {str(config.tag_field): config.tag}
    former = FORMER_FIELDS.get(type(record).__name__, {})
    for name, encoded in zip(record.__struct_fields__, record.__struct_encode_fields__, strict=True):
        found[encoded] = value = with_former_fields(getattr(record, name))
        if encoded in former:
            found[former[encoded]] = value
    return found


def _holds(info: msgspec.inspect.Type) -> bool:
    import msgspec

    if isinstance(info, msgspec.inspect.Metadata):
        return _holds(info.type)
    if isinstance(info, msgspec.inspect.UnionType):
        return any(map(_holds, info.types))
    if isinstance(info, msgspec.inspect.ListType | msgspec.inspect.VarTupleType):
        return _holds(info.item_type)
    if isinstance(info, msgspec.inspect.StructType):
        return info.cls.__name__ in FORMER_FIELDS or any(_holds(field.type) for field in info.fields)
    return False


@lru_cache(maxsize=64)
def _answers_former(handler: HTTPRouteHandler) -> bool:
    described = (handler.responses or {}).get(200)
    if described is not None:
        return holds_former(cast("Any", described.data_container))
    answers = handler.parsed_fn_signature.return_type.inner_types
    return len(answers) == 1 and answers[0].annotation is not Any and holds_former(answers[0].annotation)


def _marking(send: Send, *, failures: bool) -> Send:
    async def mark(message: Message) -> None:
        if message["type"] == "http.response.start" and (failures or message["status"] < 400):
            marks = [(b"deprecation", DEPRECATION.encode()), (b"link", LINK.encode())]
            message["headers"] = [*message["headers"], *marks]
        await send(message)

    return mark


def _deprecated(described: dict[str, Any], today: str) -> dict[str, Any]:
    return {**described, "deprecated": True, "description": f"Former name of `{today}`, until version {END}."}
