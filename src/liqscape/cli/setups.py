"""`liqscape setups`: clusters of a coin with the evidence for each, and the record of the combination."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from liqscape.service.answers.setups import (
        CrowdingAnswer,
        EvidenceAnswer,
        OutcomeShareAnswer,
        SetupAnswer,
        SetupsAnswer,
    )
    from liqscape.service.view import MapView

MARKS = {True: "+", False: "-", None: "?"}


def setups(
    coin: str,
    *,
    recording: Path | None = None,
    data: Path | None = None,
    url: str | None = None,
    token_file: Path | None = None,
    at: str | None = None,
    json: bool = False,
) -> None:
    """List clusters of a coin with each piece of evidence for them, and what came of earlier ones with the same.

    Parameters
    ----------
    coin
        Coin as the exchange spells it, such as BTC.
    recording
        Folder laid out like the recorded market; candles are read from a folder `multivenue` beside it.
    data
        Data folder of a live map, an import or a demo.
    url
        Address a map is served at, in place of its folder.
    token_file
        File with the token of that server; the variable LIQSCAPE_TOKEN holds it otherwise.
    at
        As known at the frame at or before this time, ISO 8601 or milliseconds since 1970.
    json
        Print the answer of the API as one JSON document.
    """
    from liqscape.cli.asking import ask_coin
    from liqscape.cli.output import print_json
    from liqscape.service.answers.setups import SetupsAnswer
    from liqscape.service.asked_time import parse_time

    at_ms = None if at is None else parse_time("--at", at)

    def here(view: MapView) -> SetupsAnswer:
        from liqscape.service.setups import SetupQuestions

        return SetupQuestions(view).ask(coin, at_ms)

    answer = ask_coin(
        "setups",
        {"at_ms": at_ms},
        SetupsAnswer,
        here,
        coin=coin,
        data=data,
        url=url,
        token_file=token_file,
        recording=recording,
        at=at,
    )
    print_json(answer) if json else _print(answer)


def _print(answer: SetupsAnswer) -> None:
    from liqscape.cli.output import open_console, price, source_text, time_text

    console = open_console()
    made_of = "no prices" if answer.source is None else answer.source.name
    lines = [
        f"{answer.coin} at {price(answer.mark)}, {time_text(answer.as_of_ms)}, {source_text(answer.provenance)}; "
        f"prices: {made_of}",
        *_crowding_lines(answer.crowding),
        "evidence of each cluster: + met, - not met, ? unknown",
    ]
    for setup in answer.setups:
        lines += _setup_lines(setup)
    if not answer.setups:
        lines.append("no cluster stands")
    for text in (*lines, *_rules(answer), *answer.notes):
        console.print(text, markup=False, soft_wrap=True)


def _crowding_lines(crowding: CrowdingAnswer) -> list[str]:
    from liqscape.cli.output import UNKNOWN, percent, price, share, usd
    from liqscape.units import SIDE_WORDS

    rate = UNKNOWN if crowding.funding_8h is None else percent(100.0 * crowding.funding_8h, 4)
    place = UNKNOWN if crowding.funding_percentile is None else f"{crowding.funding_percentile:.0f}"
    lines = [
        f"funding 8 h {rate}, percentile {place} of {crowding.funding_hours} hours; open interest in 24 h "
        f"{percent(crowding.open_interest_change_24h_percent)}; longs {usd(crowding.long_notional)} by "
        f"{crowding.long_accounts} accounts, shorts {usd(crowding.short_notional)} by {crowding.short_accounts}"
    ]
    nearest, side = crowding.nearest, crowding.gaining_side
    if nearest is None or side is None:
        return [*lines, "no cluster holds 2 % of its side"]
    where = f"{SIDE_WORDS[nearest.side]} cluster {price(nearest.price_low)} to {price(nearest.price_high)}"
    lines.append(
        f"nearest large: {where}, {usd(nearest.notional)}, {percent(nearest.distance_percent)}; of {SIDE_WORDS[side]} "
        f"size {share(crowding.opened_24h_share)} was opened within 24 h ({share(crowding.not_known_then_share)} of it "
        "belongs to accounts not known then)"
    )
    return lines


def _setup_lines(setup: SetupAnswer) -> list[str]:
    from liqscape.cli.output import percent, price, usd
    from liqscape.units import SIDE_WORDS

    span = f"{price(setup.price_low)} to {price(setup.price_high)}"
    head = f"{SIDE_WORDS[setup.side]} {span}, {usd(setup.notional)}, {percent(setup.distance_percent)}"
    evidence = "; ".join(f"{MARKS[each.is_met]} {each.name} {_value(each)}" for each in setup.evidence)
    record = setup.record
    if record.note is not None:
        said = record.note
    else:
        compared = ", ".join(record.compared)
        said = (
            f"n = {record.reached.count} of {record.day_count} days with the same {compared}, "
            f"{record.distance_class} from the mark: within 24 h reached "
            f"{_share(record.reached)}, swept {_share(record.swept)}"
        )
    return [head, f"  {evidence}", f"  record: {said}"]


def _value(evidence: EvidenceAnswer) -> str:
    from liqscape.cli.output import UNKNOWN

    value = evidence.value
    if value is None:
        return UNKNOWN
    if isinstance(value, str):
        return value
    return {"percent": f"{value:.1f} %", "lines": f"{value:.0f}"}.get(evidence.unit, f"{value:.0f}")


def _share(found: OutcomeShareAnswer) -> str:
    from liqscape.cli.output import UNKNOWN, share

    if found.share is None or found.low is None or found.high is None:
        return UNKNOWN
    return f"{share(found.share)} ({share(found.low)} to {share(found.high)})"


def _rules(answer: SetupsAnswer) -> list[str]:
    """The rule of each piece of evidence once, in the words of the first cluster of a side that has it."""
    rules = {(each.name, each.rule) for setup in answer.setups for each in setup.evidence}
    order = [each.name for setup in answer.setups[:1] for each in setup.evidence]
    return [f"{name}: {rule}" for name, rule in sorted(rules, key=lambda each: (order.index(each[0]), each[1]))]
