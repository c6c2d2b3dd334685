"""Choose the content coding of a response by the rule of Accept-Encoding (RFC 9110, section 12.5.3)."""

from __future__ import annotations

from collections.abc import Sequence

BROTLI = "br"
GZIP = "gzip"
IDENTITY = "identity"
_ALIASES = {"x-gzip": GZIP}


def choose_coding(accepted: str | None, *, packed: Sequence[str]) -> str | None:
    """The coding to send: what the reader wants most, where it is there; of equals the first, identity last.

    accepted : value of Accept-Encoding; None where there is no such header, which takes the body as it is.
    packed   : the codings the body is there in beside identity, best first.

    None where the reader refuses all there is. A weight that is no number is read as 0: what cannot be read is
    not asked for.
    """
    if accepted is None:
        return IDENTITY
    weights = _weights(accepted)
    rest = weights.get("*")
    # Identity is taken unless it is refused, by name or by *;q=0.
    identity = weights.get(IDENTITY, 0.0 if rest == 0.0 else None)
    wanted = {name: weights.get(name, rest or 0.0) for name in packed}
    best = max(packed, key=lambda name: wanted[name], default=IDENTITY)
    if best in wanted and wanted[best] > 0.0 and (identity is None or wanted[best] >= identity):
        return best
    return IDENTITY if identity is None or identity > 0.0 else None


def _weights(accepted: str) -> dict[str, float]:
    """Weight, 0 to 1, of each coding that is named; the first naming counts."""
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, *parameters = (each.strip() for each in part.split(";"))
        if name:
            weights.setdefault(_ALIASES.get(name, name), _weight(parameters))
    return weights


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            whole, _, digits = value.strip().partition(".")
            if whole not in ("0", "1") or not (digits == "" or (digits.isascii() and digits.isdecimal())):
                return 0.0
            return min(float(f"{whole}.{digits or 0}"), 1.0)
    return 1.0
