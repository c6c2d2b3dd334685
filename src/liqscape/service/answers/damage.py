"""Files of the data folder that are damaged, as answers list them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import msgspec

if TYPE_CHECKING:
    from liqscape.store.damage import DamagedFile


class DamageRow(msgspec.Struct, frozen=True, kw_only=True):
    """One file that cannot be read as it was written."""

    file: Annotated[str, msgspec.Meta(description="Name below the data folder, as it was.")]
    kept_as: Annotated[str | None, msgspec.Meta(description="Name it was set aside under; null: it was not.")]
    first_ms: Annotated[int | None, msgspec.Meta(description="First time it told of, ms UTC; null: not known.")]
    last_ms: Annotated[int | None, msgspec.Meta(description="Last time it told of, ms UTC; null: not known.")]
    cause: Annotated[str, msgspec.Meta(description="What is wrong with it.")]
    loss: Annotated[str, msgspec.Meta(description="What is missing for it.")]
    remedy: Annotated[str, msgspec.Meta(description="What can be done.")]


def damage_rows(damaged: Iterable[DamagedFile]) -> list[DamageRow]:
    """In the order given."""
    return [
        DamageRow(
            file=row.file,
            kept_as=row.kept_as,
            first_ms=row.first_ms,
            last_ms=row.last_ms,
            cause=row.cause,
            loss=row.loss,
            remedy=row.remedy,
        )
        for row in damaged
    ]
