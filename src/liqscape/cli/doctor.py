"""`liqscape doctor`: what a server answers, held against what the map expects of the exchange."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.cli.output import open_console, print_json
from liqscape.errors import InputError, SettingsError

if TYPE_CHECKING:
    from liqscape.service.doctor.records import DoctorAnswer
    from liqscape.service.doctor.seen import Seen

DEFAULT_NETWORK = "mainnet"
EXIT_DIFFERS = 1


def doctor(
    *,
    network: str | None = None,
    api_url: str | None = None,
    ws_url: str | None = None,
    node_info: str | None = None,
    node_files: Path | None = None,
    data: Path | None = None,
    save: Path | None = None,
    json: bool = False,
) -> None:
    """Check what a server answers, and this machine, against what the map expects.

    Asks every request and channel that a live map uses once, within 200 units of request weight (of the 1,200 a
    minute that the exchange allows) and two minutes, and says what holds, what differs and what that means for the
    map. Exit code 0: all holds, 1: something differs, 2: nobody answers, or bad use.

    Parameters
    ----------
    network
        mainnet (the default) or testnet.
    api_url
        Address of another info server: a sandbox, an own node, a proxy.
    ws_url
        Address of its WebSocket; /ws at the same host by default.
    node_info
        Address of an own node's info server, looked at beside it.
    node_files
        Data folder of an own node (~/hl/data): whether its tables grow.
    data
        Folder a map would be kept in: its disk is looked at; in the user's cache by default.
    save
        File to write the answers to, with addresses, hashes and names replaced, for a report to the makers.
    json
        Print JSON.
    """
    from liqscape.feed.url import check_url
    from liqscape.service.collecting.settings import choose_network, live_folder
    from liqscape.service.doctor.examine import Patient, examine

    chosen = choose_network(network or DEFAULT_NETWORK, api_url, ws_url)
    if node_files is not None and not node_files.is_dir():
        raise SettingsError(f"--node-files {node_files} is not a folder")
    if save is not None and (save.exists() or not save.absolute().parent.is_dir()):
        raise InputError(f"--save {save}: {'is there already' if save.exists() else 'its folder is not there'}")
    folder = live_folder(chosen) if data is None else data
    node_url = None if node_info is None else check_url("--node-info", node_info)
    answer, seen = asyncio.run(examine(Patient(chosen, folder, node_files, node_url), _say))
    if save is not None:
        _save(save, answer, seen)
    if json:
        print_json(answer)
    else:
        _print(answer)
    if answer.differs:
        raise SystemExit(EXIT_DIFFERS)


def _say(text: str) -> None:
    print(f"liqscape: {text}", file=sys.stderr, flush=True)


def _save(path: Path, answer: DoctorAnswer, seen: Seen) -> None:
    from liqscape.service.doctor.saving import build_fixtures
    from liqscape.store.durable import replace_file

    replace_file(path, build_fixtures(answer, seen))
    _say(f"answers written to {path}, addresses and names replaced; look at it before you pass it on")


def _print(answer: DoctorAnswer) -> None:
    from rich.markup import escape
    from rich.table import Table

    from liqscape.service.doctor.records import Verdict

    console = open_console()
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column()
    table.add_column(overflow="fold")
    for check in answer.checks:
        meaning = f"\nfor the map: {check.meaning}" if check.meaning else ""
        table.add_row(check.verdict.value, escape(check.name), escape(f"{check.seen}{meaning}"))
    console.print(table)
    count = {verdict: sum(check.verdict is verdict for check in answer.checks) for verdict in Verdict}
    console.print(
        f"\n{escape(answer.server)}: {count[Verdict.HOLDS]} hold, {count[Verdict.DIFFERS]} differ, "
        f"{count[Verdict.UNKNOWN]} unknown; {answer.weight} units of weight, {answer.seconds:.0f} s",
        soft_wrap=True,
    )
