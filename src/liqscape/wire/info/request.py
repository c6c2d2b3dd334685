"""What every request of POST /info has in common: how it is sent, what it weighs, how it is answered.

A request is a record whose fields are named and ordered as the exchange has them; beside them, for the whole type,
stand its weight, the longest answer that is read, and an example. The type that its answer is read as is the
parameter of InfoRequest. `registry.py` finds all of them; docs/recipes.md says how to add one.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Generic, NamedTuple, TypeVar, get_args

import msgspec

from liqscape.wire.answer import parse_answer
from liqscape.wire.info.sizes import USUAL_BYTES
from liqscape.wire.info.weights import USUAL_ITEMS, USUAL_WEIGHT

Answer = TypeVar("Answer")

Dex = str | None
"""Name of a dex; the first one is "", which is left out when sent, and null is read as it."""
Milliseconds = Annotated[int, msgspec.Meta(ge=0)]
"""Since 1970."""


class Example(NamedTuple):
    """A made-up request and its answer, as they stand on the wire; for a channel, a subscription and its data."""

    request: str
    answer: str


class InfoRequest(msgspec.Struct, Generic[Answer], frozen=True, omit_defaults=True, tag_field="type"):
    """One question of POST /info.

    weight            before it is answered, of WEIGHT_A_MINUTE.
    items_per_weight  one more for every so many items answered, max_items at most; 0: the answer weighs nothing.
    max_bytes         of an answer that is read; what is longer is given up.
    example           a request and an answer.
    """

    weight: ClassVar[int] = USUAL_WEIGHT
    items_per_weight: ClassVar[int] = 0
    max_items: ClassVar[int] = USUAL_ITEMS
    max_bytes: ClassVar[int] = USUAL_BYTES
    example: ClassVar[Example]

    @classmethod
    def kind(cls) -> str:
        """`type` on the wire."""
        return str(cls.__struct_config__.tag)

    @classmethod
    def answer_type(cls) -> Any:
        """Type that the answer is read as."""
        return get_args(cls.__orig_bases__[0])[0]  # type: ignore[attr-defined]

    @classmethod
    def further_weight(cls, items: int) -> int:
        """Weight that an answer of so many items adds."""
        return items // cls.items_per_weight if cls.items_per_weight else 0

    @classmethod
    def max_weight(cls) -> int:
        """Weight of the request with the longest answer."""
        return cls.weight + cls.further_weight(cls.max_items)

    def as_json(self) -> str:
        """The request as JSON, as it is sent."""
        return msgspec.json.encode(self).decode()


def parse_info_answer(request: type[InfoRequest[Answer]], content: bytes, source: str) -> Answer:
    """The answer to a request of this type as its record. Raises RemoteWireError naming source, field and rule."""
    answer: Answer = parse_answer(content, request.answer_type(), source)
    return answer
