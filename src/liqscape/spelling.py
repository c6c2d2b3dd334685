"""The nearest of the names that are known, for an error that says what was probably meant.

One rule for coins, commands, options, parameters and values on every door.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

MIN_LIKENESS = 0.6
"""From 0 to 1, twice the letters two words share by those of both; `at` and `at_ms` are alike by 0.57."""
LIKENESS_OF_FEW = 0.5
"""Where few are known, such as the parameters of a question: a far one is still a help."""
MIN_STEM = 2
MAX_SHOWN = 60
"""Characters of a name that is said back."""


def nearest(name: str, known: Iterable[str], *, likeness: float = MIN_LIKENESS) -> str | None:
    """The known name that is most like `name`; None where none is.

    One that differs only in the case of its letters comes first, then the most alike, then the longest that `name`
    begins with (`BTC-PERP` means BTC). Of equals the first that is known.
    """
    from difflib import get_close_matches

    folded: dict[str, str] = {}
    for each in known:
        folded.setdefault(each.casefold(), each)
    wanted = name[: 2 * MAX_SHOWN].casefold()
    if wanted in folded:
        return folded[wanted]
    alike = get_close_matches(wanted, folded, n=1, cutoff=likeness)
    if alike:
        return folded[alike[0]]
    stems = [each for each in folded if len(each) >= MIN_STEM and wanted.startswith(each)]
    return folded[max(stems, key=len)] if stems else None


def did_you_mean(name: str, known: Iterable[str], otherwise: str, *, likeness: float = MIN_LIKENESS) -> str:
    """`did you mean X?`, or what else is to be said where nothing known is like it."""
    near = nearest(name, known, likeness=likeness)
    return otherwise if near is None else f"did you mean {near}?"


def none_of(name: str, value: str, known: Collection[str], *, likeness: float = MIN_LIKENESS) -> str:
    """What is said of a value that is none of the known ones, which are few."""
    near = nearest(value, known, likeness=likeness)
    hint = "" if near is None else f"; did you mean {near}?"
    return f"{name} {shown(value)} is none of {', '.join(known)}{hint}"


def unknown_coin(coin: str, known: Collection[str]) -> str:
    """What is said of a coin that is not among the known ones."""
    return f"unknown coin {shown(coin)}; {did_you_mean(coin, known, f'{len(known)} coins are known')}"


def shown(name: str) -> str:
    """A name as an error says it back: quoted, and cut where it is long."""
    return repr(name if len(name) <= MAX_SHOWN else f"{name[:MAX_SHOWN]}...")
