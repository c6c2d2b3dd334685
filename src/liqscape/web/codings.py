"""Choose the content coding of a response by the rule of Accept-Encoding (RFC 9110, section 12.5.3)."""

from __future__ import annotations

GZIP = "gzip"
IDENTITY = "identity"
_ALIASES = {"x-gzip": GZIP}


def choose_coding(accepted: str | None, *, has_gzip: bool) -> str | None:
    """The coding to send: gzip or identity, whichever the reader wants more, gzip where both are alike.

    accepted : value of Accept-Encoding; None where there is no such header, which takes the body as it is.
    has_gzip : whether the body is there in gzip.

    None where the reader refuses all there is. A weight that is no number is read as 0: what cannot be read is
    not asked for.
    """
    if accepted is None:
        return IDENTITY
    weights = _weights(accepted)
    rest = weights.get("*")
    gzip = weights.get(GZIP, rest or 0.0) if has_gzip else 0.0
    # Identity is taken unless it is refused, by name or by *;q=0.
    identity = weights.get(IDENTITY, 0.0 if rest == 0.0 else None)
    if gzip > 0.0 and (identity is None or gzip >= identity):
        return GZIP
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
