"""`liqscape alerts test`: one message to one destination, at once."""

from __future__ import annotations

from pathlib import Path

from liqscape.errors import RequestFailed


def alerts_test(
    destination: str,
    /,
    *,
    alerts: Path | None = None,
    data: Path | None = None,
    json: bool = False,
) -> None:
    """Send a test message to a destination of alerts.toml at once, and say how that ended.

    No map need run. Exit code 2 where it was not delivered, and why in one line; addresses are never shown.

    Parameters
    ----------
    destination
        Its name in the file: `phone` of `[destinations.phone]`.
    alerts
        The file; by default alerts.toml in the data folder.
    data
        The data folder; by default that of the live map of mainnet.
    json
        Print one JSON document: destination, kind, is_delivered, reason, seconds.
    """
    import asyncio
    import secrets
    import time

    from liqscape.service.alerting.delivery import make_sender, send_once, wall_clock_ms
    from liqscape.service.alerting.destinations import choose_destination, read_destinations
    from liqscape.service.alerting.places import alerts_file
    from liqscape.service.alerting.sample import sample_message
    from liqscape.service.collecting.settings import MAINNET, live_folder

    path = alerts or alerts_file(live_folder(MAINNET) if data is None else data)
    chosen = choose_destination(read_destinations(path), destination, path)
    message = sample_message(destination, wall_clock_ms(), secrets.token_hex(8))
    began = time.perf_counter()
    attempt = asyncio.run(send_once(make_sender(chosen), message))
    seconds = round(time.perf_counter() - began, 2)
    if json:
        from liqscape.cli.output import print_json

        print_json(
            {
                "destination": destination,
                "kind": chosen.kind,
                "is_delivered": attempt.is_delivered,
                "reason": None if attempt.is_delivered else attempt.reason,
                "seconds": seconds,
            }
        )
    if not attempt.is_delivered:
        raise RequestFailed(f"destination {destination}: not delivered, {attempt.reason}")
    if not json:
        print(f"delivered to {destination} ({chosen.kind}) in {seconds:g} s")
